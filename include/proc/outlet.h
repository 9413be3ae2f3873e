/*
 * The real stderr, as golaunch writes to it: never blocking on it, and never
 * changing the inherited open file description, which others share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum gl_outlet_kind {
	GL_OUTLET_NONE,	  /* nowhere: bytes are dropped */
	GL_OUTLET_FILE,	  /* a file or a device that does not make its writer wait for a reader: big writes */
	GL_OUTLET_OWN,	  /* pipe or terminal, opened once more for ourselves, non-blocking */
	GL_OUTLET_SOCKET, /* MSG_DONTWAIT call by call */
	GL_OUTLET_POLLED, /* the inherited description as it is: one write of at most PIPE_BUF per POLLOUT */
	GL_OUTLET_MAX
};

struct gl_outlet {
	enum gl_outlet_kind kind;
	int fd;
	bool watch;    /* poll() tells when the reader is gone, for good */
	uint64_t lost; /* bytes refused with another error than EPIPE */
	int lost_errno;
};
#define GL_OUTLET_INIT ((struct gl_outlet){.fd = -1})

/* How long golaunch's own words wait for a reader: its exit matters more. */
#define GL_OUTLET_PATIENCE_MS 1000

/* Duplicates target (>= GL_FD_FLOOR) and finds out how to write to it; -1: GL_OUTLET_NONE.  Returns 0 or -errno. */
int gl_outlet_open(int target, struct gl_outlet *ret_outlet, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_outlet_done(struct gl_outlet *outlet) GL_NONNULL;

/*
 * Writes a piece of bytes, to a pipe whole lines where it can, so that the
 * kernel keeps them in one piece among other writers (pipe(7), PIPE_BUF).
 * Returns the bytes disposed of (also those that an error like ENOSPC cost,
 * which are counted in outlet->lost), 0: not now, -EPIPE: the reader is gone.
 */
ssize_t gl_outlet_write(struct gl_outlet *outlet, const char *bytes, size_t len) GL_MUST_CHECK GL_NONNULL;

/*
 * golaunch's own words to target, a descriptor of any kind: all of them, or as
 * much as it takes within patience_ms (0: what it takes at once).  Allocates
 * nothing, ignores nobody's SIGPIPE (the caller has it blocked or ignored).
 * Returns 0, -EAGAIN (time is over), -EPIPE or another -errno.
 */
int gl_outlet_say(int target, const char *bytes, size_t len, int patience_ms) GL_NONNULL;
