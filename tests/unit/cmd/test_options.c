/*
 * The option parser, and the environment that is passed on.
 */
#include <errno.h>

#include "cmd/environment.h"
#include "cmd/options.h"
#include "cmd/run_options.h"
#include "cmd/verbs.h"
#include "tests/lib/unit.h"

#define NONE (char *)NULL

static struct gl_run_options o;
static struct gl_err err;
static int used;
static bool ended;

static int parse(char *const *argv, char *const *env)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	o = GL_RUN_OPTIONS_INIT;
	return gl_options_parse(gl_run_option_table(), argc, argv, env, &o, &used, &ended, &err);
}

#define WORDS(...) ((char *[]){__VA_ARGS__, NONE})

START_TEST(test_forms)
{
	ck_assert_int_eq(
		parse(WORDS("--policy=none", "--user", "1:2", "-vsp", "TERM", "app", "--policy"), NULL), 0);
	ck_assert_int_eq(used, 5);
	ck_assert_str_eq(o.policy, "none");
	ck_assert_str_eq(o.user, "1:2");
	ck_assert_int_eq(o.common.verbosity, 1);
	ck_assert(o.subreaper);
	ck_assert_int_eq(o.parent_death_signal, 15);
	ck_assert(!ended);
}
END_TEST

START_TEST(test_end_of_options)
{
	ck_assert_int_eq(parse(WORDS("-q", "--", "--policy"), NULL), 0);
	ck_assert_int_eq(used, 2);
	ck_assert(ended);
	ck_assert_int_eq(parse(WORDS("-"), NULL), 0);
	ck_assert_int_eq(used, 0);
}
END_TEST

static const struct {
	char *words[3];
	int want;
	const char *message;
} bad[] = {
	{{"--nope"}, -EINVAL, "unknown option '--nope'"},
	{{"--policy"}, -EINVAL, "needs a value"},
	{{"--dry-run=1"}, -EINVAL, "takes no value"},
	{{"-z"}, -EINVAL, "unknown option"},
	{{"-p"}, -EINVAL, "needs a value"},
	{{"-e", "256"}, -EINVAL, "0 to 255"},
	{{"-e", "-1"}, -EINVAL, "0 to 255"},
	{{"--check", "maybe"}, -EINVAL, "one of strict, warn, off"},
	{{"--capture", "some"}, -EINVAL, "one of auto, init, all, off"},
	{{"--start-timeout=5x"}, -EINVAL, "must be a time"},
	{{"--start-timeout", "0"}, -EINVAL, "must be a time"},
	{{"--start-timeout=1.s"}, -EINVAL, "must be a time"},
	{{"--start-timeout=.5s"}, -EINVAL, "must be a time"},
	{{"--start-timeout=1.5.5s"}, -EINVAL, "must be a time"},
	{{"--start-timeout=0.5ms"}, -EINVAL, "must be a time"},
	{{"--start-timeout=24.0001h"}, -EINVAL, "must be a time"},
	{{"--start-timeout=99999999999999999999s"}, -EINVAL, "must be a time"},
	{{"--policy=none", "--policy=none"}, -EINVAL, "given twice"},
	{{"--pol=none"}, -EINVAL, "unknown option"},
	{{"--\x1b[31m"}, -EINVAL, "\\x1b[31m"},
};

START_TEST(test_times)
{
	static const struct {
		char *words[3];
		unsigned ms;
	} rows[] = {
		{{"--start-timeout=2"}, 2000},	       {{"--start-timeout=1.5s"}, 1500},
		{{"--start-timeout=0.25"}, 250},       {{"--start-timeout=1.5ms"}, 1},
		{{"--start-timeout=500ms"}, 500},      {{"--start-timeout=1.25m"}, 75000},
		{{"--start-timeout=24h"}, 86400000},   {{"--start-timeout=0.00100000000000000009s"}, 1},
		{{"--start-timeout=24.0h"}, 86400000},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		ck_assert_int_eq(parse(rows[i].words, NULL), 0);
		ck_assert_uint_eq(o.start_timeout_ms, rows[i].ms);
	}
}
END_TEST

START_TEST(test_bad)
{
	ck_assert_int_eq(parse(bad[_i].words, NULL), bad[_i].want);
	ck_assert_msg(strstr(err.msg, bad[_i].message), "%s", err.msg);
}
END_TEST

START_TEST(test_environment_fills_what_is_open)
{
	char *env[] = {"A=1",
		       "GOLAUNCH_CHECK=warn",
		       "GOLAUNCH_REPORT=r",
		       "GOLAUNCH_DRY_RUN=0",
		       "GOLAUNCH_ENV_CLEAR=1",
		       NONE};

	ck_assert_int_eq(parse(WORDS("--report=x", "app"), env), 0);
	ck_assert_str_eq(o.report, "x");
	ck_assert_int_eq(o.check, GL_CHECK_WARN);
	ck_assert(!o.dry_run);
	ck_assert(o.env_clear);
}
END_TEST

/* What protects is never weakened from the environment once the command line says anything about it. */
START_TEST(test_environment_never_weakens)
{
	char *env[] = {"GOLAUNCH_POLICY=none", "GOLAUNCH_CAP=keep", NONE};

	ck_assert_int_eq(parse(WORDS("--user=1:1", "app"), env), 0);
	ck_assert_ptr_null(o.policy);
	ck_assert_uint_eq(o.caps.count, 0);
	ck_assert_int_eq(parse(WORDS("app"), env), 0);
	ck_assert_str_eq(o.policy, "none");
	ck_assert_uint_eq(o.caps.count, 1);
}
END_TEST

START_TEST(test_environment_of_services_is_ignored)
{
	char *env[] = {"GOLAUNCH_PORT=tcp://10.0.0.1:80", "GOLAUNCH_SERVICE_HOST=x",
		       "GOLAUNCH_PROGRAM=/bin/sh", NONE};

	ck_assert_int_eq(parse(WORDS("app"), env), 0);
	ck_assert_ptr_null(o.program);
}
END_TEST

START_TEST(test_bad_environment)
{
	char *env[] = {"GOLAUNCH_NO_SUPERVISE=maybe", NONE};

	ck_assert_int_eq(parse(WORDS("app"), env), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.msg, "GOLAUNCH_NO_SUPERVISE"));
}
END_TEST

/* --- options behind words ----------------------------------------------------------- */

static const struct {
	char *words[8];
	int used;
	char *after[8]; /* all words, as they stand then */
} anywhere[] = {
	{{"-q", "a", "b"}, 1, {"-q", "a", "b"}},
	{{"a", "-q", "b"}, 1, {"-q", "a", "b"}},
	{{"a", "b", "--policy", "none"}, 2, {"--policy", "none", "a", "b"}},
	{{"a", "--policy=none", "b", "-e", "3", "c", "-q"},
	 4,
	 {"--policy=none", "-e", "3", "-q", "a", "b", "c"}},
	{{"a", "--report", "-x", "b"}, 2, {"--report", "-x", "a", "b"}}, /* a value may look like an option */
	{{"a", "-q", "--", "-v", "b"}, 2, {"-q", "--", "a", "-v", "b"}}, /* words behind it */
	{{"--", "a", "-v"}, 1, {"--", "a", "-v"}},
	{{"a", "-", "-q"}, 1, {"-q", "a", "-"}}, /* is a word */
	{{"a", "b"}, 0, {"a", "b"}},
	{{"-q", "-s"}, 2, {"-q", "-s"}},
	{{NULL}, 0, {NULL}},
};

static int parse_anywhere(char **argv, char *const *env)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	o = GL_RUN_OPTIONS_INIT;
	return gl_options_parse_anywhere(gl_run_option_table(), argc, argv, env, &o, &used, &err);
}

START_TEST(test_anywhere)
{
	char *words[8];

	memcpy(words, anywhere[_i].words, sizeof(words));
	ck_assert_msg(!parse_anywhere(words, NULL), "%s", err.msg);
	ck_assert_int_eq(used, anywhere[_i].used);
	for (int i = 0; anywhere[_i].after[i]; i++)
		ck_assert_str_eq(words[i], anywhere[_i].after[i]);
}
END_TEST

START_TEST(test_anywhere_takes_the_values)
{
	char **words = WORDS("a", "--policy", "none", "b", "-e", "3", "-vv");

	ck_assert_int_eq(parse_anywhere(words, NULL), 0);
	ck_assert_str_eq(o.policy, "none");
	ck_assert_int_eq(o.common.verbosity, 2);
	ck_assert_int_eq(parse_anywhere(WORDS("a", "--", "--policy", "none"), NULL), 0);
	ck_assert_ptr_null(o.policy);
}
END_TEST

static const struct {
	char *words[4];
	const char *message;
} bad_anywhere[] = {
	{{"a", "--nope"}, "unknown option '--nope'"},
	{{"a", "--policy"}, "needs a value"},
	{{"a", "-e"}, "needs a value"},
	{{"--policy=none", "a", "--policy=none"}, "given twice"},
};

START_TEST(test_bad_anywhere)
{
	char *words[5] = {NULL};

	memcpy(words, bad_anywhere[_i].words, sizeof(bad_anywhere[_i].words));
	used = -1;
	ck_assert_int_eq(parse_anywhere(words, NULL), -EINVAL);
	ck_assert_msg(strstr(err.msg, bad_anywhere[_i].message), "%s", err.msg);
	ck_assert_int_eq(used, -1);
}
END_TEST

/* The command line wins, wherever on it an option stands. */
START_TEST(test_anywhere_before_the_environment)
{
	char *env[] = {"GOLAUNCH_REPORT=r", "GOLAUNCH_CHECK=warn", NONE};

	ck_assert_int_eq(parse_anywhere(WORDS("a", "--report=x"), env), 0);
	ck_assert_str_eq(o.report, "x");
	ck_assert_int_eq(o.check, GL_CHECK_WARN);
	ck_assert_int_eq(parse_anywhere(WORDS("a", "--no-env"), env), 0);
	ck_assert_ptr_null(o.report);
}
END_TEST

static void check_strings(const struct gl_environment *e, char *const *want)
{
	size_t n = 0;

	for (; want[n]; n++)
		ck_assert_str_eq(e->strings[n], want[n]);
	ck_assert_ptr_null(e->strings[n]);
	ck_assert_uint_eq(e->count, n);
}

START_TEST(test_pass_on)
{
	char *env[] = {"PATH=/bin",
		       "GOLAUNCH_POLICY=none",
		       "GOLAUNCH_BYPASS=0",
		       "GOLAUNCH_PORT=1",
		       "HOME=/root",
		       "broken",
		       NONE};
	struct gl_environment e;

	o = GL_RUN_OPTIONS_INIT;
	ck_assert_int_eq(gl_environment_make(env, &o, NULL, WORDS("HOME=/x"), &e, &err), 0);
	check_strings(&e, WORDS("PATH=/bin", "GOLAUNCH_PORT=1", "broken", "HOME=/x"));
	gl_environment_done(&e);
}
END_TEST

START_TEST(test_keep_patterns)
{
	char *env[] = {"PATH=/bin", "GOFLAGS=1", "GODEBUG=2", "SECRET=3", NONE};
	struct gl_environment e;

	o = GL_RUN_OPTIONS_INIT;
	o.env_keep.items[o.env_keep.count++] = "GO*";
	ck_assert_int_eq(gl_environment_make(env, &o, NULL, NULL, &e, &err), 0);
	check_strings(&e, WORDS("GOFLAGS=1", "GODEBUG=2"));
	gl_environment_done(&e);
	o = GL_RUN_OPTIONS_INIT;
	o.env_clear = true;
	ck_assert_int_eq(gl_environment_make(env, &o, NULL, NULL, &e, &err), 0);
	check_strings(&e, &env[4]);
	gl_environment_done(&e);
}
END_TEST

/* What a policy says; the last line that fits, and an option over all. */
START_TEST(test_keep_by_policy)
{
	static const char text[] = "default allow\nenv keep GO* PATH\nenv drop GODEBUG\n";
	char *env[] = {"PATH=/bin", "GOFLAGS=1", "GODEBUG=2", "SECRET=3", NONE};
	gl_autopolicy struct gl_policy keep = GL_POLICY_INIT, drop = GL_POLICY_INIT;
	struct gl_environment e;

	o = GL_RUN_OPTIONS_INIT;
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "p", text, NULL, NULL, &keep, &err), 0);
	ck_assert_int_eq(gl_environment_make(env, &o, &keep, NULL, &e, &err), 0);
	check_strings(&e, WORDS("PATH=/bin", "GOFLAGS=1"));
	gl_environment_done(&e);
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "p", "default allow\nenv drop GO*\n", NULL, NULL,
					 &drop, &err),
			 0);
	ck_assert_int_eq(gl_environment_make(env, &o, &drop, NULL, &e, &err), 0);
	check_strings(&e, WORDS("PATH=/bin", "SECRET=3"));
	gl_environment_done(&e);
	o.env_keep.items[o.env_keep.count++] = "SECRET";
	ck_assert_int_eq(gl_environment_make(env, &o, &drop, NULL, &e, &err), 0);
	check_strings(&e, WORDS("SECRET=3"));
	gl_environment_done(&e);
}
END_TEST

START_TEST(test_readdress)
{
	char listen[64];
	char *env[] = {"A=1", listen, "WATCHDOG_PID=1", "B=2", NONE};
	struct gl_environment e;

	snprintf(listen, sizeof(listen), "LISTEN_PID=%d", (int)getpid());
	o = GL_RUN_OPTIONS_INIT;
	ck_assert_int_eq(gl_environment_make(env, &o, NULL, NULL, &e, &err), 0);
	ck_assert_int_eq(gl_environment_readdress(&e, &err), 0);
	ck_assert_ptr_nonnull(e.listen_pid);
	ck_assert_ptr_null(e.watchdog_pid);
	snprintf(e.listen_pid, 12, "%d", 4711);
	check_strings(&e, WORDS("A=1", "WATCHDOG_PID=1", "B=2", "LISTEN_PID=4711"));
	gl_environment_done(&e);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	tcase_add_test(tcase, test_forms);
	tcase_add_test(tcase, test_end_of_options);
	tcase_add_test(tcase, test_times);
	tcase_add_loop_test(tcase, test_bad, 0, GL_ARRAY_SIZE(bad));
	tcase_add_test(tcase, test_environment_fills_what_is_open);
	tcase_add_test(tcase, test_environment_never_weakens);
	tcase_add_test(tcase, test_environment_of_services_is_ignored);
	tcase_add_test(tcase, test_bad_environment);
	tcase_add_loop_test(tcase, test_anywhere, 0, GL_ARRAY_SIZE(anywhere));
	tcase_add_test(tcase, test_anywhere_takes_the_values);
	tcase_add_loop_test(tcase, test_bad_anywhere, 0, GL_ARRAY_SIZE(bad_anywhere));
	tcase_add_test(tcase, test_anywhere_before_the_environment);
	tcase_add_test(tcase, test_pass_on);
	tcase_add_test(tcase, test_keep_patterns);
	tcase_add_test(tcase, test_keep_by_policy);
	tcase_add_test(tcase, test_readdress);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
