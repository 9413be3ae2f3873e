/*
 * The library path that the program's own dynamic section gives to its loader.
 *
 * DT_RPATH of the main program is what serves its libraries, theirs, and what
 * libc opens by name (nss modules); DT_RUNPATH would serve the first alone, and
 * where it exists glibc does not look at DT_RPATH (elf/dl-load.c).  It is put
 * into the program's private memory: its file is as it was, and no environment
 * variable tells a child of it.  musl reads both alike, and takes DT_RUNPATH
 * where both are (ldso/dynlink.c).
 */
#pragma once

#include <stdbool.h>

#include "loader/elf.h"
#include "loader/text.h"

/* More entries than any program has; what ends no sooner is malformed. */
#define GL_LD_DYNAMIC_MAX 4096
/* The longest search path that is taken over from a program. */
#define GL_LD_RPATH_MAX 16384

struct gl_ld_dynamic {
	Elf64_Dyn *entries; /* in the mapped image */
	size_t count;	    /* with the last DT_NULL there is room for */
	uint64_t strings;   /* DT_STRTAB, as in the file */
	const char *path;   /* DT_RUNPATH, else DT_RPATH, or NULL */
	bool needs;	    /* it has DT_NEEDED */
};

/* Reads the dynamic section of a mapped image that nobody relocated yet.  0 or GL_LD_BAD_DYNAMIC. */
int gl_ld_dynamic_read(const struct gl_ld_elf *elf, uint64_t bias, struct gl_ld_dynamic *ret);

/*
 * The new path: lib, then the old path's (or NULL) elements with $ORIGIN and
 * ${ORIGIN} replaced by the program file's directory, the first origin_len bytes
 * of origin: glibc and musl would take the stub's.  musl passes over a whole
 * path that has another '$' in it: with musl set such an old path is dropped.
 * Returns 0, GL_LD_PATH_UNUSABLE (lib or a used origin cannot stand in a search
 * path) or GL_LD_PATH_TOO_LONG.
 */
int gl_ld_dynamic_path(const char *lib, const char *old, const char *origin, size_t origin_len, bool musl,
		       struct gl_ld_text *ret);

/*
 * Makes the string at that address the one search path: in the place of every
 * DT_RPATH and DT_RUNPATH, else of a spare DT_NULL, else of DT_SYMENT, which
 * neither loader reads.  Returns 0 or GL_LD_NO_ROOM_FOR_PATH.
 */
int gl_ld_dynamic_set(const struct gl_ld_dynamic *dynamic, uint64_t bias, uint64_t string);
