/*
 * Deaths in words: see report/findings.h.
 *
 * Everything that comes from the program is escaped here, once, on its way
 * into a message or a row; evidence goes to JSON, which has its own cleaning.
 */
#include "report/findings.h"

#include <signal.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "report/frame_text.h"

#define MAX_MESSAGE   200  /* bytes of the program's words in a finding's first line */
#define MAX_WORDS     300  /* in a row */
#define MAX_SAID_ROWS 4	   /* rows of a loader's further words */
#define MAX_TAIL_SCAN 4096 /* bytes of stderr searched for its last line */

static char *escaped(struct gl_slice s, size_t max)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_escape_text(&b, s.text, s.len, max);
	return gl_buf_take(&b);
}

/* gl_buf_take() gives NULL for no memory; a row of it is left out. */
static void add_row(struct gl_finding *f, const char *label, struct gl_slice s)
{
	gl_autofree char *text = escaped(s, MAX_WORDS);

	if (text && s.len)
		gl_finding_row(f, label, "%s", text);
}

static void add_evidence(struct gl_finding *f, const char *key, struct gl_slice s)
{
	gl_autofree char *text = gl_frame_name(s);

	gl_finding_evidence(f, key, s.len ? text : NULL);
}

static void add_frame_row(struct gl_finding *f, const char *label, const struct gl_frame *frame)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_frame_text(&b, frame, true);
	gl_finding_row(f, label, "%s", gl_buf_text(&b));
}

/* The frame to blame, as row and evidence. */
static void add_culprit(struct gl_finding *f, const struct gl_panic *panic)
{
	static const struct gl_frame nobody = {.line = 0};
	const struct gl_frame *culprit = NULL;
	gl_autobuf struct gl_buf where = GL_BUF_INIT;

	if (panic->has_trace)
		culprit = gl_trace_culprit(&panic->trace, panic->kind == GL_PANIC_PANIC);
	if (culprit) {
		gl_frame_where(&where, &panic->trace, culprit);
		gl_finding_row(f, "where", "%s", gl_buf_text(&where));
	} else {
		culprit = &nobody;
	}
	add_evidence(f, "package",
		     culprit->function.len ? gl_trace_package(culprit->function) : GL_SLICE_NONE);
	add_evidence(f, "function", culprit->function);
	add_evidence(f, "file", culprit->file);
	if (culprit->file.len)
		gl_finding_evidence_int(f, "line", (long long)culprit->line);
	else
		gl_finding_evidence(f, "line", NULL);
}

static void add_goroutine(struct gl_finding *f, const struct gl_panic *panic)
{
	gl_autobuf struct gl_buf state = GL_BUF_INIT, creator = GL_BUF_INIT;

	if (!panic->has_trace)
		return;
	gl_finding_evidence_int(f, "goroutine", (long long)panic->trace.goroutine);
	if (!panic->trace.created_by.function.len)
		return;
	gl_escape_text(&state, panic->trace.state.text, panic->trace.state.len, MAX_WORDS);
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
static char *headline(const struct gl_panic *panic, const char *message)
{
	struct gl_buf b = GL_BUF_INIT;
	gl_autofree char *package = NULL, *shown = NULL;

	gl_buf_puts(&b, word_of(panic));
	if (panic->phase == GL_PHASE_INIT) {
		package = gl_frame_name(gl_trace_package(panic->init.function));
		shown = gl_escape_dup(package, MAX_MESSAGE);
		gl_buf_printf(&b, " in the init of %s", shown ? shown : "a package");
	} else if (panic->phase == GL_PHASE_RUNTIME) {
		gl_buf_puts(&b, " while the Go runtime started");
	}
	gl_buf_printf(&b, ": %s", message);
	if (panic->in_c)
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

static void add_fix(struct gl_finding *f, const struct gl_panic *panic)
{
	if (f && f->code == GL_CODE_CPU_LEVEL_TOO_LOW)
		gl_finding_fix(f, "build with GOAMD64=v1");
	else if (panic->phase == GL_PHASE_INIT)
		gl_finding_fix(f, "move what can fail out of init into main, where it can be reported");
	else if (panic->phase == GL_PHASE_RUNTIME)
		gl_finding_fix(f, "look at limits on processes and memory, and at an outer sandbox");
}

const struct gl_finding *gl_findings_add_panic(struct gl_findings *list, enum gl_code code,
					       const struct gl_panic *panic)
{
	gl_autofree char *words = escaped(gist(panic), MAX_MESSAGE);
	gl_autofree char *first = headline(panic, words ? words : "");
	struct gl_finding *f;

	if (panic->kind == GL_PANIC_CPU_LEVEL)
		f = gl_findings_add(list, code, "%s", words ? words : "");
	else
		f = gl_findings_add(list, code, "%s", first ? first : word_of(panic));
	gl_finding_evidence(f, "kind", gl_panic_kind_name(panic->kind));
	gl_finding_evidence(f, "message", panic->message);
	gl_finding_evidence(f, "source", "stderr");
	add_culprit(f, panic);
	if (panic->phase == GL_PHASE_INIT)
		add_frame_row(f, "init", &panic->init);
	add_row(f, "then", panic->last);
	add_row(f, "signal", panic->signal);
	if (panic->context.text != gist(panic).text)
		add_row(f, "runtime", panic->context);
	add_goroutine(f, panic);
	add_fix(f, panic);
	return f;
}

const struct gl_finding *gl_findings_add_loader(struct gl_findings *list, const struct gl_loader_words *words)
{
	gl_autofree char *first = escaped(words->lines[0], MAX_MESSAGE);
	char *lines[GL_LOADER_MAX_LINES];
	struct gl_finding *f;
	size_t unsaid = words->lines_left_out;

	f = gl_findings_add(list, GL_CODE_LOADER_FAILED, "the dynamic loader gave up: %s",
			    first ? first : "");
	for (size_t i = 1; i < words->line_count; i++) {
		if (i <= MAX_SAID_ROWS)
			add_row(f, "and", words->lines[i]);
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

/* The last line of stderr that has something in it: often all there is to go by. */
static void add_last_words(struct gl_finding *f, const struct gl_capture_text *text)
{
	struct gl_slice line, last = GL_SLICE_NONE;
	const char *at, *end;

	if (!text || !text->tail_len)
		return;
	end = text->tail + text->tail_len;
	at = end - GL_MIN(text->tail_len, (size_t)MAX_TAIL_SCAN);
	while (gl_lines_next(&at, end, &line))
		if (line.len)
			last = line;
	add_row(f, "stderr", last);
}

/* The signal came by way of golaunch; a process that sends one has si_code <= 0 (sigaction(2)). */
static void add_sender(struct gl_finding *f, const struct gl_signal_origin *origin)
{
	gl_finding_row(f, "sent", "to golaunch, which passed it on");
	if (origin->code > 0)
		return;
	gl_finding_row(f, "by", "pid %d, uid %u", (int)origin->pid, (unsigned)origin->uid);
	gl_finding_evidence_int(f, "sender_pid", origin->pid);
	gl_finding_evidence_int(f, "sender_uid", origin->uid);
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
		add_sender(f, &death->forwarded);
	add_last_words(f, text);
	if (death->status == SIGKILL)
		gl_finding_fix(f, "look at memory limits and at who stops it: dmesg, kubectl describe pod");
	return f;
}

const struct gl_finding *gl_findings_add_policy_kill(struct gl_findings *list,
						     const struct gl_capture_text *text)
{
	struct gl_finding *f;

	f = gl_findings_add(list, GL_CODE_KILLED_BY_POLICY, "killed by golaunch's policy");
	gl_finding_row(f, "call", "unknown: the kernel does not say which");
	gl_finding_evidence(f, "syscall", NULL);
	gl_finding_evidence(f, "signal", "SIGSYS");
	add_last_words(f, text);
	gl_finding_fix(f, "find the call (strace -f, or the audit log) and allow it in the policy");
	return f;
}
