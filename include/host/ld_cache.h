/*
 * /etc/ld.so.cache, as glibc's loader reads it: both formats (the new one, and
 * the old one with the new one behind it or alone), the glibc-hwcaps extension
 * of glibc 2.33, either byte order.
 * Rules: glibc elf/dl-cache.c, sysdeps/generic/dl-cache.h.
 *
 * The file may be hostile: every offset is checked against its size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/host.h"

#define GL_LD_CACHE_PATH      "/etc/ld.so.cache"
#define GL_LD_CACHE_MAX_BYTES ((size_t)32 << 20)

struct gl_ld_cache {
	char *bytes; /* the whole file and a NUL, owned; NULL: no cache */
	size_t size;
	bool swapped;	   /* not in our byte order */
	size_t entries;	   /* where the table begins */
	uint32_t count;	   /* of entries */
	size_t entry_size; /* 12: old format, without hwcaps; 24: new */
	size_t strings;	   /* what string offsets count from */
	size_t hwcaps; /* where the table of glibc-hwcaps names begins; names count from the file's start */
	uint32_t hwcap_count;
};

#define GL_LD_CACHE_INIT ((struct gl_ld_cache){.bytes = NULL})

/* What an entry asks of the CPU and the loader. */
struct gl_ld_cache_want {
	bool named;	  /* a glibc-hwcaps sub-directory */
	const char *name; /* of it, "x86-64-v3"; NULL if the file's table has none */
	unsigned isa_bit; /* named: the bit of x86's ISA level it needs (0: v1, 1: v2 ...) */
	uint64_t legacy;  /* not named: the hwcap mask of before 2.37, 0 for a plain entry */
};

/*
 * May the loader use an entry that wants this (asked for all but plain ones)?
 * Returns 0: no; else its rank, 1 best; a legacy entry's rank is of no account.
 */
typedef unsigned (*gl_ld_cache_rank_fn)(const struct gl_ld_cache_want *want, void *arg);

/*
 * Takes bytes (len of them, malloc'ed, a NUL behind) as a cache.  Returns 0, or
 * 1: the loader would not use it (the bytes are freed, *ret is empty).
 */
int gl_ld_cache_parse(char *bytes, size_t len, bool big_endian, struct gl_ld_cache *ret) GL_MUST_CHECK;

/*
 * Reads the host's cache at path into *ret.  Returns 0, also where there is
 * none or the loader would not use it (*ret is empty then), or -ENOMEM.
 */
int gl_ld_cache_load(const struct gl_host *host, const char *path, struct gl_ld_cache *ret,
		     struct gl_err *err) GL_MUST_CHECK;
void gl_ld_cache_done(struct gl_ld_cache *cache) GL_NONNULL;

/*
 * The path the loader of that machine takes for a library's name, or NULL.
 * Owned by the cache.  As the loader does, this searches by halves and so
 * misses what a badly sorted cache holds.
 */
const char *gl_ld_cache_lookup(const struct gl_ld_cache *cache, const struct gl_arch *arch, const char *name,
			       gl_ld_cache_rank_fn rank, void *arg);

/* The order of the cache: runs of digits count as numbers (_dl_cache_libcmp). */
int gl_ld_cache_compare(const char *a, const char *b) GL_NONNULL;
