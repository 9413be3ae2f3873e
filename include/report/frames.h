/*
 * The frames of a stack that the start watch saw, by name.
 *
 * One address may be several frames: functions inlined into each other are told
 * one by one, innermost first, as the runtime's own traces do.  Frames of C code
 * have no name here and are left out.  Depends on: gobin.
 */
#pragma once

#include <stddef.h>

#include "gobin/pclntab.h"
#include "gobin/unwind.h"
#include "report/trace.h"

/* Frames that are named, and bytes of all names and paths; the outermost are left out where there are more. */
#define GL_FRAMES_MAX	    512
#define GL_FRAMES_MAX_NAMES ((size_t)256 << 10)

struct gl_frames {
	struct gl_frame *items; /* innermost first; owned */
	size_t count;
	char *names; /* owned: what the items point into */
};

#define GL_FRAMES_INIT ((struct gl_frames){.items = NULL})

/* Returns 0 (gl_frames_done() it; none may have been named) or -errno. */
int gl_frames_read(struct gl_pclntab *table, const struct gl_unwind *stack,
		   struct gl_frames *ret) GL_MUST_CHECK GL_NONNULL;
void gl_frames_done(struct gl_frames *frames) GL_NONNULL;
#define gl_autoframes GL_CLEANUP(gl_frames_done)
