/*
 * Kernel versions as text.
 */
#include "policy/kernel.h"

/* Reads decimal digits up to 65535; returns how many, 0 if none or too many. */
static size_t read_number(const char *text, size_t len, uint32_t *ret_value)
{
	uint32_t value = 0;
	size_t n = 0;

	for (; n < len && text[n] >= '0' && text[n] <= '9'; n++) {
		value = value * 10 + (uint32_t)(text[n] - '0');
		if (value > UINT16_MAX)
			return 0;
	}
	*ret_value = value;
	return n;
}

bool gl_kernel_parse(const char *text, size_t len, uint32_t *ret_kernel)
{
	uint32_t major, minor;
	size_t n, m;

	n = read_number(text, len, &major);
	if (n == 0 || n == len || text[n] != '.')
		return false;
	n++;
	m = read_number(text + n, len - n, &minor);
	n += m;
	if (m == 0 || (n < len && text[n] != '.' && text[n] != '-' && text[n] != '+'))
		return false;
	*ret_kernel = GL_KERNEL(major, minor);
	return true;
}
