/*
 * Descriptor ownership: see base/fd.h.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>

void gl_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int gl_fd_duplicate(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, GL_FD_FLOOR);

	/* EINVAL: the floor is beyond RLIMIT_NOFILE. */
	if (high < 0 && (errno == EINVAL || errno == EMFILE))
		high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return high < 0 ? -errno : high;
}

int gl_fd_raise(int *fd, struct gl_err *err)
{
	int high;

	if (*fd >= GL_FD_FLOOR)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, GL_FD_FLOOR);
	if (high < 0 && *fd > STDERR_FILENO && (errno == EINVAL || errno == EMFILE))
		return fcntl(*fd, F_SETFD, FD_CLOEXEC) < 0 ? gl_err_sys(err, errno, "descriptor %d", *fd) : 0;
	if (high < 0)
		return gl_err_sys(err, errno, "cannot move descriptor %d out of the program's way", *fd);
	close(*fd);
	*fd = high;
	return 0;
}

int gl_fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}
