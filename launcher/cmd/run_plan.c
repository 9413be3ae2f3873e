/*
 * From the options to the plan of what is done to the process (sandbox/plan.h),
 * and to the environment the program gets.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "host/privileges.h"
#include "policy/preset.h"

#define NONE	  "none"
#define DEFAULT	  "default"
#define EXTRA_MAX 4

/* Several --cap are one list. */
static char *join_caps(const struct gl_values *caps)
{
	struct gl_buf b = GL_BUF_INIT;

	for (size_t i = 0; i < caps->count; i++)
		gl_buf_printf(&b, "%s%s", i ? "," : "", caps->items[i]);
	return gl_buf_take(&b);
}

static int find_preset(const struct gl_run *run, const struct gl_preset **ret, struct gl_err *err)
{
	const char *name = run->o.policy ? run->o.policy : DEFAULT;

	*ret = NULL;
	if (!strcmp(name, NONE))
		return 0;
	*ret = gl_preset_find(name);
	if (!*ret && run->o.policy)
		return gl_err_set(err, ENOENT, "policy '%s' is not in this golaunch", name);
	return 0;
}

static void say_notes(const struct gl_plan_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		gl_log(GL_LOG_NOTE, "%s: %s", notes->notes[i].code, notes->notes[i].text);
}

static int refuse_for_privileges(struct gl_run *run)
{
	gl_autofree char *shown = gl_escape_dup(run->argv[0], 300);
	struct gl_finding *f = gl_findings_add(
		&run->findings, GL_CODE_PRIVILEGES_WOULD_BE_LOST,
		"%s has setuid or file capabilities that the policy asked for would take away", shown);

	gl_finding_row(f, "why",
		       "without CAP_SYS_ADMIN a filter needs no_new_privs, and under it execve ignores them");
	gl_finding_fix(f, "start golaunch with the privileges and let it drop the others: --user, --cap");
	gl_finding_fix(f, "or do without the filter: --policy none");
	return gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
}

/* HOME, USER and LOGNAME follow --user, as gosu and login(1) have it. */
static int make_environment(struct gl_run *run, struct gl_err *err)
{
	char *extra[EXTRA_MAX] = {NULL};
	size_t n = 0;
	int r = 0;

	if (run->o.user) {
		r |= asprintf(&extra[n++], "HOME=%s", run->plan.user.home) < 0;
		if (run->plan.user.name) {
			r |= asprintf(&extra[n++], "USER=%s", run->plan.user.name) < 0;
			r |= asprintf(&extra[n++], "LOGNAME=%s", run->plan.user.name) < 0;
		}
	}
	r = r ? gl_err_sys(err, ENOMEM, "cannot make the environment")
	      : gl_environment_make(run->env, &run->o, extra, &run->environment, err);
	for (size_t i = 0; i < n; i++)
		free(extra[i]);
	return r;
}

/* The ids the program starts with: --user's, else ours. */
static int gains_privileges(const struct gl_run *run, bool *ret, struct gl_err *err)
{
	struct gl_user user = GL_USER_INIT;
	int r = 0;

	if (run->o.user)
		r = gl_user_resolve_here(run->o.user, &user, err);
	if (r)
		return r;
	*ret = gl_program_gains_privileges(run->path, run->o.user ? user.uid : geteuid(),
					   run->o.user ? user.gid : getegid());
	gl_user_done(&user);
	return 0;
}

static bool asks_for_protection(const struct gl_run_options *o)
{
	return o->policy || o->user || o->caps.count || o->limits.count;
}

static int build_plan(struct gl_run *run, const struct gl_plan_request *request, struct gl_err *err)
{
	gl_autoprocess struct gl_process process = GL_PROCESS_INIT;
	struct gl_plan_notes notes = {.count = 0};
	int r = gl_process_read(&process, err);

	if (!r)
		r = gl_plan_build(request, &process, &run->plan, &notes, err);
	say_notes(&notes);
	return r;
}

int gl_run_make_plan(struct gl_run *run, struct gl_err *err)
{
	gl_autofree char *caps = run->o.caps.count ? join_caps(&run->o.caps) : NULL;
	struct gl_plan_request request = {
		.policy_asked = run->o.policy != NULL,
		.user = run->o.user,
		.caps = caps,
		.limits = run->o.limits.items,
		.limit_count = run->o.limits.count,
	};
	int r = find_preset(run, &request.preset, err);

	if (!r)
		r = gains_privileges(run, &run->gains_privileges, err);
	if (r)
		return r;
	request.program_gains_privileges = run->gains_privileges;
	r = build_plan(run, &request, err);
	if (r == GL_PLAN_PRIVILEGES_LOST)
		return refuse_for_privileges(run);
	if (r < 0 && !asks_for_protection(&run->o)) {
		gl_log(GL_LOG_NOTE, "GL5004: the program runs without the default policy: %s", err->msg);
		r = 0;
	}
	if (r == -ENOSYS || r == -EPERM)
		return gl_run_end_unprotected(run, err);
	return r ? r : make_environment(run, err);
}
