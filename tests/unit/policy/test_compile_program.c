/*
 * The assembler: every jump arrives, near and far, whatever is written between.
 */
#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "policy/program.h"
#include "policy/ranges.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/unit.h"

#define NUMBER	 offsetof(struct seccomp_data, nr)
#define ARG0	 offsetof(struct seccomp_data, args)
#define NOTHING	 GL_PROGRAM_NOTHING
#define YES	 SECCOMP_RET_ALLOW
#define NO	 (SECCOMP_RET_ERRNO | EPERM)
#define OTHER	 (SECCOMP_RET_ERRNO | ENOSYS)
#define FURTHEST 520 /* beyond two times a conditional jump's reach */

static uint32_t ask(const struct gl_filter *filter, uint32_t number, uint64_t arg0)
{
	const struct seccomp_data data = {.nr = (int)number, .args = {arg0}};
	struct gl_err err = GL_ERR_INIT;
	uint32_t answer = 0;

	ck_assert_msg(gl_filter_check(filter, &err) == 0, "%s", err.msg);
	ck_assert(gl_bpf_run(filter->insns, filter->count, &data, &answer));
	return answer;
}

/* So many instructions that lead nowhere else than to the target. */
static struct gl_target pad(struct gl_program *p, struct gl_target target, int count)
{
	for (int i = 0; i < count; i++)
		target = gl_program_load(p, ARG0, target);
	return target;
}

/*
 * One comparison, its targets at every distance from each other and from it:
 * "no" is the exit or the place that is written first.
 */
START_TEST(branch_reaches)
{
	const bool shared = _i & 1, load = _i & 2;

	for (int distance = 0; distance < FURTHEST; distance++) {
		gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		struct gl_target yes = gl_program_return(&p, YES), no = gl_program_return(&p, NO), start;

		/* Both begin with a load of what is held: the jump passes over it. */
		no = load ? gl_program_load(&p, NUMBER, no) : pad(&p, no, 1);
		no = shared ? gl_program_share(&p, no) : no;
		yes = load ? gl_program_load(&p, NUMBER, yes) : pad(&p, yes, 1);
		yes = shared ? gl_program_share(&p, yes) : yes;
		pad(&p, gl_program_return(&p, OTHER), distance);
		start = gl_program_branch(&p, BPF_JEQ, 7, NUMBER, yes, no);
		start = gl_program_load(&p, NUMBER, start);
		ck_assert_int_eq(gl_program_finish(&p, start, &filter), 0);
		ck_assert_uint_eq(ask(&filter, 7, 0), YES);
		ck_assert_uint_eq(ask(&filter, 8, 0), NO);
	}
}
END_TEST

/* The same with what is between the targets: one may have to be written again while the other is looked for. */
START_TEST(branch_reaches_both)
{
	for (int between = 0; between < FURTHEST; between++) {
		gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		struct gl_target first = gl_program_load(&p, NUMBER, gl_program_return(&p, NO)), second,
				 start;

		pad(&p, gl_program_return(&p, OTHER), between);
		second = gl_program_load(&p, NUMBER, gl_program_return(&p, YES));
		pad(&p, gl_program_return(&p, OTHER), 2 * _i);
		start = gl_program_branch(&p, BPF_JEQ, 7, NUMBER, second, first);
		start = gl_program_branch(&p, BPF_JGE, 9, NUMBER, first, start);
		start = gl_program_branch(&p, BPF_JGT, 10, NUMBER, second, start);
		ck_assert_int_eq(gl_program_finish(&p, gl_program_load(&p, NUMBER, start), &filter), 0);
		ck_assert_uint_eq(ask(&filter, 7, 0), YES);
		ck_assert_uint_eq(ask(&filter, 8, 0), NO);
		ck_assert_uint_eq(ask(&filter, 10, 0), NO);
		ck_assert_uint_eq(ask(&filter, 11, 0), YES);
	}
}
END_TEST

/* A load that is held already is passed over; another one is not. */
START_TEST(held_words)
{
	gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	struct gl_target yes = gl_program_return(&p, YES), no = gl_program_return(&p, NO), same, other, start;

	same = gl_program_load(&p, NUMBER, gl_program_branch(&p, BPF_JEQ, 5, NUMBER, yes, no));
	other = gl_program_load(&p, ARG0, gl_program_branch(&p, BPF_JEQ, 5, ARG0, yes, same));
	start = gl_program_load(&p, NUMBER, gl_program_branch(&p, BPF_JGE, 100, NUMBER, same, other));
	ck_assert_int_eq(gl_program_finish(&p, start, &filter), 0);
	ck_assert_uint_eq(ask(&filter, 100, 5), NO);
	ck_assert_uint_eq(ask(&filter, 99, 5), YES);
	ck_assert_uint_eq(ask(&filter, 5, 0), YES);
	ck_assert_uint_eq(ask(&filter, 6, 0), NO);
	ck_assert_uint_eq(filter.insns[1].jt, 3); /* to the comparison behind the load of "same" */
}
END_TEST

START_TEST(conditions)
{
	const struct gl_filter_condition condition = {.unless_caps = 1};
	const struct gl_policy_facts with = {.reachable_caps = 1}, without = {.reachable_caps = 2};

	for (int distance = 0; distance < FURTHEST; distance += 20) {
		gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		struct gl_target yes = gl_program_return(&p, YES), no = gl_program_return(&p, NO), patched,
				 start;

		patched = gl_program_choose(&p, &condition, no, yes); /* a return */
		no = gl_program_load(&p, NUMBER, no);
		pad(&p, gl_program_return(&p, OTHER), distance);
		start = gl_program_choose(&p, &condition, no, patched); /* a jump */
		pad(&p, gl_program_return(&p, OTHER), distance);
		start = gl_program_branch(&p, BPF_JEQ, 7, NUMBER, start, patched);
		ck_assert_int_eq(gl_program_finish(&p, gl_program_load(&p, NUMBER, start), &filter), 0);
		ck_assert_uint_ge(filter.patch_count, 2);
		for (int i = 0; i < 2; i++) {
			gl_filter_settle(&filter, &with);
			ck_assert_uint_eq(ask(&filter, 7, 0), YES);
			ck_assert_uint_eq(ask(&filter, 8, 0), YES);
			gl_filter_settle(&filter, &without);
			ck_assert_uint_eq(ask(&filter, 7, 0), NO);
			ck_assert_uint_eq(ask(&filter, 8, 0), NO);
		}
	}
}
END_TEST

START_TEST(too_long)
{
	gl_autoprogram struct gl_program p = GL_PROGRAM_INIT, fits = GL_PROGRAM_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	struct gl_target start = pad(&fits, gl_program_return(&fits, YES), BPF_MAXINSNS - 1);

	ck_assert_int_eq(gl_program_finish(&fits, start, &filter), 0);
	ck_assert_uint_eq(filter.count, BPF_MAXINSNS);
	ck_assert_uint_eq(ask(&filter, 0, 0), YES);
	start = pad(&p, gl_program_return(&p, YES), BPF_MAXINSNS + 1);
	start = gl_program_branch(&p, BPF_JEQ, 7, NUMBER, start, gl_program_return(&p, NO));
	start = gl_program_choose(&p, &(struct gl_filter_condition){.unless_caps = 1}, start,
				  gl_program_share(&p, start));
	ck_assert_int_eq(gl_program_finish(&p, start, &filter), -E2BIG);
}
END_TEST

START_TEST(only_a_return)
{
	gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;

	ck_assert_int_eq(gl_program_finish(&p, gl_program_return(&p, YES), &filter), 0);
	ck_assert_uint_eq(filter.count, 1);
	ck_assert_uint_eq(ask(&filter, 3, 0), YES);
}
END_TEST

/* Ranges of one number to three, and some wide ones. */
static uint32_t width(int i)
{
	return (1 + (uint32_t)(i * 7 % 5 % 3)) * (i % 11 == 0 ? 100 : 1);
}

static const uint32_t values[] = {YES, NO, OTHER};

static uint32_t value_of(int i)
{
	return values[(i * i + i / 3) % 3];
}

/* With many the search is longer than any short jump. */
START_TEST(searches)
{
	static struct gl_range ranges[1500];
	gl_autoprogram struct gl_program p = GL_PROGRAM_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	struct gl_target targets[GL_ARRAY_SIZE(values)], start;
	uint32_t first = 0;
	size_t n = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(values); i++)
		targets[i] = gl_program_return(&p, values[i]);
	for (int i = 0; i < _i; first += width(i++))
		n = gl_ranges_add(ranges, n, first, targets[(i * i + i / 3) % 3]);
	start = gl_program_load(&p, NUMBER, gl_ranges_search(&p, ranges, n, NUMBER));
	ck_assert_int_eq(gl_program_finish(&p, start, &filter), 0);
	first = 0;
	for (int i = 0; i < _i; first += width(i++)) {
		ck_assert_uint_eq(ask(&filter, first, 0), value_of(i));
		ck_assert_uint_eq(ask(&filter, i + 1 < _i ? first + width(i) - 1 : UINT32_MAX, 0),
				  value_of(i));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile_program");
	TCase *c = tcase_create("compile_program");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, branch_reaches, 0, 4);
	tcase_add_loop_test(c, branch_reaches_both, 0, 4);
	tcase_add_test(c, held_words);
	tcase_add_test(c, conditions);
	tcase_add_test(c, too_long);
	tcase_add_test(c, only_a_return);
	tcase_add_loop_test(c, searches, 1, 40);
	tcase_add_loop_test(c, searches, 700, 702);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
