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

int gl_fd_raise(int *fd, struct gl_err *err)
{
	int high;

	if (*fd >= GL_FD_FLOOR)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, GL_FD_FLOOR);
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
