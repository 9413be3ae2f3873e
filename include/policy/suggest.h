/*
 * "did you mean": of many names, the one nearest to a mistyped one.
 */
#pragma once

#include <stddef.h>

#include "base/macros.h"

struct gl_suggest {
	const char *word; /* mistyped; not NUL-terminated */
	size_t len;
	size_t distance;  /* of the best so far */
	size_t prefix;	  /* how much of its beginning is the same */
	const char *best; /* NULL: none is near */
};
#define GL_SUGGEST(text, length)                                                                             \
	((struct gl_suggest){.word = (text), .len = (length), .distance = GL_SUGGEST_FAR + 1})
#define GL_SUGGEST_FAR 2

/*
 * Considers one name.  Near are names that become each other by at most two
 * insertions, deletions, replacements or swaps of neighbours, and by fewer than
 * half of the word's letters.  Of two as near, the one that begins alike longer.
 */
void gl_suggest_offer(struct gl_suggest *suggest, const char *name) GL_NONNULL;
