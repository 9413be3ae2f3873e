/*
 * Policies made up at random: what the compiled filter answers is what the
 * policy says, for both variants, settled before and after compiling, for every
 * machine.  Most are models, which can be stranger than any text; some are read
 * from a text, with groups, names and includes.  GL_RANDOM_POLICIES says how many
 * (10^4), GL_RANDOM_SEED which.
 */
#include <errno.h>
#include <linux/capability.h>

#include "policy/kernel.h"
#include "tests/lib/filter_answers.h"
#include "tests/lib/policy_text_random.h"
#include "tests/lib/unit.h"

#define POLICIES    10000
#define ALL_IN	    64 /* in every so many, all numbers are asked */
#define LARGE_IN    256
#define LARGE_RULES 300
#define ORDINARY    12
#define TEXT_IN	    4 /* one in so many is read from a text */
#define TIMEOUT	    86400

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static struct gl_policy_facts random_facts(struct gl_random *random)
{
	static const uint32_t kernels[] = {GL_KERNEL(3, 10), GL_KERNEL(4, 7), GL_KERNEL(4, 8),
					   GL_KERNEL(6, 1)};

	return (struct gl_policy_facts){gl_random_once_in(random, 2) ? gl_random_below(random, 16)
								     : UINT64_C(1) << CAP_SYS_ADMIN,
					kernels[gl_random_below(random, GL_ARRAY_SIZE(kernels))]};
}

static void compare(struct gl_filter_comparison *c, uint64_t seed, const struct gl_filter *filter)
{
	struct gl_err err = GL_ERR_INIT;

	c->filter = filter;
	if (gl_filter_check(filter, &err) < 0)
		ck_abort_msg("seed %#llx, variant %d: %s", (unsigned long long)seed, (int)c->variant,
			     err.msg);
	if (!gl_filter_compare(c))
		ck_abort_msg("seed %#llx, variant %d: %s", (unsigned long long)seed, (int)c->variant,
			     c->difference);
}

/* A policy may be more than a filter holds: that is an answer too, but it is rare. */
static bool compile(const struct gl_filter_comparison *c, uint64_t seed, const struct gl_policy_facts *facts,
		    struct gl_filter *ret_filter)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_compile(c->policy, c->variant, facts, ret_filter, &err);

	if (r < 0 && r != -E2BIG)
		ck_abort_msg("seed %#llx: %s", (unsigned long long)seed, err.msg);
	return r == 0;
}

/* Returns how often both were asked; 0: too large. */
static uint64_t compare_variant(const struct gl_policy *policy, enum gl_filter_variant variant, uint64_t seed,
				struct gl_random *random)
{
	const struct gl_policy_facts facts = random_facts(random), others = random_facts(random);
	struct gl_filter_comparison c = {.policy = policy,
					 .facts = &facts,
					 .variant = variant,
					 .random = random,
					 .all_numbers = gl_random_once_in(random, ALL_IN)};
	gl_autofilter struct gl_filter settled = GL_FILTER_INIT, patched = GL_FILTER_INIT;

	if (!compile(&c, seed, NULL, &patched) || !compile(&c, seed, &facts, &settled))
		return 0;
	ck_assert_uint_eq(settled.patch_count, 0);
	gl_filter_settle(&patched, &others); /* can be done again */
	gl_filter_settle(&patched, &facts);
	compare(&c, seed, &settled);
	compare(&c, seed, &patched);
	return c.asked;
}

static struct gl_policy read_random(const struct gl_machine_calls *machine, struct gl_random *random)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	gl_policy_text_random(machine, random, ORDINARY, &text);
	if (gl_policy_parse(machine, "t", gl_buf_text(&text), gl_policy_text_random_include,
			    (void *)(uintptr_t)machine, &policy, &err) < 0)
		ck_abort_msg("%s\n--- of:\n%s", err.msg, gl_buf_text(&text));
	return policy;
}

static struct gl_policy make_policy(uint64_t seed, struct gl_random *random)
{
	const struct gl_machine_calls *machine = &gl_machine_table[seed % gl_machine_table_count];
	const struct gl_policy_random options = {.max_rules = seed % LARGE_IN == 0 ? LARGE_RULES : ORDINARY,
						 .conditions = true};

	if (gl_random_once_in(random, TEXT_IN))
		return read_random(machine, random);
	return gl_policy_random(machine, random, &options);
}

START_TEST(random_policies)
{
	uint64_t count = from_environment("GL_RANDOM_POLICIES", POLICIES), asked = 0, too_large = 0;
	uint64_t first = from_environment("GL_RANDOM_SEED", 1);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct gl_random random = {seed};
		gl_autopolicy struct gl_policy policy = make_policy(seed, &random);

		for (int variant = 0; variant < GL_FILTER_VARIANT_MAX; variant++) {
			uint64_t n = compare_variant(&policy, (enum gl_filter_variant)variant, seed, &random);

			asked += n;
			too_large += n == 0;
		}
	}
	printf("# %llu policies, %llu calls, %llu filters too large\n", (unsigned long long)count,
	       (unsigned long long)asked, (unsigned long long)too_large);
	ck_assert_uint_gt(asked, 2 * count);
	ck_assert_uint_le(too_large, 2 + count / 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile_random");
	TCase *c = tcase_create("compile_random");

	tcase_set_timeout(c, TIMEOUT);
	tcase_add_test(c, random_policies);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
