/*
 * Deaths before main.main in words: see report/findings_start.h.
 *
 * One function for each first line, chosen by the code; the rows are the same for
 * all, each left out where there is nothing to say.
 */
#include "report/findings_start.h"

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "report/finding_rows.h"
#include "report/findings.h"
#include "report/waiting.h"

#define GO_PANIC_STATUS 2 /* runtime/panic.go: exit(2) */

/* A finding that is being made. */
struct making {
	enum gl_code code;
	const struct gl_cause *cause;
	const struct gl_evidence *e;
	const struct gl_witness *w;
	char signal[GL_SIGNAL_NAME_ROOM];
};

static const char *signal_name(struct making *m)
{
	return m->w->signo ? gl_signals_name(m->w->signo, m->signal) : "a signal";
}

static const char *before(const struct gl_witness *w)
{
	return w->in_c && w->phase != GL_PHASE_INIT ? "before the Go runtime started" : "before main.main";
}

/* -- first lines -- */

static void say_exit(struct making *m, struct gl_buf *b)
{
	gl_buf_printf(b, "exited %d %s", m->e->death->status, before(m->w));
	if (m->w->how == GL_HOW_EXIT_IN_C)
		gl_buf_puts(b, ", by C code");
	else if (m->w->how == GL_HOW_ELSEWHERE)
		gl_buf_puts(b, ", by another thread");
	if (m->e->text && !m->e->text->total)
		gl_buf_puts(b, ", without a word");
}

static void say_signal(struct making *m, struct gl_buf *b)
{
	gl_buf_printf(b, "%s%s", m->w->how == GL_HOW_SIGNAL ? "killed by " : "", signal_name(m));
	gl_rows_put_phase(b, m->cause);
	if (m->w->in_c)
		gl_buf_puts(b, ", in C code");
}

static void say_sent(struct making *m, struct gl_buf *b)
{
	if (gl_evidence_timed_out(m->e))
		gl_buf_printf(b, "ended after %g s of starting (--start-timeout)", m->e->timeout_ms / 1000.0);
	else
		gl_buf_printf(b, "ended by %s", signal_name(m));
	if (m->w->phase == GL_PHASE_INIT)
		gl_rows_put_phase(b, m->cause);
	else
		gl_buf_puts(b, " before any package was initialised");
}

static void say_loader(struct making *m, struct gl_buf *b)
{
	gl_buf_printf(b, "the dynamic loader gave up with status %d", m->e->death->status);
}

static void say_runtime(struct making *m, struct gl_buf *b)
{
	gl_buf_puts(b, "the Go runtime gave up while it started");
	if (m->w->how == GL_HOW_SIGNAL)
		gl_buf_printf(b, ": %s", signal_name(m));
}

static void say_panic(struct making *m, struct gl_buf *b)
{
	gl_buf_puts(b, "panic");
	gl_rows_put_phase(b, m->cause);
}

static void say_fatal_error(struct making *m, struct gl_buf *b)
{
	gl_buf_puts(b, "fatal error");
	gl_rows_put_phase(b, m->cause);
}

static void say_cpu_level(struct making *m, struct gl_buf *b)
{
	(void)m;
	gl_buf_puts(b, "this CPU lacks instructions that the program was built for");
}

static const struct saying {
	enum gl_code code;
	void (*say)(struct making *m, struct gl_buf *b);
	const char *fix;
} sayings[] = {
	{GL_CODE_INIT_PANIC, say_panic, "move what can fail out of init into main, where it can be reported"},
	{GL_CODE_FATAL_ERROR, say_fatal_error, "keep init from waiting for other goroutines"},
	{GL_CODE_INIT_EXIT, say_exit, "let init return what went wrong, and main report it and exit"},
	{GL_CODE_INIT_SIGNAL, say_signal, NULL},
	{GL_CODE_LOADER_FAILED, say_loader,
	 "golaunch check PROGRAM lists all that is missing, and what helps"},
	{GL_CODE_RUNTIME_START_FAILED, say_runtime,
	 "look at limits on processes and memory, and at an outer sandbox"},
	{GL_CODE_INIT_TIMEOUT, say_sent,
	 "move what waits (network, locks, other services) out of init, with a deadline"},
	{GL_CODE_CPU_LEVEL_TOO_LOW, say_cpu_level, "build with GOAMD64=v1"},
};

/* -- rows -- */

static void add_call(struct gl_finding *f, const struct gl_witness *w)
{
	gl_autofree char *call = w->call.len ? gl_rows_name(w->call) : NULL;
	gl_autobuf struct gl_buf waiting = GL_BUF_INIT, others = GL_BUF_INIT;
	bool waits = w->how == GL_HOW_SENT && gl_waiting_put(&waiting, w);

	if (call)
		gl_finding_evidence(f, "call", call);
	if (waits)
		gl_finding_evidence(f, "waiting", gl_buf_text(&waiting));
	if (call || waits)
		gl_finding_row(f, "call", "%s%s%s", call ? call : "", call && waits ? ": " : "",
			       gl_buf_text(&waiting));
	if (w->how == GL_HOW_SENT && gl_waiting_put_others(&others, w)) {
		gl_finding_evidence(f, "sockets", gl_buf_text(&others));
		gl_finding_row(f, "sockets", "%s", gl_buf_text(&others));
	}
}

/* golaunch passed it on, or somebody sent it to the program itself (si_code <= 0: sigaction(2)). */
static void add_sender(struct gl_finding *f, const struct making *m)
{
	const struct gl_signal_origin *forwarded = &m->e->death->forwarded;
	const siginfo_t *asker = &m->w->asker;

	if (m->w->how != GL_HOW_SENT)
		return;
	if (forwarded->signo && forwarded->signo == m->w->signo) {
		gl_rows_forwarded(f, forwarded);
	} else if (m->w->has_asker && asker->si_code <= 0) {
		gl_finding_row(f, "by", "pid %d, uid %u", (int)asker->si_pid, (unsigned)asker->si_uid);
		gl_finding_evidence_int(f, "sender_pid", asker->si_pid);
		gl_finding_evidence_int(f, "sender_uid", asker->si_uid);
	}
}

static void add_rows(struct gl_finding *f, struct making *m)
{
	if (m->w->signo)
		gl_finding_evidence(f, "signal", signal_name(m));
	gl_finding_evidence(f, "source", "stack");
	gl_rows_where(f, m->w->how == GL_HOW_ELSEWHERE ? "init at" : "where", m->cause);
	add_call(f, m->w);
	gl_rows_fault(f, m->w);
	gl_rows_init(f, m->cause);
	add_sender(f, m);
	if (m->w->how == GL_HOW_ELSEWHERE && m->e->death->status == GO_PANIC_STATUS)
		gl_finding_row(f, "why",
			       "a panic or fatal error there (stderr was not captured), or os.Exit(2)");
	if (!m->cause->has_panic)
		gl_rows_last_words(f, m->e->text);
}

static const struct saying *saying_of(enum gl_code code)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(sayings); i++)
		if (sayings[i].code == code)
			return &sayings[i];
	return &sayings[0];
}

static void add_fix(struct gl_finding *f, const struct making *m, const struct saying *saying)
{
	if (m->w->wait && m->w->wait->refused)
		gl_finding_fix(f, "allow the call in the sandbox around golaunch, or do without it");
	else if (m->w->in_c && m->w->phase != GL_PHASE_INIT && m->code != GL_CODE_LOADER_FAILED)
		gl_finding_fix(f, "look at the C libraries' start-up code, or build with CGO_ENABLED=0");
	else if (m->w->in_c && m->code != GL_CODE_INIT_TIMEOUT && m->code != GL_CODE_LOADER_FAILED)
		gl_finding_fix(f, "look at the C code that is called there, or build with CGO_ENABLED=0");
	else if (saying->fix)
		gl_finding_fix(f, "%s", saying->fix);
	else
		gl_finding_fix(f, "look at what is done with unsafe and with memory that C code owns");
}

const struct gl_finding *gl_findings_add_start(struct gl_findings *list, enum gl_code code,
					       const struct gl_cause *cause,
					       const struct gl_evidence *evidence)
{
	struct making m = {.code = code, .cause = cause, .e = evidence, .w = cause->witness};
	const struct saying *saying = saying_of(code);
	gl_autobuf struct gl_buf first = GL_BUF_INIT;
	struct gl_finding *f;

	/* The runtime's own words say more, but of a fault. */
	if (cause->has_panic && code != GL_CODE_INIT_SIGNAL)
		return gl_findings_add_panic(list, code, cause);
	saying->say(&m, &first);
	f = gl_findings_add(list, code, "%s", gl_buf_text(&first));
	add_rows(f, &m);
	add_fix(f, &m, saying);
	return f;
}
