/*
 * A generated ELF file opened as an image: for the tests of the layers that
 * read images.
 */
#pragma once

#include "elf/image.h"
#include "tests/lib/elfgen.h"

struct elfimage {
	struct elfgen spec;
	struct elfgen_file file;
	int fd;
	struct gl_image *image;
};

/* elfimage_make(), pokes into file.bytes, then elfimage_open(); or both at once. */
void elfimage_make(const struct elfgen *spec, struct elfimage *ret);
void elfimage_open(struct elfimage *e);
void elfimage_init(const struct elfgen *spec, struct elfimage *ret);
void elfimage_done(struct elfimage *e);

/* Opens any bytes. */
void elfimage_of_bytes(const void *bytes, size_t len, struct elfimage *ret);

/* Overwrites a field of the program header of that type; offsets are those of the 64-bit form. */
void elfimage_poke_phdr(struct elfimage *e, uint32_t type, size_t field, size_t size, uint64_t value);
