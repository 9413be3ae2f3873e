/*
 * What the policy denies during a run, in words: when it first happens, and at the
 * end how often.
 *
 * A program that is denied many things says so once for each caller, and not
 * faster than a person can read; what stays unsaid meanwhile is said at the end.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/run.h"
#include "report/denials.h"

#define SAY_BURST      16		    /* blocks at once ... */
#define SAY_NS	       UINT64_C(1000000000) /* ... then one in this time */
#define SAY_AT_END     16
#define DEFAULT_POLICY "default"
#define PLAIN_ANSWERS  "denied calls answer an errno, without a word"

static bool may_say(struct gl_run_denials *said)
{
	uint64_t now = gl_clock_now_ns(), more;

	if (said->since_ns == 0)
		*said = (struct gl_run_denials){.since_ns = now, .left = SAY_BURST};
	more = (now - said->since_ns) / SAY_NS;
	said->left = GL_MIN(said->left + more, (uint64_t)SAY_BURST);
	said->since_ns += more * SAY_NS;
	if (said->left == 0)
		return false;
	said->left--;
	return true;
}

static void say_block(struct gl_run *run, struct gl_denial *denial)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	const struct gl_finding *f = gl_findings_add_denial(&list, &run->judge, denial, run->pid);

	denial->said = true;
	if (f)
		gl_run_say(run, f, -1);
	gl_findings_done(&list);
}

/* The kill of the program itself is the end, which is explained then. */
static bool is_the_end(const struct gl_run *run, const struct gl_denial *denial)
{
	const struct gl_denials *denials = gl_listener_denials(run->listener);

	return denials->killed_program && denials->killer == denial;
}

static void say(void *context, struct gl_denial *denial)
{
	struct gl_run *run = context;

	if (gl_log_enabled(GL_LOG_WARNING) && !is_the_end(run, denial) && may_say(&run->said_denials))
		say_block(run, denial);
}

/* Who looks on says all at the end, with how often it was. */
static void say_later(void *context, struct gl_denial *denial)
{
	(void)context;
	(void)denial;
}

/* What the filter came from; a preset's text is read when the first denial asks for it. */
static void make_judge(struct gl_run *run)
{
	bool is_own = run->preset == &run->own_preset;

	run->judge = GL_DENIAL_JUDGE_INIT;
	run->judge.facts = run->plan.facts;
	run->judge.preset = is_own ? NULL : run->preset->name;
	run->judge.policy = is_own ? &run->policy.policy : NULL;
	run->judge.is_text = run->policy.form == GL_FORM_TEXT;
}

int gl_run_make_listener(struct gl_run *run, struct gl_err *err)
{
	int r;

	if (!run->plan.explain)
		return 0;
	if (run->preset)
		make_judge(run);
	r = gl_listener_new(&run->plan, run->plan.observe ? say_later : say, run, &run->listener, err);
	if (r == 0 && run->learning.learn) {
		gl_learn_begin(run->learning.learn, 0, run->watch);
		gl_listener_learn(run->listener, run->learning.learn);
	}
	if (r <= 0)
		return r;
	if (run->plan.observe)
		return gl_run_end_unprotected(run, err);
	gl_log(GL_LOG_NOTE, PLAIN_ANSWERS ": %s", err->msg);
	gl_plan_forget_listener(&run->plan);
	return 0;
}

void gl_run_say_listener(const struct gl_plan_failure *failure)
{
	if (failure->listener_errnum)
		gl_log(GL_LOG_NOTE, PLAIN_ANSWERS ": %s",
		       failure->listener_errnum == EBUSY ? "an outer filter has a listener already"
							 : strerror(failure->listener_errnum));
}

static void say_count(const struct gl_denial *denial)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_denial_put_summary(&b, denial);
	gl_log(GL_LOG_WARNING, "GL5101: %s", gl_buf_text(&b));
}

/* golaunch policy learn --dry; no denials: "none" has no filter that anybody could look on with. */
static void end_dry(struct gl_run *run, struct gl_denials *denials)
{
	const char *name = run->o.policy ? run->o.policy : DEFAULT_POLICY;
	size_t count = denials ? denials->count : 0;

	for (size_t i = 0; i < count; i++)
		if (denials->items[i].count > 0)
			say_block(run, &denials->items[i]);
	if (count && denials->unlisted)
		gl_log(GL_LOG_WARNING, "%" PRIu64 " more calls of callers that are not listed",
		       denials->unlisted);
	if (count == 0)
		gl_log(GL_LOG_WARNING, "policy '%s' would have stopped nothing", name);
}

void gl_run_end_denials(struct gl_run *run)
{
	struct gl_denials *denials = run->listener ? gl_listener_denials(run->listener) : NULL;
	size_t unsaid = 0;

	if (gl_run_observes(run) == GL_OBSERVE_DRY)
		end_dry(run, denials);
	if (run->plan.observe || !denials || !gl_log_enabled(GL_LOG_WARNING))
		return;
	for (size_t i = 0; i < denials->count; i++) {
		struct gl_denial *denial = &denials->items[i];

		if (denial->count == 0 || is_the_end(run, denial))
			continue;
		if (!denial->said && ++unsaid <= SAY_AT_END)
			say_block(run, denial);
		else if (denial->said && denial->count > 1)
			say_count(denial);
	}
	if (unsaid > SAY_AT_END)
		gl_log(GL_LOG_WARNING, "GL5101: denials of %zu more callers, see --report",
		       unsaid - SAY_AT_END);
	if (denials->unlisted)
		gl_log(GL_LOG_WARNING, "GL5101: %" PRIu64 " more denials of callers that are not listed",
		       denials->unlisted);
}
