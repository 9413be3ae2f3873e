/*
 * Files below a host's root: see host/root.h.
 *
 * The process's own root takes plain calls.  Any other goes through openat2
 * with RESOLVE_IN_ROOT, so that the kernel keeps every link inside; kernels
 * before 5.6 do not know it (ENOSYS) and container filters deny it (EPERM), then
 * the walk of root_walk.c does the same.  Nothing is remembered between calls:
 * one failed system call more is cheap, a global is not.
 */
#include "host/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "host/path.h"
#include "host/root_walk.h"

/* RESOLVE_IN_ROOT answers EAGAIN when a rename or mount races with ".."; it says nothing about the path. */
#define OPENAT2_TRIES 8

static int open_in_root(int root_fd, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_IN_ROOT};
	long fd = -1;

	for (int i = 0; i < OPENAT2_TRIES; i++) {
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd >= 0)
		return (int)fd;
	if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
		return gl_root_walk(root_fd, path, flags, NULL, 0);
	return -errno;
}

int gl_root_open(const struct gl_host *host, const char *path, int flags)
{
	int fd;

	flags |= O_CLOEXEC;
	if (!(flags & O_PATH))
		flags |= O_NONBLOCK | O_NOCTTY;
	if (host->root_fd >= 0)
		return path[0] == '/' ? open_in_root(host->root_fd, path, flags) : -EINVAL;
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

static int stat_in_root(const struct gl_host *host, const char *path, int flags, struct stat *ret)
{
	gl_autoclose int fd = gl_root_open(host, path, O_PATH | flags);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) ? -errno : 0;
}

int gl_root_stat(const struct gl_host *host, const char *path, struct stat *ret)
{
	if (host->root_fd < 0)
		return stat(path, ret) ? -errno : 0;
	return stat_in_root(host, path, 0, ret);
}

int gl_root_lstat(const struct gl_host *host, const char *path, struct stat *ret)
{
	if (host->root_fd < 0)
		return lstat(path, ret) ? -errno : 0;
	return stat_in_root(host, path, O_NOFOLLOW, ret);
}

ssize_t gl_root_readlink(const struct gl_host *host, const char *path, char *buf, size_t size)
{
	gl_autoclose int fd = -1;
	ssize_t len;

	if (host->root_fd < 0) {
		len = readlink(path, buf, size);
	} else {
		fd = gl_root_open(host, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		len = readlinkat(fd, "", buf, size);
		/* With an empty path the kernel says ENOENT of what is no link. */
		if (len < 0 && errno == ENOENT)
			return -EINVAL;
	}
	if (len < 0)
		return -errno;
	if ((size_t)len >= size)
		return -ENAMETOOLONG;
	buf[len] = '\0';
	return len;
}

int gl_root_canonical(const struct gl_host *host, const char *path, char *buf, size_t size)
{
	gl_autoclose int fd = -1;

	if (path[0] != '/')
		return -EINVAL;
	fd = gl_root_walk(host->root_fd, path, O_PATH, buf, size);
	return fd < 0 ? fd : 0;
}

char *gl_root_real_path(const struct gl_host *host, const char *path)
{
	char buf[PATH_MAX];
	int r;

	if (host->root_fd < 0)
		return realpath(path, NULL);
	r = gl_root_canonical(host, path, buf, sizeof(buf));
	if (r) {
		errno = -r;
		return NULL;
	}
	return strdup(buf);
}

char *gl_root_real_place(const struct gl_host *host, const char *path)
{
	gl_autofree char *dir = gl_path_dirname(path);
	gl_autofree char *real = dir ? gl_root_real_path(host, dir) : NULL;

	return real ? gl_path_join(real, "", gl_path_basename(path)) : NULL;
}

int gl_root_slurp(const struct gl_host *host, const char *path, size_t max, char **ret_bytes, size_t *ret_len,
		  struct gl_err *err)
{
	gl_autoclose int fd = gl_root_open(host, path, O_RDONLY);

	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot open '%s'", path);
	return gl_file_slurp_regular(fd, path, max, ret_bytes, ret_len, err);
}

static bool in_group(const struct gl_host *host, gid_t gid)
{
	if (gid == host->gid)
		return true;
	for (size_t i = 0; i < host->group_count; i++) {
		if (host->groups[i] == gid)
			return true;
	}
	return false;
}

bool gl_root_may(const struct gl_host *host, const struct stat *st, int mask)
{
	unsigned bits;

	if (host->uid == 0)
		return !(mask & X_OK) || S_ISDIR(st->st_mode) || (st->st_mode & 0111);
	if (st->st_uid == host->uid)
		bits = st->st_mode >> 6;
	else if (in_group(host, st->st_gid))
		bits = st->st_mode >> 3;
	else
		bits = st->st_mode;
	return (bits & (unsigned)mask & 7) == ((unsigned)mask & 7);
}

/* Every directory before the last part of path, which is absolute. */
static bool may_pass(const struct gl_host *host, const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash == path ? 1 : slash - path), path);
		if (!gl_root_stat(host, part, &st) && S_ISDIR(st.st_mode) && !gl_root_may(host, &st, X_OK))
			return false;
	}
	return true;
}

bool gl_root_may_reach(const struct gl_host *host, const char *path)
{
	char real[PATH_MAX];

	if (host->uid == 0 || host->uid == geteuid() || path[0] != '/')
		return true;
	if (!may_pass(host, path))
		return false;
	return gl_root_canonical(host, path, real, sizeof(real)) || may_pass(host, real);
}
