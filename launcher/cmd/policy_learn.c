/*
 * golaunch policy learn [-o FILE] [--merge FILE] [--dry] [OPTION-OF-RUN...] [--] PROGRAM [ARG...]
 *
 * A run like any other, of which what the program calls is recorded.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/policy.h"
#include "cmd/run.h"

#define OWN 3 /* options that run has not got */

static int take_file(const char **into, const char *value, struct gl_err *err)
{
	if (!*value)
		return gl_err_set(err, EINVAL, "must be a file");
	*into = value;
	return 0;
}

static int take_output(void *into, const char *value, struct gl_err *err)
{
	return take_file(&((struct gl_run_options *)into)->learn.output, value, err);
}

static int take_merge(void *into, const char *value, struct gl_err *err)
{
	return take_file(&((struct gl_run_options *)into)->learn.merge, value, err);
}

static int take_dry(void *into, const char *value, struct gl_err *err)
{
	(void)value;
	(void)err;
	((struct gl_run_options *)into)->learn.dry = true;
	return 0;
}

static const struct gl_option own[] = {
	{"output", 'o', "FILE", 0, take_output, "where the policy goes; else to standard error"},
	{"merge", 0, "FILE", 0, take_merge, "add to this policy what it does not allow yet"},
	{"dry", 0, NULL, 0, take_dry, "write no policy: name what --policy, or default, would have stopped"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {own, GL_ARRAY_SIZE(own)};

const struct gl_option_table *gl_policy_learn_option_table(void)
{
	return &table;
}

/* Those of run, which have the common ones, before its own. */
static struct gl_option_table join_tables(struct gl_option room[GL_OPTIONS_MAX])
{
	const struct gl_option_table *run = gl_run_option_table();
	size_t count = GL_MIN(run->count, (size_t)GL_OPTIONS_MAX - OWN);

	memcpy(room, run->options, count * sizeof(*room));
	memcpy(room + count, own, OWN * sizeof(*room));
	return (struct gl_option_table){room, count + OWN};
}

static int check(const struct gl_run_options *o, struct gl_err *err)
{
	if (o->learn.dry && (o->learn.output || o->learn.merge))
		return gl_err_set(err, EINVAL, "--dry writes no policy: no --output, no --merge");
	return 0;
}

int gl_cmd_policy_learn(int argc, char **argv, char **env)
{
	struct gl_option room[GL_OPTIONS_MAX];
	struct gl_option_table joined = join_tables(room);
	const struct gl_run_form form = {
		.verb = "policy learn", .options = &joined, .check = check, .learns = true};

	return gl_run_form(&form, argc, argv, env);
}
