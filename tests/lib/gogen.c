/*
 * Build information blocks: see gogen.h.
 */
#include "tests/lib/gogen.h"

#include <string.h>

/* What Go has there (cmd/go/internal/modload, infoStart and infoEnd). */
static const char start[16] = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
static const char end[16] = "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";

void gogen_modinfo(struct gl_buf *b, const char *text)
{
	gl_buf_put(b, start, sizeof(start));
	gl_buf_puts(b, text);
	gl_buf_put(b, end, sizeof(end));
}

void gogen_header(struct gl_buf *b, unsigned pointer_size, unsigned flags)
{
	gl_buf_puts(b, "\xff Go buildinf:");
	gl_buf_putc(b, (char)pointer_size);
	gl_buf_putc(b, (char)flags);
	for (int i = 0; i < 16; i++)
		gl_buf_putc(b, '\0');
}

static void put_uvarint(struct gl_buf *b, size_t n)
{
	for (; n >= 0x80; n >>= 7)
		gl_buf_putc(b, (char)(n | 0x80));
	gl_buf_putc(b, (char)n);
}

void gogen_inline(struct gl_buf *b, const char *version, const char *text)
{
	gogen_header(b, 8, 2);
	put_uvarint(b, strlen(version));
	gl_buf_puts(b, version);
	put_uvarint(b, *text ? strlen(text) + sizeof(start) + sizeof(end) : 0);
	if (*text)
		gogen_modinfo(b, text);
}
