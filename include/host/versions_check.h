/*
 * Symbol versions of a closure: what its objects need of one another against
 * what those provide.
 * Rules: glibc elf/dl-version.c, _dl_check_map_versions().
 */
#pragma once

#include "host/libraries.h"

#define GL_VERSIONS_MAX_COMPARISONS 20000000 /* of names, for one closure; more makes it incomplete */

/*
 * Fills the closure's missing versions.  find tells which element a file name
 * of a Verneed stands for (NULL: none that is loaded).  What it asks of the
 * libraries' files is charged to the budget.  Returns 0 or -errno.
 */
typedef struct gl_library *(*gl_provider_fn)(const char *file, void *arg);
int gl_versions_check(struct gl_search *search, gl_provider_fn find, void *arg,
		      struct gl_err *err) GL_MUST_CHECK;

/*
 * Compares version names of one family by their numbers: GLIBC_2.4 is before
 * GLIBC_2.34.  Returns <0, 0 or >0; names of different families are unequal in
 * no useful order.
 */
int gl_version_compare(const char *a, const char *b) GL_NONNULL;

/* Bytes of the name before its first number: 6 for GLIBC_2.34; the whole where there is none (GLIBC_PRIVATE). */
size_t gl_version_family(const char *version) GL_NONNULL;
