/*
 * Files below a host's root: symbolic links, absolute ones too, are resolved
 * inside it (openat2 RESOLVE_IN_ROOT; before Linux 5.6, and where a filter
 * denies it, by walking component by component with at most 40 links).
 *
 * Where the root is the process's own (host->root_fd is -1) the plain calls do
 * the same, and relative paths count from the current directory.
 */
#pragma once

#include <sys/stat.h>

#include "host/host.h"

/*
 * Opens an absolute path inside the root; flags as open(2), for reading only
 * (O_CREAT has no place here); close-on-exec is added.  Returns a descriptor
 * (the caller's) or -errno.  Reading opens never block on a FIFO (O_NONBLOCK is
 * added) and never get a controlling terminal.
 */
int gl_root_open(const struct gl_host *host, const char *path, int flags) GL_MUST_CHECK;

/* stat(2) and lstat(2) inside the root.  Return 0 or -errno. */
int gl_root_stat(const struct gl_host *host, const char *path, struct stat *ret) GL_MUST_CHECK;
int gl_root_lstat(const struct gl_host *host, const char *path, struct stat *ret) GL_MUST_CHECK;

/* readlink(2) into buf, NUL-terminated.  Returns the length or -errno (-ENAMETOOLONG: it does not fit). */
ssize_t gl_root_readlink(const struct gl_host *host, const char *path, char *buf, size_t size) GL_MUST_CHECK;

/*
 * realpath(3) inside the root: the path without links, "." and "..", as
 * /proc/self/exe would show it there, into buf.  Returns 0 or -errno.
 */
int gl_root_canonical(const struct gl_host *host, const char *path, char *buf, size_t size) GL_MUST_CHECK;

/*
 * The same, fresh; relative paths are taken too where the root is the process's
 * own.  NULL with errno.
 */
char *gl_root_real_path(const struct gl_host *host, const char *path) GL_MUST_CHECK GL_NONNULL;
/* Of a file's directory only, and the file's name as it is: a link stays one, and it need not be there. */
char *gl_root_real_place(const struct gl_host *host, const char *path) GL_MUST_CHECK GL_NONNULL;

/* gl_file_slurp() inside the root: regular files only. */
int gl_root_slurp(const struct gl_host *host, const char *path, size_t max, char **ret_bytes, size_t *ret_len,
		  struct gl_err *err) GL_MUST_CHECK;

/*
 * May the host's user do this (a mask of R_OK, W_OK, X_OK) to a file of this
 * stat, by its mode bits alone?  Root may read all and execute what has any x
 * bit.  What ACLs and security modules say is not seen.
 */
bool gl_root_may(const struct gl_host *host, const struct stat *st, int mask) GL_NONNULL;

/*
 * May the host's user search every directory on the way to path, links
 * resolved too?  Asked where that user is another than ours, who could open
 * the file: the loader would meet EACCES.
 */
bool gl_root_may_reach(const struct gl_host *host, const char *path) GL_NONNULL;
