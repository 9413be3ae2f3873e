/*
 * A small dynamic program in memory for the tests of the loader stub: three
 * segments, an interpreter, a dynamic section, half a page of bss and one more.
 */
#pragma once

#include <linux/elf.h>
#include <stdint.h>
#include <string.h>

#include "loader/elf.h"
#include "loader/machine.h"

#define KIT_PAGE   0x1000
#define KIT_INTERP "/lib64/ld-test.so.2"

enum { KIT_PHDR, KIT_INTERP_HEADER, KIT_RO, KIT_CODE, KIT_RW, KIT_DYNAMIC, KIT_STACK, KIT_SEGMENTS };
enum {
	KIT_INTERP_AT = 0x400,
	KIT_CODE_AT = 0x1000,
	KIT_RW_AT = 0x2000,
	KIT_DYNAMIC_AT = 0x2100,
	KIT_STRINGS_AT = 0x2400
};
enum { KIT_RW_FILESZ = 0x800, KIT_RW_MEMSZ = 0x1800, KIT_LEN = KIT_RW_AT + KIT_RW_FILESZ };

struct kit {
	_Alignas(KIT_PAGE) unsigned char bytes[KIT_LEN];
	uint64_t len;  /* what the source says and gives */
	uint64_t base; /* added to every address */
};

static inline Elf64_Ehdr *kit_header(struct kit *k)
{
	return (Elf64_Ehdr *)k->bytes;
}

static inline Elf64_Phdr *kit_segment(struct kit *k, size_t i)
{
	return (Elf64_Phdr *)(k->bytes + sizeof(Elf64_Ehdr)) + i;
}

static inline Elf64_Dyn *kit_dynamic(struct kit *k)
{
	return (Elf64_Dyn *)(k->bytes + KIT_DYNAMIC_AT);
}

static inline void kit_set(struct kit *k, size_t i, uint32_t type, uint32_t flags, uint64_t at,
			   uint64_t filesz, uint64_t memsz)
{
	*kit_segment(k, i) = (Elf64_Phdr){.p_type = type,
					  .p_flags = flags,
					  .p_offset = at,
					  .p_vaddr = k->base + at,
					  .p_filesz = filesz,
					  .p_memsz = memsz,
					  .p_align = type == PT_LOAD ? KIT_PAGE : 8};
}

/* DT_STRTAB, DT_SYMENT, DT_DEBUG, one DT_NULL; the section has room for just these. */
static inline void kit_make(struct kit *k, uint16_t type, uint64_t base)
{
	Elf64_Ehdr *h = kit_header(k);
	size_t headers = KIT_SEGMENTS * sizeof(Elf64_Phdr);

	memset(k, 0, sizeof(*k));
	k->len = KIT_LEN;
	k->base = base;
	memcpy(h->e_ident, ELFMAG, SELFMAG);
	h->e_ident[EI_CLASS] = ELFCLASS64;
	h->e_ident[EI_DATA] = ELFDATA2LSB;
	h->e_type = type;
	h->e_machine = GL_LD_MACHINE;
	h->e_entry = base + KIT_CODE_AT + 16;
	h->e_phoff = sizeof(*h);
	h->e_phentsize = sizeof(Elf64_Phdr);
	h->e_phnum = KIT_SEGMENTS;
	kit_set(k, KIT_PHDR, PT_PHDR, PF_R, sizeof(*h), headers, headers);
	kit_set(k, KIT_INTERP_HEADER, PT_INTERP, PF_R, KIT_INTERP_AT, sizeof(KIT_INTERP), sizeof(KIT_INTERP));
	kit_set(k, KIT_RO, PT_LOAD, PF_R, 0, KIT_PAGE, KIT_PAGE);
	kit_set(k, KIT_CODE, PT_LOAD, PF_R | PF_X, KIT_CODE_AT, KIT_PAGE, KIT_PAGE);
	kit_set(k, KIT_RW, PT_LOAD, PF_R | PF_W, KIT_RW_AT, KIT_RW_FILESZ, KIT_RW_MEMSZ);
	kit_set(k, KIT_DYNAMIC, PT_DYNAMIC, PF_R | PF_W, KIT_DYNAMIC_AT, 4 * sizeof(Elf64_Dyn),
		4 * sizeof(Elf64_Dyn));
	kit_set(k, KIT_STACK, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0);
	memcpy(k->bytes + KIT_INTERP_AT, KIT_INTERP, sizeof(KIT_INTERP));
	memset(k->bytes + KIT_CODE_AT, 0xc3, KIT_PAGE);
	memcpy(k->bytes + KIT_STRINGS_AT, "\0old:$ORIGIN/x", sizeof("\0old:$ORIGIN/x"));
	kit_dynamic(k)[0] = (Elf64_Dyn){DT_STRTAB, {base + KIT_STRINGS_AT}};
	kit_dynamic(k)[1] = (Elf64_Dyn){DT_SYMENT, {24}};
	kit_dynamic(k)[2] = (Elf64_Dyn){DT_DEBUG, {0}};
}

static inline long kit_read(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	size_t left = offset < source->size ? source->size - offset : 0;

	len = len < left ? len : left;
	memcpy(to, (const unsigned char *)source->bytes + offset, len);
	return (long)len;
}

static inline int kit_elf(const struct kit *k, enum gl_ld_role role, struct gl_ld_elf *ret)
{
	struct gl_ld_source source = {.read = kit_read, .size = k->len, .bytes = k->bytes};

	return gl_ld_elf_read(&source, role, KIT_PAGE, ret);
}
