/*
 * Strings built in a given array: see loader/text.h.
 */
#include "loader/text.h"

#include "loader/memory.h"

struct gl_ld_text gl_ld_text_in(char *array, size_t size)
{
	array[0] = '\0';
	return (struct gl_ld_text){.at = array, .size = size};
}

void gl_ld_text_add_bytes(struct gl_ld_text *t, const char *bytes, size_t len)
{
	size_t room = t->size - 1 - t->len;

	if (len > room) {
		t->cut = true;
		len = room;
	}
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void gl_ld_text_add(struct gl_ld_text *t, const char *text)
{
	gl_ld_text_add_bytes(t, text, strlen(text));
}

void gl_ld_text_add_number(struct gl_ld_text *t, unsigned long number)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	gl_ld_text_add_bytes(t, digits + at, sizeof(digits) - at);
}

static void add_hex(struct gl_ld_text *t, unsigned char byte)
{
	const char *digits = "0123456789abcdef";
	char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	gl_ld_text_add_bytes(t, escape, sizeof(escape));
}

void gl_ld_text_add_escaped(struct gl_ld_text *t, const char *text)
{
	unsigned char before = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		/* C1 in UTF-8 is 0xc2 and 0x80 to 0x9f; without its second byte the first is harmless. */
		bool c1 = before == 0xc2 && c >= 0x80 && c <= 0x9f;

		if (c < 0x20 || c == 0x7f || c1)
			add_hex(t, c);
		else
			gl_ld_text_add_bytes(t, text, 1);
		before = c;
	}
}

const char *gl_ld_base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (*path == '/')
			base = path + 1;
	return base;
}

size_t gl_ld_dir_length(const char *path)
{
	size_t len = (size_t)(gl_ld_base_name(path) - path);

	return len ? len - 1 : 0;
}
