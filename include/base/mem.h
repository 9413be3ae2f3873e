/*
 * Ownership of heap memory.  Running out of memory is an error return, never
 * an abort: as PID 1 golaunch must not die.
 */
#pragma once

#include <stddef.h>

#include "base/macros.h"

/* Frees *(void **)p and empties it; for GL_CLEANUP. */
void gl_mem_free_p(void *p);

#define gl_autofree GL_CLEANUP(gl_mem_free_p)

/* GL_TAKE_PTR(p): hands the memory over; the variable is NULL afterwards. */
#define GL_TAKE_PTR(p)                                                                                       \
	({                                                                                                   \
		__typeof__(p) *take_ptr_ = &(p);                                                             \
		__typeof__(p) taken_ = *take_ptr_;                                                           \
		*take_ptr_ = NULL;                                                                           \
		taken_;                                                                                      \
	})

/*
 * Makes room for one more element in a growing array: *items holds *count of
 * *room elements of size bytes each.  The new element is zeroed, *count is not
 * raised.  limit is the named bound on the number of elements (sizes from
 * outside are never unbounded).  Returns the new element, or NULL with errno
 * ENOMEM or E2BIG (limit reached).
 */
void *gl_mem_grow(void *items, size_t *room, size_t count, size_t size, size_t limit) GL_MUST_CHECK;
