/*
 * Walking over lines of captured text.  The text is hostile: it may hold NUL
 * bytes, lines of a megabyte and no final newline.  Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Some bytes of a text that somebody else owns; not NUL-terminated. */
struct gl_slice {
	const char *text;
	size_t len;
};

#define GL_SLICE_NONE ((struct gl_slice){.text = "", .len = 0})

/*
 * The next line of the text [*at, end), without its newline and a carriage
 * return before it; *at moves behind the newline.  Returns false at the end.
 */
bool gl_lines_next(const char **at, const char *end, struct gl_slice *ret_line);

bool gl_slice_starts(struct gl_slice s, const char *prefix);
bool gl_slice_ends(struct gl_slice s, const char *suffix);
bool gl_slice_equals(struct gl_slice s, const char *text);

/* Where needle stands in s, or -1. */
long gl_slice_find(struct gl_slice s, const char *needle);

/* s without its first n bytes (all of them if it is shorter). */
struct gl_slice gl_slice_skip(struct gl_slice s, size_t n);

/*
 * Takes a decimal number off the front of *s.  Returns the digits taken, 0 if
 * there were none or the number does not fit.
 */
size_t gl_slice_take_number(struct gl_slice *s, unsigned long *ret);
