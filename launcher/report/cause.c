/*
 * Deciding the cause of a death: see the table in report/cause.h.
 *
 * What the kernel says cannot be forged by the program; what the program says
 * can.  So each kind of words has the ends that agree with it, and words that
 * do not agree are dropped, not weighed.
 */
#include "report/cause.h"

#include <errno.h>
#include <signal.h>

#include "base/macros.h"
#include "report/finding_rows.h"
#include "report/findings.h"
#include "report/findings_start.h"
#include "report/oom.h"

#define GO_PANIC_STATUS 2 /* runtime/panic.go: exit(2) */
#define GO_CPU_STATUS	1 /* runtime/asm_amd64.s, rt0_go */

#define WORDS(kind) (1u << (kind))
#define ANY_WORDS   (~0u)
#define FATAL_WORDS (WORDS(GL_PANIC_FATAL_ERROR) | WORDS(GL_PANIC_SIGNAL))

const char *gl_outcome_kind_name(enum gl_outcome_kind kind)
{
	static const char *const names[GL_OUTCOME_KIND_MAX] = {
		[GL_OUTCOME_REFUSED] = "refused",
		[GL_OUTCOME_EXEC_FAILED] = "exec-failed",
		[GL_OUTCOME_EXIT] = "exit",
		[GL_OUTCOME_SIGNAL] = "signal",
	};

	return (size_t)kind < GL_ARRAY_SIZE(names) ? names[kind] : "exit";
}

struct gl_outcome gl_outcome_of_death(const struct gl_death *death)
{
	if (death->by_signal)
		return (struct gl_outcome){
			.kind = GL_OUTCOME_SIGNAL, .signal = death->status, .core = death->core};
	return (struct gl_outcome){.kind = GL_OUTCOME_EXIT, .status = death->status};
}

static bool exited(const struct gl_death *death, int status)
{
	return !death->by_signal && death->status == status;
}

static bool killed_by(const struct gl_death *death, int signo)
{
	return death->by_signal && death->status == signo;
}

/* Signals by which a program is asked to end; dying of one needs no explanation. */
static bool asked_to_end(int signo)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};

	for (size_t i = 0; i < GL_ARRAY_SIZE(signals); i++)
		if (signo == signals[i])
			return true;
	return false;
}

static bool agrees(const struct gl_death *death, const struct gl_panic *panic)
{
	if (panic->kind == GL_PANIC_CPU_LEVEL)
		return exited(death, GO_CPU_STATUS);
	return exited(death, GO_PANIC_STATUS) || killed_by(death, SIGABRT);
}

static enum gl_code code_of_panic(const struct gl_panic *panic)
{
	struct gl_slice message = {.text = panic->message, .len = panic->message_len};

	if (panic->kind == GL_PANIC_CPU_LEVEL)
		return GL_CODE_CPU_LEVEL_TOO_LOW;
	if (panic->kind == GL_PANIC_SIGNAL && gl_slice_starts(message, "SIGQUIT: "))
		return GL_CODE_NONE;
	if (panic->phase == GL_PHASE_RUNTIME)
		return GL_CODE_RUNTIME_START_FAILED;
	if (panic->kind == GL_PANIC_PANIC)
		return panic->phase == GL_PHASE_INIT ? GL_CODE_INIT_PANIC : GL_CODE_PANIC;
	if (panic->phase == GL_PHASE_INIT && panic->signal.len)
		return GL_CODE_INIT_SIGNAL;
	return GL_CODE_FATAL_ERROR;
}

bool gl_evidence_timed_out(const struct gl_evidence *e)
{
	return e->timeout_ms && killed_by(e->death, SIGKILL);
}

static bool killed_by_policy(const struct gl_evidence *e)
{
	if (e->denials && e->denials->killed_program && killed_by(e->death, SIGKILL))
		return true;
	return e->filtered && killed_by(e->death, SIGSYS) && e->death->forwarded.signo != SIGSYS;
}

/*
 * The watch saw this program's own phase; but once main runs it looks no more, and
 * a wrapper (gosu) may have executed another program, whose init the words tell of.
 */
static enum gl_phase phase_of_words(const struct gl_evidence *e, const struct gl_panic *panic)
{
	bool successor = e->phase == GL_PHASE_MAIN && panic->phase == GL_PHASE_INIT;

	return e->phase == GL_PHASE_UNKNOWN || successor ? panic->phase : e->phase;
}

/* The words about a panic, if there are any of these kinds (bits) that agree.  Returns 1, 0, or -ENOMEM. */
static int take_panic(const struct gl_evidence *e, unsigned kinds, struct gl_cause *cause)
{
	int r = e->text ? gl_panic_parse(e->text, &cause->panic) : 1;

	if (r)
		return GL_MIN(r, 0);
	if (!(kinds & 1u << cause->panic.kind) || !agrees(e->death, &cause->panic)) {
		gl_panic_done(&cause->panic);
		return 0;
	}
	cause->panic.phase = phase_of_words(e, &cause->panic);
	cause->has_panic = true;
	cause->phase = cause->panic.phase;
	return 1;
}

/* Returns 1 if the words explain the end, 0 if not, or -ENOMEM. */
static int decide_by_panic(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	int r = take_panic(e, ANY_WORDS, cause);

	if (r <= 0)
		return r;
	cause->code = code_of_panic(&cause->panic);
	if (cause->code != GL_CODE_NONE)
		cause->finding = gl_findings_add_panic(list, cause->code, cause);
	return 1;
}

static bool decide_by_loader(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	struct gl_loader_words words;

	if (!e->text || e->phase == GL_PHASE_INIT || e->phase == GL_PHASE_MAIN)
		return false;
	if (!gl_loader_words_parse(e->text->head, e->text->head_len, e->program, &words) ||
	    !exited(e->death, words.status))
		return false;
	cause->code = GL_CODE_LOADER_FAILED;
	cause->phase = GL_PHASE_LOADER;
	cause->finding = gl_findings_add_loader(list, &words);
	return true;
}

/* What the start watch saw, and what follows; the first row that fits. */
static const struct rule {
	enum gl_how how;
	bool runtime; /* only for the runtime's own start, in Go code */
	enum gl_code code;
	unsigned words; /* kinds of words that agree */
} rules[] = {
	{GL_HOW_EXIT, false, GL_CODE_INIT_EXIT, 0},
	{GL_HOW_EXIT_IN_C, false, GL_CODE_INIT_EXIT, 0},
	{GL_HOW_LOADER, false, GL_CODE_LOADER_FAILED, 0},
	{GL_HOW_PANIC, true, GL_CODE_RUNTIME_START_FAILED, WORDS(GL_PANIC_PANIC)},
	{GL_HOW_PANIC, false, GL_CODE_INIT_PANIC, WORDS(GL_PANIC_PANIC)},
	{GL_HOW_THROW, true, GL_CODE_RUNTIME_START_FAILED, WORDS(GL_PANIC_FATAL_ERROR)},
	{GL_HOW_THROW, false, GL_CODE_FATAL_ERROR, WORDS(GL_PANIC_FATAL_ERROR)},
	{GL_HOW_FAULT, true, GL_CODE_RUNTIME_START_FAILED, FATAL_WORDS},
	{GL_HOW_FAULT, false, GL_CODE_INIT_SIGNAL, FATAL_WORDS},
	{GL_HOW_CPU_LEVEL, false, GL_CODE_CPU_LEVEL_TOO_LOW, WORDS(GL_PANIC_CPU_LEVEL)},
	{GL_HOW_ELSEWHERE, false, GL_CODE_INIT_EXIT, 0},
	{GL_HOW_SIGNAL, true, GL_CODE_RUNTIME_START_FAILED, 0},
	{GL_HOW_SIGNAL, false, GL_CODE_INIT_SIGNAL, 0},
	{GL_HOW_SENT, false, GL_CODE_INIT_TIMEOUT, 0},
	{GL_HOW_UNKNOWN, false, GL_CODE_INIT_EXIT, 0},
};

static const struct rule *rule_for(const struct gl_witness *w)
{
	bool runtime = w->phase == GL_PHASE_RUNTIME && !w->in_c;

	for (size_t i = 0; i < GL_ARRAY_SIZE(rules); i++)
		if (rules[i].how == w->how && (!rules[i].runtime || runtime))
			return &rules[i];
	return NULL;
}

/* Another thread ended it: only words can tell of a panic or a fatal error there. */
static bool words_first(const struct gl_witness *w)
{
	return w->how == GL_HOW_ELSEWHERE || w->how == GL_HOW_UNKNOWN;
}

/* Where there is no /proc the watch cannot tell the loader's code from other C code, but its words do. */
static bool may_be_loader(const struct gl_witness *w)
{
	return w->how == GL_HOW_LOADER ||
	       (w->how == GL_HOW_EXIT_IN_C && w->where.place == GL_WATCH_PLACE_UNKNOWN);
}

static int decide_by_witness(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	const struct rule *rule = rule_for(e->witness);
	int r = 0;

	if (!rule || exited(e->death, 0) || (e->death->by_signal && e->witness->how == GL_HOW_UNKNOWN))
		return 0;
	if (words_first(e->witness))
		r = decide_by_panic(e, list, cause);
	if (r)
		return GL_MIN(r, 0);
	r = take_panic(e, rule->words, cause);
	if (r < 0)
		return r;
	if (may_be_loader(e->witness) && decide_by_loader(e, list, cause))
		return 0;
	cause->phase = e->witness->phase;
	cause->code = rule->code;
	cause->finding = gl_findings_add_start(list, rule->code, cause, e);
	return 0;
}

/* --start-timeout, and the watch did not see the end: then where is not known. */
static void decide_by_timeout(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	cause->code = GL_CODE_INIT_TIMEOUT;
	cause->finding = gl_findings_add(list, cause->code, "ended after %g s of starting (--start-timeout)",
					 e->timeout_ms / 1000.0);
}

/* Before main.main it can also be told where that was. */
static void decide_by_oom(const struct gl_oom_facts *oom, struct gl_findings *list, struct gl_cause *cause)
{
	struct gl_finding *f = gl_oom_add(list, oom);

	cause->code = GL_CODE_OUT_OF_MEMORY;
	cause->finding = f;
	if (!cause->witness)
		return;
	gl_rows_where(f, "where", cause);
	gl_rows_init(f, cause);
}

static int decide(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	const struct gl_oom_facts oom = {
		.death = e->death, .cgroup = e->cgroup, .killed_by_us = gl_evidence_timed_out(e)};
	int r;

	cause->phase = e->phase;
	cause->witness = e->witness;
	cause->gobin = e->gobin;
	if (killed_by_policy(e)) {
		cause->code = GL_CODE_KILLED_BY_POLICY;
		cause->finding = gl_findings_add_policy_kill(list, cause, e);
		return 0;
	}
	if (gl_oom_judge(&oom) == GL_OOM_CERTAIN) {
		decide_by_oom(&oom, list, cause);
		return 0;
	}
	if (e->witness) {
		r = decide_by_witness(e, list, cause);
		gl_oom_hint(list, &oom);
		return r;
	}
	r = decide_by_panic(e, list, cause);
	if (r)
		return GL_MIN(r, 0);
	if (decide_by_loader(e, list, cause))
		return 0;
	if (gl_evidence_timed_out(e)) {
		decide_by_timeout(e, list, cause);
		gl_oom_hint(list, &oom);
	} else if (e->death->by_signal && !asked_to_end(e->death->status)) {
		cause->code = GL_CODE_KILLED_BY_SIGNAL;
		cause->finding = gl_findings_add_signal(list, e->death, e->text);
		gl_oom_hint(list, &oom);
	}
	return 0;
}

int gl_cause_decide(const struct gl_evidence *evidence, struct gl_findings *list, struct gl_cause *ret,
		    struct gl_err *err)
{
	struct gl_cause cause = GL_CAUSE_INIT;
	int r = decide(evidence, list, &cause);

	if (r == 0 && cause.code != GL_CODE_NONE && !cause.finding)
		r = -ENOMEM;
	if (r < 0) {
		gl_cause_done(&cause);
		return gl_err_sys(err, -r, "cannot work out how the program ended");
	}
	*ret = cause;
	return 0;
}

struct gl_cause gl_cause_of_finding(const struct gl_finding *finding)
{
	return (struct gl_cause){
		.code = finding ? finding->code : GL_CODE_NONE,
		.phase = GL_PHASE_EXEC,
		.finding = finding,
	};
}

void gl_cause_done(struct gl_cause *cause)
{
	gl_panic_done(&cause->panic);
	*cause = GL_CAUSE_INIT;
}

static bool saw_the_stack(const struct gl_cause *cause)
{
	return cause->witness && cause->witness->has_trace &&
	       (cause->witness->how != GL_HOW_ELSEWHERE || !cause->has_panic);
}

const struct gl_trace *gl_cause_trace(const struct gl_cause *cause)
{
	if (saw_the_stack(cause))
		return &cause->witness->trace;
	return cause->has_panic && cause->panic.has_trace ? &cause->panic.trace : NULL;
}

const struct gl_frame *gl_cause_culprit(const struct gl_cause *cause)
{
	const struct gl_trace *trace = gl_cause_trace(cause);

	if (!trace || !trace->frame_count)
		return NULL;
	if (saw_the_stack(cause))
		return &trace->frames[0];
	return gl_trace_culprit(trace, cause->panic.kind == GL_PANIC_PANIC);
}

const struct gl_frame *gl_cause_init(const struct gl_cause *cause)
{
	if (cause->phase != GL_PHASE_INIT)
		return NULL;
	if (cause->witness && cause->witness->init.function.len)
		return &cause->witness->init;
	return cause->has_panic && cause->panic.init.function.len ? &cause->panic.init : NULL;
}

struct gl_slice gl_cause_package(const struct gl_cause *cause)
{
	const struct gl_frame *init = gl_cause_init(cause);

	if (cause->phase == GL_PHASE_INIT && cause->witness && cause->witness->package.len)
		return cause->witness->package;
	return init ? gl_trace_package(init->function) : GL_SLICE_NONE;
}

bool gl_cause_speaks(const struct gl_cause *cause)
{
	if (!cause->finding || cause->code == GL_CODE_PANIC)
		return false;
	if (cause->code == GL_CODE_FATAL_ERROR)
		return cause->phase == GL_PHASE_INIT || cause->phase == GL_PHASE_RUNTIME;
	return true;
}
