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

#define IDENTITY_VARIABLES 3

/* "none" and "keep" say what there is, whatever was said before. */
static bool begins_anew(const char *caps)
{
	size_t len = strcspn(caps, ",");

	return len == 4 && (!memcmp(caps, "none", 4) || !memcmp(caps, "keep", 4));
}

static void put_caps(struct gl_buf *b, const char *caps)
{
	gl_buf_printf(b, "%s%s", b->len ? "," : "", caps);
}

/* What the policy says of capabilities, then --cap, as one list; NULL: nothing, or no memory (*ret_failed). */
static char *join_caps(const struct gl_run *run, bool *ret_failed)
{
	const struct gl_values *asked = &run->o.caps;
	const struct gl_policy *policy = &run->policy.policy;
	struct gl_buf b = GL_BUF_INIT;
	char *joined;

	for (size_t i = 0; i < policy->setting_count; i++) {
		if (policy->settings[i].kind != GL_POLICY_CAPABILITIES)
			continue;
		if (begins_anew(policy->settings[i].text))
			gl_buf_done(&b);
		put_caps(&b, policy->settings[i].text);
	}
	if (asked->count && begins_anew(asked->items[0]))
		gl_buf_done(&b);
	for (size_t i = 0; i < asked->count; i++)
		put_caps(&b, asked->items[i]);
	*ret_failed = gl_buf_error(&b);
	joined = b.len ? gl_buf_take(&b) : NULL;
	gl_buf_done(&b);
	return joined;
}

/* The policy's limits, then --limit, whose words count. */
static const char **join_limits(const struct gl_run *run, size_t *ret_count)
{
	const struct gl_policy *policy = &run->policy.policy;
	const char **limits = calloc(policy->setting_count + run->o.limits.count + 1, sizeof(*limits));
	size_t n = 0;

	for (size_t i = 0; limits && i < policy->setting_count; i++)
		if (policy->settings[i].kind == GL_POLICY_LIMIT)
			limits[n++] = policy->settings[i].text;
	for (size_t i = 0; limits && i < run->o.limits.count; i++)
		limits[n++] = run->o.limits.items[i];
	*ret_count = n;
	return limits;
}

static void say_notes(const struct gl_plan_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		gl_log(GL_LOG_NOTE, "%s: %s", notes->notes[i].code, notes->notes[i].text);
}

/* answer: GL_PLAN_PRIVILEGES_* */
static int refuse_for_privileges(struct gl_run *run, int answer)
{
	bool by_policy = answer == GL_PLAN_PRIVILEGES_LOST;
	gl_autofree char *shown = gl_escape_dup(run->argv[0], 300);
	struct gl_finding *f =
		gl_findings_add(&run->findings, GL_CODE_PRIVILEGES_WOULD_BE_LOST,
				"%s has setuid or file capabilities that %s asked for would take away", shown,
				by_policy ? "the policy" : "the capabilities");

	gl_finding_row(f, "why", "without %s needs no_new_privs, and under it execve ignores them",
		       by_policy ? "CAP_SYS_ADMIN a filter" : "CAP_SETPCAP giving up capabilities");
	gl_finding_fix(f, "start golaunch with the privileges and let it drop the others: --user, --cap");
	gl_finding_fix(f, "or do without %s",
		       by_policy ? "the filter: --policy none"
				 : "the capabilities' being given up: --cap keep");
	return gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
}

/* Adds NAME=VALUE unless the name is there already.  Returns false without memory. */
static bool add_variable(char **extra, const char *name, size_t name_len, const char *value)
{
	size_t i = 0;

	for (; extra[i]; i++)
		if (!strncmp(extra[i], name, name_len) && extra[i][name_len] == '=')
			return true;
	return asprintf(&extra[i], "%.*s=%s", (int)name_len, name, value) >= 0;
}

/* What the policy sets, the last word first; then HOME, USER and LOGNAME, which follow --user, as gosu and login(1)
 * have it. */
static bool collect_variables(const struct gl_run *run, char **extra)
{
	const struct gl_policy *policy = &run->policy.policy;
	const struct gl_user *user = &run->plan.user;
	bool ok = true;

	for (size_t i = policy->setting_count; i-- > 0 && ok;) {
		const char *text = policy->settings[i].text;

		if (policy->settings[i].kind == GL_POLICY_ENV_SET)
			ok = add_variable(extra, text, strcspn(text, "="), strchr(text, '=') + 1);
	}
	if (!run->o.user)
		return ok;
	ok = ok && add_variable(extra, "HOME", strlen("HOME"), user->home);
	if (user->name)
		ok = ok && add_variable(extra, "USER", strlen("USER"), user->name) &&
		     add_variable(extra, "LOGNAME", strlen("LOGNAME"), user->name);
	return ok;
}

static int make_environment(struct gl_run *run, struct gl_err *err)
{
	const struct gl_policy *policy = &run->policy.policy;
	char **extra = calloc(policy->setting_count + IDENTITY_VARIABLES + 1, sizeof(*extra));
	int r = extra && collect_variables(run, extra)
			? gl_environment_make(run->env, &run->o, policy, extra, &run->environment, err)
			: gl_err_sys(err, ENOMEM, "cannot make the environment");

	for (size_t i = 0; extra && extra[i]; i++)
		free(extra[i]);
	free(extra);
	return r;
}

/* What the kernel takes privileges from: of a script, its interpreter (fs/exec.c, bprm_creds_from_file). */
static const char *executed_file(const struct gl_run *run, char interpreter[2][GL_SCRIPT_LINE_MAX + 1])
{
	const char *path = run->path;

	for (int i = 0; i < GL_EXAMINE_MAX_DEPTH && gl_run_read_interpreter(path, interpreter[i % 2]); i++)
		path = interpreter[i % 2];
	return path;
}

/* The ids the program starts with: --user's, else ours. */
static int gains_privileges(const struct gl_run *run, bool *ret, struct gl_err *err)
{
	char interpreter[2][GL_SCRIPT_LINE_MAX + 1];
	struct gl_user user = GL_USER_INIT;
	int r = 0;

	if (run->o.user)
		r = gl_user_resolve_here(run->o.user, &user, err);
	if (r)
		return r;
	*ret = gl_program_gains_privileges(executed_file(run, interpreter),
					   run->o.user ? user.uid : geteuid(),
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
	bool failed = false;
	gl_autofree char *caps = join_caps(run, &failed);
	struct gl_plan_request request = {
		.preset = run->preset,
		.no_new_privs = run->preset ? run->preset->no_new_privs : GL_POLICY_UNSAID,
		.policy_asked = run->o.policy != NULL,
		.user = run->o.user,
		.caps = caps,
		.explain = run->supervise,
		.observe = gl_run_observes(run),
		.observer = &run->learning.observer,
	};
	gl_autofree const char **limits = join_limits(run, &request.limit_count);
	int r = failed || !limits ? gl_err_sys(err, ENOMEM, "cannot start")
				  : gains_privileges(run, &run->gains_privileges, err);

	if (r)
		return r;
	request.limits = limits;
	request.program_gains_privileges = run->gains_privileges;
	r = build_plan(run, &request, err);
	if (r > 0)
		return refuse_for_privileges(run, r);
	if (r < 0 && !asks_for_protection(&run->o) && !run->form->learns) {
		gl_log(GL_LOG_NOTE, "GL5004: the program runs without the default policy: %s", err->msg);
		r = 0;
	}
	if (r == -ENOSYS || r == -EPERM)
		return gl_run_end_unprotected(run, err);
	return r ? r : make_environment(run, err);
}
