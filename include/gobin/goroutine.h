/*
 * The main goroutine of a stopped process, while it waits.
 *
 * A goroutine that waits (for the network, a channel, a lock) runs on no thread:
 * the main thread, to which it is bound during init, then sleeps in the
 * scheduler, and the goroutine's own stack is where the runtime saved it
 * (runtime/proc.go, runtime2.go).  Depends on: base, arch, elf.
 */
#pragma once

#include "gobin/unwind.h"

enum gl_goroutine {
	GL_GOROUTINE_SAVED,   /* 0: it waits, or runs on the system's stack: where it will go on is known */
	GL_GOROUTINE_RUNNING, /* the thread is on its stack: the thread's registers are its own */
	GL_GOROUTINE_UNKNOWN, /* not found: not yet begun, or not bound to the main thread any more */
	GL_GOROUTINE_MAX
};

/*
 * Finds it from the first thread of the runtime, which runtime.main's code names;
 * sp is the stack pointer of the main thread.  Every pointer that is followed is
 * confirmed by one that leads back.  Returns an enum gl_goroutine (*ret, for
 * gl_unwind(), is written for GL_GOROUTINE_SAVED only) or -errno: the program's
 * file could not be read.
 */
int gl_goroutine_main(struct gl_pclntab *table, const struct gl_unwind_memory *memory, uint64_t sp,
		      struct gl_unwind_registers *ret) GL_MUST_CHECK;
