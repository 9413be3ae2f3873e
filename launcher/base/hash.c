/*
 * FNV-1a: see base/hash.h.
 */
#include "base/hash.h"

#define PRIME UINT64_C(0x100000001b3)

uint64_t gl_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *s = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ s[i]) * PRIME;
	return hash;
}
