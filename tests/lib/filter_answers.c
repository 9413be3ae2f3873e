/*
 * Compiled filter against interpreted policy: see tests/lib/filter_answers.h.
 */
#include "tests/lib/filter_answers.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "policy/group.h"
#include "tests/lib/bpf_sim.h"

#define NUMBERS	    1024
#define MAX_VALUES  4096
#define RANDOM_ARGS 4
#define SAMPLE	    8 /* of the values, where not all numbers are asked */

static bool is_probe(uint16_t call)
{
	const struct gl_policy_group *probes = gl_policy_group_find("probes", strlen("probes"));

	for (size_t i = 0; probes && i < probes->call_count; i++)
		if (probes->calls[i] == call)
			return true;
	return false;
}

uint32_t gl_filter_expected(enum gl_filter_variant variant, const struct gl_policy_decision *decision)
{
	static const uint32_t plain[GL_POLICY_ACTION_MAX] = {
		[GL_POLICY_ALLOW] = SECCOMP_RET_ALLOW,	     [GL_POLICY_DENY] = SECCOMP_RET_ERRNO,
		[GL_POLICY_KILL] = SECCOMP_RET_KILL_PROCESS, [GL_POLICY_TRAP] = SECCOMP_RET_TRAP,
		[GL_POLICY_LOG] = SECCOMP_RET_LOG,
	};
	const struct gl_policy_answer *answer = &decision->answer;
	bool explain = variant == GL_FILTER_EXPLAIN;

	if (explain && answer->action == GL_POLICY_KILL)
		return SECCOMP_RET_USER_NOTIF;
	if (explain && answer->action == GL_POLICY_DENY && answer->errnum != ENOSYS &&
	    !is_probe(decision->call))
		return SECCOMP_RET_USER_NOTIF;
	return plain[answer->action] | (answer->action == GL_POLICY_DENY ? (uint32_t)answer->errnum : 0);
}

static bool differs(struct gl_filter_comparison *c, const struct seccomp_data *data, const char *answer,
		    uint32_t expected)
{
	snprintf(
		c->difference, sizeof(c->difference),
		"arch %08x, number %#x, args %#llx %#llx %#llx %#llx %#llx %#llx: the filter answers %s, the policy %08x",
		data->arch, (unsigned)data->nr, data->args[0], data->args[1], data->args[2], data->args[3],
		data->args[4], data->args[5], answer, expected);
	return false;
}

static bool ask(struct gl_filter_comparison *c, const struct seccomp_data *data)
{
	uint64_t args[6];
	struct gl_policy_decision decision;
	uint32_t answer = 0, expected;
	char text[16];

	memcpy(args, data->args, sizeof(args));
	decision = gl_policy_decide(c->policy, c->facts, data->arch, (uint32_t)data->nr, args);
	expected = gl_filter_expected(c->variant, &decision);
	c->asked++;
	if (!gl_bpf_run(c->filter->insns, c->filter->count, data, &answer))
		return differs(c, data, "nothing: it is no valid program", expected);
	snprintf(text, sizeof(text), "%08x", answer);
	return answer == expected || differs(c, data, text, expected);
}

/* Everything that the statements about a call compare an argument with. */
struct values {
	uint64_t items[MAX_VALUES];
	uint8_t argument[MAX_VALUES];
	size_t count;
};

static void add_value(struct values *v, uint8_t argument, uint64_t value)
{
	if (v->count == MAX_VALUES)
		return;
	v->argument[v->count] = argument;
	v->items[v->count++] = value;
}

static void add_around(struct values *v, uint8_t argument, uint64_t value)
{
	add_value(v, argument, value - 1);
	add_value(v, argument, value);
	add_value(v, argument, value + 1);
	add_value(v, argument, value ^ UINT64_C(1) << 32);
	add_value(v, argument, value ^ UINT64_C(1) << 63);
}

static void add_test(struct values *v, const struct gl_policy_test *test)
{
	for (size_t i = 0; i < test->value_count; i++)
		add_around(v, test->argument, test->values[i]);
	if (test->mask == 0)
		return;
	add_around(v, test->argument, test->mask);
	add_value(v, test->argument, ~test->mask);
	add_value(v, test->argument, test->mask & -test->mask);
	if (test->value_count > 0)
		add_value(v, test->argument, test->values[0] | ~test->mask);
}

static bool names(const struct gl_policy_rule *rule, uint16_t call)
{
	for (size_t i = 0; i < rule->call_count; i++)
		if (rule->calls[i] == call)
			return true;
	return false;
}

static size_t collect(const struct gl_policy *policy, uint16_t call, struct values *v)
{
	size_t rules = 0;

	v->count = 0;
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (!names(&policy->rules[i], call))
			continue;
		rules++;
		for (size_t j = 0; j < policy->rules[i].test_count; j++)
			add_test(v, &policy->rules[i].tests[j]);
	}
	return rules;
}

/* The other arguments: values that they are compared with too, so that several tests hold at once. */
static void fill(struct gl_filter_comparison *c, const struct values *v, struct seccomp_data *data)
{
	for (size_t i = 0; i < 6; i++)
		data->args[i] = gl_random_once_in(c->random, 4) ? gl_policy_random_value(c->random) : 0;
	for (size_t i = 0; i < 12 && v->count > 0; i++) {
		size_t one = gl_random_below(c->random, v->count);

		data->args[v->argument[one]] = v->items[one];
	}
}

static bool ask_arguments(struct gl_filter_comparison *c, struct seccomp_data *data, const struct values *v)
{
	size_t step = c->all_numbers ? 1 : v->count / SAMPLE + 1;

	for (size_t i = gl_random_below(c->random, step); i < v->count; i += step) {
		fill(c, v, data);
		data->args[v->argument[i]] = v->items[i];
		if (!ask(c, data))
			return false;
	}
	for (size_t i = 0; i < RANDOM_ARGS; i++) {
		fill(c, v, data);
		if (!ask(c, data))
			return false;
	}
	return true;
}

static bool ask_number(struct gl_filter_comparison *c, uint32_t arch, uint32_t number)
{
	static struct values v; /* large, and this is called often */
	struct seccomp_data data = {.nr = (int)number, .arch = arch};
	const struct gl_abi *abi = gl_abi_of(c->policy->machine, arch, number);
	uint16_t call = abi ? gl_syscall_at(abi, abi->x32 ? number & ~GL_X32_BIT : number) : GL_CALL_NONE;

	if (!ask(c, &data))
		return false;
	if (call == GL_CALL_NONE || collect(c->policy, call, &v) == 0)
		return true;
	return ask_arguments(c, &data, &v);
}

/* All numbers that this ABI could have. */
static bool ask_abi(struct gl_filter_comparison *c, const struct gl_abi *abi)
{
	const uint32_t base = abi->x32 ? GL_X32_BIT : 0;
	static const uint32_t borders[] = {0xffff,     0x10000,	   0xeffff,    0xf0000,	   0xf0001,
					   0xf0005,    0xf0006,	   0xf0007,    0x3fffffff, 0x40000000,
					   0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

	for (uint32_t number = 0; number < NUMBERS; number++)
		if (!ask_number(c, abi->arch, base | number))
			return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(borders); i++)
		if (!ask_number(c, abi->arch, borders[i]))
			return false;
	return true;
}

/* A number and those beside it. */
static bool ask_around(struct gl_filter_comparison *c, const struct gl_abi *abi, uint16_t call)
{
	int number = gl_syscall_number(abi, call);
	uint32_t base = abi->x32 ? GL_X32_BIT : 0;

	for (int i = number - 1; number >= 0 && i <= number + 1; i++)
		if (!ask_number(c, abi->arch, base + (uint32_t)i))
			return false;
	return true;
}

static bool ask_named(struct gl_filter_comparison *c, const struct gl_abi *abi)
{
	for (size_t i = 0; i < c->policy->rule_count; i++)
		for (size_t j = 0; j < c->policy->rules[i].call_count && j < 8; j++)
			if (!ask_around(c, abi, c->policy->rules[i].calls[j]))
				return false;
	return true;
}

bool gl_filter_compare(struct gl_filter_comparison *c)
{
	static const uint32_t others[] = {0, 0xffffffff, AUDIT_ARCH_PPC64LE, AUDIT_ARCH_X86_64 ^ 1};
	const struct gl_abi *abis = c->policy->machine->abis;

	for (size_t i = 0; i < GL_MACHINE_ABIS && abis[i].name; i++)
		if (!(c->all_numbers ? ask_abi(c, &abis[i]) : ask_named(c, &abis[i])))
			return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(others); i++)
		if (!ask_number(c, others[i], 0) || !ask_number(c, others[i], 0xffffffff))
			return false;
	return true;
}
