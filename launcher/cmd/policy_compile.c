/*
 * golaunch policy compile NAME|FILE -o FILE.bpf
 *
 * A regular file is put in its place when it is whole, so that a launch meanwhile finds
 * the old one or the new one.  It tells where the texts lie as seen from it: a launch
 * refuses it when one of them has been changed.
 */
#include <errno.h>

#include "base/fd.h"
#include "cmd/policy.h"
#include "cmd/replace.h"

struct compile_options {
	struct gl_common common; /* first: see cmd/common.h */
	const char *output;
};

static int take_output(void *into, const char *value, struct gl_err *err)
{
	if (!*value)
		return gl_err_set(err, EINVAL, "must be a file");
	((struct compile_options *)into)->output = value;
	return 0;
}

static const struct gl_option options[] = {
	{"output", 'o', "FILE", 0, take_output, "where to put it"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_policy_compile_option_table(void)
{
	return &table;
}

static int write_output(const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	gl_autoclose int special = -1;
	int r = gl_replace_open_special(path, &special, err);

	if (r < 0)
		return r;
	return special < 0 ? gl_replace_file(path, bytes, NULL, NULL, err)
			   : gl_replace_write_special(special, path, bytes, err);
}

static int compile(const struct compile_options *o, const char *name)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_need(&o->common, name, &source);

	if (r)
		return r;
	if (source.form == GL_FORM_COMPILED) {
		gl_err_set(&err, EINVAL, "'%.200s' is compiled already", name);
		return gl_cmd_failed(&err);
	}
	r = gl_compiled_locate(&source.policy, o->output, &err);
	if (r == 0)
		r = gl_compiled_write(&source.policy, &bytes, &err);
	if (r == 0)
		r = write_output(o->output, &bytes, &err);
	return r < 0 ? gl_cmd_failed(&err) : 0;
}

int gl_cmd_policy_compile(int argc, char **argv, char **env)
{
	struct compile_options o = {.output = NULL};
	int used, status;

	if (!gl_common_begin(&table, "policy compile", argc, argv, env, &o, &used, &status))
		return status;
	if (argc - used != 1)
		return gl_cmd_misused("policy compile takes one NAME or FILE");
	if (!o.output)
		return gl_cmd_misused("policy compile needs --output FILE");
	return compile(&o, argv[used]);
}
