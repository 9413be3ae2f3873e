/*
 * Made-up policies: see tests/lib/policy_random.h.
 */
#include "tests/lib/policy_random.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/mem.h"
#include "policy/kernel.h"

uint64_t gl_random_next(struct gl_random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t gl_random_below(struct gl_random *random, uint64_t limit)
{
	return gl_random_next(random) % limit;
}

bool gl_random_once_in(struct gl_random *random, unsigned times)
{
	return gl_random_below(random, times) == 0;
}

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

uint64_t gl_policy_random_value(struct gl_random *random)
{
	uint64_t bit = UINT64_C(1) << gl_random_below(random, 64);
	const uint64_t values[] = {0,
				   1,
				   gl_random_below(random, 8),
				   gl_random_below(random, 64),
				   bit,
				   bit - 1,
				   UINT32_MAX,
				   UINT64_C(1) << 32,
				   ~bit,
				   ~UINT64_C(0),
				   gl_random_next(random) >> 32,
				   gl_random_next(random)};

	return values[gl_random_below(random, GL_ARRAY_SIZE(values))];
}

static size_t value_count(struct gl_random *random, enum gl_policy_op op)
{
	if (op == GL_POLICY_ANY_BIT)
		return 0;
	if (op != GL_POLICY_IN && op != GL_POLICY_NOT_IN)
		return 1;
	return 1 + gl_random_below(random, gl_random_once_in(random, 8) ? GL_POLICY_MAX_VALUES : 4);
}

static void make_values(struct gl_random *random, bool plain, struct gl_policy_test *test)
{
	uint64_t width = plain && !test->wide ? UINT32_MAX : UINT64_MAX;

	test->value_count = value_count(random, test->op);
	if (test->value_count > 0)
		test->values = need(calloc(test->value_count, sizeof(test->values[0])));
	for (size_t i = 0; i < test->value_count; i++) {
		/* often the one before, or next to it */
		uint64_t value = i > 0 && gl_random_once_in(random, 2)
					 ? test->values[i - 1] + gl_random_below(random, 3)
					 : gl_policy_random_value(random);

		test->values[i] = value & width;
	}
}

static struct gl_policy_test make_test(struct gl_random *random, bool plain)
{
	struct gl_policy_test test = {.argument = (uint8_t)gl_random_below(random, 6),
				      .wide = gl_random_once_in(random, 2),
				      .op = (enum gl_policy_op)gl_random_below(random, GL_POLICY_OP_MAX)};

	make_values(random, plain, &test);
	if (test.op != GL_POLICY_ANY_BIT && test.op != GL_POLICY_MASKED_EQUAL)
		return test;
	do
		test.mask = gl_policy_random_value(random) & (test.wide ? UINT64_MAX : UINT32_MAX);
	while (plain && test.mask == 0);
	if (test.op == GL_POLICY_MASKED_EQUAL && (plain || !gl_random_once_in(random, 4)))
		test.values[0] &= test.mask;
	return test;
}

static struct gl_policy_answer make_answer(struct gl_random *random)
{
	static const struct gl_policy_answer answers[] = {
		{GL_POLICY_ALLOW, 0},	 {GL_POLICY_ALLOW, 0},	   {GL_POLICY_DENY, EPERM},
		{GL_POLICY_DENY, EPERM}, {GL_POLICY_DENY, ENOSYS}, {GL_POLICY_DENY, EACCES},
		{GL_POLICY_KILL, 0},	 {GL_POLICY_TRAP, 0},	   {GL_POLICY_LOG, 0},
	};

	return answers[gl_random_below(random, GL_ARRAY_SIZE(answers))];
}

static void make_condition(struct gl_random *random, struct gl_policy_rule *rule)
{
	if (gl_random_once_in(random, 4))
		rule->unless_caps = UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << gl_random_below(random, 4);
	if (gl_random_once_in(random, 8))
		rule->if_kernel_below = GL_KERNEL(4, 8 + gl_random_below(random, 2));
	if (gl_random_once_in(random, 8))
		rule->if_kernel_from = GL_KERNEL(4, 7 + gl_random_below(random, 2));
}

/* A few calls with neighbours, or each with some chance; ascending, none twice. */
static void make_calls(const struct gl_machine_calls *machine, struct gl_random *random,
		       struct gl_policy_rule *rule)
{
	unsigned sparse = gl_random_once_in(random, 4) ? 1 + (unsigned)gl_random_below(random, 8) : 256;
	size_t from = gl_random_below(random, machine->call_count);

	rule->calls = need(calloc(machine->call_count, sizeof(rule->calls[0])));
	if (sparse == 256)
		rule->calls[rule->call_count++] = (uint16_t)from;
	for (size_t i = sparse == 256 ? from + 1 : 0; i < machine->call_count; i++)
		if (gl_random_once_in(random, sparse) || (i < from + 4 && gl_random_once_in(random, 2)))
			rule->calls[rule->call_count++] = (uint16_t)i;
}

static void make_tests(struct gl_random *random, bool plain, struct gl_policy_rule *rule)
{
	size_t count = gl_random_once_in(random, 2) ? 1 + gl_random_below(random, 3) : 0;

	if (gl_random_once_in(random, 32))
		count = GL_POLICY_MAX_TESTS;
	if (count == 0)
		return;
	rule->tests = need(calloc(count, sizeof(rule->tests[0])));
	while (rule->test_count < count)
		rule->tests[rule->test_count++] = make_test(random, plain);
}

/* The same tests as an earlier rule's: the compiler shares them. */
static void copy_tests(const struct gl_policy_rule *from, struct gl_policy_rule *rule)
{
	if (from->test_count == 0)
		return;
	rule->tests = need(calloc(from->test_count, sizeof(rule->tests[0])));
	rule->test_count = from->test_count;
	for (size_t i = 0; i < from->test_count; i++) {
		struct gl_policy_test *test = &rule->tests[i];

		*test = from->tests[i];
		if (test->value_count == 0)
			continue;
		test->values = need(calloc(test->value_count, sizeof(test->values[0])));
		memcpy(test->values, from->tests[i].values, test->value_count * sizeof(test->values[0]));
	}
}

static void make_rule(struct gl_random *random, const struct gl_policy_random *options,
		      struct gl_policy *policy)
{
	struct gl_policy_rule *rule = need(gl_mem_grow(&policy->rules, &policy->rule_room, policy->rule_count,
						       sizeof(*rule), GL_POLICY_MAX_RULES));

	rule->answer = make_answer(random);
	rule->place.line = (unsigned)policy->rule_count + 1;
	make_calls(policy->machine, random, rule);
	if (policy->rule_count > 0 && gl_random_once_in(random, 4))
		copy_tests(&policy->rules[gl_random_below(random, policy->rule_count)], rule);
	else
		make_tests(random, options->plain_only, rule);
	if (options->conditions)
		make_condition(random, rule);
	policy->rule_count++;
}

struct gl_policy gl_policy_random(const struct gl_machine_calls *machine, struct gl_random *random,
				  const struct gl_policy_random *options)
{
	struct gl_policy policy = GL_POLICY_INIT;
	size_t rules = gl_random_below(random, options->max_rules + 1);

	policy.machine = machine;
	policy.known_through = gl_random_once_in(random, 2) ? machine->through
							    : GL_KERNEL(3 + gl_random_below(random, 4), 8);
	policy.fallback = make_answer(random);
	policy.foreign_abis_killed = gl_random_once_in(random, 3);
	policy.exec = (enum gl_policy_toggle)gl_random_below(random, GL_POLICY_YES + 1);
	while (policy.rule_count < rules)
		make_rule(random, options, &policy);
	return policy;
}
