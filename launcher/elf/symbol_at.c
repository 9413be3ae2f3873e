/*
 * Looking an address up in a symbol table: see elf/symbol_at.h.
 *
 * Tables are not sorted, so each is read from front to back, once for an address;
 * nothing is kept.
 */
#include "elf/symbol_at.h"

#include <errno.h>

#include "elf/image_private.h"

struct tables {
	struct gl_range symbols, names;
};

static bool find_section(const struct gl_image *image, const char *name, struct gl_range *ret)
{
	uint64_t vaddr;

	return gl_image_section(image, name, &ret->offset, &vaddr, &ret->len) == 0;
}

static bool covers(const GElf_Sym *symbol, uint64_t vaddr)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
	       vaddr >= symbol->st_value && vaddr - symbol->st_value < symbol->st_size;
}

/* Returns 0, 1: none, or -errno. */
static int search(const struct gl_image *image, const struct tables *t, uint64_t vaddr, GElf_Sym *ret)
{
	uint64_t count = t->symbols.len / gl_image_record_size(image, ELF_T_SYM);
	int r;

	for (uint64_t i = 1; i < GL_MIN(count, (uint64_t)GL_IMAGE_MAX_SYMBOLS); i++) {
		r = gl_range_read_sym(image, &t->symbols, i, ret);
		if (r)
			return r;
		if (covers(ret, vaddr))
			return 0;
	}
	return 1;
}

static bool vaddr_of(const struct gl_image *image, uint64_t offset, uint64_t *ret)
{
	const struct gl_segment *s = image->segments;

	for (size_t i = 0; i < image->segment_count; i++, s++) {
		if (s->type == PT_LOAD && offset >= s->offset && offset - s->offset < s->filesz) {
			*ret = s->vaddr + (offset - s->offset);
			return true;
		}
	}
	return false;
}

int gl_image_symbol_at(const struct gl_image *image, uint64_t offset, char *name, size_t room,
		       uint64_t *ret_distance)
{
	static const struct {
		const char *symbols, *names;
	} sections[] = {{".symtab", ".strtab"}, {".dynsym", ".dynstr"}};
	struct tables t;
	GElf_Sym symbol;
	uint64_t vaddr;
	int r = 1;

	if (!vaddr_of(image, offset, &vaddr))
		return 1;
	for (size_t i = 0; i < GL_ARRAY_SIZE(sections) && r == 1; i++)
		if (find_section(image, sections[i].symbols, &t.symbols) &&
		    find_section(image, sections[i].names, &t.names))
			r = search(image, &t, vaddr, &symbol);
	if (r)
		return r;
	r = gl_range_read_string(image, &t.names, symbol.st_name, name, room);
	if (r && r != -ENAMETOOLONG)
		return r;
	*ret_distance = vaddr - symbol.st_value;
	return *name ? 0 : 1;
}
