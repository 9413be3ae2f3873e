/*
 * What glibc's parts say of themselves among their constants: "GNU C Library
 * (Debian GLIBC 2.36-9) stable release version 2.36." (glibc csu/version.c; the
 * loader since 2.33, elf/dl-usage.c).
 */
#pragma once

#include "elf/image.h"

#define GL_GLIBC_BANNER_MAX    256
#define GL_GLIBC_BANNER_LIBC   "GNU C Library"
#define GL_GLIBC_BANNER_LOADER "ld.so"

/*
 * The rest of the line behind name and a parenthesis: "Debian GLIBC 2.36-9)
 * stable release version 2.36."; "" where the file says nothing.  It reads the
 * file's constants, some hundred KiB.  Returns 0 or -ENOMEM.
 */
int gl_glibc_banner(const struct gl_image *image, const char *name,
		    char ret[GL_GLIBC_BANNER_MAX]) GL_MUST_CHECK;

/* The minor version that it ends with ("36"), 0: none.  2.34.9000, on the way to 2.35, counts as 2.34. */
unsigned gl_glibc_banner_minor(const char *banner) GL_NONNULL;
