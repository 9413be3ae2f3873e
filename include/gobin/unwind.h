/*
 * The stack of a stopped thread of a Go program, from its registers and memory.
 *
 * Each Go function says in the pclntab how deep its stack is at every
 * instruction, so no frame pointer is needed, and what runs in a prologue or in
 * assembly is no exception (runtime/traceback.go).  The frame pointer is followed
 * along, because it alone leads on where the runtime changed from a goroutine's
 * stack to the system's (systemstack).
 *
 *	amd64	the return address lies where the function began
 *	arm64	it lies at the stack pointer; a function without a frame, which only
 *		the innermost can be, has it in LR; a goroutine's frames behind a
 *		change of stacks are found since Go 1.25 only (before that, those of
 *		the main goroutine by gl_goroutine_main())
 *
 * Signal frames are crossed.  C code has no such table: its innermost frame is
 * told, then either a frame pointer leads on to the Go code that called it, or it
 * ends there.  The stack is hostile memory, and there are so many steps at most.
 * Depends on: base, arch, elf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gobin/pclntab.h"

/* Frames kept: so many of the innermost, and so many of the outermost; frames walked. */
#define GL_UNWIND_INNER 112
#define GL_UNWIND_OUTER 16
#define GL_UNWIND_MAX	4096

/* As the thread has them; fp is RBP or X29, lr is X30 (not used on amd64, 0: unknown). */
struct gl_unwind_registers {
	uint64_t pc, sp, fp, lr;
	bool saved; /* of a goroutine that waits, not of a thread: pc is where a call returns to */
};

/* Memory of the process: 0, or a negative value where it cannot be read. */
struct gl_unwind_memory {
	int (*read)(void *arg, uint64_t address, void *bytes, size_t len);
	void *arg;
	uint64_t bias; /* what was added to the file's addresses */
};

struct gl_unwind_frame {
	uint64_t pc;	/* in the process: the instruction, or where the call returns to */
	uint64_t place; /* in the file, to be looked up: the instruction, or the call's last byte */
	bool foreign;	/* not a Go function (C code, the kernel's pages) */
};

enum gl_unwind_end {
	GL_UNWIND_TOP, /* the goroutine's or thread's first function is there */
	GL_UNWIND_FOREIGN, /* C code, which is the last frame (within the runtime's own C code it may not be told) */
	GL_UNWIND_UNREADABLE, /* memory could not be read */
	GL_UNWIND_LOST,	      /* what should be a stack is none, or the registers do not suffice */
	GL_UNWIND_DEEP,	      /* GL_UNWIND_MAX frames */
	GL_UNWIND_END_MAX
};

struct gl_unwind {
	struct gl_unwind_frame frames[GL_UNWIND_INNER + GL_UNWIND_OUTER]; /* innermost first */
	size_t count;
	size_t left_out; /* frames between number GL_UNWIND_INNER - 1 and the next */
	enum gl_unwind_end end;
};

/* Returns 0 (what was found is in *ret), 1: not a machine it knows, or -errno: the program's file could not be read. */
int gl_unwind(struct gl_pclntab *table, const struct gl_unwind_registers *registers,
	      const struct gl_unwind_memory *memory, struct gl_unwind *ret) GL_MUST_CHECK;
