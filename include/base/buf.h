/*
 * A growing text buffer, always NUL-terminated once something was put in.
 *
 * Errors stick: after the first failed addition (out of memory, limit) the
 * later ones do nothing and gl_buf_error() tells.  So a renderer adds a whole
 * page and looks once.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct gl_buf {
	char *data; /* NULL while empty */
	size_t len; /* bytes without the NUL */
	size_t room;
	size_t limit; /* most bytes without the NUL; 0: GL_BUF_LIMIT */
	int error;    /* 0, ENOMEM or E2BIG */
	bool fixed;   /* data is the caller's array: never grown, never freed */
};

#define GL_BUF_LIMIT ((size_t)16 << 20)
#define GL_BUF_INIT  ((struct gl_buf){.data = NULL})
/* A buffer over a char array of the caller's, where nothing may be allocated; not for gl_buf_take(). */
#define GL_BUF_FIXED(array) ((struct gl_buf){.data = (array), .room = sizeof(array), .fixed = true})

void gl_buf_done(struct gl_buf *b) GL_NONNULL;
void gl_buf_put(struct gl_buf *b, const void *bytes, size_t len) GL_NONNULL;
void gl_buf_puts(struct gl_buf *b, const char *text) GL_NONNULL;
void gl_buf_putc(struct gl_buf *b, char c) GL_NONNULL;
void gl_buf_printf(struct gl_buf *b, const char *fmt, ...) GL_PRINTF(2, 3);
void gl_buf_vprintf(struct gl_buf *b, const char *fmt, va_list ap) GL_PRINTF(2, 0);

/* The text so far, "" while empty; owned by the buffer. */
const char *gl_buf_text(const struct gl_buf *b) GL_NONNULL;

/* Hands the text over (free() it) and empties the buffer; NULL if an addition failed. */
char *gl_buf_take(struct gl_buf *b) GL_MUST_CHECK GL_NONNULL;

/* 0, ENOMEM or E2BIG. */
int gl_buf_error(const struct gl_buf *b) GL_NONNULL;

#define gl_autobuf GL_CLEANUP(gl_buf_done)
