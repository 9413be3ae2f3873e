/*
 * Judging the program: the host as it will see it, what the rules say of it
 * there, and whether it is started.  How it is launched is decided in between
 * (run_bundle.c).
 */
#include "base/log.h"
#include "cmd/run.h"

/* The host as the program will see it: its environment, its ids. */
static int make_host(struct gl_run *run, struct gl_err *err)
{
	int r = gl_host_init(&run->host, run->environment.strings, err);

	if (r)
		return r;
	run->has_host = true;
	run->host.secure = run->gains_privileges && !run->plan.no_new_privs;
	if (run->plan.change_ids) {
		run->host.uid = run->plan.user.uid;
		run->host.gid = run->plan.user.gid;
		run->host.groups = run->plan.user.groups;
		run->host.group_count = run->plan.user.group_count;
	}
	if (run->plan.change_caps)
		run->host.denied_caps = ~run->plan.caps.bounding;
	return 0;
}

static void say_warnings(const struct gl_run *run)
{
	if (!gl_log_enabled(GL_LOG_NOTE))
		return;
	for (size_t i = 0; i < run->x.findings.count; i++)
		if (run->x.findings.items[i]->severity == GL_SEVERITY_WARNING)
			gl_run_say(run, run->x.findings.items[i], -1);
}

int gl_run_examine(struct gl_run *run, struct gl_err *err)
{
	int r = make_host(run, err);

	/* What --fallback always needs to know has to be looked at. */
	if (r || (run->o.check == GL_CHECK_OFF && run->o.fallback.mode != GL_FALLBACK_ALWAYS))
		return r;
	/* Where execve will not be called it cannot be left to judge. */
	r = gl_examine(&run->host, run->path, run->o.dry_run ? GL_SCOPE_CHECK : GL_SCOPE_LAUNCH, &run->x,
		       err);
	run->has_examination = true;
	run->examined = !r;
	/* What only could not be checked is run. */
	if (r)
		gl_log(GL_LOG_NOTE, "the program was not checked: %s", err->msg);
	return 0;
}

/* A bundle that was needed and is not to be had comes before what it was needed for. */
static const struct gl_finding *find_refusal(const struct gl_run *run)
{
	if (run->choice.refusal)
		return run->choice.refusal;
	return run->o.check == GL_CHECK_OFF ? NULL : gl_examination_refusal(&run->x);
}

int gl_run_judge(struct gl_run *run, struct gl_err *err)
{
	const struct gl_finding *refusal;

	(void)err;
	if (!run->examined)
		return 0;
	say_warnings(run);
	refusal = find_refusal(run);
	if (!refusal)
		return 0;
	if (run->o.check == GL_CHECK_WARN) {
		gl_run_say(run, refusal, -1);
		return 0;
	}
	return gl_run_end_unstarted(run, refusal, GL_OUTCOME_REFUSED, gl_examination_exit_status(refusal));
}
