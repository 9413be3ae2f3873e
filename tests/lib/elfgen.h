/*
 * Makes small ELF files for tests: a program or library with the segments,
 * dynamic entries, versions, symbols, notes and sections that a test asks for.
 *
 * Everything but `data` lies in one read-only, executable segment at
 * ELFGEN_BASE + its offset in the file; `data` gets a writable one behind it, at
 * ELFGEN_BASE + its offset too.  For x86-64 the code is exit_group(0), so that
 * the file really runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELFGEN_BASE 0x400000

struct elfgen_need {
	const char *file, *version;
	uint16_t index; /* for symbols */
	bool weak;
};

struct elfgen_symbol {
	const char *name;
	uint16_t version; /* index of a need or definition; 0 or 1: none */
	bool defined;
};

struct elfgen_note {
	const char *name; /* "GNU" */
	uint32_t type;
	const void *desc;
	size_t desc_len;
	bool align8;
};

/* What the file has; all zero: a static program of one segment. */
struct elfgen {
	bool narrow, big_endian; /* else 64 bit, little endian */
	uint8_t osabi;
	uint16_t type;	  /* 0: ET_EXEC */
	uint16_t machine; /* 0: EM_X86_64 */
	const char *interp;
	bool dynamic;		   /* have PT_DYNAMIC even if nothing below asks for it */
	const char *const *needed; /* NULL-terminated, or NULL */
	const char *soname, *rpath, *runpath;
	const struct elfgen_need
		*needs;		 /* up to an entry without file, or NULL; entries of a file side by side */
	const char *const *defs; /* versions provided, NULL-terminated, or NULL; indices from 2 */
	const struct elfgen_symbol *symbols; /* up to an entry without name, or NULL */
	bool gnu_hash;			     /* DT_GNU_HASH (of one bucket) instead of DT_HASH */
	const struct elfgen_note *notes;     /* up to an entry without name, or NULL */
	const void *data;
	size_t data_len;
	const char *
		data_section; /* have a section table that gives `data` this name, and .text, .dynsym, .shstrtab */
	const char *empty_section;    /* with data_section: one more, of no bytes */
	uint64_t rela_at, rela_value; /* a relative relocation, if rela_at is not 0 (64 bit only) */
};

/* A made file; offsets are 0 where there is no such thing. */
struct elfgen_file {
	unsigned char *bytes;
	size_t len;
	size_t phoff, phnum;
	size_t interp, dynamic, hash, symtab, versym, verneed, verdef, notes, data, shoff;
};

/* Aborts the test program when out of memory.  elfgen_done() releases the bytes. */
void elfgen_make(const struct elfgen *spec, struct elfgen_file *ret);
void elfgen_done(struct elfgen_file *file);

/* A read-only view of a test is a descriptor: a memfd with these bytes.  Aborts on failure; close() it. */
int elfgen_fd(const void *bytes, size_t len);

/* Where program header i of that type is in the file (its first byte); aborts if there is none. */
size_t elfgen_phdr(const struct elfgen *spec, const struct elfgen_file *file, uint32_t type);

/* Overwrites size bytes at an offset by value, in the file's byte order. */
void elfgen_poke(const struct elfgen *spec, struct elfgen_file *file, size_t at, size_t size, uint64_t value);
