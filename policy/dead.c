/*
 * Dead rules: see policy/dead.h.  Rule by rule: of one that lists the values of an
 * argument, the other one's tests are tried on each.
 */
#include "policy/dead.h"

#include "policy/decide.h"

static bool equal_tests(const struct gl_policy_test *a, const struct gl_policy_test *b)
{
	return a->op == b->op && a->mask == b->mask && a->value_count == b->value_count &&
	       (a->value_count == 0 || !memcmp(a->values, b->values, a->value_count * sizeof(*a->values)));
}

/* Does test hold wherever given does? */
static bool follows(const struct gl_policy_test *test, const struct gl_policy_test *given)
{
	const struct gl_policy_rule alone = {.tests = (struct gl_policy_test *)(uintptr_t)test,
					     .test_count = 1};
	const struct gl_policy_facts facts = {0};
	uint64_t args[6] = {0};

	if (test->argument != given->argument || test->wide != given->wide)
		return false;
	if (equal_tests(test, given))
		return true;
	if (given->op != GL_POLICY_IN)
		return false;
	for (size_t i = 0; i < given->value_count; i++) {
		args[test->argument] = given->values[i];
		if (!gl_policy_rule_holds(&alone, &facts, args))
			return false;
	}
	return true;
}

static bool test_follows(const struct gl_policy_test *test, const struct gl_policy_rule *given)
{
	for (size_t i = 0; i < given->test_count; i++)
		if (follows(test, &given->tests[i]))
			return true;
	return false;
}

/* Does later hold wherever rule does? */
static bool covers(const struct gl_policy_rule *later, const struct gl_policy_rule *rule)
{
	if (later->unless_caps & ~rule->unless_caps || later->if_kernel_from > rule->if_kernel_from)
		return false;
	if (later->if_kernel_below &&
	    (!rule->if_kernel_below || rule->if_kernel_below > later->if_kernel_below))
		return false;
	for (size_t i = 0; i < later->test_count; i++)
		if (!test_follows(&later->tests[i], rule))
			return false;
	return true;
}

/* May a line of the later one's text override one of this text by mistake? */
static bool is_own_doing(const struct gl_policy *policy, const struct gl_policy_rule *later,
			 const struct gl_policy_rule *rule)
{
	return later->place.file == rule->place.file ||
	       policy->files[later->place.file].depth > policy->files[rule->place.file].depth;
}

static const struct gl_policy_rule *find_cover(const struct gl_policy *policy, size_t at, uint16_t call)
{
	const struct gl_policy_rule *rule = &policy->rules[at];

	for (size_t i = at + 1; i < policy->rule_count; i++) {
		const struct gl_policy_rule *later = &policy->rules[i];

		if (gl_policy_rule_names(later, call) && is_own_doing(policy, later, rule) &&
		    covers(later, rule))
			return later;
	}
	return NULL;
}

bool gl_policy_rule_is_dead(const struct gl_policy *policy, size_t at, const struct gl_policy_rule **ret_by)
{
	const struct gl_policy_rule *rule = &policy->rules[at], *by = NULL;

	if (rule->place.line == 0 || rule->call_count == 0)
		return false;
	for (size_t i = 0; i < rule->call_count; i++) {
		const struct gl_policy_rule *cover = find_cover(policy, at, rule->calls[i]);

		if (!cover)
			return false;
		by = by ? by : cover;
	}
	*ret_by = by;
	return true;
}
