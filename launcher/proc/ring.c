/*
 * The byte ring: see proc/ring.h.  Positions only grow (64 bits of stderr take
 * longer than the machine lives) and are folded into the memory by a mask, so
 * full and empty need no flag.  An empty ring starts again at the front, which
 * keeps pieces long and the memory it dirties small.
 */
#include "proc/ring.h"

static size_t fold(const struct gl_ring *ring, uint64_t position)
{
	return (size_t)(position & (ring->size - 1));
}

char *gl_ring_space(const struct gl_ring *ring, size_t *ret_len)
{
	size_t at = fold(ring, ring->in);

	*ret_len = GL_MIN(ring->size - gl_ring_used(ring), ring->size - at);
	return ring->bytes + at;
}

const char *gl_ring_data(const struct gl_ring *ring, size_t *ret_len)
{
	size_t at = fold(ring, ring->out);

	*ret_len = GL_MIN(gl_ring_used(ring), ring->size - at);
	return ring->bytes + at;
}

void gl_ring_filled(struct gl_ring *ring, size_t len)
{
	ring->in += len;
}

void gl_ring_taken(struct gl_ring *ring, size_t len)
{
	ring->out += len;
	if (ring->in == ring->out)
		ring->in = ring->out = 0;
}
