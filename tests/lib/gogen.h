/*
 * Makes what the Go linker puts into a program: build information blocks.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"

/* The module text with its two sentinels. */
void gogen_modinfo(struct gl_buf *b, const char *text);

/* The 32 bytes that start a block: pointer size and flags as given, words 0. */
void gogen_header(struct gl_buf *b, unsigned pointer_size, unsigned flags);

/* The form of Go 1.18 and later: texts inline. */
void gogen_inline(struct gl_buf *b, const char *version, const char *text);
