/*
 * Strings built in a given array: paths, search paths, the line on stderr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Always ends in NUL; `cut` tells that something did not fit. */
struct gl_ld_text {
	char *at;
	size_t size, len;
	bool cut;
};

/* An empty one in that array, of at least one byte. */
struct gl_ld_text gl_ld_text_in(char *array, size_t size);

/* Appends a string; len bytes of one; a decimal number. */
void gl_ld_text_add(struct gl_ld_text *t, const char *text);
void gl_ld_text_add_bytes(struct gl_ld_text *t, const char *bytes, size_t len);
void gl_ld_text_add_number(struct gl_ld_text *t, unsigned long number);

/*
 * Appends a path as people may see it: what could move a cursor, break the line
 * or start a terminal's sequence (C0, DEL, and C1 in UTF-8) becomes \xNN; all
 * else stays.
 */
void gl_ld_text_add_escaped(struct gl_ld_text *t, const char *text);

/* Length of a path's directory part, without its last slash: "a" 0, "/a" 0, "/a/b" 2. */
size_t gl_ld_dir_length(const char *path);
/* Its last component. */
const char *gl_ld_base_name(const char *path);
