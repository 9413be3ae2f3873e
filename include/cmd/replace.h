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
 * What is there and is no regular file (a link, a device, a pipe) is written into
 * instead, and look is not asked.  Returns 0 or -errno.
 */
int gl_replace_file(const char *path, const struct gl_buf *bytes,
		    int (*look)(void *arg, int fd, const char *temporary, struct gl_err *err), void *arg,
		    struct gl_err *err) GL_MUST_CHECK;
