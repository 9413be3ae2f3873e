/*
 * Cubes of argument bits: see policy/cubes.h.
 */
#include "policy/cubes.h"

#include <errno.h>

#include "base/mem.h"

void gl_cubes_done(struct gl_cubes *cubes)
{
	free(cubes->items);
	*cubes = GL_CUBES_INIT;
}

static int add(struct gl_cubes *cubes, const struct gl_cube *cube)
{
	struct gl_cube *slot =
		gl_mem_grow(&cubes->items, &cubes->room, cubes->count, sizeof(*slot), GL_CUBES_MAX);

	if (!slot)
		return -errno;
	*slot = *cube;
	cubes->count++;
	return 0;
}

int gl_cubes_all(struct gl_cubes *ret_cubes)
{
	return add(ret_cubes, &(struct gl_cube){.mask = {0}});
}

/* --- algebra --------------------------------------------------------------------------------- */

static bool overlap(const struct gl_cube *a, const struct gl_cube *b)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(a->mask); i++)
		if ((a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i])
			return false;
	return true;
}

int gl_cubes_intersect(const struct gl_cubes *a, const struct gl_cubes *b, struct gl_cubes *ret_cubes)
{
	int r = 0;

	for (size_t i = 0; i < a->count && r == 0; i++) {
		for (size_t j = 0; j < b->count && r == 0; j++) {
			struct gl_cube both = a->items[i];

			if (!overlap(&both, &b->items[j]))
				continue;
			for (size_t k = 0; k < GL_ARRAY_SIZE(both.mask); k++) {
				both.mask[k] |= b->items[j].mask[k];
				both.value[k] |= b->items[j].value[k];
			}
			r = add(ret_cubes, &both);
		}
	}
	return r;
}

/*
 * Adds a without b: bit by bit of those that b fixes and a does not, the part of a
 * that differs from b in this bit and not in the ones before.
 */
static int add_difference(struct gl_cubes *to, struct gl_cube a, const struct gl_cube *b)
{
	int r = 0;

	if (!overlap(&a, b))
		return add(to, &a);
	for (size_t i = 0; i < GL_ARRAY_SIZE(a.mask); i++) {
		uint64_t fixed = b->mask[i] & ~a.mask[i];

		while (fixed && r == 0) {
			uint64_t bit = UINT64_C(1) << (63 - __builtin_clzll(fixed));

			fixed &= ~bit;
			a.mask[i] |= bit;
			a.value[i] |= ~b->value[i] & bit;
			r = add(to, &a);
			a.value[i] ^= bit;
		}
	}
	return r;
}

static int subtract_one(struct gl_cubes *a, const struct gl_cube *b)
{
	gl_autocubes struct gl_cubes left = GL_CUBES_INIT;
	struct gl_cubes whole = *a;
	int r = 0;

	for (size_t i = 0; i < a->count && r == 0; i++)
		r = add_difference(&left, a->items[i], b);
	if (r < 0)
		return r;
	*a = left;
	left = whole;
	return 0;
}

int gl_cubes_subtract(struct gl_cubes *a, const struct gl_cubes *b)
{
	int r = 0;

	for (size_t i = 0; i < b->count && r == 0; i++)
		r = subtract_one(a, &b->items[i]);
	return r;
}

/* --- tests ------------------------------------------------------------------------------------ */

static struct gl_cube one(const struct gl_policy_test *test, uint64_t mask, uint64_t value)
{
	struct gl_cube cube = {.mask = {0}};

	cube.mask[test->argument] = mask;
	cube.value[test->argument] = value & mask;
	return cube;
}

static uint64_t all_bits(const struct gl_policy_test *test)
{
	return test->wide ? UINT64_MAX : UINT32_MAX;
}

/* The bits above one, of those that are compared. */
static uint64_t above(const struct gl_policy_test *test, unsigned bit)
{
	return bit == 63 ? 0 : all_bits(test) & (UINT64_MAX << (bit + 1));
}

static int add_values(struct gl_cubes *cubes, const struct gl_policy_test *test)
{
	int r = 0;

	for (size_t i = 0; i < test->value_count && r == 0; i++) {
		struct gl_cube cube = one(test, all_bits(test), test->values[i]);
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known |= test->values[j] == test->values[i];
		if (!known && !(test->values[i] & ~all_bits(test)))
			r = add(cubes, &cube);
	}
	return r;
}

/* What is less (or greater) first differs from the value in a bit that the value has (or has not). */
static int add_range(struct gl_cubes *cubes, const struct gl_policy_test *test, bool greater, bool equal)
{
	uint64_t limit = test->values[0], turned = greater ? ~limit : limit;
	int r = 0;

	for (unsigned bit = 0; bit < (test->wide ? 64u : 32u) && r == 0; bit++) {
		uint64_t b = UINT64_C(1) << bit;
		struct gl_cube cube = one(test, above(test, bit) | b, (limit & ~b) | (greater ? b : 0));

		if (turned & b)
			r = add(cubes, &cube);
	}
	return r == 0 && equal ? add_values(cubes, test) : r;
}

/* One of the bits is set: the lowest of those that are. */
static int add_bits(struct gl_cubes *cubes, const struct gl_policy_test *test)
{
	uint64_t lower = 0;
	int r = 0;

	for (unsigned bit = 0; bit < 64 && r == 0; bit++) {
		uint64_t b = UINT64_C(1) << bit;
		struct gl_cube cube = one(test, lower | b, b);

		if (!(test->mask & all_bits(test) & b))
			continue;
		r = add(cubes, &cube);
		lower |= b;
	}
	return r;
}

static int cubes_of_test(const struct gl_policy_test *test, struct gl_cubes *cubes)
{
	gl_autocubes struct gl_cubes values = GL_CUBES_INIT;
	struct gl_cube masked =
		one(test, test->mask & all_bits(test), test->value_count ? test->values[0] : 0);
	int r;

	switch (test->op) {
	case GL_POLICY_IN:
		return add_values(cubes, test);
	case GL_POLICY_NOT_IN:
		r = add_values(&values, test);
		if (r == 0)
			r = gl_cubes_all(cubes);
		return r < 0 ? r : gl_cubes_subtract(cubes, &values);
	case GL_POLICY_LESS:
	case GL_POLICY_LESS_EQUAL:
		return add_range(cubes, test, false, test->op == GL_POLICY_LESS_EQUAL);
	case GL_POLICY_GREATER:
	case GL_POLICY_GREATER_EQUAL:
		return add_range(cubes, test, true, test->op == GL_POLICY_GREATER_EQUAL);
	case GL_POLICY_ANY_BIT:
		return add_bits(cubes, test);
	case GL_POLICY_MASKED_EQUAL:
		return test->values[0] & ~(test->mask & all_bits(test)) ? 0 : add(cubes, &masked);
	case GL_POLICY_OP_MAX:
		break;
	}
	return 0;
}

int gl_cubes_of_rule(const struct gl_policy_rule *rule, struct gl_cubes *ret_cubes)
{
	gl_autocubes struct gl_cubes held = GL_CUBES_INIT;
	int r = gl_cubes_all(&held);

	for (size_t i = 0; i < rule->test_count && r == 0; i++) {
		gl_autocubes struct gl_cubes test = GL_CUBES_INIT;
		struct gl_cubes both = GL_CUBES_INIT;

		r = cubes_of_test(&rule->tests[i], &test);
		if (r == 0)
			r = gl_cubes_intersect(&held, &test, &both);
		gl_cubes_done(&held);
		held = both;
	}
	if (r < 0)
		return r;
	*ret_cubes = held;
	held = GL_CUBES_INIT;
	return 0;
}
