/*
 * Tests of arguments as BPF: what compares 64 bits with a machine of 32.
 *
 * Arguments stand in seccomp_data as two words.  A narrow test looks at the low
 * one only, as the kernel does of an int; a wide one at both, the high one first
 * and only where it can matter.  All machines here are little-endian.
 */
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "policy/blocks.h"
#include "policy/ranges.h"

/* One test, as it is being written. */
struct writer {
	struct gl_program *program;
	const struct gl_policy_test *test;
	struct gl_target yes, no;
};

static uint32_t low_of(uint64_t value)
{
	return (uint32_t)value;
}

static uint32_t high_of(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static uint32_t low_offset(const struct writer *w)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + w->test->argument * sizeof(uint64_t));
}

static uint32_t high_offset(const struct writer *w)
{
	return low_offset(w) + (uint32_t)sizeof(uint32_t);
}

static int compare_values(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Is the low word one of these? */
static struct gl_target write_low_set(const struct writer *w, const uint64_t *values, size_t count)
{
	struct gl_range ranges[2 * GL_POLICY_MAX_VALUES + 1];
	size_t n = gl_ranges_add(ranges, 0, 0, w->no);

	for (size_t i = 0; i < count; i++) {
		uint32_t low = low_of(values[i]);

		if (n > 0 && ranges[n - 1].first == low)
			n--; /* a value next to the one before, or 0: the "no" between them is empty */
		n = gl_ranges_add(ranges, n, low, w->yes);
		if (low < UINT32_MAX)
			n = gl_ranges_add(ranges, n, low + 1, w->no);
	}
	return gl_program_load(w->program, low_offset(w),
			       gl_ranges_search(w->program, ranges, n, low_offset(w)));
}

/* Is the argument one of these, which are ascending?  They are taken in groups with the same high word. */
static struct gl_target write_wide_set(const struct writer *w, const uint64_t *values, size_t count)
{
	struct gl_target next = w->no;
	size_t end = count;

	while (end > 0) {
		size_t start = end - 1;
		struct gl_target low;

		while (start > 0 && high_of(values[start - 1]) == high_of(values[end - 1]))
			start--;
		low = write_low_set(w, values + start, end - start);
		next = gl_program_branch(w->program, BPF_JEQ, high_of(values[start]), high_offset(w), low,
					 next);
		end = start;
	}
	return gl_program_load(w->program, high_offset(w), next);
}

/* The values that can be equal to the argument, ascending, none twice. */
static size_t sort_values(const struct gl_policy_test *test, uint64_t values[GL_POLICY_MAX_VALUES])
{
	size_t count = 0, unique = 0;

	for (size_t i = 0; i < test->value_count; i++)
		if (test->wide || high_of(test->values[i]) == 0)
			values[count++] = test->values[i];
	qsort(values, count, sizeof(values[0]), compare_values);
	for (size_t i = 0; i < count; i++)
		if (unique == 0 || values[i] != values[unique - 1])
			values[unique++] = values[i];
	return unique;
}

static struct gl_target write_set(const struct writer *w)
{
	uint64_t values[GL_POLICY_MAX_VALUES];
	size_t count = sort_values(w->test, values);

	if (count == 0)
		return w->no;
	return w->test->wide ? write_wide_set(w, values, count) : write_low_set(w, values, count);
}

static struct gl_target write_not_set(const struct writer *w)
{
	const struct writer not = {w->program, w->test, .yes = w->no, .no = w->yes};

	return write_set(&not );
}

/* op: BPF_JGE or BPF_JGT. */
static struct gl_target write_order(const struct writer *w, uint16_t op)
{
	struct gl_program *p = w->program;
	uint64_t value = w->test->values[0];
	struct gl_target low, high;

	if (!w->test->wide && high_of(value) != 0)
		return w->no;
	low = gl_program_load(p, low_offset(w),
			      gl_program_branch(p, op, low_of(value), low_offset(w), w->yes, w->no));
	if (!w->test->wide)
		return low;
	if (high_of(value) == 0)
		high = gl_program_branch(p, BPF_JEQ, 0, high_offset(w), low, w->yes);
	else
		high = gl_program_branch(
			p, BPF_JGT, high_of(value), high_offset(w), w->yes,
			gl_program_branch(p, BPF_JEQ, high_of(value), high_offset(w), low, w->no));
	return gl_program_load(p, high_offset(w), high);
}

static struct gl_target write_greater(const struct writer *w)
{
	return write_order(w, BPF_JGT);
}

static struct gl_target write_greater_equal(const struct writer *w)
{
	return write_order(w, BPF_JGE);
}

static struct gl_target write_less(const struct writer *w)
{
	const struct writer not = {w->program, w->test, .yes = w->no, .no = w->yes};

	return write_order(&not, BPF_JGE);
}

static struct gl_target write_less_equal(const struct writer *w)
{
	const struct writer not = {w->program, w->test, .yes = w->no, .no = w->yes};

	return write_order(&not, BPF_JGT);
}

static struct gl_target write_bits(const struct writer *w, uint32_t offset, uint32_t mask,
				   struct gl_target no)
{
	struct gl_target bits;

	if (mask == 0)
		return no;
	bits = gl_program_branch(w->program, BPF_JSET, mask, offset, w->yes, no);
	return gl_program_load(w->program, offset, bits);
}

static struct gl_target write_any_bit(const struct writer *w)
{
	struct gl_target low = write_bits(w, low_offset(w), low_of(w->test->mask), w->no);

	return w->test->wide ? write_bits(w, high_offset(w), high_of(w->test->mask), low) : low;
}

/* Is the word, masked, this value? */
static struct gl_target write_masked_word(const struct writer *w, uint32_t offset, uint32_t mask,
					  uint32_t value, struct gl_target yes)
{
	struct gl_program *p = w->program;
	struct gl_target test;

	if (value & ~mask)
		return w->no;
	if (mask == 0)
		return yes;
	if (mask == UINT32_MAX)
		test = gl_program_branch(p, BPF_JEQ, value, offset, yes, w->no);
	else if (value == 0)
		test = gl_program_branch(p, BPF_JSET, mask, offset, w->no, yes);
	else
		test = gl_program_and(p, mask,
				      gl_program_branch(p, BPF_JEQ, value, GL_PROGRAM_NOTHING, yes, w->no));
	return gl_program_load(p, offset, test);
}

static struct gl_target write_masked_equal(const struct writer *w)
{
	uint64_t mask = w->test->wide ? w->test->mask : low_of(w->test->mask);
	uint64_t value = w->test->values[0];
	struct gl_target low;

	if (value & ~mask)
		return w->no;
	low = write_masked_word(w, low_offset(w), low_of(mask), low_of(value), w->yes);
	return write_masked_word(w, high_offset(w), high_of(mask), high_of(value), low);
}

static struct gl_target (*const writers[GL_POLICY_OP_MAX])(const struct writer *w) = {
	[GL_POLICY_IN] = write_set,	     [GL_POLICY_NOT_IN] = write_not_set,
	[GL_POLICY_LESS] = write_less,	     [GL_POLICY_LESS_EQUAL] = write_less_equal,
	[GL_POLICY_GREATER] = write_greater, [GL_POLICY_GREATER_EQUAL] = write_greater_equal,
	[GL_POLICY_ANY_BIT] = write_any_bit, [GL_POLICY_MASKED_EQUAL] = write_masked_equal,
};

struct gl_target gl_tests_write(struct gl_program *program, const struct gl_policy_rule *rule,
				struct gl_target if_true, struct gl_target if_false)
{
	struct gl_target target = if_true;

	for (size_t i = rule->test_count; i-- > 0;) {
		const struct writer w = {program, &rule->tests[i], .yes = target, .no = if_false};

		target = writers[w.test->op](&w);
	}
	return target;
}
