/*
 * Descriptors 0 to 2 at entry.
 *
 * A program started with one of them closed must find it closed again.  If
 * golaunch did nothing, its own next open() would take the number, and its
 * words would go into somebody's file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Programs open the lowest free numbers, and the kernel's table of descriptors is as long as the highest one. */
#define GL_FDS_SPARE 512

/* Which of 0, 1 and 2 were closed when golaunch was entered. */
struct gl_fds_entry {
	bool closed[3];
};

/*
 * Fills each closed one with a close-on-exec placeholder (/dev/null, or, where
 * there is none, an O_PATH descriptor of "/"), so that execve closes it again.
 * Call it first thing in main().  Returns 0 or -errno.
 */
int gl_fds_fill(struct gl_fds_entry *ret_entry, struct gl_err *err) GL_MUST_CHECK;

/* Will the program inherit a socket?  True where that cannot be told: there is no /proc. */
bool gl_fds_pass_socket(void);

/*
 * A free number for a descriptor that the program shall not stumble over: the
 * highest below limit (its RLIMIT_NOFILE, soft) and GL_FDS_SPARE.  Returns it, or
 * -EMFILE.
 */
int gl_fds_spare(uint64_t limit) GL_MUST_CHECK;
