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

/* Rooms that suffice: ld makes 8 to 20 bytes, Go four hashes of 20 characters. */
#define GL_BUILD_ID_MAX	   64
#define GL_GO_BUILD_ID_MAX 256

/*
 * The bytes of NT_GNU_BUILD_ID, of which size have room.  Returns 0 with *ret_len
 * (never 0), 1: no such note, or an empty one or one that does not fit; -errno.
 */
int gl_image_build_id(const struct gl_image *image, unsigned char *bytes, size_t size,
		      size_t *ret_len) GL_MUST_CHECK GL_NONNULL;

/*
 * Go's build id (note "Go", type 4: cmd/link/internal/ld/elf.go,
 * ELF_NOTE_GOBUILDID_TAG) as text; with -ldflags=-buildid= there is none.
 * Returns 0, 1 (none, empty, with a NUL in it, or longer than size - 1) or -errno.
 */
int gl_image_go_build_id(const struct gl_image *image, char *text, size_t size) GL_MUST_CHECK GL_NONNULL;
