/*
 * What the two readers of init tasks share.
 */
#pragma once

#include "gobin/inittasks.h"

/* Tasks found so far; each once. */
struct gl_inittask_set {
	struct gl_inittask *items;
	size_t count, room;
	uint32_t *slots; /* by address: 1 + an index of items; 0: empty */
	size_t slot_count;
};

/* Returns 0, 1: it is there already, or -errno (-E2BIG: the limit; -ENOMEM). */
int gl_inittask_add(struct gl_inittask_set *set, const struct gl_inittask *task) GL_MUST_CHECK;
/* Frees what finds tasks by their addresses; the items stay. */
void gl_inittask_set_end(struct gl_inittask_set *set);

/* Is there a function that initialises a package at the address which this pointer of the file holds?  0, 1 or -errno. */
int gl_inittask_is_function(struct gl_pclntab *table, uint64_t pointer) GL_MUST_CHECK;

/*
 * Adds the tasks of the graph (until 1.20) that the references in runtime.main
 * lead to.  Returns 0 (there may be none) or -errno.
 */
int gl_inittask_graph(struct gl_pclntab *table, const uint64_t *references, size_t count,
		      struct gl_inittask_set *set) GL_MUST_CHECK;
