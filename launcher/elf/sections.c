/*
 * Sections, by name.  Neither the kernel nor the loader looks at them, so a
 * damaged table is no defect: sections are then simply not found.
 */
#include <errno.h>

#include "elf/image_private.h"

#define NAME_MAX_BYTES 64 /* longer names are none that golaunch asks for */

static size_t section_count(const struct gl_image *image)
{
	const struct gl_image_header *h = &image->header;

	if (h->shoff == 0 || h->elf_class == ELFCLASSNONE ||
	    h->shentsize != gl_image_record_size(image, ELF_T_SHDR))
		return 0;
	return GL_MIN(h->shnum, (uint32_t)GL_IMAGE_MAX_SECTIONS);
}

static bool in_file(const struct gl_image *image, const GElf_Shdr *s)
{
	return s->sh_type != SHT_NOBITS && s->sh_offset <= image->size &&
	       s->sh_size <= image->size - s->sh_offset;
}

/* The section that holds the names. */
static bool find_names(const struct gl_image *image, struct gl_range *ret)
{
	GElf_Shdr names;

	if (image->header.shstrndx >= section_count(image) ||
	    gl_image_read_shdr(image, image->header.shstrndx, &names) || names.sh_type != SHT_STRTAB ||
	    !in_file(image, &names))
		return false;
	*ret = (struct gl_range){names.sh_offset, names.sh_size};
	return true;
}

bool gl_image_has_sections(const struct gl_image *image)
{
	struct gl_range names;

	return find_names(image, &names);
}

static bool has_name(const struct gl_image *image, const struct gl_range *names, const GElf_Shdr *s,
		     const char *name)
{
	char have[NAME_MAX_BYTES];

	return !gl_range_read_string(image, names, s->sh_name, have, sizeof(have)) && !strcmp(have, name);
}

int gl_image_section(const struct gl_image *image, const char *name, uint64_t *ret_offset,
		     uint64_t *ret_vaddr, uint64_t *ret_size)
{
	size_t count = section_count(image);
	struct gl_range names;
	GElf_Shdr s;

	if (!find_names(image, &names))
		return 1;
	for (size_t i = 1; i < count; i++) {
		if (gl_image_read_shdr(image, i, &s))
			return 1;
		if (!in_file(image, &s) || !has_name(image, &names, &s, name))
			continue;
		*ret_offset = s.sh_offset;
		*ret_vaddr = s.sh_addr;
		*ret_size = s.sh_size;
		return 0;
	}
	return 1;
}

bool gl_image_has_symtab(const struct gl_image *image)
{
	size_t count = section_count(image);
	GElf_Shdr s;

	for (size_t i = 1; i < count && !gl_image_read_shdr(image, i, &s); i++)
		if (s.sh_type == SHT_SYMTAB)
			return true;
	return false;
}
