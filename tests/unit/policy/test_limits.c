/*
 * Limits, right and wrong.
 */
#include "policy/limits.h"

#include <errno.h>

#include "tests/lib/unit.h"

#define INF RLIM_INFINITY

static const struct {
	const char *text;
	int resource;
	rlim_t soft, hard;
} good[] = {
	{"nofile=4096:65536", RLIMIT_NOFILE, 4096, 65536},
	{"nofile=100", RLIMIT_NOFILE, 100, 100},
	{"core=0:unlimited", RLIMIT_CORE, 0, INF},
	{"stack=unlimited", RLIMIT_STACK, INF, INF},
	{"stack=8M", RLIMIT_STACK, 8 << 20, 8 << 20},
	{"as=1G:2G", RLIMIT_AS, 1ull << 30, 2ull << 30},
	{"memlock=64K", RLIMIT_MEMLOCK, 65536, 65536},
	{"cpu=60", RLIMIT_CPU, 60, 60},
	{"fsize=18446744073709551614", RLIMIT_FSIZE, INF - 1, INF - 1},
};

static const struct {
	const char *text, *message;
} bad[] = {
	{"", "limit '' is not of the form NAME=SOFT[:HARD]"},
	{"nofile", "limit 'nofile' is not of the form NAME=SOFT[:HARD]"},
	{"=1", "unknown limit ''"},
	{"NOFILE=1", "unknown limit 'NOFILE'; did you mean 'nofile'?"},
	{"nofil=1", "unknown limit 'nofil'; did you mean 'nofile'?"},
	{"nofile=", "limit 'nofile=': expected a number or 'unlimited'"},
	{"nofile=1:", "limit 'nofile=1:': expected a number or 'unlimited'"},
	{"nofile=1:2:3", "limit 'nofile=1:2:3': expected a number or 'unlimited'"},
	{"nofile=1K", "limit 'nofile=1K': expected a number or 'unlimited'"},
	{"nofile=-1", "limit 'nofile=-1': expected a number or 'unlimited'"},
	{"nofile= 1", "limit 'nofile= 1': expected a number or 'unlimited'"},
	{"stack=M", "limit 'stack=M': expected a size (K, M, G) or 'unlimited'"},
	{"stack=8MB", "limit 'stack=8MB': expected a size (K, M, G) or 'unlimited'"},
	{"stack=17179869184G", "limit 'stack=17179869184G': expected a size (K, M, G) or 'unlimited'"},
	{"fsize=18446744073709551615",
	 "limit 'fsize=18446744073709551615': expected a size (K, M, G) or 'unlimited'"},
	{"nofile=5:4", "limit 'nofile=5:4': the soft limit is above the hard one"},
	{"core=unlimited:1", "limit 'core=unlimited:1': the soft limit is above the hard one"},
};

START_TEST(accepted)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_limit limit;

	ck_assert_msg(gl_limit_parse(good[_i].text, &limit, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(limit.resource, good[_i].resource);
	ck_assert(limit.value.rlim_cur == good[_i].soft);
	ck_assert(limit.value.rlim_max == good[_i].hard);
}
END_TEST

START_TEST(refused)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_limit limit;

	ck_assert_int_eq(gl_limit_parse(bad[_i].text, &limit, &err), -EINVAL);
	ck_assert_str_eq(err.msg, bad[_i].message);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(gl_limit_name(RLIMIT_NPROC), "nproc");
	ck_assert_str_eq(gl_limit_name(-1), "limit");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("limits");
	TCase *c = tcase_create("limits");

	tcase_add_loop_test(c, accepted, 0, (int)GL_ARRAY_SIZE(good));
	tcase_add_loop_test(c, refused, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_test(c, names);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
