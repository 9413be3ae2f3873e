/*
 * Notes (PT_NOTE): build ids, the GNU ABI tag (kernel floor), the x86 ISA
 * level a file needs, Go's own build id.
 */
#pragma once

#include "elf/image.h"

/* Calls each() per note until it returns non-zero, which is then returned; malformed tails end the walk with 0. */
typedef int (*gl_note_fn)(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len,
			  void *arg);
int gl_image_each_note(const struct gl_image *image, gl_note_fn each, void *arg) GL_MUST_CHECK;

/* NT_GNU_ABI_TAG for Linux: the oldest kernel, as major, minor, patch.  Returns 0, or 1: no such note. */
int gl_image_abi_kernel(const struct gl_image *image, unsigned ret_version[3]) GL_MUST_CHECK;

/*
 * The x86-64 ISA level (1 to 4) that GNU_PROPERTY_X86_ISA_1_NEEDED demands,
 * 0 where the file says nothing.
 */
unsigned gl_image_isa_level(const struct gl_image *image) GL_NONNULL;
