/*
 * Heap ownership and growing arrays: see base/mem.h.
 */
#include "base/mem.h"

#include <errno.h>

#define FIRST_ROOM 8

void gl_mem_free_p(void *p)
{
	void **owner = p;

	free(*owner);
	*owner = NULL;
}

void *gl_mem_grow(void *items, size_t *room, size_t count, size_t size, size_t limit)
{
	void **array = items;
	size_t wanted;
	void *bigger;

	if (count >= limit) {
		errno = E2BIG;
		return NULL;
	}
	if (count >= *room) {
		wanted = GL_MIN(*room ? *room * 2 : (size_t)FIRST_ROOM, limit);
		bigger = reallocarray(*array, wanted, size);
		if (!bigger)
			return NULL;
		*array = bigger;
		*room = wanted;
	}
	return memset((char *)*array + count * size, 0, size);
}
