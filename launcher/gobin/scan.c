/*
 * Scanning a stretch of a file in pieces, within a budget.
 *
 * Pieces start at multiples of 16 bytes in the file (and a segment's offset and
 * address agree modulo the page size), so what is aligned in memory to 16 or 8
 * bytes and no larger never lies across two of them.
 */
#include <errno.h>

#include "base/mem.h"
#include "gobin/private.h"

#define PIECE_FIRST ((uint64_t)8 << 10) /* what is looked for is often near; each page has its price */
#define PIECE	    ((uint64_t)64 << 10)
#define PIECE_ALIGN 16

int gl_gobin_scan(const struct gl_image *image, uint64_t from, uint64_t len, uint64_t *budget,
		  gl_scan_fn look, void *arg)
{
	uint64_t at = (from + PIECE_ALIGN - 1) & ~(uint64_t)(PIECE_ALIGN - 1);
	uint64_t size = gl_image_size(image), piece = PIECE_FIRST, end, n;
	gl_autofree unsigned char *bytes = NULL;
	int r;

	if (from >= size || at - from >= len)
		return 0;
	end = from + GL_MIN(len, size - from);
	bytes = malloc(PIECE);
	if (!bytes)
		return -ENOMEM;
	for (; at < end; at += n, piece = GL_MIN(2 * piece, PIECE)) {
		n = GL_MIN(GL_MIN(piece, end - at), *budget);
		if (n == 0)
			return 2;
		r = gl_image_read(image, at, bytes, (size_t)n);
		if (r)
			return r == -ERANGE ? 0 : r;
		*budget -= n;
		r = look(bytes, (size_t)n, at, arg);
		if (r)
			return r;
	}
	return 0;
}
