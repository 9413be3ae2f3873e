/*
 * What is in a bundle against what its manifest says: see bundle/bundle.h.
 *
 * A launch pays for this, so a file costs three system calls: it is opened
 * without a right to read it (O_PATH: a FIFO does not block, a device does
 * nothing), looked at, closed.  Only where its time is not the manifest's, or
 * everything is to be looked at, it is read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "bundle/inspect.h"
#include "host/path.h"

/* The folders that files are in. */
enum folder { TOP, PROGRAM, LIB, GCONV, FOLDER_MAX };

static const struct {
	const char *path;
	enum folder parent;
	bool closed; /* nothing may be in it but what the manifest names */
} folders[FOLDER_MAX] = {
	[TOP] = {"", TOP, false},
	[PROGRAM] = {GL_BUNDLE_PROGRAM, TOP, false},
	[LIB] = {GL_BUNDLE_LIB, TOP, true},
	[GCONV] = {GL_BUNDLE_GCONV, LIB, true},
};

static const enum folder folder_of[GL_ROLE_MAX] = {
	[GL_ROLE_STUB] = TOP,	 [GL_ROLE_PROGRAM] = PROGRAM, [GL_ROLE_LOADER] = LIB,
	[GL_ROLE_LIBRARY] = LIB, [GL_ROLE_GCONV] = GCONV,
};

struct contents {
	const struct gl_bundle_look *look;
	int fds[FOLDER_MAX];	 /* -1: not opened; TOP's is the bundle's */
	bool failed[FOLDER_MAX]; /* to open: said once, the files in it are passed over */
	enum gl_bundle_state worst;
};

/* Notes a step's result.  Returns 0: go on, else what ends the look. */
static int take(struct contents *c, int r)
{
	if (r < 0 || (r && !c->look->each))
		return r;
	c->worst = GL_MAX(c->worst, (enum gl_bundle_state)r);
	return 0;
}

static void contents_done(struct contents *c)
{
	for (enum folder f = PROGRAM; f < FOLDER_MAX; f++)
		gl_fd_close(&c->fds[f]);
}

static int open_folder(struct contents *c, enum folder f)
{
	enum folder parent = folders[f].parent;
	int r = c->fds[parent] < 0 && !c->failed[parent] ? open_folder(c, parent) : GL_BUNDLE_GOOD;
	struct stat st;

	c->failed[f] = true;
	if (r || c->failed[parent])
		return r;
	c->fds[f] = openat(c->fds[parent], gl_path_basename(folders[f].path),
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->fds[f] < 0)
		return gl_bundle_blame_open(c->look, folders[f].path, errno);
	if (fstat(c->fds[f], &st))
		return gl_err_sys(c->look->err, errno, "cannot examine '%s'", folders[f].path);
	r = gl_bundle_trust_file(c->look, folders[f].path, &st);
	c->failed[f] = r != GL_BUNDLE_GOOD;
	return r;
}

static const char *kind_name(mode_t mode)
{
	return S_ISLNK(mode)	? "a symbolic link"
	       : S_ISDIR(mode)	? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

/* Reads all of a file that was seen to be regular, if it still is the same. */
static int check_hash(const struct contents *c, const struct gl_bundle_file *file, const struct stat *seen)
{
	gl_autoclose int fd = openat(c->fds[folder_of[file->role]], gl_path_basename(file->path),
				     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	unsigned char hash[GL_SHA256_BYTES];
	struct stat st;
	int r;

	if (fd < 0)
		return gl_bundle_blame_open(c->look, file->path, errno);
	if (fstat(fd, &st) || st.st_dev != seen->st_dev || st.st_ino != seen->st_ino)
		return gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, file->path, "was exchanged meanwhile");
	r = gl_sha256_fd(fd, file->size, hash);
	if (r == -EFBIG)
		return gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, file->path, "grew meanwhile");
	if (r)
		return gl_err_sys(c->look->err, -r, "cannot read '%s'", file->path);
	if (memcmp(hash, file->sha256, sizeof(hash)) != 0)
		return gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, file->path,
				       "was changed: its SHA-256 is not the manifest's");
	return GL_BUNDLE_GOOD;
}

static int check_file(const struct contents *c, const struct gl_bundle_file *file)
{
	gl_autoclose int fd = openat(c->fds[folder_of[file->role]], gl_path_basename(file->path),
				     O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return gl_bundle_blame_open(c->look, file->path, errno);
	if (fstat(fd, &st))
		return gl_err_sys(c->look->err, errno, "cannot examine '%s'", file->path);
	if (!S_ISREG(st.st_mode))
		return gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, file->path, "is %s, not a file",
				       kind_name(st.st_mode));
	r = gl_bundle_trust_file(c->look, file->path, &st);
	if (r)
		return r;
	if ((uint64_t)st.st_size != file->size)
		return gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, file->path,
				       "has %lld bytes, the manifest says %llu", (long long)st.st_size,
				       (unsigned long long)file->size);
	if (c->look->depth == GL_BUNDLE_QUICK && st.st_mtime == file->mtime)
		return GL_BUNDLE_GOOD;
	return check_hash(c, file, &st);
}

/* Is an entry of that folder one that the manifest names, or a folder of ours? */
static bool is_known(const struct contents *c, enum folder f, const char *name, char *path, size_t size)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	snprintf(path, size, "%s/%s", folders[f].path, name);
	if (gl_manifest_find(&c->look->bundle->manifest, path))
		return true;
	return (c->fds[GCONV] >= 0 || c->failed[GCONV]) && !strcmp(path, GL_BUNDLE_GCONV);
}

static int check_entries(struct contents *c, enum folder f, DIR *dir)
{
	char path[sizeof(GL_BUNDLE_GCONV) + 1 + NAME_MAX + 1];
	const struct dirent *entry;
	int r = 0;

	do {
		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			return gl_err_sys(c->look->err, errno, "cannot read the directory '%s'",
					  folders[f].path);
		if (entry && !is_known(c, f, entry->d_name, path, sizeof(path)))
			r = take(c,
				 gl_bundle_blame(c->look, GL_BUNDLE_CORRUPT, path, "is not in the manifest"));
	} while (entry && !r);
	return r;
}

/* A library that nobody named could stand in for one that the loader looks for. */
static int check_closed(struct contents *c, enum folder f)
{
	gl_autoclose int fd = fcntl(c->fds[f], F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int r;

	if (!dir)
		return gl_err_sys(c->look->err, errno, "cannot read the directory '%s'", folders[f].path);
	GL_TAKE_FD(fd);
	r = check_entries(c, f, dir);
	closedir(dir);
	return r;
}

/* A file, in its folder, which is opened for the first one in it. */
static int check_placed(struct contents *c, const struct gl_bundle_file *file)
{
	enum folder f = folder_of[file->role];
	int r = 0;

	if (c->fds[f] < 0 && !c->failed[f])
		r = take(c, open_folder(c, f));
	if (r || c->failed[f])
		return r;
	return take(c, check_file(c, file));
}

int gl_bundle_check_contents(const struct gl_bundle_look *look)
{
	const struct gl_manifest *m = &look->bundle->manifest;
	GL_CLEANUP(contents_done)
	struct contents c = {.look = look,
			     .fds = {[TOP] = look->bundle->fd, [PROGRAM] = -1, [LIB] = -1, [GCONV] = -1}};
	int r = 0;

	for (size_t i = 0; i < m->count && !r; i++)
		r = check_placed(&c, &m->files[i]);
	for (enum folder f = TOP; f < FOLDER_MAX && !r; f++)
		if (folders[f].closed && c.fds[f] >= 0)
			r = check_closed(&c, f);
	return r ? r : (int)c.worst;
}
