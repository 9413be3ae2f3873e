/*
 * Sets of argument values: for random values, a value is in the set just where the
 * tests hold.
 */
#include "policy/cubes.h"

#include <errno.h>

#include "policy/decide.h"
#include "tests/lib/policy_random.h"
#include "tests/lib/unit.h"

#define ROUNDS	   3000
#define VALUES	   40
#define MAX_VALUES 3

static bool is_in(const struct gl_cubes *cubes, const uint64_t args[6])
{
	size_t found = 0;

	for (size_t i = 0; i < cubes->count; i++) {
		bool in = true;

		for (size_t j = 0; j < 6; j++)
			in &= (args[j] & cubes->items[i].mask[j]) == cubes->items[i].value[j];
		found += in;
	}
	ck_assert_uint_le(found, 1); /* no two overlap */
	return found > 0;
}

static struct gl_policy_test make_test(struct gl_random *random, uint64_t values[MAX_VALUES])
{
	struct gl_policy_test test = {.argument = (uint8_t)gl_random_below(random, 3),
				      .wide = gl_random_once_in(random, 2),
				      .op = (enum gl_policy_op)gl_random_below(random, GL_POLICY_OP_MAX),
				      .mask = gl_policy_random_value(random),
				      .values = values,
				      .value_count = 1};

	for (size_t i = 0; i < MAX_VALUES; i++)
		values[i] =
			test.wide ? gl_policy_random_value(random) : (uint32_t)gl_policy_random_value(random);
	if (!test.wide)
		test.mask = (uint32_t)test.mask;
	if (test.op == GL_POLICY_IN || test.op == GL_POLICY_NOT_IN)
		test.value_count = 1 + gl_random_below(random, MAX_VALUES);
	if (test.op == GL_POLICY_ANY_BIT)
		test.value_count = 0;
	return test;
}

/* Values at and beside those that are compared with. */
static void make_args(struct gl_random *random, const struct gl_policy_rule *rule, uint64_t args[6])
{
	for (size_t i = 0; i < 6; i++)
		args[i] = gl_policy_random_value(random);
	for (size_t i = 0; i < rule->test_count; i++)
		if (rule->tests[i].value_count && gl_random_once_in(random, 2))
			args[rule->tests[i].argument] =
				rule->tests[i].values[0] + gl_random_below(random, 3) - 1;
}

START_TEST(rules)
{
	const struct gl_policy_facts facts = {0};
	struct gl_random random = {(uint64_t)_i};

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t values[2][MAX_VALUES], args[6];
		struct gl_policy_test tests[2] = {make_test(&random, values[0]),
						  make_test(&random, values[1])};
		struct gl_policy_rule rule = {.tests = tests,
					      .test_count = (size_t)gl_random_below(&random, 3)};
		gl_autocubes struct gl_cubes held = GL_CUBES_INIT, rest = GL_CUBES_INIT;
		int r = gl_cubes_of_rule(&rule, &held);

		if (r == 0)
			r = gl_cubes_all(&rest);
		if (r == 0)
			r = gl_cubes_subtract(&rest, &held);
		ck_assert(r == 0 || r == -E2BIG);
		for (int i = 0; i < VALUES && r == 0; i++) {
			bool holds;

			make_args(&random, &rule, args);
			holds = gl_policy_rule_holds(&rule, &facts, args);
			if (is_in(&held, args) != holds || is_in(&rest, args) == holds)
				ck_abort_msg("round %d, op %d: %d", round, (int)tests[0].op, holds);
		}
	}
}
END_TEST

START_TEST(sizes)
{
	uint64_t value = 7;
	struct gl_policy_test test = {.op = GL_POLICY_NOT_IN, .values = &value, .value_count = 1};
	const struct gl_policy_rule rule = {.tests = &test, .test_count = 1};
	gl_autocubes struct gl_cubes narrow = GL_CUBES_INIT, wide = GL_CUBES_INIT;

	ck_assert_int_eq(gl_cubes_of_rule(&rule, &narrow), 0);
	ck_assert_uint_eq(narrow.count, 32); /* differs in one of 32 bits */
	test.wide = true;
	ck_assert_int_eq(gl_cubes_of_rule(&rule, &wide), 0);
	ck_assert_uint_eq(wide.count, 64);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cubes");
	TCase *c = tcase_create("cubes");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, rules, 1, 4);
	tcase_add_test(c, sizes);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
