/*
 * Inherited descriptors: see cmd/descriptors.h.
 */
#include "cmd/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "cmd/environment.h"

#define FIRST 3 /* SD_LISTEN_FDS_START, and the first beyond stdin, stdout, stderr */

static int parse_fd(const char *text)
{
	char *end;
	long fd = strtol(text, &end, 10);

	return *text < '0' || *text > '9' || *end || fd > 1 << 20 ? -1 : (int)fd;
}

static int check_kept(const struct gl_run_options *o, struct gl_err *err)
{
	for (size_t i = 0; i < o->keep_fds.count; i++) {
		int fd = parse_fd(o->keep_fds.items[i]);

		if (fd < 0)
			return gl_err_set(err, EINVAL, "option '--keep-fd': must be a descriptor's number");
		if (!gl_fd_is_open(fd))
			return gl_err_set(err, EBADF, "option '--keep-fd': descriptor %d is not open", fd);
	}
	return 0;
}

static bool is_kept(const struct gl_run_options *o, int fd, int listen_fds)
{
	int flags = fcntl(fd, F_GETFD);

	if (fd < FIRST + listen_fds || flags < 0 || (flags & FD_CLOEXEC))
		return true;
	for (size_t i = 0; i < o->keep_fds.count; i++)
		if (parse_fd(o->keep_fds.items[i]) == fd)
			return true;
	return false;
}

/* Where /proc is not mounted every number up to the limit is tried. */
static void close_by_number(const struct gl_run_options *o, int listen_fds)
{
	long max = sysconf(_SC_OPEN_MAX);

	for (int fd = FIRST; fd < max && fd < 1 << 20; fd++)
		if (!is_kept(o, fd, listen_fds))
			close(fd);
}

static int listen_count(char *const *env)
{
	const char *pid = gl_environment_get(env, "LISTEN_PID"), *fds = gl_environment_get(env, "LISTEN_FDS");
	int count = fds ? parse_fd(fds) : -1;

	return pid && strtol(pid, NULL, 10) == getpid() && count > 0 ? count : 0;
}

int gl_descriptors_apply(const struct gl_run_options *o, char *const *env, struct gl_err *err)
{
	int listen_fds = listen_count(env), fd, r = check_kept(o, err);
	struct dirent *entry;
	DIR *dir;

	if (r || !o->close_fds)
		return r;
	dir = opendir("/proc/self/fd");
	if (!dir) {
		close_by_number(o, listen_fds);
		return 0;
	}
	while ((entry = readdir(dir))) {
		fd = parse_fd(entry->d_name);
		if (fd >= FIRST && !is_kept(o, fd, listen_fds))
			close(fd);
	}
	closedir(dir);
	return 0;
}
