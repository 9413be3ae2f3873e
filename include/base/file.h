/*
 * Reading and writing files with bounds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* pread() until len bytes or the end.  Returns the bytes read or -errno. */
ssize_t gl_file_pread(int fd, void *bytes, size_t len, uint64_t offset) GL_MUST_CHECK;

/* write() until all is out.  Returns 0 or -errno. */
int gl_file_write_all(int fd, const void *bytes, size_t len) GL_MUST_CHECK;

/*
 * Reads a whole descriptor from its start, at most max bytes, into fresh
 * memory with a NUL behind it (free() it).  Works for /proc files too, and for
 * pipes, of which it is what comes until the other end is closed.
 * Returns 0, -EFBIG when there is more than max, or another -errno.
 */
int gl_file_slurp_fd(int fd, size_t max, char **ret_bytes, size_t *ret_len, struct gl_err *err) GL_MUST_CHECK;

/* The same for a regular file only (-EINVAL for others); path names it in errors. */
int gl_file_slurp_regular(int fd, const char *path, size_t max, char **ret_bytes, size_t *ret_len,
			  struct gl_err *err) GL_MUST_CHECK;

/*
 * Opens a regular file for reading by a name that somebody else chose: what is no
 * regular file is never opened, as that may do something (a FIFO, a watchdog's
 * device), not even if the name is made to lead elsewhere meanwhile (without /proc
 * it is).  Returns a descriptor, -EINVAL: not a regular file, or another -errno.
 */
int gl_file_open_regular(const char *path) GL_MUST_CHECK;

/* Opens path (read-only, close-on-exec, never blocks on a FIFO) and slurps it; only regular files. */
int gl_file_slurp(const char *path, size_t max, char **ret_bytes, size_t *ret_len,
		  struct gl_err *err) GL_MUST_CHECK;
