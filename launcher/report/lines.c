/*
 * Lines and slices of text that is not ours: see report/lines.h.
 *
 * Every step is bounded by the slice's length; nothing here looks for a NUL,
 * and nothing goes over the same bytes twice.
 */
#include "report/lines.h"

#include <ctype.h>
#include <limits.h>

bool gl_lines_next(const char **at, const char *end, struct gl_slice *ret_line)
{
	const char *start = *at, *newline;

	if (start >= end)
		return false;
	newline = memchr(start, '\n', (size_t)(end - start));
	*at = newline ? newline + 1 : end;
	if (!newline)
		newline = end;
	if (newline > start && newline[-1] == '\r')
		newline--;
	*ret_line = (struct gl_slice){.text = start, .len = (size_t)(newline - start)};
	return true;
}

bool gl_slice_starts(struct gl_slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && memcmp(s.text, prefix, len) == 0;
}

bool gl_slice_ends(struct gl_slice s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && memcmp(s.text + s.len - len, suffix, len) == 0;
}

bool gl_slice_equals(struct gl_slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

long gl_slice_find(struct gl_slice s, const char *needle)
{
	const char *found = memmem(s.text, s.len, needle, strlen(needle));

	return found ? found - s.text : -1;
}

struct gl_slice gl_slice_skip(struct gl_slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return (struct gl_slice){.text = s.text + n, .len = s.len - n};
}

size_t gl_slice_take_number(struct gl_slice *s, unsigned long *ret)
{
	unsigned long value = 0, digit;
	size_t n = 0;

	for (; n < s->len && isdigit((unsigned char)s->text[n]); n++) {
		digit = (unsigned long)(s->text[n] - '0');
		if (value > (ULONG_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	if (n) {
		*ret = value;
		*s = gl_slice_skip(*s, n);
	}
	return n;
}
