/*
 * golaunch policy compile NAME|FILE -o FILE.bpf
 *
 * A regular file is put in its place when it is whole, so that a launch meanwhile finds
 * the old one or the new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/policy.h"

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

static int write_to(int fd, const char *temporary, const char *path, const struct gl_buf *bytes,
		    struct gl_err *err)
{
	int r = gl_file_write_all(fd, bytes->data, bytes->len);

	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	return r < 0 ? gl_err_sys(err, -r, "cannot write '%.200s'", path) : 0;
}

static int replace_file(const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	gl_autofree char *temporary = NULL;
	gl_autoclose int fd = -1;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return gl_err_sys(err, ENOMEM, "cannot write '%.200s'", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot write '%.200s'", path);
	r = write_to(fd, temporary, path, bytes, err);
	if (r < 0)
		unlink(temporary);
	return r;
}

/* Is there something that must not be put out of its place: a link such as /dev/stdout, a device, a pipe? */
static bool is_special(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int write_into(const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	gl_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	int r = fd < 0 ? -errno : gl_file_write_all(fd, bytes->data, bytes->len);

	return r < 0 ? gl_err_sys(err, -r, "cannot write '%.200s'", path) : 0;
}

static int write_file(const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	if (is_special(path))
		return write_into(path, bytes, err);
	return replace_file(path, bytes, err);
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
	r = gl_compiled_write(&source.policy, &bytes, &err);
	if (r == 0)
		r = write_file(o->output, &bytes, &err);
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
