/*
 * What the modules of the elf layer share and nobody else sees: the image, the
 * page cache it is read through, and the records of its tables.
 *
 * A *range* is a run of bytes that a PT_LOAD takes from the file.  Tables are
 * located once and then read within their range, so that no index out of the
 * file leads further than the end of its segment.
 */
#pragma once

#include <gelf.h>

#include "elf/image.h"

#define GL_PAGE_BYTES 4096
#define GL_PAGE_SLOTS 8

struct gl_page {
	uint64_t number; /* offset in the file / GL_PAGE_BYTES; UINT64_MAX while nothing was read */
	uint64_t used;	 /* when: gl_page_cache.uses; 0: never */
	size_t len;	 /* bytes that the file has there */
	unsigned char *bytes;
};

/*
 * The last pages used: a launch asks many small things of few pages.  Few, since
 * memory that was never touched before costs more than the reading: a fault for
 * each page.
 */
struct gl_page_cache {
	uint64_t uses;
	struct gl_page slots[GL_PAGE_SLOTS];
};

struct gl_range {
	uint64_t offset, len;
};

/* Strings that live as long as the image. */
struct gl_image_strings {
	char **items;
	size_t count, room;
	size_t bytes;
};

/* Addresses out of .dynamic, 0 where there is none. */
struct gl_dynamic_tables {
	uint64_t strtab, symtab, hash, gnu_hash, versym, verneed, verdef;
	uint64_t rela, relasz;
};

struct gl_version_needs {
	struct gl_version_need *items;
	size_t count, room;
	bool read;
	int error; /* what reading them came to */
};

struct gl_version_defs {
	struct gl_version_def *items;
	size_t count, room;
	bool read;
	int error;
};

struct gl_image {
	int fd;				/* not ours; -1: detached */
	struct gl_image_budget *budget; /* not ours; NULL: none */
	uint64_t size;
	struct gl_page_cache *cache;
	bool partial;
	enum gl_image_defect defect;
	char defect_text[192];
	struct gl_image_header header;
	struct gl_segment *segments;
	size_t segment_count;
	char *interpreter;
	bool has_dynamic;
	struct gl_image_dynamic dynamic;
	const char **needed; /* what dynamic.needed points to */
	struct gl_dynamic_tables tables;
	struct gl_image_strings strings;
	struct gl_version_needs needs;
	struct gl_version_defs defs;
};

/* Records a defect; the first one stays. */
void gl_image_set_defect(struct gl_image *image, enum gl_image_defect defect, const char *fmt, ...)
	GL_PRINTF(3, 4);

/* Takes this from the budget, if there is one.  Return 0 or -E2BIG. */
int gl_image_charge_read(const struct gl_image *image, size_t bytes) GL_MUST_CHECK;
int gl_image_charge_kept(const struct gl_image *image, size_t bytes) GL_MUST_CHECK;

/*
 * One after the other at open; each fills its part.  0: go on, 1: a defect that
 * leaves nothing more to read, -E2BIG: a limit is reached, or another -errno.
 */
int gl_image_load_header(struct gl_image *image) GL_MUST_CHECK;
int gl_image_load_segments(struct gl_image *image) GL_MUST_CHECK;
int gl_image_load_interpreter(struct gl_image *image) GL_MUST_CHECK;
int gl_image_load_dynamic(struct gl_image *image) GL_MUST_CHECK;

const struct gl_segment *gl_image_find_segment(const struct gl_image *image, uint32_t type);

/* The bytes from vaddr to the end of what its PT_LOAD takes from the file.  Returns 0, -ERANGE or -E2BIG (the budget). */
int gl_image_locate(const struct gl_image *image, uint64_t vaddr, struct gl_range *ret) GL_MUST_CHECK;

/* gl_image_read() within a range; -ERANGE beyond it. */
int gl_range_read(const struct gl_image *image, const struct gl_range *range, uint64_t at, void *bytes,
		  size_t len) GL_MUST_CHECK;

/*
 * The NUL-terminated string at that place of a range, into room bytes.
 * Returns 0, -ERANGE (the range ends first), -ENAMETOOLONG (does not fit; the
 * bytes are then filled and terminated), or another -errno.
 */
int gl_range_read_string(const struct gl_image *image, const struct gl_range *range, uint64_t at, char *bytes,
			 size_t room) GL_MUST_CHECK;

/*
 * The string at vaddr, kept in the image.  Returns 0, -EBADMSG (not in the
 * file or not terminated), -E2BIG (longer than GL_IMAGE_MAX_STRING, or over
 * GL_IMAGE_MAX_STRING_BYTES or the budget) or another -errno.
 */
int gl_image_keep_string(struct gl_image *image, uint64_t vaddr, const char **ret) GL_MUST_CHECK;

/* Bytes of one record in the file's class. */
size_t gl_image_record_size(const struct gl_image *image, Elf_Type type);

/* One record, translated and widened to 64 bit.  Return 0, -ERANGE or another -errno. */
int gl_image_read_ehdr(const struct gl_image *image, GElf_Ehdr *ret) GL_MUST_CHECK;
int gl_image_read_shdr(const struct gl_image *image, uint64_t index, GElf_Shdr *ret) GL_MUST_CHECK;
int gl_range_read_dyn(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		      GElf_Dyn *ret) GL_MUST_CHECK;
int gl_range_read_sym(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		      GElf_Sym *ret) GL_MUST_CHECK;
int gl_range_read_rela(const struct gl_image *image, const struct gl_range *range, uint64_t index,
		       GElf_Rela *ret) GL_MUST_CHECK;
/* A number of 2, 4 or 8 bytes at that place of a range. */
int gl_range_read_value(const struct gl_image *image, const struct gl_range *range, uint64_t at, size_t size,
			uint64_t *ret) GL_MUST_CHECK;
/* The program header table, phnum entries at phoff, widened; free() it. */
int gl_image_read_phdrs(const struct gl_image *image, struct gl_segment **ret) GL_MUST_CHECK;
