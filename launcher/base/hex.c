/*
 * Hexadecimal digits: see base/hex.h.
 */
#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

void gl_hex_text(const void *bytes, size_t len, char *text)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[from[i] >> 4];
		text[2 * i + 1] = digits[from[i] & 15];
	}
	text[2 * len] = '\0';
}

bool gl_hex_is(const char *text)
{
	size_t len = strlen(text);

	return len && len % 2 == 0 && strspn(text, digits) == len;
}

static unsigned value(char digit)
{
	return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a' + 10);
}

bool gl_hex_parse(const char *text, void *bytes, size_t len)
{
	unsigned char *into = bytes;

	if (!gl_hex_is(text) || strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
		into[i] = (unsigned char)(value(text[2 * i]) << 4 | value(text[2 * i + 1]));
	return true;
}
