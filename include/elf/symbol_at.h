/*
 * The function at a place in a file, for C code, which has no pclntab.
 * Depends on: base.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "elf/image.h"

/*
 * The function that holds the byte at that offset of the file, by the file's own
 * symbol table (.symtab), or, where it was stripped, by its dynamic one, which has
 * only what other files may call.  At most GL_IMAGE_MAX_SYMBOLS of each are looked
 * at.  The name, hostile, is cut to room bytes; *ret_distance is how far into the
 * function it is.  Returns 0, 1: no symbol covers it, or -errno.
 */
int gl_image_symbol_at(const struct gl_image *image, uint64_t offset, char *name, size_t room,
		       uint64_t *ret_distance) GL_MUST_CHECK GL_NONNULL;
