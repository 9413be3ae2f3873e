/*
 * How the program is launched: directly, or with a bundle's loader and
 * libraries (bundle/choose.h).
 */
#include "base/log.h"
#include "bundle/choose.h"
#include "cmd/run.h"

/* What else is said of a launch by a stub is for those who ask; that os.Executable() is no path is not. */
static void say_used(const struct gl_run *run)
{
	const struct gl_finding *f = gl_findings_find(&run->x.findings, GL_CODE_FALLBACK_USED);
	bool differs = run->choice.launch == GL_LAUNCH_BUNDLE_MEMFD;

	if (f && gl_log_enabled(differs ? GL_LOG_WARNING : GL_LOG_NOTE))
		gl_run_say(run, f, -1);
}

int gl_run_choose_launch(struct gl_run *run, struct gl_err *err)
{
	struct gl_fallback fallback = gl_fallback_of(&run->o.fallback);
	int r;

	if (!run->examined)
		return 0;
	fallback.prepare = !run->o.dry_run;
	r = gl_bundle_choose(&run->host, &fallback, &run->x, &run->choice, err);
	if (r) {
		/* The program may run without one. */
		gl_log(GL_LOG_WARNING, "no bundle was looked for: %s", err->msg);
		return 0;
	}
	if (run->choice.launch != GL_LAUNCH_DIRECT)
		say_used(run);
	return 0;
}
