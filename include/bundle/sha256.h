/*
 * SHA-256 (FIPS 180-4), by nettle.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define GL_SHA256_BYTES 32
#define GL_SHA256_TEXT	(2 * GL_SHA256_BYTES + 1)

void gl_sha256(const void *bytes, size_t len, unsigned char ret[GL_SHA256_BYTES]);
/*
 * Of all that pread(2) gives from the start of fd.  Returns 0; -EFBIG: that is
 * more than max bytes, and no more was read (a sparse file costs its maker
 * nothing); another -errno.
 */
int gl_sha256_fd(int fd, uint64_t max, unsigned char ret[GL_SHA256_BYTES]) GL_MUST_CHECK;
/* In lower-case hexadecimal, with a NUL. */
void gl_sha256_text(const unsigned char hash[GL_SHA256_BYTES], char ret[GL_SHA256_TEXT]);
