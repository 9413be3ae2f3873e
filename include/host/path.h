/*
 * Library names and search directories as text: dynamic string tokens,
 * directories of files, names counted from the current directory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

#define GL_PATH_MAX_EXPANDED ((size_t)16384) /* bytes of one expanded path; a longer one is as good as none */

/* What the tokens stand for.  NULL: unknown, a path with that token is dropped. */
struct gl_path_tokens {
	const char *origin;   /* $ORIGIN: the directory of the object that holds the text */
	const char *lib;      /* $LIB */
	const char *platform; /* $PLATFORM */
	bool secure;	      /* AT_SECURE: $ORIGIN counts only as a path's whole first component ... */
	bool executable;      /* ... and not at all in the program itself */
};

/*
 * Expands one path (no list) as glibc does: $ORIGIN, ${ORIGIN} and so on; a
 * dollar that begins none of them stays.  glibc lets a setuid program's
 * $ORIGIN pass if it leads below a system directory; that exception is not
 * made here.
 * Source: glibc elf/dl-load.c, is_dst(), _dl_dst_substitute().
 * Returns 0 with a fresh string, 1: the loader drops this path, or -ENOMEM.
 */
int gl_path_expand(const char *text, size_t len, const struct gl_path_tokens *tokens,
		   char **ret) GL_MUST_CHECK;

/* The directory part of a path without its slash, "/" for a file of the root, "." where it has none; fresh; NULL: out of memory. */
char *gl_path_dirname(const char *path) GL_MUST_CHECK GL_NONNULL;

/* What comes behind the last slash; part of path. */
const char *gl_path_basename(const char *path) GL_NONNULL;

/* The part of path that lies below directory, with its slash ("/" and "/lib" give "/lib"); NULL: it does not. */
const char *gl_path_below(const char *directory, const char *path) GL_NONNULL;

/* directory, "/" unless it ends in one, sub-directory and name; fresh; NULL: out of memory. */
char *gl_path_join(const char *directory, const char *sub, const char *name) GL_MUST_CHECK GL_NONNULL;
