/*
 * memcpy and its kin: see loader/memory.h.
 *
 * Byte by byte: the stub moves little, but for the tail of one page of a
 * program's bss.  The compiler must not see memcpy in these loops and call it
 * (-fno-tree-loop-distribute-patterns in loader.mk).
 */
#include "loader/memory.h"

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	for (size_t i = 0; i < len; i++)
		t[i] = f[i];
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f) {
		for (size_t i = 0; i < len; i++)
			t[i] = f[i];
		return to;
	}
	for (size_t i = len; i > 0; i--)
		t[i - 1] = f[i - 1];
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	unsigned char *t = to;

	for (size_t i = 0; i < len; i++)
		t[i] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < len; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	return len;
}
