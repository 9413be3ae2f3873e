/*
 * The policy of a run.
 *
 * A preset was compiled when golaunch was built, so its text is not even read.  A
 * file is read and compiled now, and is then used as presets are; what it says
 * besides the filter goes the way of the options, which count over it.
 */
#include <errno.h>

#include "base/exitcode.h"
#include "cmd/policy.h"
#include "cmd/run.h"

#define NONE	"none"
#define DEFAULT "default"

static int read_source(struct gl_run *run, struct gl_err *err)
{
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT, notes = GL_BUF_INIT;
	int r = gl_policy_open(run->o.policy, &warnings, &notes, &run->policy, err);
	const struct gl_finding *f = NULL;

	gl_policy_say(&warnings, &notes);
	if (r < 0)
		f = gl_policy_finding(&run->findings, err);
	return f ? gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED) : r;
}

/* --- the filter --------------------------------------------------------------------------------- */

static int compile(struct gl_run *run, struct gl_err *err)
{
	int r = 0;

	for (int i = 0; i < GL_FILTER_VARIANT_MAX && r == 0; i++)
		r = gl_policy_compile(&run->policy.policy, (enum gl_filter_variant)i, NULL, &run->filters[i],
				      err);
	return r;
}

/* The filters as a preset has them. */
static void view_as_preset(struct gl_run *run, const struct gl_filter *filters)
{
	run->own_preset =
		(struct gl_preset){.name = run->o.policy, .no_new_privs = run->policy.policy.no_new_privs};
	for (size_t i = 0; i < GL_FILTER_VARIANT_MAX; i++)
		run->own_preset.filters[i] = (struct gl_preset_filter){
			filters[i].insns, filters[i].count, filters[i].patches, filters[i].patch_count};
	run->preset = &run->own_preset;
}

/* --- the rest ----------------------------------------------------------------------------------- */

static void take_user(struct gl_run *run)
{
	const struct gl_policy *policy = &run->policy.policy;

	for (size_t i = policy->setting_count; i-- > 0 && !run->o.user;)
		if (policy->settings[i].kind == GL_POLICY_USER)
			run->o.user = policy->settings[i].text;
}

int gl_run_load_policy(struct gl_run *run, struct gl_err *err)
{
	/* Whoever learns wants to see the program as it is. */
	const char *unasked = gl_run_observes(run) == GL_OBSERVE_LEARN ? NONE : DEFAULT;
	const char *name = run->o.policy ? run->o.policy : unasked;
	bool compiled;
	int r;

	if (!strcmp(name, NONE))
		return 0;
	run->preset = gl_preset_find(name);
	if (run->preset)
		return 0;
	r = read_source(run, err);
	if (r != 0)
		return r;
	compiled = run->policy.form == GL_FORM_COMPILED;
	r = compiled ? 0 : compile(run, err);
	if (r < 0)
		return r;
	view_as_preset(run, compiled ? run->policy.compiled.filters : run->filters);
	take_user(run);
	return 0;
}
