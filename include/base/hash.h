/*
 * FNV-1a, 64 bits: for tables and fingerprints, not against an adversary.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GL_HASH_START UINT64_C(0xcbf29ce484222325)

/* Goes on from hash (GL_HASH_START at first) over len bytes; bytes may be NULL if there are none. */
uint64_t gl_hash_bytes(uint64_t hash, const void *bytes, size_t len);
