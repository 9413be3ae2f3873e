/*
 * Has what a compiled policy was made of been changed since?  See
 * gl_compiled_locate() and gl_compiled_check_files() in policy/compiled.h.
 *
 * The files are compared byte by byte with the texts that the policy carries: a
 * time says nothing of files that were unpacked or checked out, and a hash would be
 * no smaller than what is there already.
 *
 * Locations may have been written by anybody.  So what they lead to is opened only
 * where it is a regular file, no more of it is read than the text has bytes, and
 * of its content nothing is told but that it is another one.
 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "host/path.h"
#include "policy/compiled.h"
#include "policy/read.h"

#define MAX_LINKS  40 /* MAXSYMLINKS of the kernel */
#define SHOWN_NAME 150

/* What a name leads to. */
enum end { END_FILE, END_NOT_LASTING };

/* Is it in /proc, whose links are of one process? */
static bool is_in_proc(const char *name)
{
	gl_autofree char *folder = gl_path_dirname(name);
	struct statfs fs;

	return folder && statfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/*
 * Follows the links that name is, one by one.  Returns -ENOMEM or an enum end; of
 * END_FILE *ret_name is what is no link, or is not there.
 */
static int follow(const char *name, char **ret_name)
{
	gl_autofree char *at = strdup(name);
	char target[PATH_MAX];

	for (int links = 0; at && links <= MAX_LINKS; links++) {
		ssize_t len = readlink(at, target, sizeof(target) - 1);
		char *next;

		if (len < 0) {
			*ret_name = GL_TAKE_PTR(at);
			return END_FILE;
		}
		if (is_in_proc(at))
			return END_NOT_LASTING;
		target[len] = '\0';
		next = gl_policy_include_name(at, target);
		free(at);
		at = next;
	}
	return at ? END_NOT_LASTING : -ENOMEM;
}

/* --- where files lie ---------------------------------------------------------------------- */

/* NULL: errno says why. */
static char *real_folder(const char *name)
{
	gl_autofree char *folder = gl_path_dirname(name);

	return folder ? realpath(folder, NULL) : NULL;
}

/* What name is called in its real folder, from the root.  NULL: errno says why. */
static char *real_name(const char *name)
{
	gl_autofree char *folder = real_folder(name);

	return folder ? gl_path_join(folder, "", gl_path_basename(name)) : NULL;
}

/* *ret_path stays NULL where nothing can be seen from there. */
static int find_output(const char *output, char **ret_path, struct gl_err *err)
{
	gl_autofree char *end = NULL;
	int r = follow(output, &end);
	struct stat st;

	if (r == END_NOT_LASTING || (r == END_FILE && stat(end, &st) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	*ret_path = r == END_FILE ? real_name(end) : NULL;
	return *ret_path ? 0 : gl_err_sys(err, r < 0 ? -r : errno, "cannot write '%.200s'", output);
}

/* path as seen from the folder of from, which is used up; both are from the root and without links. */
static void put_relative(struct gl_buf *location, char *from, const char *path)
{
	const char *below;

	*strrchr(from, '/') = '\0';
	while (!(below = gl_path_below(from, path))) {
		*strrchr(from, '/') = '\0';
		gl_buf_puts(location, "../");
	}
	gl_buf_puts(location, below + 1);
}

static int say_location(struct gl_policy_file *file, const char *path, const char *output, struct gl_err *err)
{
	gl_autobuf struct gl_buf location = {.limit = GL_COMPILED_MAX_NAME};
	gl_autofree char *from = strdup(output);

	if (!from)
		return gl_err_sys(err, ENOMEM, "cannot find out where '%.200s' lies", file->name);
	put_relative(&location, from, path);
	if (gl_buf_error(&location) == E2BIG)
		return gl_err_set(err, ENAMETOOLONG, "'%.200s' lies too far from '%.200s'", path, output);
	free(file->location);
	file->location = gl_buf_take(&location);
	return file->location ? 0 : gl_err_sys(err, ENOMEM, "cannot find out where '%.200s' lies", path);
}

/* Where the output takes the place of the text, there will be none to compare with. */
static int locate(struct gl_policy_file *file, const char *output, struct gl_err *err)
{
	gl_autofree char *end = NULL, *path = NULL;
	int r = follow(file->name, &end);

	if (r == END_NOT_LASTING)
		return 0;
	path = r == END_FILE ? real_name(file->name) : NULL;
	if (!path)
		return gl_err_sys(err, r < 0 ? -r : errno, "cannot find out where '%.200s' lies", file->name);
	return strcmp(path, output) ? say_location(file, path, output, err) : 0;
}

int gl_compiled_locate(struct gl_policy *policy, const char *output, struct gl_err *err)
{
	gl_autofree char *path = NULL;
	int r = find_output(output, &path, err);

	for (size_t i = 0; i < policy->file_count && r == 0 && path; i++)
		if (policy->files[i].is_file)
			r = locate(&policy->files[i], path, err);
	return r;
}

/* --- whether they were changed ------------------------------------------------------------ */

enum comparison { SAME, CHANGED, UNKNOWN };

/* Not the file's fault but the lack of something here. */
static bool is_want(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

/* Returns an enum comparison, or what is_want(). */
static int compare(const char *path, const char *text)
{
	gl_autoclose int fd = gl_file_open_regular(path);
	gl_autofree char *now = NULL;
	size_t len = strlen(text), now_len = 0;
	int r = fd < 0 ? fd : gl_file_slurp_fd(fd, len, &now, &now_len, NULL);

	if (r == -EFBIG)
		return CHANGED;
	if (r < 0)
		return is_want(r) ? r : UNKNOWN;
	return now_len == len && !memcmp(now, text, len) ? SAME : CHANGED;
}

/* compiled: where the compiled policy lies. */
static int check_file(const struct gl_policy_file *file, const char *compiled, struct gl_err *err)
{
	gl_autofree char *path = gl_policy_include_name(compiled, file->location);
	gl_autofree char *shown = gl_escape_dup(path, SHOWN_NAME);
	int r = path && shown ? compare(path, file->text) : -ENOMEM;

	if (r == CHANGED)
		return gl_err_set(err, ESTALE,
				  "'%s' has been changed since it was compiled: compile it again "
				  "(golaunch policy compile)",
				  shown);
	return r < 0 ? gl_err_sys(err, -r, "cannot look at '%s'", shown ? shown : file->name) : 0;
}

int gl_compiled_check_files(const struct gl_compiled *compiled, const char *name, struct gl_err *err)
{
	gl_autofree char *end = NULL;
	int r = follow(name, &end);

	if (r == END_NOT_LASTING)
		return 0;
	if (r < 0)
		return gl_err_sys(err, -r, "cannot look at what it was compiled from");
	for (size_t i = 0; i < compiled->file_count && r == 0; i++)
		if (compiled->files[i].location)
			r = check_file(&compiled->files[i], end, err);
	return r;
}
