/*
 * What a stopped main thread was doing in the kernel, and what the main goroutine
 * waits for, in words: collected while the process can still be asked.
 *
 *	the thread sleeps in a call of its own, or in C code     blocked
 *	the goroutine is parked, the thread is the scheduler's   parked: by its frames, and
 *	   for the network or a pipe                             descriptor: the very one
 *	   for what another goroutine does                       connections: some of these
 *
 * All texts are escaped.  Depends on: proc/call, proc/descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "proc/call.h"
#include "proc/descriptor.h"

#define GL_WATCH_CONNECTIONS 8

struct gl_watch_wait {
	/* The system call that the thread was in, or that a filter answered by SIGSYS; "": none. */
	char name[GL_CALL_NAME];
	char call[GL_CALL_TEXT];
	char object[GL_CALL_OBJECT]; /* see gl_call_object() */
	bool blocked;		     /* a signal has interrupted it: it was waiting there */
	bool refused;		     /* a filter's answer to it was SIGSYS */

	bool parked; /* the main goroutine waits, and not in C code */
	bool has_descriptor;
	struct gl_descriptor descriptor;
	struct gl_descriptor
		connections[GL_WATCH_CONNECTIONS]; /* of the process, parked without a descriptor */
	size_t connection_count;
};
