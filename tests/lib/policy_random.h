/*
 * Policies made up from a number: every feature of the model that bears on the
 * filter, and shapes that a compiler gets wrong (neighbouring numbers, equal
 * rules, values next to each other, words that are all ones).
 */
#pragma once

#include "policy/policy.h"

/* Numbers that look random: the same from the same start (splitmix64). */
struct gl_random {
	uint64_t state;
};
uint64_t gl_random_next(struct gl_random *random);
/* Below limit, which is not 0. */
uint64_t gl_random_below(struct gl_random *random, uint64_t limit);
/* True once in so many times. */
bool gl_random_once_in(struct gl_random *random, unsigned times);

struct gl_policy_random {
	size_t max_rules;
	bool conditions; /* "unless cap", "if kernel" */
	bool plain_only; /* no argument is compared with more than its width has; no empty masks */
};

/*
 * The policy of this seed.  gl_policy_done() it.  Ends the program when out of
 * memory.
 */
struct gl_policy gl_policy_random(const struct gl_machine_calls *machine, struct gl_random *random,
				  const struct gl_policy_random *options);

/* A value an argument test may meet: 0, all ones, a bit, near a 32-bit border, small. */
uint64_t gl_policy_random_value(struct gl_random *random);
