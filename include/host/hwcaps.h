/*
 * Libraries made for a better CPU: the sub-directories that a glibc loader tries
 * before each directory, and the entries of its cache that stand for them.
 *
 * glibc-hwcaps/<level> since 2.33 (elf/dl-hwcaps.c); until 2.36 also tls/,
 * <platform>/ and <capability>/ in all their combinations, as ever before.
 */
#pragma once

#include "host/glibc.h"
#include "host/host.h"

#define GL_HWCAPS_MAX_SUBDIRS 24
#define GL_HWCAPS_MAX_LENGTH  64

struct gl_hwcaps {
	char subdirs[GL_HWCAPS_MAX_SUBDIRS]
		    [GL_HWCAPS_MAX_LENGTH]; /* "glibc-hwcaps/x86-64-v3/", in the loader's order */
	size_t count;
};

/* Sub-directories that may lead to any of these; where a directory has none of them it need not be asked further. */
extern const char *const gl_hwcaps_roots[];

/*
 * The sub-directories that the loader of minor version 2.<minor> (0: unknown,
 * taken as new) tries on this host, without the last one, the directory
 * itself.  Legacy capabilities are judged by the CPU's level alone; glibc also
 * wants the CPU to be Intel's for "haswell" and "avx512_1".  None where
 * host->baseline is set.
 */
void gl_hwcaps_list(struct gl_host *host, const struct gl_arch *arch, unsigned minor,
		    struct gl_hwcaps *ret) GL_NONNULL;

/* As gl_ld_cache_rank_fn, for the loader of that version; 0 for all under host->baseline. */
unsigned gl_hwcaps_rank(struct gl_host *host, const struct gl_arch *arch, unsigned minor,
			const struct gl_ld_cache_want *want) GL_NONNULL;
