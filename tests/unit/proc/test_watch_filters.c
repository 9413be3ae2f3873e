/*
 * Seccomp filters that golaunch knows, and those that it does not.
 */
#include "proc/watch_private.h"
#include "tests/lib/unit.h"

static const struct {
	const char *status;
	struct gl_watch_filters want;
} statuses[] = {
	{"Name:\tx\nTracerPid:\t7\nSeccomp:\t0\nSeccomp_filters:\t0\nSpeculation", {0, 0, 7}},
	{"Name:\tx\nTracerPid:\t0\nSeccomp:\t2\nSeccomp_filters:\t3\n", {2, 3, 0}},
	{"Name:\tx\nSeccomp:\t2\n", {2, -1, -1}}, /* before Linux 5.9 */
	{"Name:\tSeccomp:\t7\n", {-1, -1, -1}},
	{"", {-1, -1, -1}},
};

START_TEST(a_status_is_read)
{
	struct gl_watch_filters got = gl_watch_filters_parse(statuses[_i].status);

	ck_assert_int_eq(got.mode, statuses[_i].want.mode);
	ck_assert_int_eq(got.count, statuses[_i].want.count);
	ck_assert_int_eq(got.tracer, statuses[_i].want.tracer);
}
END_TEST

static const struct {
	struct gl_watch_filters ours, theirs;
	int added;
	bool known;
} cases[] = {
	{{0, 0, 0}, {0, 0, 0}, 0, true},
	{{0, 0, 0}, {0, 0, 0}, 1, true}, /* the default policy could not be had */
	{{0, 0, 0}, {2, 1, 0}, 1, true},
	{{0, 0, 0}, {2, 1, 0}, 0, false},
	{{0, 0, 0}, {2, 2, 0}, 1, false},
	{{2, 3, 0}, {2, 4, 0}, 1, true},
	{{2, 3, 0}, {2, 5, 0}, 1, false},
	{{0, -1, 0}, {2, -1, 0}, 1, true},
	{{0, -1, 0}, {2, -1, 0}, 0, false},
	{{2, -1, 0}, {2, -1, 0}, 0, true},
	{{0, 0, 0}, {1, 0, 0}, 1, false},   /* strict: kills for nearly everything */
	{{0, 0, 0}, {-1, -1, 0}, 1, false}, /* no /proc */
	{{-1, -1, 0}, {2, 1, 0}, 1, false},
};

START_TEST(what_is_not_known_is_told)
{
	ck_assert_int_eq(gl_watch_filters_known(&cases[_i].ours, &cases[_i].theirs, cases[_i].added),
			 cases[_i].known);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc/watch_filters");
	TCase *tc = tcase_create("filters");

	tcase_add_loop_test(tc, a_status_is_read, 0, GL_ARRAY_SIZE(statuses));
	tcase_add_loop_test(tc, what_is_not_known_is_told, 0, GL_ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
