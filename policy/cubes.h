/*
 * Sets of argument values, as unions of cubes: in a cube some bits of the six
 * arguments are fixed, the others free.  Every test of a policy is such a set, and
 * so is what is left of all values when some tests are taken away; formats that
 * can only compare masked bits can say them all.
 */
#pragma once

#include "policy/policy.h"

#define GL_CUBES_MAX 2048

struct gl_cube {
	uint64_t mask[6], value[6]; /* value has no bits beyond mask */
};

struct gl_cubes {
	struct gl_cube *items; /* owned; no two overlap */
	size_t count, room;
};
#define GL_CUBES_INIT ((struct gl_cubes){.items = NULL})
void gl_cubes_done(struct gl_cubes *cubes) GL_NONNULL;
#define gl_autocubes GL_CLEANUP(gl_cubes_done)

/* All values.  These return 0, -E2BIG (more than GL_CUBES_MAX) or -ENOMEM; a set to be filled must be empty. */
int gl_cubes_all(struct gl_cubes *ret_cubes) GL_MUST_CHECK GL_NONNULL;
/* Where all tests of a rule hold. */
int gl_cubes_of_rule(const struct gl_policy_rule *rule, struct gl_cubes *ret_cubes) GL_MUST_CHECK GL_NONNULL;
/* What is in both. */
int gl_cubes_intersect(const struct gl_cubes *a, const struct gl_cubes *b,
		       struct gl_cubes *ret_cubes) GL_MUST_CHECK GL_NONNULL;
/* Takes b away from a. */
int gl_cubes_subtract(struct gl_cubes *a, const struct gl_cubes *b) GL_MUST_CHECK GL_NONNULL;
