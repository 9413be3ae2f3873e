/*
 * The one escaper for hostile text: names out of ELF files, panic words,
 * paths, build settings.  Whatever did not come from golaunch's own source
 * passes through here before it reaches a terminal, a log or a JSON document.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends len bytes for people to read: valid printable UTF-8 stays, invalid
 * bytes become U+FFFD, control characters (C0, DEL, C1, also newline and tab),
 * line and paragraph separators and bidirectional overrides become \xNN or
 * \u{NNNN}, and a backslash stays.  At most max bytes are appended (0: no
 * bound); what is cut shows as "...".
 */
void gl_escape_text(struct gl_buf *b, const char *bytes, size_t len, size_t max);

/* The same for several lines: newline stays, tab becomes blanks; all else is escaped. */
void gl_escape_lines(struct gl_buf *b, const char *bytes, size_t len, size_t max);

/*
 * The same as gl_escape_text() into a fresh string (free() it); NULL when out
 * of memory.  text may be NULL: gives "".
 */
char *gl_escape_dup(const char *text, size_t max) GL_MUST_CHECK;

/*
 * Appends len bytes as valid UTF-8, invalid ones replaced by U+FFFD and NUL by
 * U+FFFD, everything else as it is: for JSON strings, whose encoder escapes
 * control characters itself.
 */
void gl_escape_utf8(struct gl_buf *b, const char *bytes, size_t len, size_t max);
