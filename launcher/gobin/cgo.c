/*
 * Is C code linked in?  The rules are with enum gl_gobin_cgo.
 */
#include <elf.h>
#include <errno.h>

#include "elf/notes.h"
#include "elf/versions.h"
#include "gobin/private.h"

/* C start-up code and unwind tables, one of which every external linker puts into a program. */
static const char *const external_sections[] = {".init", ".init_array", ".fini_array", ".eh_frame"};

static bool has_external_section(const struct gl_image *image)
{
	uint64_t offset, vaddr, size;

	for (size_t i = 0; i < GL_ARRAY_SIZE(external_sections); i++)
		if (!gl_image_section(image, external_sections[i], &offset, &vaddr, &size))
			return true;
	return false;
}

/* By crt1.o of glibc; Go's own linker makes no such note. */
static bool has_abi_tag(const struct gl_image *image)
{
	unsigned version[3];

	return gl_image_abi_kernel(image, version) == 0;
}

/* Prefixes, and with `import` whole names of symbols that the file wants from elsewhere. */
static const struct evidence {
	const char *name;
	bool import;
} evidence[] = {
	{"pthread_create", true}, {"_cgo_", false},	 {"x_cgo_", false},
	{"_cgoexp_", false},	  {"crosscall2", false},
};

static int look(const char *name, unsigned version_index, bool defined, void *arg)
{
	(void)version_index;
	(void)arg;
	for (size_t i = 0; i < GL_ARRAY_SIZE(evidence); i++) {
		const struct evidence *e = &evidence[i];

		if (e->import ? !defined && !strcmp(name, e->name) : !strncmp(name, e->name, strlen(e->name)))
			return 1;
	}
	return 0;
}

/* By its dynamic symbols; a malformed table leaves the question open. */
static int judge_dynamic(struct gl_image *image, enum gl_gobin_cgo *ret)
{
	struct gl_err ignored = GL_ERR_INIT;
	int r = gl_image_each_symbol(image, look, NULL, &ignored);

	if (r < 0 && r != -EBADMSG && r != -E2BIG)
		return r;
	if (r > 0)
		*ret = GL_CGO_YES;
	else if (r == 0 && gl_image_has_sections(image) && gl_image_dynamic(image)->needed_count == 0)
		*ret = GL_CGO_NO;
	else
		*ret = GL_CGO_UNKNOWN;
	return 0;
}

int gl_gobin_judge_cgo(struct gl_image *image, const struct gl_gobin *gobin, enum gl_gobin_cgo *ret)
{
	const char *enabled = gl_gobin_setting(gobin, "CGO_ENABLED");

	if (enabled && !strcmp(enabled, "0"))
		*ret = GL_CGO_NO;
	else if (has_external_section(image) || has_abi_tag(image))
		*ret = GL_CGO_YES;
	else if (gl_image_has_dynamic(image))
		return judge_dynamic(image, ret);
	else
		*ret = gl_image_has_sections(image) ? GL_CGO_NO : GL_CGO_UNKNOWN;
	return 0;
}
