/*
 * Facts of a bundle's files, out of their ELF tables: see bundle/facts.h.
 */
#include "bundle/facts.h"

#include <errno.h>

#include "base/hex.h"
#include "elf/notes.h"
#include "elf/versions.h"

static int no_memory(struct gl_err *err)
{
	return gl_err_sys(err, ENOMEM, "cannot describe a library");
}

static int describe_build_id(const struct gl_image *image, struct gl_bundle_file *file, struct gl_err *err)
{
	unsigned char id[GL_BUILD_ID_MAX];
	size_t len = 0;
	int r = gl_image_build_id(image, id, sizeof(id), &len);

	if (r < 0)
		return gl_err_sys(err, -r, "cannot read a build id");
	if (r)
		return 0;
	file->build_id = malloc(2 * len + 1);
	if (!file->build_id)
		return no_memory(err);
	gl_hex_text(id, len, file->build_id);
	return 0;
}

static int describe_versions(struct gl_image *image, struct gl_bundle_file *file, struct gl_err *err)
{
	const struct gl_version_def *defs;
	size_t count;
	int r = gl_image_version_defs(image, &defs, &count, err);

	if (r)
		return r;
	file->provides = calloc(count + 1, sizeof(*file->provides));
	if (!file->provides)
		return no_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (defs[i].base)
			continue;
		if (file->provide_count == GL_MANIFEST_MAX_PROVIDES)
			return gl_err_set(err, E2BIG, "more than %d versions", GL_MANIFEST_MAX_PROVIDES);
		file->provides[file->provide_count] = strdup(defs[i].version);
		if (!file->provides[file->provide_count])
			return no_memory(err);
		file->provide_count++;
	}
	return 0;
}

int gl_facts_describe(struct gl_image *image, struct gl_bundle_file *file, struct gl_err *err)
{
	const char *soname = gl_image_dynamic(image)->soname;
	int r;

	if (soname && strlen(soname) <= GL_MANIFEST_MAX_TEXT) {
		file->soname = strdup(soname);
		if (!file->soname)
			return no_memory(err);
	}
	r = describe_build_id(image, file, err);
	return r ? r : describe_versions(image, file, err);
}

int64_t gl_facts_mtime(int64_t latest, const unsigned char sha256[GL_SHA256_BYTES])
{
	uint32_t bits = (uint32_t)sha256[0] | (uint32_t)sha256[1] << 8 | (uint32_t)(sha256[2] & 0x7f) << 16;

	return latest - (latest & 1) - 2 * (int64_t)bits;
}

void gl_facts_raise_floor(const struct gl_image *image, unsigned kernel[3], unsigned *cpu_level)
{
	unsigned floor[3];

	*cpu_level = GL_MAX(*cpu_level, gl_image_isa_level(image));
	if (gl_image_abi_kernel(image, floor))
		return;
	for (int i = 0; i < 3; i++) {
		if (floor[i] == kernel[i])
			continue;
		if (floor[i] > kernel[i])
			memcpy(kernel, floor, sizeof(floor));
		return;
	}
}
