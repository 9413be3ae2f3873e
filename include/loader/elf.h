/*
 * An ELF program or loader, read and checked: what must hold so that mapping
 * it, and reading what was mapped, can do no harm whatever the file holds.
 *
 * Only reading and arithmetic: the bytes come through a function, so the same
 * code runs in the stub, in unit tests and under the fuzzer.  What is demanded
 * is what Linux's fs/binfmt_elf.c demands, and that the segments ascend without
 * sharing a page, that they hold what the headers name, and that entry points
 * lie in code: there the kernel would start a program that dies.
 */
#pragma once

#include <linux/elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/problem.h"

/* The kernel's own limit: 64 KiB of program headers. */
#define GL_LD_SEGMENTS_MAX (65536 / sizeof(Elf64_Phdr))
/* The kernel's limit for PT_INTERP (PATH_MAX). */
#define GL_LD_INTERP_MAX 4096
/* The file name in it (NAME_MAX). */
#define GL_LD_NAME_MAX 255

/* Where the bytes come from. */
struct gl_ld_source {
	/* Reads up to len bytes; returns their number (less only at the end) or -errno. */
	long (*read)(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset);
	uint64_t size;	   /* of the file */
	const void *bytes; /* for the reader's use */
	int fd;		   /* likewise */
};

enum gl_ld_role {
	GL_LD_PROGRAM, /* has PT_INTERP and PT_DYNAMIC */
	GL_LD_LOADER,  /* position independent, without PT_INTERP, with PT_DYNAMIC */
};

/* Large: static, not on the stack. */
struct gl_ld_elf {
	Elf64_Ehdr header;
	Elf64_Phdr segments[GL_LD_SEGMENTS_MAX]; /* header.e_phnum of them */
	const Elf64_Phdr *dynamic;
	uint64_t low, high;		 /* the whole image, in pages */
	uint64_t align;			 /* the largest of any PT_LOAD, at least a page */
	uint64_t phdrs;			 /* address of the program headers */
	uint32_t stack_flags;		 /* of PT_GNU_STACK, 0 without */
	char interp[GL_LD_NAME_MAX + 1]; /* last component of PT_INTERP; "" for a loader */
};

/*
 * Reads and checks.  page is the kernel's page size.  Returns 0, an enum
 * gl_ld_problem or -errno of the reader; *ret is of no use but after 0.
 */
int gl_ld_elf_read(const struct gl_ld_source *source, enum gl_ld_role role, uint64_t page,
		   struct gl_ld_elf *ret);

/* Does the kernel map it (PT_LOAD that is not empty)? */
static inline bool gl_ld_is_loaded(const Elf64_Phdr *p)
{
	return p->p_type == PT_LOAD && p->p_memsz > 0;
}

/*
 * Where size bytes at an address of the file are, for an image mapped at that
 * bias; NULL unless they lie in one loaded segment that has all these flags
 * (PF_R, PF_W, PF_X).
 */
void *gl_ld_elf_at(const struct gl_ld_elf *elf, uint64_t bias, uint64_t vaddr, uint64_t size, uint32_t flags);

/* The string at an address, its NUL within the same readable segment and within max bytes; or NULL. */
const char *gl_ld_elf_string(const struct gl_ld_elf *elf, uint64_t bias, uint64_t vaddr, size_t max);
