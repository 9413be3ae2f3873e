/*
 * Is a compiled filter the policy it was compiled from?  The filter runs in the
 * simulator (tests/lib/bpf_sim.h), the policy in the interpreter
 * (policy/decide.h).
 */
#pragma once

#include "policy/compile.h"
#include "tests/lib/policy_random.h"

/* What a filter of this variant returns for a decision, by the table in policy/compile.h. */
uint32_t gl_filter_expected(enum gl_filter_variant variant, const struct gl_policy_decision *decision);

struct gl_filter_comparison {
	const struct gl_policy *policy;
	const struct gl_policy_facts *facts;
	enum gl_filter_variant variant;
	const struct gl_filter *filter; /* settled */
	struct gl_random *random;	/* for the arguments that are not swept */
	bool all_numbers;		/* else those that a statement names, and their neighbours */
	uint64_t asked;			/* counts up */
	char difference[256];		/* the first one, in words */
};

/*
 * Every number of every ABI (0 to 1023, with x32's bit, borders of 32 bits, arm's
 * private calls), a machine that there is not, and arguments at and around every
 * value that a statement about the call compares with.  Returns false, with
 * difference, where they are not the same.
 */
bool gl_filter_compare(struct gl_filter_comparison *c);
