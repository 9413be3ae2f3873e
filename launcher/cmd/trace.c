/*
 * golaunch trace --init PROGRAM [ARG...]: a run like any other, whose start is
 * recorded and shown when the program has ended.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/run.h"
#include "cmd/verbs.h"

static int take_init(void *into, const char *value, struct gl_err *err)
{
	(void)value;
	(void)err;
	((struct gl_run_options *)into)->trace_init = true;
	return 0;
}

static int take_output(void *into, const char *value, struct gl_err *err)
{
	(void)err;
	((struct gl_run_options *)into)->trace_output = value;
	return 0;
}

static const struct gl_option own[] = {
	{"init", 0, NULL, 0, take_init, "every package's initialisation: its order and its time"},
	{"output", 'o', "FILE|fd:N", 0, take_output, "add the trace to a file instead of standard error"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {own, GL_ARRAY_SIZE(own)};

const struct gl_option_table *gl_trace_option_table(void)
{
	return &table;
}

/* Those of run, which have the common ones, before the first two of its own. */
static struct gl_option_table join_tables(struct gl_option room[GL_OPTIONS_MAX])
{
	const struct gl_option_table *run = gl_run_option_table();
	size_t count = GL_MIN(run->count, (size_t)GL_OPTIONS_MAX - 2);

	memcpy(room, run->options, count * sizeof(*room));
	memcpy(room + count, own, 2 * sizeof(*room));
	return (struct gl_option_table){room, count + 2};
}

static int check(const struct gl_run_options *o, struct gl_err *err)
{
	if (!o->trace_init)
		return gl_err_set(err, EINVAL, "trace needs --init: it has no other trace yet");
	return 0;
}

int gl_cmd_trace(int argc, char **argv, char **env)
{
	struct gl_option room[GL_OPTIONS_MAX];
	struct gl_option_table joined = join_tables(room);
	const struct gl_run_form form = {.verb = "trace", .options = &joined, .check = check};

	return gl_run_form(&form, argc, argv, env);
}
