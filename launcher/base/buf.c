/*
 * A growing text buffer with a sticky error: see base/buf.h.
 */
#include "base/buf.h"

#include <errno.h>

#define FIRST_ROOM 256

void gl_buf_done(struct gl_buf *b)
{
	if (!b->fixed)
		free(b->data);
	*b = GL_BUF_INIT;
}

/* Makes room for len more bytes and a NUL.  Returns false with b->error set if that cannot be had. */
static bool reserve(struct gl_buf *b, size_t len)
{
	size_t limit = b->limit ? b->limit : GL_BUF_LIMIT;
	size_t wanted = b->room ? b->room : FIRST_ROOM;
	char *bigger;

	if (b->error)
		return false;
	if (len > limit - b->len) {
		b->error = E2BIG;
		return false;
	}
	if (b->len + len < b->room)
		return true;
	if (b->fixed) {
		b->error = E2BIG;
		return false;
	}
	while (wanted <= b->len + len)
		wanted *= 2;
	bigger = realloc(b->data, wanted);
	if (!bigger) {
		b->error = ENOMEM;
		return false;
	}
	b->data = bigger;
	b->room = wanted;
	return true;
}

void gl_buf_put(struct gl_buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void gl_buf_puts(struct gl_buf *b, const char *text)
{
	gl_buf_put(b, text, strlen(text));
}

void gl_buf_putc(struct gl_buf *b, char c)
{
	gl_buf_put(b, &c, 1);
}

void gl_buf_vprintf(struct gl_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0 || !reserve(b, (size_t)len))
		return;
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
}

void gl_buf_printf(struct gl_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	gl_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *gl_buf_text(const struct gl_buf *b)
{
	return b->data ? b->data : "";
}

char *gl_buf_take(struct gl_buf *b)
{
	char *text = NULL;

	if (!b->error && reserve(b, 0)) {
		b->data[b->len] = '\0';
		text = b->data;
		b->data = NULL;
	}
	gl_buf_done(b);
	return text;
}

int gl_buf_error(const struct gl_buf *b)
{
	return b->error;
}
