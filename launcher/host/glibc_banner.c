/*
 * Finds the line in which a part of glibc names its build: see
 * host/glibc_banner.h.
 */
#include "host/glibc_banner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host/rodata.h"

#define RELEASE " release version "

struct banner {
	const char *name;
	char text[GL_GLIBC_BANNER_MAX];
};

/* gl_rodata_fn: ends with the first that is whole. */
static int find_banner(const char *bytes, size_t len, void *arg)
{
	struct banner *banner = arg;
	size_t name_len = strlen(banner->name);
	const char *at = bytes, *end = bytes + len;

	while ((at = memmem(at, (size_t)(end - at), banner->name, name_len))) {
		size_t text_len;

		at += name_len;
		if (strncmp(at, " (", 2))
			continue;
		text_len = strcspn(at + 2, "\n");
		if (text_len >= sizeof(banner->text) || !memmem(at + 2, text_len, RELEASE, strlen(RELEASE)))
			continue;
		memcpy(banner->text, at + 2, text_len);
		banner->text[text_len] = '\0';
		return 1;
	}
	return 0;
}

int gl_glibc_banner(const struct gl_image *image, const char *name, char ret[GL_GLIBC_BANNER_MAX])
{
	struct banner banner = {.name = name};
	int r = gl_rodata_each(image, GL_RODATA_CHUNK, find_banner, &banner);

	if (r < 0)
		return r;
	memcpy(ret, banner.text, GL_GLIBC_BANNER_MAX);
	return 0;
}

unsigned gl_glibc_banner_minor(const char *banner)
{
	static const char release[] = RELEASE "2.";
	const char *at = strstr(banner, release);
	unsigned long minor = at ? strtoul(at + strlen(release), NULL, 10) : 0;

	return minor < UINT_MAX ? (unsigned)minor : 0;
}
