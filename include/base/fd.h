/*
 * Ownership of file descriptors.
 *
 * An empty descriptor is -1.  Everything golaunch opens is close-on-exec from
 * birth and, where it lives while the program runs, moved above
 * GL_FD_FLOOR so that the program's own numbers stay free.
 */
#pragma once

#include "base/err.h"

#define GL_FD_FLOOR 10

/* Closes *fd if it is open and empties it.  close() is never retried: on Linux the number is free even after EINTR. */
void gl_fd_close(int *fd);

#define gl_autoclose GL_CLEANUP(gl_fd_close)

/* GL_TAKE_FD(fd): hands the descriptor over; the variable is empty afterwards. */
#define GL_TAKE_FD(fd)                                                                                       \
	({                                                                                                   \
		int *take_fd_ = &(fd);                                                                       \
		int taken_ = *take_fd_;                                                                      \
		*take_fd_ = -1;                                                                              \
		taken_;                                                                                      \
	})

/*
 * A close-on-exec duplicate of fd, >= GL_FD_FLOOR; where RLIMIT_NOFILE leaves
 * no room there, the lowest number above 2.  Returns it or -errno.
 */
int gl_fd_duplicate(int fd) GL_MUST_CHECK;

/*
 * Moves *fd to a number >= GL_FD_FLOOR, close-on-exec, and closes the old one.
 * A descriptor that is there already stays, and so does one for which
 * RLIMIT_NOFILE leaves no room there.  Returns 0 or -errno.
 */
int gl_fd_raise(int *fd, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Is this number an open descriptor? */
int gl_fd_is_open(int fd);
