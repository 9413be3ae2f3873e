/*
 * Where a record goes: --report FILE or --report fd:N, --output of a trace.
 *
 * Opened before the program starts, so that what was asked for and cannot be
 * had is known while there is still time to say so (exit 125), and so that no
 * later change of ids, root or limits matters.  Depends on: base, proc.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "base/fd.h"

struct gl_sink {
	int fd; /* >= GL_FD_FLOOR and close-on-exec; -1: none */
};

#define GL_SINK_INIT ((struct gl_sink){.fd = -1})

/*
 * FILE: opened for appending, made with mode 0640 if missing; the last
 * component may be no symbolic link; a regular file or a FIFO that somebody
 * reads, never a device or a socket.  fd:N: must be open for writing; it is
 * duplicated, and N itself is made close-on-exec, so that the program does not
 * hold it, except for 0 to 2, which are the program's own too.  what names it in
 * errors ("report").  Returns 0 or -errno.
 */
int gl_sink_open(const char *what, const char *spec, struct gl_sink *ret,
		 struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_sink_done(struct gl_sink *sink) GL_NONNULL;

/*
 * Writes a line; to a file in one write(2), so that lines of several writers do
 * not mix.  A pipe that takes nothing holds golaunch for GL_OUTLET_PATIENCE_MS
 * at most.  Returns 0 or -errno (-EAGAIN: only a part was taken).
 */
int gl_sink_write(const struct gl_sink *sink, const char *line, size_t len,
		  struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
