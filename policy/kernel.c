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

/* Reads "6.7"; returns how long that is, 0: it is none. */
static size_t read_release(const char *text, size_t len, uint32_t *ret_kernel)
{
	uint32_t major, minor;
	size_t n, m;

	n = read_number(text, len, &major);
	if (n == 0 || n == len || text[n] != '.')
		return 0;
	n++;
	m = read_number(text + n, len - n, &minor);
	if (m == 0)
		return 0;
	*ret_kernel = GL_KERNEL(major, minor);
	return n + m;
}

bool gl_kernel_parse(const char *text, size_t len, uint32_t *ret_kernel)
{
	uint32_t kernel;
	size_t n = read_release(text, len, &kernel);

	if (n == 0 || (n < len && text[n] != '.' && text[n] != '-' && text[n] != '+'))
		return false;
	*ret_kernel = kernel;
	return true;
}

bool gl_kernel_parse_exact(const char *text, size_t len, uint32_t *ret_kernel)
{
	uint32_t kernel;
	size_t n = read_release(text, len, &kernel);

	if (n == 0 || n != len)
		return false;
	*ret_kernel = kernel;
	return true;
}
