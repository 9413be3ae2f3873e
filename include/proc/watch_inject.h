/*
 * System calls that a stopped program is made to do: a list of them, one after
 * the other, at a system call instruction of its own code, so that nothing is
 * written into its memory.  Meanwhile its signals are blocked, and afterwards the
 * thread has the registers and the mask that it had before.
 *
 * The thread stops at the begin and at the end of each call (PTRACE_SYSCALL), and
 * these stops come to gl_watch_trapped() like any other: nothing here waits.
 * Depends on: arch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/registers.h"

struct gl_watch;
struct gl_watch_target;

struct gl_watch_call {
	uint64_t number; /* SYS_* */
	uint64_t arguments[GL_REGISTERS_ARGUMENTS];
};

enum gl_watch_make {
	GL_WATCH_SKIP, /* nothing is to be done in this step */
	GL_WATCH_CALL, /* the call has been filled in */
	GL_WATCH_WAIT  /* not yet: the program stays stopped until gl_watch_inject_again() */
};

struct gl_watch_step {
	enum gl_watch_make (*make)(struct gl_watch *watch, struct gl_watch_call *call);
	/* What the kernel answered: a value, or -errno.  NULL: nobody cares. */
	void (*took)(struct gl_watch *watch, int64_t result);
};

struct gl_watch_list {
	const struct gl_watch_step *steps;
	size_t count;
	/* All is done, or could not be; registers are what the thread is to go on with. */
	void (*end)(struct gl_watch *watch, const struct gl_registers *registers);
};

struct gl_watch_inject {
	const struct gl_watch_list *list;
	size_t at;	   /* in it */
	bool prepared;	   /* signals are blocked, the instruction is known */
	bool leaving_exec; /* the next stop is the end of the execve that brought the image */
	bool inside;	   /* a call has begun: the next stop is its end */
	bool waiting;	   /* a step has said so */
	uint64_t mask;	   /* its blocked signals */
	struct gl_registers before;
};

/* Finds the instruction, for a start that will need it. */
void gl_watch_inject_search(struct gl_watch_target *target);
/* From a stop outside of any system call, with these registers. */
void gl_watch_inject_begin(struct gl_watch *watch, const struct gl_watch_list *list,
			   const struct gl_registers *registers);
/* From the exec stop, which is still inside of execve (ptrace(2), PTRACE_EVENT_EXEC). */
void gl_watch_inject_begin_at_exec(struct gl_watch *watch, const struct gl_watch_list *list);
/* At the begin or end of a system call. */
void gl_watch_inject_step(struct gl_watch *watch);
/* Asks the step that waits once more. */
void gl_watch_inject_again(struct gl_watch *watch);
/* In the midst of it: registers and mask as they were; the list is not ended. */
void gl_watch_inject_undo(struct gl_watch *watch);
