/*
 * The stub's note: see loader/slot.h.
 *
 * The linker makes a PT_NOTE segment of it, so it is found without section
 * headers, and loads it, so the stub reads it in its own memory.
 */
#include "loader/own_slot.h"

#include <linux/elf.h>

static const struct {
	Elf64_Nhdr header;
	char name[12]; /* with its NUL, padded to 4 */
	struct gl_stub_slot slot;
} note __attribute__((section(".note.golaunch"), used, aligned(4))) = {
	.header = {sizeof(GL_STUB_NOTE_NAME), sizeof(struct gl_stub_slot), GL_STUB_NOTE_TYPE},
	.name = GL_STUB_NOTE_NAME,
	.slot = {.version = GL_STUB_VERSION},
};

const struct gl_stub_slot *gl_ld_own_slot(void)
{
	const struct gl_stub_slot *slot = &note.slot;

	/* What the compiler sees here is not what is there at run time. */
	__asm__("" : "+r"(slot));
	return slot;
}
