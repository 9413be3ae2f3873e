/*
 * Deaths in words: see report/findings.h.
 *
 * Everything that comes from the program is escaped once, on its way into a
 * message or a row; evidence goes to JSON, which has its own cleaning.
 */
#include "report/findings.h"

#include <signal.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "report/denials.h"
#include "report/finding_rows.h"
#include "report/frame_text.h"

#define MAX_SAID_ROWS 4 /* rows of a loader's further words */

static void add_goroutine(struct gl_finding *f, const struct gl_panic *panic)
{
	gl_autobuf struct gl_buf state = GL_BUF_INIT, creator = GL_BUF_INIT;

	if (!panic->has_trace)
		return;
	gl_finding_evidence_int(f, "goroutine", (long long)panic->trace.goroutine);
	if (!panic->trace.created_by.function.len)
		return;
	gl_escape_text(&state, panic->trace.state.text, panic->trace.state.len, GL_ROWS_MAX_WORDS);
	gl_frame_text(&creator, &panic->trace.created_by, true);
	gl_finding_row(f, "in", "goroutine %lu [%s], started by %s", panic->trace.goroutine,
		       gl_buf_text(&state), gl_buf_text(&creator));
}

/* "panic", "fatal error"; a signal dump's message says itself what it is. */
static const char *word_of(const struct gl_panic *panic)
{
	return panic->kind == GL_PANIC_PANIC ? "panic" : "fatal error";
}

/* The first line: what happened and, before main.main, where. */
static char *headline(const struct gl_cause *cause, const char *message)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_buf_puts(&b, word_of(&cause->panic));
	gl_rows_put_phase(&b, cause);
	gl_buf_printf(&b, ": %s", message);
	if (cause->panic.in_c)
		gl_buf_puts(&b, " (in C code)");
	return gl_buf_take(&b);
}

/* What the first line says: the message, or the runtime's own reason where it is the better one. */
static struct gl_slice gist(const struct gl_panic *panic)
{
	/* runtime/cgo reports and calls abort(): the signal is only its way out */
	if (panic->kind == GL_PANIC_SIGNAL && gl_slice_starts(panic->context, "runtime/cgo: "))
		return panic->context;
	return (struct gl_slice){.text = panic->message, .len = panic->message_len};
}

/* What helps against the runtime's own complaints (runtime/os_linux.go, mem_linux.go, runtime1.go; runtime/cgo). */
static const char *fix_of_runtime(struct gl_slice words)
{
	static const struct {
		const char *part, *fix;
	} fixes[] = {
		{"GODEBUG", "take that setting out of GODEBUG in the environment"},
		{"newosproc", "raise the limit on processes: ulimit -u, pids.max, TasksMax="},
		{"pthread_create",
		 "allow clone3 and clone in the outer sandbox, or raise the limit on processes"},
		{"memory", "raise the limit on memory: ulimit -v, LimitAS=, memory.max"},
		{"standard f", "give it descriptors 0 to 2, and allow fcntl in the outer sandbox"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(fixes); i++)
		if (gl_slice_find(words, fixes[i].part) >= 0)
			return fixes[i].fix;
	return "look at limits on processes and memory, and at an outer sandbox";
}

static void add_fix(struct gl_finding *f, const struct gl_cause *cause)
{
	if (f && f->code == GL_CODE_CPU_LEVEL_TOO_LOW)
		gl_finding_fix(f, "build with GOAMD64=v1");
	else if (cause->phase == GL_PHASE_INIT)
		gl_finding_fix(f, "move what can fail out of init into main, where it can be reported");
	else if (cause->phase == GL_PHASE_RUNTIME)
		gl_finding_fix(f, "%s", fix_of_runtime(gist(&cause->panic)));
}

static void add_remarks(struct gl_finding *f, const struct gl_panic *panic)
{
	gl_rows_text(f, "then", panic->last);
	gl_rows_text(f, "signal", panic->signal);
	if (panic->context.text != gist(panic).text)
		gl_rows_text(f, "runtime", panic->context);
}

const struct gl_finding *gl_findings_add_panic(struct gl_findings *list, enum gl_code code,
					       const struct gl_cause *cause)
{
	const struct gl_panic *panic = &cause->panic;
	gl_autofree char *words = gl_rows_escaped(gist(panic), GL_ROWS_MAX_MESSAGE);
	gl_autofree char *first = headline(cause, words ? words : "");
	struct gl_finding *f;

	if (panic->kind == GL_PANIC_CPU_LEVEL)
		f = gl_findings_add(list, code, "%s", words ? words : "");
	else
		f = gl_findings_add(list, code, "%s", first ? first : word_of(panic));
	gl_finding_evidence(f, "kind", gl_panic_kind_name(panic->kind));
	gl_finding_evidence(f, "message", panic->message);
	gl_finding_evidence(f, "source", "stderr");
	gl_rows_where(f, "where", cause);
	gl_rows_init(f, cause);
	add_remarks(f, panic);
	add_goroutine(f, panic);
	add_fix(f, cause);
	return f;
}

const struct gl_finding *gl_findings_add_loader(struct gl_findings *list, const struct gl_loader_words *words)
{
	gl_autofree char *first = gl_rows_escaped(words->lines[0], GL_ROWS_MAX_MESSAGE);
	char *lines[GL_LOADER_MAX_LINES];
	struct gl_finding *f;
	size_t unsaid = words->lines_left_out;

	f = gl_findings_add(list, GL_CODE_LOADER_FAILED, "the dynamic loader gave up: %s",
			    first ? first : "");
	for (size_t i = 1; i < words->line_count; i++) {
		if (i <= MAX_SAID_ROWS)
			gl_rows_text(f, "and", words->lines[i]);
		else
			unsaid++;
	}
	if (unsaid)
		gl_finding_row(f, "and", "%zu more", unsaid);
	for (size_t i = 0; i < words->line_count; i++)
		lines[i] = strndup(words->lines[i].text, words->lines[i].len);
	gl_finding_evidence_list(f, "words", lines, words->line_count);
	for (size_t i = 0; i < words->line_count; i++)
		free(lines[i]);
	gl_finding_fix(f, "golaunch check PROGRAM lists all that is missing, and what helps");
	return f;
}

const struct gl_finding *gl_findings_add_signal(struct gl_findings *list, const struct gl_death *death,
						const struct gl_capture_text *text)
{
	char room[GL_SIGNAL_NAME_ROOM];
	const char *name = gl_signals_name(death->status, room);
	struct gl_finding *f;

	f = gl_findings_add(list, GL_CODE_KILLED_BY_SIGNAL, "killed by %s%s", name,
			    death->core ? ", core dumped" : "");
	gl_finding_evidence(f, "signal", name);
	gl_finding_evidence_int(f, "number", death->status);
	if (death->forwarded.signo == death->status)
		gl_rows_forwarded(f, &death->forwarded);
	gl_rows_last_words(f, text);
	if (death->status == SIGKILL)
		gl_finding_fix(f, "look at memory limits and at who stops it: dmesg, kubectl describe pod");
	return f;
}

/* What the kernel or the start watch can tell of it. */
static bool add_seen_kill(struct gl_finding *f, const struct gl_cause *cause)
{
	if (gl_rows_refused(f, "call", cause->witness))
		return true;
	gl_finding_row(f, "call", "unknown: the kernel does not say which");
	gl_finding_evidence(f, "syscall", NULL);
	return false;
}

const struct gl_finding *gl_findings_add_policy_kill(struct gl_findings *list, const struct gl_cause *cause,
						     const struct gl_evidence *e)
{
	const struct gl_denial *killer = e->denials ? e->denials->killer : NULL;
	gl_autobuf struct gl_buf phase = GL_BUF_INIT;
	char room[GL_SIGNAL_NAME_ROOM];
	struct gl_finding *f;
	bool known = killer != NULL;

	gl_rows_put_phase(&phase, cause);
	f = gl_findings_add(list, GL_CODE_KILLED_BY_POLICY, "killed by golaunch's policy%s%s%s%s",
			    killer ? " for " : "", killer ? killer->name : "", killer ? "()" : "",
			    gl_buf_text(&phase));
	gl_finding_evidence(f, "signal", gl_signals_name(e->death->status, room));
	if (killer)
		gl_denial_rows(f, e->judge, killer);
	else
		known = add_seen_kill(f, cause);
	if (cause->witness) {
		gl_rows_where(f, "where", cause);
		gl_rows_init(f, cause);
	}
	gl_rows_last_words(f, e->text);
	if (!killer)
		gl_finding_fix(f, "%s",
			       known ? "allow it in the policy, or deny it with an errno"
				     : "find the call (strace -f, or the audit log) and allow it in the policy");
	return f;
}
