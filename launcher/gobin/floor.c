/*
 * What a version of Go, and the settings it was built with, demand of a host.
 */
#include <elf.h>

#include "gobin/gobin.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* A decimal number at *at, which is moved behind it.  At most 4 digits: versions are small. */
static bool take_number(const char **at, unsigned *ret)
{
	unsigned value = 0, digits = 0;

	for (; **at >= '0' && **at <= '9' && digits < 4; digits++)
		value = value * 10 + (unsigned)(*(*at)++ - '0');
	*ret = value;
	return digits > 0;
}

/* "go1.22.5", "go1.23rc1", "go1.21.13 X:boringcrypto", "devel go1.20-0123abcd ...". */
int gl_gobin_version(const struct gl_gobin *gobin, unsigned *ret_major, unsigned *ret_minor)
{
	const char *at = gobin->version;
	unsigned major, minor;

	if (!at)
		return 1;
	if (!strncmp(at, "devel ", 6))
		at += 6;
	if (strncmp(at, "go", 2) != 0)
		return 1;
	at += 2;
	if (!take_number(&at, &major) || *at++ != '.' || !take_number(&at, &minor))
		return 1;
	*ret_major = major;
	*ret_minor = minor;
	return 0;
}

/* Versions of Go 1, newest first, that raised the floor. */
static const struct {
	unsigned minor;
	const char *kernel;
} floors[] = {
	{24, "3.2"},
	{19, "2.6.32"},
	{0, "2.6.23"},
};

/* Machines that came to Linux, or whose kernels came of age, later than that. */
static const char *machine_floor(const struct gl_image_header *h)
{
	if (h->machine == EM_LOONGARCH)
		return "5.19";
	if (h->machine == EM_MIPS && h->elf_class == ELFCLASS64 && h->data == ELFDATA2LSB)
		return "4.8";
	return NULL;
}

const char *gl_gobin_kernel_floor(const struct gl_gobin *gobin, const struct gl_image *image)
{
	const char *machine = machine_floor(gl_image_header(image));
	unsigned major, minor;

	if (gl_gobin_version(gobin, &major, &minor) || major != 1)
		return NULL;
	if (machine)
		return machine;
	for (size_t i = 0; i < GL_ARRAY_SIZE(floors); i++)
		if (minor >= floors[i].minor)
			return floors[i].kernel;
	return NULL;
}

/* "v1" to "v4". */
unsigned gl_gobin_cpu_level(const struct gl_gobin *gobin)
{
	const char *level = gl_gobin_setting(gobin, "GOAMD64");

	if (!level || level[0] != 'v' || level[1] < '1' || level[1] > '4')
		return 1;
	return (unsigned)(level[1] - '0');
}
