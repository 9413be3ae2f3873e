/*
 * What golaunch writes into a copy of the loader stub, and how the stub is told
 * from other programs: one ELF note of its own, in a loaded segment.
 *
 * In a bundle the slot is as the stub was built, but for its flags: the stub
 * finds everything beside itself.  In a memfd or a cache directory it stands
 * alone, so the paths are written into the note before the copy is executed.
 * The stub reads no file to find its way.  Freestanding: nothing of libc, and
 * the only header that the stub shares with golaunch.
 */
#pragma once

#include <stdint.h>

#define GL_STUB_NOTE_NAME "golaunch"
#define GL_STUB_NOTE_TYPE 1 /* the note's descriptor is a struct gl_stub_slot */
#define GL_STUB_VERSION	  1
#define GL_STUB_PATH_MAX  4096

enum gl_stub_flags {
	/* It runs from a memfd: AT_EXECFN and the process's name are set to the program's. */
	GL_STUB_MEMFD = 1 << 0,
	/* lib/gconv is there: GCONV_PATH is put into the environment unless it is there. */
	GL_STUB_GCONV = 1 << 1,
	/*
	 * Never in a file: a tracer sets it in the memory of the stub at its exec
	 * stop.  Then the stub executes one breakpoint instruction (int3, brk) when
	 * all is mapped, just before it jumps to the loader, with the program's load
	 * bias in the first register of a call's parameters (rdi, x0) and the
	 * program's path, a string, in the second (rsi, x1).  The stub goes on behind
	 * the instruction.
	 */
	GL_STUB_TRACED = 1 << 2,
};

struct gl_stub_slot {
	uint32_t version; /* GL_STUB_VERSION */
	uint32_t flags;
	char program[GL_STUB_PATH_MAX]; /* absolute; "": program/<the stub's own name>, beside the stub */
	char lib[GL_STUB_PATH_MAX];	/* absolute; "": lib, beside the stub */
};
