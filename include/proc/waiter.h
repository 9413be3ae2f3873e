/*
 * A thread that waits for the answer to a call that was notified (seccomp_unotify(2)):
 * its stack, memory and names.
 *
 * Everything read of it is read by its number, which may be another thread's by then:
 * a signal can have ended it.  So after each read it is asked whether the notification
 * still stands, and else what was read does not count.
 *
 * A read may take as long as the program likes: memory can be mapped from a file system
 * that the program itself serves (FUSE), or be filled by it (userfaultfd, which the
 * default policy denies to whoever has no capability for it).  golaunch then waits,
 * and so does what the program wants of it.  Depends on: proc/denial.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/denial.h"

struct gl_waiter {
	int listener;
	uint64_t id; /* of the notification */
	pid_t tid;
	bool by_file; /* memory by /proc/TID/mem: an outer filter may kill for process_vm_readv(2) */
	struct gl_stack stack;
};

bool gl_waiter_is_valid(const struct gl_waiter *waiter) GL_NONNULL;

/* Memory; waiter is a struct gl_waiter.  For gl_call_source and gl_unwind_memory.  Returns 0 or -errno. */
int gl_waiter_read(void *waiter, uint64_t address, void *bytes, size_t len) GL_MUST_CHECK;

/*
 * Its stack from the stack pointer up, into waiter->stack, where stack.pc is set
 * already.  Where that cannot be had it stays empty (sp 0).
 */
void gl_waiter_look(struct gl_waiter *waiter) GL_NONNULL;

/* The process it is a thread of; 0: unknown. */
pid_t gl_waiter_process(const struct gl_waiter *waiter) GL_NONNULL;
/* Its name; "": unknown. */
void gl_waiter_name(const struct gl_waiter *waiter, char name[GL_DENIAL_THREAD]) GL_NONNULL;
