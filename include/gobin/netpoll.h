/*
 * Which descriptor a goroutine waits for in the runtime's network poller.
 *
 * Such a goroutine's thread sleeps elsewhere (futex, epoll_wait) and does not tell.
 * But the goroutine's stack holds the internal/poll.FD it is about (fd_unix.go: its
 * lock, the descriptor, then the poller's own record of it), and that record
 * (runtime/netpoll.go, pollDesc) holds the goroutine that is to be woken.
 * Depends on: gobin/unwind.
 */
#pragma once

#include "gobin/unwind.h"

/*
 * goroutine is what gl_goroutine_main() gave for GL_GOROUTINE_SAVED, stack what
 * gl_unwind() made of it.  What is found was confirmed by pointers that lead back
 * to it.  Returns 0 with *ret_fd, or 1: it waits for none, or none was found.
 */
int gl_netpoll_descriptor(struct gl_pclntab *table, const struct gl_unwind_memory *memory,
			  const struct gl_unwind_registers *goroutine, const struct gl_unwind *stack,
			  int *ret_fd) GL_MUST_CHECK GL_NONNULL;
