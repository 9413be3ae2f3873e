/*
 * Symbol versions: what a file needs of others, what it provides, and which
 * symbols force it.  Rules: gABI "Symbol Versioning", glibc elf/dl-version.c.
 * The tables are read on the first question and kept in the image.
 */
#pragma once

#include "elf/image.h"

/*
 * Return 0, -EBADMSG (malformed table; err says where), -E2BIG (over a limit of
 * elf/image.h) or another -errno.  The arrays are owned by the image.
 */
int gl_image_version_needs(struct gl_image *image, const struct gl_version_need **ret, size_t *ret_count,
			   struct gl_err *err) GL_MUST_CHECK;
int gl_image_version_defs(struct gl_image *image, const struct gl_version_def **ret, size_t *ret_count,
			  struct gl_err *err) GL_MUST_CHECK;

/*
 * Calls each(name, version_index, defined, arg) for the dynamic symbols, in
 * table order, until it returns non-zero, which is then returned.  Names are
 * valid during the call only.  version_index is 0 or 1 where there is none.
 * Local and nameless symbols are left out, names over GL_IMAGE_MAX_STRING cut.
 * The number of symbols comes from DT_HASH, else from the section header of the
 * table, else from DT_GNU_HASH, which misses imports where a file defines
 * nothing.  Returns 0, each()'s answer, -EBADMSG (malformed table), -E2BIG (over
 * a limit of elf/image.h) or another -errno.
 */
typedef int (*gl_symbol_fn)(const char *name, unsigned version_index, bool defined, void *arg);
int gl_image_each_symbol(struct gl_image *image, gl_symbol_fn each, void *arg,
			 struct gl_err *err) GL_MUST_CHECK;

/*
 * The same for those symbols alone that have a version, which is given by its
 * name ("GLIBC_PRIVATE"); symbols of the file's own base version (VER_NDX_GLOBAL)
 * have none.
 */
typedef int (*gl_versioned_symbol_fn)(const char *name, const char *version, bool defined, void *arg);
int gl_image_each_versioned_symbol(struct gl_image *image, gl_versioned_symbol_fn each, void *arg,
				   struct gl_err *err) GL_MUST_CHECK;
