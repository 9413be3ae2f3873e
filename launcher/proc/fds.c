/*
 * Closed standard descriptors: see proc/fds.h.
 *
 * open() gives the lowest free number, so filling 0, 1 and 2 in this order
 * puts each placeholder where it belongs.
 */
#include "proc/fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"

int gl_fds_fill(struct gl_fds_entry *ret_entry, struct gl_err *err)
{
	struct gl_fds_entry entry = {.closed = {false}};

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (gl_fd_is_open(fd))
			continue;
		/* An O_PATH descriptor answers EBADF to read and write, as the closed one did. */
		if (open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY) < 0 && open("/", O_PATH | O_CLOEXEC) < 0)
			return gl_err_sys(err, errno, "cannot fill the closed descriptor %d", fd);
		entry.closed[fd] = true;
	}
	*ret_entry = entry;
	return 0;
}

static bool is_passed_socket(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	struct stat st;

	return flags >= 0 && !(flags & FD_CLOEXEC) && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool gl_fds_pass_socket(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	bool found = !dir;

	while (dir && !found && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			found = is_passed_socket((int)strtol(entry->d_name, NULL, 10));
	if (dir)
		closedir(dir);
	return found;
}

int gl_fds_spare(uint64_t limit)
{
	for (int fd = (int)GL_MIN(limit, (uint64_t)GL_FDS_SPARE) - 1; fd >= GL_FD_FLOOR; fd--)
		if (!gl_fd_is_open(fd))
			return fd;
	return -EMFILE;
}
