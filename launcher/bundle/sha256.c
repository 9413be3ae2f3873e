/*
 * SHA-256: see bundle/sha256.h.
 *
 * nettle does the arithmetic.  Files are read in pieces into the stack, never
 * mapped: a file that somebody truncates meanwhile must not be a SIGBUS.
 */
#include "bundle/sha256.h"

#include <errno.h>
#include <nettle/sha2.h>

#include "base/file.h"
#include "base/hex.h"

#define PIECE ((size_t)64 << 10)

_Static_assert(GL_SHA256_BYTES == SHA256_DIGEST_SIZE, "SHA-256 has 32 bytes");

void gl_sha256(const void *bytes, size_t len, unsigned char ret[GL_SHA256_BYTES])
{
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, len, bytes);
	sha256_digest(&context, GL_SHA256_BYTES, ret);
}

int gl_sha256_fd(int fd, uint64_t max, unsigned char ret[GL_SHA256_BYTES])
{
	struct sha256_ctx context;
	unsigned char piece[PIECE];
	uint64_t offset = 0;
	ssize_t n;

	sha256_init(&context);
	for (;;) {
		n = gl_file_pread(fd, piece, sizeof(piece), offset);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		offset += (uint64_t)n;
		if (offset > max)
			return -EFBIG;
		sha256_update(&context, (size_t)n, piece);
	}
	sha256_digest(&context, GL_SHA256_BYTES, ret);
	return 0;
}

void gl_sha256_text(const unsigned char hash[GL_SHA256_BYTES], char ret[GL_SHA256_TEXT])
{
	gl_hex_text(hash, GL_SHA256_BYTES, ret);
}
