/*
 * Reading of policy files: see policy/read.h.
 *
 * Each file's folder stays open until all is read, so that an include means the
 * file beside it even while names above are being changed.  Links are followed
 * (a ConfigMap is made of them); what counts is the file that was opened.
 */
#include "policy/read.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "policy/group.h"
#include "policy/suggest.h"

/* A file that was read, and the folder it is in. */
struct opened {
	char *name; /* owned */
	int folder; /* owned */
};

struct reader {
	const struct gl_policy_reading *reading;
	struct opened files[GL_POLICY_MAX_FILES];
	size_t count;
};

static void reader_done(struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		free(reader->files[i].name);
		gl_fd_close(&reader->files[i].folder);
	}
}

bool gl_policy_owner_matters(void)
{
	return geteuid() == 0 || getauxval(AT_SECURE);
}

static int check_trust(const struct gl_policy_reading *reading, int fd, const char *name, struct gl_err *err)
{
	struct stat st;

	if (!reading->check_owner)
		return 0;
	if (fstat(fd, &st) < 0)
		return gl_err_sys(err, errno, "cannot look at '%.200s'", name);
	if (st.st_uid != 0 && st.st_uid != reading->owner)
		return gl_err_set(err, EACCES,
				  "'%.200s' belongs to user %u, neither root nor who runs golaunch", name,
				  (unsigned)st.st_uid);
	if (st.st_mode & S_IWOTH)
		return gl_err_set(err, EACCES, "'%.200s' can be written by everybody", name);
	if (st.st_mode & S_IWGRP && reading->warnings)
		gl_buf_printf(reading->warnings, "'%.200s' can be written by its group, %u\n", name,
			      (unsigned)st.st_gid);
	return 0;
}

/* Opens the folder of path, as seen from dirfd. */
static int open_folder(int dirfd, const char *path)
{
	gl_autofree char *copy = strdup(path);

	return copy ? openat(dirfd, dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* Keeps the folder in mind; name is copied. */
static int remember(struct reader *reader, int dirfd, const char *path, const char *name, struct gl_err *err)
{
	struct opened file = {.name = strdup(name), .folder = open_folder(dirfd, path)};

	if (file.name && file.folder >= 0 && reader->count < GL_POLICY_MAX_FILES) {
		reader->files[reader->count++] = file;
		return 0;
	}
	free(file.name);
	gl_fd_close(&file.folder);
	return reader->count == GL_POLICY_MAX_FILES
		       ? gl_err_set(err, E2BIG, "more than %d files in one policy", GL_POLICY_MAX_FILES)
		       : gl_err_sys(err, errno, "cannot open the folder of '%.200s'", name);
}

/* The bytes of path, as seen from dirfd; name stands for it in messages. */
static int read_bytes(const struct gl_policy_reading *reading, int dirfd, const char *path, const char *name,
		      size_t max, char **ret_bytes, size_t *ret_len, struct gl_err *err)
{
	gl_autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open '%.200s'", name);
	r = check_trust(reading, fd, name, err);
	return r < 0 ? r : gl_file_slurp_regular(fd, name, max, ret_bytes, ret_len, err);
}

int gl_policy_read_bytes(const struct gl_policy_reading *reading, const char *path, size_t max,
			 char **ret_bytes, size_t *ret_len, struct gl_err *err)
{
	return read_bytes(reading, AT_FDCWD, path, path, max, ret_bytes, ret_len, err);
}

/* The same of a text, whose folder is remembered. */
static int read_text(struct reader *reader, int dirfd, const char *path, const char *name, char **ret_text,
		     struct gl_err *err)
{
	gl_autofree char *text = NULL;
	size_t len = 0;
	int r = read_bytes(reader->reading, dirfd, path, name, GL_POLICY_MAX_BYTES, &text, &len, err);

	if (r < 0)
		return r;
	if (strlen(text) != len)
		return gl_err_set(err, EINVAL, "'%.200s' is no text: it holds a NUL byte", name);
	r = remember(reader, dirfd, path, name, err);
	if (r == 0)
		*ret_text = GL_TAKE_PTR(text);
	return r;
}

static const struct opened *find(const struct reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->count; i++)
		if (!strcmp(reader->files[i].name, name))
			return &reader->files[i];
	return NULL;
}

char *gl_policy_include_name(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *joined = NULL;

	while (!strncmp(name, "./", 2))
		name += 1 + strspn(name + 1, "/");
	if (*name == '/' || !slash)
		return strdup(name);
	return asprintf(&joined, "%.*s/%s", (int)(slash - from), from, name) < 0 ? NULL : joined;
}

/* A gl_policy_reader. */
static int read_include(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
			struct gl_err *err)
{
	struct reader *reader = arg;
	const struct opened *outer = find(reader, from);
	gl_autofree char *whole = NULL;
	int r;

	if (!outer)
		return gl_err_set(err, EINVAL, "a preset includes no files");
	whole = gl_policy_include_name(from, name);
	if (!whole)
		return gl_err_sys(err, ENOMEM, "cannot read '%.200s'", name);
	r = read_text(reader, outer->folder, name, whole, ret_text, err);
	if (r == 0)
		*ret_name = GL_TAKE_PTR(whole);
	return r;
}

int gl_policy_read_file(const struct gl_policy_reading *reading, const char *path,
			struct gl_policy *ret_policy, struct gl_err *err)
{
	GL_CLEANUP(reader_done) struct reader reader = {.reading = reading};
	gl_autofree char *text = NULL;
	int r = read_text(&reader, AT_FDCWD, path, path, &text, err);

	if (r == 0)
		r = gl_policy_parse(reading->machine, path, text, read_include, &reader, ret_policy, err);
	if (r == 0)
		ret_policy->files[0].is_file = true;
	return r;
}

int gl_policy_read_text(const struct gl_policy_reading *reading, const char *name, const char *text,
			struct gl_policy *ret_policy, struct gl_err *err)
{
	GL_CLEANUP(reader_done) struct reader reader = {.reading = reading};
	int r = remember(&reader, AT_FDCWD, ".", name, err);

	return r < 0 ? r
		     : gl_policy_parse(reading->machine, name, text, read_include, &reader, ret_policy, err);
}

/* There is neither a preset nor a file of that name. */
static int refuse_name(const char *name, struct gl_err *err)
{
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));

	if (!strcmp(name, "none"))
		return gl_err_set(err, ENOENT, "'none' stands for no policy: there is nothing to read in it");
	for (size_t i = 0; i < gl_preset_texts_count; i++)
		gl_suggest_offer(&suggest, gl_preset_texts[i].name);
	if (suggest.best)
		return gl_err_set(err, ENOENT, "no preset and no file is called '%.200s'; did you mean '%s'?",
				  name, suggest.best);
	return gl_err_set(err, ENOENT, "no preset and no file is called '%.200s'", name);
}

int gl_policy_read(const struct gl_policy_reading *reading, const char *name, struct gl_policy *ret_policy,
		   struct gl_err *err)
{
	const struct gl_preset_text *preset = gl_preset_text_find(name, strlen(name));

	if (preset)
		return gl_policy_parse(reading->machine, preset->name, preset->text, NULL, NULL, ret_policy,
				       err);
	if (!strchr(name, '/') && access(name, F_OK) < 0 && errno == ENOENT)
		return refuse_name(name, err);
	return gl_policy_read_file(reading, name, ret_policy, err);
}
