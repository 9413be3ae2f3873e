/*
 * Paragraphs for a terminal.
 */
#pragma once

#include "base/buf.h"

#define GL_WRAP_WIDTH 78

/*
 * Appends text broken at blanks into lines of at most GL_WRAP_WIDTH columns,
 * the first behind first, the others behind rest, with a newline at the end.
 * A word longer than a line stands alone.
 */
void gl_wrap_text(struct gl_buf *b, const char *text, const char *first, const char *rest) GL_NONNULL;
