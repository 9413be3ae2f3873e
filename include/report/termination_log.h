/*
 * The message file of a Kubernetes container (terminationMessagePath).
 *
 * The kubelet reads its last 4096 bytes when the container ends and shows them
 * in the pod's status; 12 KiB are shared by all containers of a pod, so 2048
 * bytes are enough.  A program that writes there itself is never overwritten.
 * Depends on: base.
 */
#pragma once

#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"

#define GL_TERMINATION_LOG_DEFAULT "/dev/termination-log"
#define GL_TERMINATION_LOG_MAX	   2048

struct gl_termination_log {
	int fd; /* >= GL_FD_FLOOR and close-on-exec; -1: none */
	/* A note of ours stands in it: its length, and the file's time then. */
	size_t noted;
	struct timespec noted_at;
};

#define GL_TERMINATION_LOG_INIT ((struct gl_termination_log){.fd = -1})

/*
 * spec is "auto", "off" or a path.  auto: the default file where it exists and
 * can be written; otherwise there is none, which is no error.  A path was
 * asked for by name: it is made (0644) if missing, and what cannot be opened,
 * or is no regular file, is an error.  Returns 0 or -errno.
 */
int gl_termination_log_open(const char *spec, struct gl_termination_log *ret,
			    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_termination_log_done(struct gl_termination_log *log) GL_NONNULL;

/*
 * A note that may be taken back: written where the file is empty, taken back where
 * nothing has changed it since (by size and time).  Allocate nothing, and fail in
 * silence: a note is a precaution.
 */
void gl_termination_log_note(struct gl_termination_log *log, const char *text, size_t len) GL_NONNULL;
void gl_termination_log_withdraw(struct gl_termination_log *log) GL_NONNULL;

/*
 * Writes the text, cut to GL_TERMINATION_LOG_MAX bytes at a character's
 * boundary, in one write(2).  Returns 0, 1 if the file is not empty (the
 * program's own words stay) or there is none, or -errno.
 */
int gl_termination_log_write(const struct gl_termination_log *log, const char *text, size_t len,
			     struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
