/*
 * Pointers in the data of a program, as they are when it runs unmoved.
 *
 * In a position-independent program each has a relative relocation.  Go's own
 * linker leaves the value in place too.  GNU ld may leave anything there (for
 * arm64 it does), but says how many relative relocations there are and sorts
 * them, so that one is found by bisection.
 */
#include <elf.h>
#include <errno.h>

#include "gobin/pclntab_private.h"

static const struct {
	uint16_t machine;
	uint32_t relative;
} relocation_types[] = {
	{EM_X86_64, R_X86_64_RELATIVE},
	{EM_AARCH64, R_AARCH64_RELATIVE},
};

static uint64_t word(const struct gl_image *image, const unsigned char *bytes)
{
	return gl_image_value(image, bytes, 8);
}

static const struct gl_segment *find_dynamic(const struct gl_image *image)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);

	for (size_t i = 0; i < count; i++)
		if (segments[i].type == PT_DYNAMIC)
			return &segments[i];
	return NULL;
}

int gl_relocations_read(const struct gl_image *image, struct gl_relocations *ret)
{
	const struct gl_segment *dynamic = find_dynamic(image);
	struct gl_relocations found = {0};
	unsigned char entry[16];
	uint64_t count = dynamic ? dynamic->filesz / sizeof(entry) : 0;

	for (uint64_t i = 0; i < GL_MIN(count, (uint64_t)GL_IMAGE_MAX_DYNAMIC); i++) {
		int r = gl_image_read_vaddr(image, dynamic->vaddr + i * sizeof(entry), entry, sizeof(entry));

		if (r < 0 && r != -ERANGE)
			return r;
		if (r || word(image, entry) == DT_NULL)
			break;
		if (word(image, entry) == DT_RELA)
			found.address = word(image, entry + 8);
		if (word(image, entry) == DT_RELACOUNT)
			found.count = word(image, entry + 8);
	}
	*ret = found.address ? found : (struct gl_relocations){0};
	return 0;
}

static bool is_relative(const struct gl_image *image, uint64_t info)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(relocation_types); i++)
		if (relocation_types[i].machine == gl_image_header(image)->machine)
			return relocation_types[i].relative == ELF64_R_TYPE(info);
	return false;
}

/* The value that a sorted relocation puts at vaddr.  Returns 0, 1: none does, or -errno. */
static int relocated(const struct gl_pclntab *t, uint64_t vaddr, uint64_t *ret)
{
	uint64_t low = 0, high = t->relocations.count;
	unsigned char rela[24];

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, at;
		int r = gl_image_read_vaddr(t->image, t->relocations.address + middle * sizeof(rela), rela,
					    sizeof(rela));

		if (r)
			return r == -ERANGE ? 1 : r;
		at = word(t->image, rela);
		if (at == vaddr) {
			*ret = word(t->image, rela + 16);
			return !is_relative(t->image, word(t->image, rela + 8));
		}
		if (at < vaddr)
			low = middle + 1;
		else
			high = middle;
	}
	return 1;
}

int gl_gobin_pointer(const struct gl_pclntab *t, uint64_t vaddr, uint64_t *ret)
{
	unsigned char bytes[8];
	int r = relocated(t, vaddr, ret);

	if (r <= 0)
		return r;
	r = gl_image_read_vaddr(t->image, vaddr, bytes, sizeof(bytes));
	if (r)
		return r == -ERANGE ? 1 : r;
	*ret = word(t->image, bytes);
	return 0;
}

bool gl_gobin_mapped(const struct gl_image *image, uint64_t vaddr, uint32_t flags)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(image, &count);

	for (size_t i = 0; i < count; i++) {
		const struct gl_segment *s = &segments[i];

		if (s->type == PT_LOAD && (s->flags & flags) == flags && vaddr >= s->vaddr &&
		    vaddr - s->vaddr < s->memsz)
			return true;
	}
	return false;
}
