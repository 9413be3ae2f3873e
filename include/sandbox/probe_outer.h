/*
 * What an outer filter answers to system calls, found out by making them in a
 * throw-away process.
 *
 * With every argument -1 (all bits set) no pointer is good, no flags are known, no
 * size fits, so the kernel itself answers EINVAL, EFAULT, E2BIG, EBADF or ENOSYS and
 * does nothing.  A filter is asked before the kernel looks at any of them
 * (kernel/entry/common.c).  Only calls of which that is true may be asked for; those
 * that check a capability before their arguments (sethostname) answer EPERM too.
 *
 * The process has memory of its own: a kernel before 5.17 that dumps core for a
 * process (SIGSYS does) takes with it all others that share its memory.
 * Depends on: base, arch.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* Between the beginning of a call and its answer: an outer listener may never give one. */
#define GL_PROBE_OUTER_TIMEOUT_MS 1000
#define GL_PROBE_OUTER_MAX	  32 /* calls at once */

enum gl_outer_answer {
	GL_OUTER_UNKNOWN, /* not asked: an earlier one had no answer */
	GL_OUTER_PASSES,  /* it came to the kernel, which may not have it (ENOSYS) */
	GL_OUTER_DENIES,  /* EPERM or EACCES, which the kernel has no reason to answer */
	GL_OUTER_KILLS,
	GL_OUTER_SILENT /* no answer in time */
};

/*
 * Asks for count calls (at most GL_PROBE_OUTER_MAX) by their numbers in the machine's
 * own ABI.  One that is killed for costs another process.  Returns 0 with all of ret written, or -errno: no process, no pipe, no memory.
 */
int gl_probe_outer(const int *numbers, size_t count, enum gl_outer_answer *ret,
		   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
