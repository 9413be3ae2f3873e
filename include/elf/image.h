/*
 * An ELF file as the kernel and the dynamic loader see it.
 *
 * This layer is the only code that touches raw ELF bytes.  They are hostile:
 * every read is bounds-checked against the file's size, every table has a
 * named limit, nothing is mapped (another process may truncate the file), and
 * a file of any size costs only its headers and what they point to.
 *
 * Class and byte order are translated by libelf (elf32_xlatetom(3) and its
 * 64-bit twin).  Its descriptor, elf_begin(3), is not used: it allocates by the
 * file's own e_shnum, keeps every chunk it read, and refuses files with an odd
 * e_ident, which the kernel runs.
 * Depends on: base, arch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"

/* Limits on what a file may make us hold or look at. */
#define GL_IMAGE_MAX_SEGMENT_BYTES                                                                           \
	65536 /* of program headers: the kernel's limit (fs/binfmt_elf.c, load_elf_phdrs) */
#define GL_IMAGE_MAX_SECTIONS	  8192 /* section headers that are looked at */
#define GL_IMAGE_MAX_NEEDED	  1024
#define GL_IMAGE_MAX_STRING	  16384		      /* bytes of one string, with its NUL */
#define GL_IMAGE_MAX_STRING_BYTES (4u << 20)	      /* of all strings that are kept */
#define GL_IMAGE_MAX_VERSIONS	  8192		      /* Vernaux, and Verdef */
#define GL_IMAGE_MAX_VERSION_NAME 256		      /* bytes of a version's name, with its NUL */
#define GL_IMAGE_MAX_DYNAMIC	  65536		      /* entries of .dynamic */
#define GL_IMAGE_MAX_SYMBOLS	  (1u << 18)	      /* dynamic symbols, and hash buckets */
#define GL_IMAGE_MAX_SYMBOL_BYTES (64u << 20)	      /* of their names */
#define GL_IMAGE_MAX_RELOCATIONS  (1u << 18)	      /* looked at for one address */
#define GL_IMAGE_MAX_NOTES	  ((size_t)256 << 10) /* bytes of all PT_NOTE together that are looked at */

/*
 * What is wrong with a file: the first thing found, in this order.  The rules
 * are those of Linux (fs/binfmt_elf.c, tried on 6.18), which
 *  - looks at neither EI_CLASS, EI_DATA, EI_VERSION nor EI_OSABI of a program;
 *  - maps PT_LOADs that overlap or are out of order, so these are sound here;
 *  - answers ENOEXEC for everything up to SEGMENTS_TRUNCATED and for
 *    INTERPRETER_INVALID, but kills the process for LOAD_INVALID;
 *  - does not notice LOAD_TRUNCATED: the program dies of SIGBUS or SIGSEGV when
 *    it touches what is missing (at once where the segment has a .bss).
 */
enum gl_image_defect {
	GL_IMAGE_SOUND,
	GL_IMAGE_EMPTY,		   /* 0 bytes */
	GL_IMAGE_NOT_ELF,	   /* no ELF magic */
	GL_IMAGE_HEADER_TRUNCATED, /* ELF magic, but the file ends inside the ELF header */
	GL_IMAGE_HEADER_INVALID, /* e_ident names no class or byte order that exists, and no machine here reads it */
	GL_IMAGE_NO_SEGMENTS,	     /* e_phnum is 0 (also every .o) */
	GL_IMAGE_SEGMENTS_INVALID,   /* e_phentsize wrong, or more segments than the kernel takes */
	GL_IMAGE_SEGMENTS_TRUNCATED, /* the program header table lies beyond the end of the file */
	GL_IMAGE_LOAD_TRUNCATED,     /* a PT_LOAD's bytes lie beyond the end of the file */
	GL_IMAGE_LOAD_INVALID, /* no PT_LOAD; or one wraps around, has filesz > memsz, or cannot be mapped by pages */
	GL_IMAGE_INTERPRETER_INVALID, /* PT_INTERP shorter than 2 or longer than 4096 bytes, not NUL-terminated, or out of the file */
	GL_IMAGE_DYNAMIC_INVALID, /* .dynamic, or a string that it points to, is out of the file */
	GL_IMAGE_DEFECT_MAX
};

struct gl_segment {
	uint32_t type;	/* PT_* */
	uint32_t flags; /* PF_* */
	uint64_t offset, vaddr, filesz, memsz, align;
};

struct gl_image_header {
	uint8_t elf_class; /* ELFCLASS* that the file is read with; see ident_class */
	uint8_t data;	   /* ELFDATA* likewise */
	uint8_t osabi;	   /* ELFOSABI_* */
	uint8_t abiversion;
	/* as e_ident has them: the kernel does not look, glibc does in a library (elf/dl-load.c, open_verify) */
	uint8_t ident_class, ident_data, ident_version;
	uint16_t type;	  /* ET_* */
	uint16_t machine; /* EM_* */
	uint32_t version; /* e_version */
	uint32_t flags;
	uint64_t entry;
	uint64_t phoff, shoff;
	uint32_t phnum; /* PN_XNUM resolved */
	uint32_t shnum; /* likewise, when it does not fit in e_shnum */
	uint32_t shstrndx;
	uint16_t phentsize, shentsize;
};

/* The dynamic section, as the loader reads it.  Strings are owned by the image. */
struct gl_image_dynamic {
	const char *const *needed;
	size_t needed_count;
	const char *soname;  /* or NULL, like the next two */
	const char *rpath;   /* DT_RPATH */
	const char *runpath; /* DT_RUNPATH */
	uint64_t flags, flags_1;
	bool bind_now;
	bool has_relr;
};

/* One version that this file wants from another (a Vernaux).  Strings are owned by the image. */
struct gl_version_need {
	const char *file;    /* soname it is wanted from */
	const char *version; /* "GLIBC_2.34" */
	uint32_t hash;
	bool weak;	/* VER_FLG_WEAK */
	uint16_t index; /* as .gnu.version holds it, without the hidden bit */
};

/* One version that this file provides (a Verdef; the base entry is left out unless it is the only one). */
struct gl_version_def {
	const char *version;
	uint32_t hash;
	bool base;	/* VER_FLG_BASE: the file's own name */
	uint16_t index; /* as .gnu.version holds it, without the hidden bit */
};

struct gl_image; /* opaque */

/*
 * What many images may cost together, where the limits above, which are those of
 * one, would add up to too much.  Counted down; at its end every read fails with
 * -E2BIG.
 */
struct gl_image_budget {
	size_t reads; /* bytes asked for, GL_IMAGE_READ_COST for each piece of them, and the pages that takes */
	size_t kept; /* bytes of tables and strings that images hold on to */
	bool exhausted;
};
#define GL_IMAGE_READ_COST 16

/*
 * Reads the headers of fd (not taken, must stay open while the image lives;
 * need not be at its start).  A malformed file is not an error: the image then
 * holds what could be read and gl_image_defect() says what is wrong.
 * Returns 0; -EINVAL: not a regular file; another -errno: it could not be read,
 * or out of memory.
 */
int gl_image_open(int fd, struct gl_image **ret, struct gl_err *err) GL_MUST_CHECK;
/* The same on a budget, which must live until the image is freed or detached. */
int gl_image_open_within(int fd, struct gl_image_budget *budget, struct gl_image **ret,
			 struct gl_err *err) GL_MUST_CHECK;
void gl_image_free(struct gl_image *image);
GL_DEFINE_CLEANUP(struct gl_image, gl_image_free);
#define gl_autoimage GL_CLEANUP(gl_image_free_p)

/*
 * Lets go of the file and of the budget, so that the descriptor can be closed:
 * what was read stays, all further reads fail with -EBADF.
 */
void gl_image_detach(struct gl_image *image) GL_NONNULL;
/* Takes a descriptor of the very same file again, and a budget (or NULL). */
void gl_image_attach(struct gl_image *image, int fd, struct gl_image_budget *budget);
bool gl_image_is_detached(const struct gl_image *image) GL_NONNULL;

/*
 * Was a limit reached when it was opened?  Then what gl_image_dynamic() says is
 * not all there is, and nothing is known to be wrong with the file.
 */
bool gl_image_is_partial(const struct gl_image *image) GL_NONNULL;
enum gl_image_defect gl_image_defect(const struct gl_image *image) GL_NONNULL;
/* A sentence on the defect with its numbers ("segment 2 ends at 4096, the file at 1000"), "" if sound. */
const char *gl_image_defect_text(const struct gl_image *image) GL_NONNULL;

uint64_t gl_image_size(const struct gl_image *image) GL_NONNULL;
/* All zero where the header could not be read. */
const struct gl_image_header *gl_image_header(const struct gl_image *image) GL_NONNULL;
const struct gl_segment *gl_image_segments(const struct gl_image *image, size_t *ret_count) GL_NONNULL;
/* PT_INTERP's path, NULL if there is none or it is invalid. */
const char *gl_image_interpreter(const struct gl_image *image) GL_NONNULL;
bool gl_image_has_dynamic(const struct gl_image *image) GL_NONNULL;
const struct gl_image_dynamic *gl_image_dynamic(const struct gl_image *image) GL_NONNULL;

/*
 * Bytes by file offset or by virtual address (only bytes that a PT_LOAD takes
 * from the file; what p_memsz adds reads as an error here).
 * Return 0, -ERANGE (outside of the file or of one segment) or another -errno.
 */
int gl_image_read(const struct gl_image *image, uint64_t offset, void *bytes, size_t len) GL_MUST_CHECK;
int gl_image_read_vaddr(const struct gl_image *image, uint64_t vaddr, void *bytes, size_t len) GL_MUST_CHECK;

/*
 * The section of that name, through the section header table (which a stripped
 * or hostile file may lack).  Returns 0, or 1: no such section, or one without
 * bytes in the file.
 */
int gl_image_section(const struct gl_image *image, const char *name, uint64_t *ret_offset,
		     uint64_t *ret_vaddr, uint64_t *ret_size) GL_MUST_CHECK;
/* Is there a section header table that can be read (with names)? */
bool gl_image_has_sections(const struct gl_image *image) GL_NONNULL;
/* Has a .symtab: not stripped. */
bool gl_image_has_symtab(const struct gl_image *image) GL_NONNULL;

/* The value of size bytes (2, 4 or 8) in the byte order of the file. */
uint64_t gl_image_value(const struct gl_image *image, const unsigned char *bytes, size_t size) GL_NONNULL;

/*
 * What the loader puts at vaddr, relative to the load address, because of a
 * relative relocation with an addend (DT_RELA); at most
 * GL_IMAGE_MAX_RELOCATIONS are looked at.  Returns 0, 1: no such relocation
 * (or a machine whose number for it is not known), or -errno.
 */
int gl_image_relative(const struct gl_image *image, uint64_t vaddr, uint64_t *ret_value) GL_MUST_CHECK;
