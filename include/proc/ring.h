/*
 * A byte ring of fixed size: what was read and is not yet written on.  The
 * memory is the owner's; its size is a power of two.  Pure.
 */
#pragma once

#include <stdint.h>
#include <stddef.h>

#include "base/macros.h"

struct gl_ring {
	char *bytes;
	size_t size;	  /* a power of two */
	uint64_t in, out; /* bytes ever put in and taken out */
};

static inline size_t gl_ring_used(const struct gl_ring *ring)
{
	return (size_t)(ring->in - ring->out);
}

/* The longest contiguous free piece, where the next bytes go; length 0: full. */
char *gl_ring_space(const struct gl_ring *ring, size_t *ret_len) GL_NONNULL;
/* The longest contiguous filled piece, oldest bytes first; length 0: empty. */
const char *gl_ring_data(const struct gl_ring *ring, size_t *ret_len) GL_NONNULL;
/* len bytes of the free piece were filled, or of the filled piece taken; at most what was offered. */
void gl_ring_filled(struct gl_ring *ring, size_t len) GL_NONNULL;
void gl_ring_taken(struct gl_ring *ring, size_t len) GL_NONNULL;
