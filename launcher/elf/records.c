/*
 * Records of ELF tables: read, translated by libelf from the file's class and
 * byte order, and widened to the 64-bit form (libelf's own widening, gelf(3),
 * works only on its descriptors, which the layer does without: elf/image.h).
 *
 * Nothing here judges: a record is given as the file has it.
 */
#include <errno.h>

#include "base/mem.h"
#include "elf/image_private.h"

static bool is_64(const struct gl_image *image)
{
	return image->header.elf_class == ELFCLASS64;
}

/* Translates size bytes of that type, read from the file, in place. */
static void decode(const struct gl_image *image, Elf_Type type, void *bytes, size_t size)
{
	Elf_Data from = {.d_buf = bytes, .d_type = type, .d_version = EV_CURRENT, .d_size = size};
	Elf_Data to = from;

	/* Cannot fail: the size is a multiple of the record's and the byte order exists. */
	if (is_64(image))
		elf64_xlatetom(&to, &from, image->header.data);
	else
		elf32_xlatetom(&to, &from, image->header.data);
}

size_t gl_image_record_size(const struct gl_image *image, Elf_Type type)
{
	return is_64(image) ? elf64_fsize(type, 1, EV_CURRENT) : elf32_fsize(type, 1, EV_CURRENT);
}

uint64_t gl_image_value(const struct gl_image *image, const unsigned char *bytes, size_t size)
{
	bool big = image->header.data == ELFDATA2MSB;
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[big ? i : size - 1 - i];
	return value;
}

int gl_range_read_value(const struct gl_image *image, const struct gl_range *range, uint64_t at, size_t size,
			uint64_t *ret)
{
	unsigned char bytes[sizeof(uint64_t)];
	int r = gl_range_read(image, range, at, bytes, size);

	if (!r)
		*ret = gl_image_value(image, bytes, size);
	return r;
}

/* The index-th record of a table, translated; raw has room for either class's. */
static int read_record(const struct gl_image *image, const struct gl_range *table, uint64_t index,
		       Elf_Type type, void *raw)
{
	size_t size = gl_image_record_size(image, type);
	int r = gl_range_read(image, table, index * size, raw, size);

	if (!r)
		decode(image, type, raw, size);
	return r;
}

/* Copies fields of the same name out of whichever member of a union was read. */
#define WIDEN(field) .field = wide ? raw.as64.field : raw.as32.field

int gl_image_read_ehdr(const struct gl_image *image, GElf_Ehdr *ret)
{
	union {
		Elf32_Ehdr as32;
		Elf64_Ehdr as64;
	} raw;
	size_t size = gl_image_record_size(image, ELF_T_EHDR);
	bool wide = is_64(image);
	int r = gl_image_read(image, 0, &raw, size);

	if (r)
		return r;
	decode(image, ELF_T_EHDR, &raw, size);
	*ret = (GElf_Ehdr){WIDEN(e_type),      WIDEN(e_machine), WIDEN(e_version), WIDEN(e_entry),
			   WIDEN(e_phoff),     WIDEN(e_shoff),	 WIDEN(e_flags),   WIDEN(e_ehsize),
			   WIDEN(e_phentsize), WIDEN(e_phnum),	 WIDEN(e_shnum),   WIDEN(e_shentsize),
			   WIDEN(e_shstrndx)};
	memcpy(ret->e_ident, raw.as64.e_ident, EI_NIDENT);
	return 0;
}

int gl_image_read_shdr(const struct gl_image *image, uint64_t index, GElf_Shdr *ret)
{
	union {
		Elf32_Shdr as32;
		Elf64_Shdr as64;
	} raw;
	struct gl_range table = {image->header.shoff, 0};
	bool wide = is_64(image);
	int r;

	if (table.offset > image->size)
		return -ERANGE;
	table.len = image->size - table.offset;
	r = read_record(image, &table, index, ELF_T_SHDR, &raw);
	if (r)
		return r;
	*ret = (GElf_Shdr){WIDEN(sh_name),	WIDEN(sh_type),	  WIDEN(sh_flags), WIDEN(sh_addr),
			   WIDEN(sh_offset),	WIDEN(sh_size),	  WIDEN(sh_link),  WIDEN(sh_info),
			   WIDEN(sh_addralign), WIDEN(sh_entsize)};
	return 0;
}

int gl_range_read_dyn(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		      GElf_Dyn *ret)
{
	union {
		Elf32_Dyn as32;
		Elf64_Dyn as64;
	} raw;
	bool wide = is_64(image);
	int r = read_record(image, range, index, ELF_T_DYN, &raw);

	if (r)
		return r;
	*ret = (GElf_Dyn){WIDEN(d_tag), WIDEN(d_un.d_val)};
	return 0;
}

int gl_range_read_sym(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		      GElf_Sym *ret)
{
	union {
		Elf32_Sym as32;
		Elf64_Sym as64;
	} raw;
	bool wide = is_64(image);
	int r = read_record(image, range, index, ELF_T_SYM, &raw);

	if (r)
		return r;
	*ret = (GElf_Sym){WIDEN(st_name),  WIDEN(st_info),  WIDEN(st_other),
			  WIDEN(st_shndx), WIDEN(st_value), WIDEN(st_size)};
	return 0;
}

/* r_info is left as the class has it for 64 bit, and repacked for 32 bit. */
int gl_range_read_rela(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		       GElf_Rela *ret)
{
	union {
		Elf32_Rela as32;
		Elf64_Rela as64;
	} raw;
	bool wide = is_64(image);
	int r = read_record(image, range, index, ELF_T_RELA, &raw);

	if (r)
		return r;
	*ret = (GElf_Rela){WIDEN(r_offset), WIDEN(r_addend)};
	ret->r_info =
		wide ? raw.as64.r_info
		     : GELF_R_INFO((uint64_t)ELF32_R_SYM(raw.as32.r_info), ELF32_R_TYPE(raw.as32.r_info));
	return 0;
}

static struct gl_segment segment_of_32(const Elf32_Phdr *p)
{
	return (struct gl_segment){.type = p->p_type,
				   .flags = p->p_flags,
				   .offset = p->p_offset,
				   .vaddr = p->p_vaddr,
				   .filesz = p->p_filesz,
				   .memsz = p->p_memsz,
				   .align = p->p_align};
}

static struct gl_segment segment_of_64(const Elf64_Phdr *p)
{
	return (struct gl_segment){.type = p->p_type,
				   .flags = p->p_flags,
				   .offset = p->p_offset,
				   .vaddr = p->p_vaddr,
				   .filesz = p->p_filesz,
				   .memsz = p->p_memsz,
				   .align = p->p_align};
}

int gl_image_read_phdrs(const struct gl_image *image, struct gl_segment **ret)
{
	size_t count = image->header.phnum;
	size_t size = count * gl_image_record_size(image, ELF_T_PHDR);
	gl_autofree void *table = malloc(size);
	gl_autofree struct gl_segment *segments = calloc(count, sizeof(*segments));
	int r;

	if (!table || !segments)
		return -ENOMEM;
	r = gl_image_read(image, image->header.phoff, table, size);
	if (r)
		return r;
	decode(image, ELF_T_PHDR, table, size);
	for (size_t i = 0; i < count; i++)
		segments[i] = is_64(image) ? segment_of_64((const Elf64_Phdr *)table + i)
					   : segment_of_32((const Elf32_Phdr *)table + i);
	*ret = GL_TAKE_PTR(segments);
	return 0;
}
