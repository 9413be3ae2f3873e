/*
 * Putting a file in the place of another at once: whoever opens it finds the old one
 * or the new one, never half of one.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/*
 * look is told of the new file (NULL: nobody), whole but not in its place yet, under a
 * temporary name beside it; a negative answer of it is returned, and the old file stays.
 * Nothing is followed: a link that is there is replaced itself.  Returns 0 or -errno.
 */
int gl_replace_file(const char *path, const struct gl_buf *bytes,
		    int (*look)(void *arg, int fd, const char *temporary, struct gl_err *err), void *arg,
		    struct gl_err *err) GL_MUST_CHECK;

/*
 * What must not be put out of its place, as it is no regular file (a link such as
 * /dev/stdout, a device, a pipe), is written into instead: opens it for that.  To be asked
 * before a program runs that could put a link there.  Returns 0 with *ret_fd, close-on-exec,
 * -1: there is nothing of the kind; or -errno.
 */
int gl_replace_open_special(const char *path, int *ret_fd, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
int gl_replace_write_special(int special, const char *path, const struct gl_buf *bytes,
			     struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
