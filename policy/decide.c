/*
 * The model, interpreted: see policy/decide.h.  Kept as plain as it can be,
 * since the compiler is tested against it.
 */
#include "policy/decide.h"

#include <errno.h>
#include <string.h>

bool gl_call_is_exec(const struct gl_machine_calls *m, uint16_t call)
{
	return call != GL_CALL_NONE &&
	       (!strcmp(m->calls[call].name, "execve") || !strcmp(m->calls[call].name, "execveat"));
}

static bool is_among(const struct gl_policy_test *test, uint64_t value)
{
	for (size_t i = 0; i < test->value_count; i++)
		if (test->values[i] == value)
			return true;
	return false;
}

static bool test_holds(const struct gl_policy_test *test, const uint64_t args[6])
{
	uint64_t value = test->wide ? args[test->argument] : (uint32_t)args[test->argument];

	switch (test->op) {
	case GL_POLICY_IN:
		return is_among(test, value);
	case GL_POLICY_NOT_IN:
		return !is_among(test, value);
	case GL_POLICY_LESS:
		return value < test->values[0];
	case GL_POLICY_LESS_EQUAL:
		return value <= test->values[0];
	case GL_POLICY_GREATER:
		return value > test->values[0];
	case GL_POLICY_GREATER_EQUAL:
		return value >= test->values[0];
	case GL_POLICY_ANY_BIT:
		return value & test->mask;
	case GL_POLICY_MASKED_EQUAL:
		return (value & test->mask) == test->values[0];
	case GL_POLICY_OP_MAX:
		break;
	}
	return false;
}

bool gl_policy_rule_holds(const struct gl_policy_rule *rule, const struct gl_policy_facts *facts,
			  const uint64_t args[6])
{
	if (rule->unless_caps & facts->reachable_caps)
		return false;
	if (rule->if_kernel_below != 0 && facts->kernel >= rule->if_kernel_below)
		return false;
	if (facts->kernel < rule->if_kernel_from)
		return false;
	for (size_t i = 0; i < rule->test_count; i++)
		if (!test_holds(&rule->tests[i], args))
			return false;
	return true;
}

bool gl_policy_rule_names(const struct gl_policy_rule *rule, uint16_t call)
{
	size_t low = 0, high = rule->call_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rule->calls[middle] == call)
			return true;
		if (call < rule->calls[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static struct gl_policy_decision by_rules(const struct gl_policy *policy, const struct gl_policy_facts *facts,
					  uint16_t call, const uint64_t args[6])
{
	for (size_t i = policy->rule_count; i-- > 0;) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		if (gl_policy_rule_names(rule, call) && gl_policy_rule_holds(rule, facts, args))
			return (struct gl_policy_decision){.zone = GL_ZONE_RULE,
							   .answer = rule->answer,
							   .rule = rule,
							   .place = rule->place,
							   .call = call};
	}
	return (struct gl_policy_decision){.zone = GL_ZONE_DEFAULT,
					   .answer = policy->fallback,
					   .place = policy->fallback_place,
					   .call = call};
}

static struct gl_policy_decision decision(enum gl_policy_zone zone, enum gl_policy_action action, int errnum,
					  struct gl_policy_place place, uint16_t call)
{
	return (struct gl_policy_decision){zone, {action, errnum}, NULL, place, call};
}

/* Another ABI than the machine's own, where the statements are not for it. */
static bool is_foreign(const struct gl_policy *policy, const struct gl_abi *abi, uint16_t call,
		       struct gl_policy_decision *ret)
{
	bool killed = abi && abi != &policy->machine->abis[0] && policy->foreign_abis_killed;

	if (!killed && abi && !abi->x32)
		return false;
	*ret = decision(GL_ZONE_FOREIGN, killed ? GL_POLICY_KILL : GL_POLICY_DENY, killed ? 0 : ENOSYS,
			policy->abis_place, call);
	return true;
}

static bool is_always_allowed(const struct gl_policy *policy, const struct gl_abi *abi, uint32_t number,
			      uint16_t call)
{
	if (call != GL_CALL_NONE)
		return policy->machine->calls[call].always;
	return abi->private_calls && number >= GL_ARM_PRIVATE_FIRST && number <= GL_ARM_PRIVATE_LAST;
}

bool gl_policy_before_rules(const struct gl_policy *policy, const struct gl_abi *abi, uint32_t number,
			    uint16_t call, struct gl_policy_decision *ret)
{
	const struct gl_policy_place nowhere = {0};
	bool no_exec = policy->exec == GL_POLICY_NO;

	if (is_foreign(policy, abi, call, ret))
		return true;
	if (is_always_allowed(policy, abi, number, call))
		*ret = decision(GL_ZONE_ALWAYS, GL_POLICY_ALLOW, 0, nowhere, call);
	else if (call == GL_CALL_NONE || policy->machine->calls[call].since > policy->known_through)
		*ret = decision(GL_ZONE_NEWER, GL_POLICY_DENY, ENOSYS, policy->known_through_place, call);
	else if (gl_call_is_exec(policy->machine, call))
		*ret = decision(GL_ZONE_EXEC, no_exec ? GL_POLICY_DENY : GL_POLICY_ALLOW, no_exec ? EPERM : 0,
				policy->exec_place, call);
	else
		return false;
	return true;
}

struct gl_policy_decision gl_policy_decide(const struct gl_policy *policy,
					   const struct gl_policy_facts *facts, uint32_t arch,
					   uint32_t number, const uint64_t args[6])
{
	const struct gl_abi *abi = gl_abi_of(policy->machine, arch, number);
	uint16_t call = abi ? gl_syscall_at(abi, abi->x32 ? number & ~GL_X32_BIT : number) : GL_CALL_NONE;
	struct gl_policy_decision decided;

	if (gl_policy_before_rules(policy, abi, number, call, &decided))
		return decided;
	return by_rules(policy, facts, call, args);
}
