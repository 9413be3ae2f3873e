/*
 * The windows of a captured stream put together again.  Depends on: proc (the
 * captured text).
 */
#pragma once

#include <stddef.h>

#include "base/macros.h"
#include "proc/record.h"

/* Most bytes of each window that are looked at. */
#define GL_WINDOWS_MAX ((size_t)256 << 10)

/*
 * Joins head, mark and tail in the order of the stream, without what they have
 * in common, into fresh memory (free() it).  Where bytes of the stream are
 * missing a newline stands, and the line that was cut at its start is left
 * out, so that its middle cannot pass for a line's start.  Returns 0 or
 * -ENOMEM.
 */
int gl_windows_join(const struct gl_capture_text *text, char **ret, size_t *ret_len) GL_MUST_CHECK GL_NONNULL;
