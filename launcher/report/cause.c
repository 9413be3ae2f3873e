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
#include "report/findings.h"

#define GO_PANIC_STATUS 2 /* runtime/panic.go: exit(2) */
#define GO_CPU_STATUS	1 /* runtime/asm_amd64.s, rt0_go */

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

	switch (panic->kind) {
	case GL_PANIC_PANIC:
		return panic->phase == GL_PHASE_INIT ? GL_CODE_INIT_PANIC : GL_CODE_PANIC;
	case GL_PANIC_FATAL_ERROR:
		return GL_CODE_FATAL_ERROR;
	case GL_PANIC_SIGNAL:
		return gl_slice_starts(message, "SIGQUIT: ") ? GL_CODE_NONE : GL_CODE_FATAL_ERROR;
	case GL_PANIC_CPU_LEVEL:
		return GL_CODE_CPU_LEVEL_TOO_LOW;
	case GL_PANIC_NONE:
	case GL_PANIC_KIND_MAX:
		break;
	}
	return GL_CODE_NONE;
}

static bool killed_by_policy(const struct gl_evidence *e)
{
	return e->filtered && killed_by(e->death, SIGSYS) && e->death->forwarded.signo != SIGSYS;
}

/* Returns 1 if the words explain the end, 0 if not, or -ENOMEM. */
static int decide_by_panic(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	int r = gl_panic_parse(e->text, &cause->panic);

	if (r < 0)
		return r;
	if (r > 0)
		return 0;
	if (!agrees(e->death, &cause->panic)) {
		gl_panic_done(&cause->panic);
		return 0;
	}
	cause->has_panic = true;
	cause->phase = cause->panic.phase;
	cause->code = code_of_panic(&cause->panic);
	if (cause->code != GL_CODE_NONE)
		cause->finding = gl_findings_add_panic(list, cause->code, &cause->panic);
	return 1;
}

static bool decide_by_loader(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	struct gl_loader_words words;

	if (!gl_loader_words_parse(e->text->head, e->text->head_len, e->program, &words) ||
	    !exited(e->death, words.status))
		return false;
	cause->code = GL_CODE_LOADER_FAILED;
	cause->phase = GL_PHASE_LOADER;
	cause->finding = gl_findings_add_loader(list, &words);
	return true;
}

static int decide(const struct gl_evidence *e, struct gl_findings *list, struct gl_cause *cause)
{
	int r;

	if (killed_by_policy(e)) {
		cause->code = GL_CODE_KILLED_BY_POLICY;
		cause->finding = gl_findings_add_policy_kill(list, e->text);
		return 0;
	}
	if (e->text) {
		r = decide_by_panic(e, list, cause);
		if (r)
			return GL_MIN(r, 0);
		if (decide_by_loader(e, list, cause))
			return 0;
	}
	if (e->death->by_signal && !asked_to_end(e->death->status)) {
		cause->code = GL_CODE_KILLED_BY_SIGNAL;
		cause->finding = gl_findings_add_signal(list, e->death, e->text);
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

bool gl_cause_speaks(const struct gl_cause *cause)
{
	if (!cause->finding || cause->code == GL_CODE_PANIC)
		return false;
	if (cause->code == GL_CODE_FATAL_ERROR)
		return cause->phase == GL_PHASE_INIT || cause->phase == GL_PHASE_RUNTIME;
	return true;
}
