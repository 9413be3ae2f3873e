/*
 * A search over numbers: which of a list of ranges holds the accumulator?
 * Only the compiler includes this.
 */
#pragma once

#include "policy/program.h"

/* From first up to the next range's first. */
struct gl_range {
	uint32_t first;
	struct gl_target target;
};

/*
 * Writes the search.  Ranges are ascending, the first begins with 0.
 * Neighbours with equal targets are one range.  held: as for gl_program_branch().
 */
struct gl_target gl_ranges_search(struct gl_program *program, const struct gl_range *ranges, size_t count,
				  uint32_t held) GL_NONNULL;

/* Adds a range to count of them, unless it only goes on with the last one's target.  Returns the new count. */
size_t gl_ranges_add(struct gl_range *ranges, size_t count, uint32_t first,
		     struct gl_target target) GL_NONNULL;
