/*
 * Frames in words, escaped.  Depends on: base.
 */
#pragma once

#include "base/buf.h"
#include "report/trace.h"

/* Frames that a "where" row names. */
#define GL_FRAME_TEXT_MAX 5

/*
 * A function's name as its programmer knows it, into fresh memory (free() it);
 * not escaped.  The linker writes dots in the last component of an import path
 * as %2e ("gopkg.in/yaml%2ev3.Unmarshal"; cmd/internal/objabi, PathToPrefix).
 * NULL when out of memory.
 */
char *gl_frame_name(struct gl_slice function) GL_MUST_CHECK;

/*
 * "example.com/app/conf.check conf.go:8 <- conf.load conf.go:6 <- main.main
 * main.go:9": from the given frame of the trace outwards, the runtime's own
 * left out unless the first one is.
 */
void gl_frame_where(struct gl_buf *b, const struct gl_trace *trace, const struct gl_frame *from) GL_NONNULL;

/* "conf.init conf.go:5", with the whole import path if full; no position if it is unknown. */
void gl_frame_text(struct gl_buf *b, const struct gl_frame *frame, bool full) GL_NONNULL;
