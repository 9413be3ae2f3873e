/*
 * Bytes as lower-case hexadecimal digits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/* Writes two digits for each of len bytes, and a NUL: text has room for 2 * len + 1. */
void gl_hex_text(const void *bytes, size_t len, char *text);

/* Is text nothing but such digits, two for each byte, and at least one byte? */
bool gl_hex_is(const char *text) GL_NONNULL;

/* Takes text of exactly len bytes; false: it is something else. */
bool gl_hex_parse(const char *text, void *bytes, size_t len) GL_MUST_CHECK GL_NONNULL;
