/*
 * Trying a system call that an outer filter might kill for.  Depends on: base.
 */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

/*
 * Makes the call in a process of its own, with memory of its own: what the call writes
 * is lost.  Returns 0 with *ret_errno (0: the call succeeded), 1: it
 * was killed for it, or -errno: no process could be made.
 */
int gl_probe_call(long nr, long a, long b, long c, long d, int *ret_errno) GL_MUST_CHECK GL_NONNULL;

/* Is a filter on us?  Else nothing has to be tried. */
bool gl_probe_is_needed(void);
