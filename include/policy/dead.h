/*
 * Lines of a policy that never decide.
 */
#pragma once

#include "policy/policy.h"

/*
 * Is the rule overridden for each of its calls by a later one that holds whenever
 * it does?  *ret_by is the first such line's rule.  Of two texts only the
 * outer one may be meant to say another thing than what it includes; a rule that is
 * overridden from there is not called dead.  A rule that is overridden by
 * several others together may go unseen.
 */
bool gl_policy_rule_is_dead(const struct gl_policy *policy, size_t rule,
			    const struct gl_policy_rule **ret_by) GL_NONNULL;
