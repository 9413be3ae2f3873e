/*
 * Which signals are passed on, and what state the program gets.
 */
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

#define SELF  100
#define OTHER 200

static const struct gl_signal_scene in_group = {.self = SELF, .shares_group = true};
static const struct gl_signal_scene own_group = {.self = SELF};
static const struct gl_signal_scene leader = {.self = SELF, .shares_group = true, .is_leader = true};
static const struct gl_signal_scene lone_init = {.self = SELF, .shares_group = true, .lone_init = true};

static const struct {
	int signo, code;
	pid_t from;
	const struct gl_signal_scene *scene;
	enum gl_signal_verdict verdict;
} judgements[] = {
	{SIGTERM, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGTERM, SI_QUEUE, OTHER, &in_group, GL_SIGNAL_FORWARD},
	/* Ctrl-C: the program in our group has it; one in its own group cannot have got ours */
	{SIGINT, SI_KERNEL, 0, &in_group, GL_SIGNAL_TERMINAL},
	{SIGINT, SI_KERNEL, 0, &own_group, GL_SIGNAL_FORWARD},
	{SIGINT, SI_KERNEL, 0, &lone_init, GL_SIGNAL_FORWARD},
	{SIGINT, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGQUIT, SI_KERNEL, 0, &in_group, GL_SIGNAL_TERMINAL},
	{SIGTSTP, SI_KERNEL, 0, &in_group, GL_SIGNAL_TERMINAL},
	{SIGWINCH, SI_KERNEL, 0, &in_group, GL_SIGNAL_TERMINAL},
	{SIGTSTP, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	/* a hang-up goes to the session leader alone */
	{SIGHUP, SI_KERNEL, 0, &in_group, GL_SIGNAL_TERMINAL},
	{SIGHUP, SI_KERNEL, 0, &leader, GL_SIGNAL_FORWARD},
	{SIGINT, SI_KERNEL, 0, &leader, GL_SIGNAL_TERMINAL},
	/* alarm() set before exec: kernel-made, but never the group's */
	{SIGALRM, SI_KERNEL, 0, &in_group, GL_SIGNAL_FORWARD},
	/* faults are passed on only when a process sent them */
	{SIGABRT, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGABRT, SI_TKILL, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGSEGV, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGSEGV, SEGV_MAPERR, 0, &in_group, GL_SIGNAL_OWN},
	{SIGSYS, 1, 0, &in_group, GL_SIGNAL_OWN},
	{SIGURG, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGURG, SI_KERNEL, 0, &in_group, GL_SIGNAL_OWN},
	{SIGXCPU, SI_KERNEL, 0, &in_group, GL_SIGNAL_OWN},
	/* our own write to a broken pipe */
	{SIGPIPE, SI_USER, SELF, &in_group, GL_SIGNAL_OWN},
	{SIGPIPE, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{SIGCHLD, CLD_EXITED, OTHER, &in_group, GL_SIGNAL_REAP},
	{SIGCHLD, SI_USER, OTHER, &in_group, GL_SIGNAL_REAP},
	/* libc's own two and the real-time ones */
	{32, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{34, SI_USER, OTHER, &in_group, GL_SIGNAL_FORWARD},
	{64, SI_QUEUE, OTHER, &in_group, GL_SIGNAL_FORWARD},
};

START_TEST(judged_by_the_table)
{
	struct signalfd_siginfo info = {
		.ssi_signo = (uint32_t)judgements[_i].signo,
		.ssi_code = judgements[_i].code,
		.ssi_pid = (uint32_t)judgements[_i].from,
	};

	ck_assert_int_eq(gl_signals_judge(&info, judgements[_i].scene), judgements[_i].verdict);
}
END_TEST

static const struct {
	const char *text;
	int signo; /* < 0: refused */
} names[] = {
	{"TERM", SIGTERM},
	{"SIGTERM", SIGTERM},
	{"sigterm", SIGTERM},
	{"15", 15},
	{"1", 1},
	{"64", 64},
	{"RTMIN", 34},
	{"SIGRTMIN+3", 37},
	{"RTMAX-1", 63},
	{"RTMAX", 64},
	{"", -1},
	{"0", -1},
	{"65", -1},
	{"015x", -1},
	{"-1", -1},
	{"SIG", -1},
	{"TERMX", -1},
	{"RTMIN+31", -1},
	{"RTMIN-1", -1},
	{"RTMIN+", -1},
	{"RTMAX-99999", -1},
	{"999999999999", -1},
};

START_TEST(names_are_parsed)
{
	int signo = gl_signals_parse(names[_i].text);

	if (names[_i].signo < 0)
		ck_assert_int_eq(signo, -EINVAL);
	else
		ck_assert_int_eq(signo, names[_i].signo);
}
END_TEST

START_TEST(every_signal_has_a_name_that_parses)
{
	for (int signo = 1; signo <= GL_SIGNAL_MAX; signo++) {
		char buf[GL_SIGNAL_NAME_ROOM];
		const char *name = gl_signals_name(signo, buf);

		if (signo == 32 || signo == 33) /* libc's own: no customary name */
			ck_assert_int_eq(strncmp(name, "signal ", 7), 0);
		else
			ck_assert_int_eq(gl_signals_parse(name), signo);
	}
}
END_TEST

/* glibc's own two: its posix_spawn, which make uses, leaves them ignored. */
#define LIBC_SIGNALS (GL_SIGNAL_BIT(32) | GL_SIGNAL_BIT(33))

/* Whoever runs the test may ignore signals (nohup, a shell's "&"). */
static void reset_dispositions(void)
{
	for (int signo = 1; signo <= GL_SIGNAL_MAX; signo++)
		signal(signo, SIG_DFL);
}

/* A word of /proc/self/status of a program that is run. */
static uint64_t status_word(const char *key)
{
	const char *argv[] = {"/bin/grep", key, "/proc/self/status",
			      NULL}; /* no shell: some clear the mask */
	char out[256];
	struct kit kit;

	kit_output(&kit, argv, out, sizeof(out));
	ck_assert_int_eq(strncmp(out, key, strlen(key)), 0);
	return strtoull(out + strlen(key) + 1, NULL, 16) & ~LIBC_SIGNALS;
}

START_TEST(ignored_stays_ignored)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	ck_assert_uint_eq(status_word("SigIgn"), GL_SIGNAL_BIT(SIGHUP) | GL_SIGNAL_BIT(SIGUSR2));
}
END_TEST

START_TEST(nothing_ignored_without_cause)
{
	ck_assert_uint_eq(status_word("SigIgn"), 0);
}
END_TEST

START_TEST(mask_is_kept)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 5);
	sigprocmask(SIG_SETMASK, &set, NULL);
	ck_assert_uint_eq(status_word("SigBlk"), GL_SIGNAL_BIT(SIGUSR1) | GL_SIGNAL_BIT(SIGRTMIN + 5));
}
END_TEST

START_TEST(mask_is_empty_without_cause)
{
	ck_assert_uint_eq(status_word("SigBlk"), 0);
}
END_TEST

START_TEST(ignored_sigchld_neither_blinds_us_nor_reaches_the_program)
{
	signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(kit_shell("exit 7").status, 7);
	signal(SIGCHLD, SIG_IGN);
	ck_assert_uint_eq(status_word("SigIgn"), 0);
}
END_TEST

/* The program: takes one SIGRTMIN+1, exits with its value, 99 if it came without one. */
static int child_value(void)
{
	sigset_t set;
	siginfo_t info;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	if (write(1, "r", 1) != 1 || sigwaitinfo(&set, &info) != SIGRTMIN + 1)
		return 98;
	return info.si_code == SI_QUEUE ? info.si_value.sival_int : 99;
}

/* Starts child_value() and waits until it is ready. */
static void start_value_child(struct kit *kit)
{
	static const char *const argv[] = {KIT_SELF, "child:value", NULL};
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], 1);
	close(ends[1]);
	kit_init(kit, argv);
	ck_assert_int_eq(kit_start(kit), 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
}

START_TEST(queued_value_is_kept)
{
	struct kit kit;

	start_value_child(&kit);
	ck_assert_int_eq(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 42}), 0);
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.status, 42);
	ck_assert_int_eq(kit.death.forwarded.signo, SIGRTMIN + 1);
}
END_TEST

START_TEST(plain_kill_of_a_real_time_signal_arrives)
{
	struct kit kit;

	start_value_child(&kit);
	kill(getpid(), SIGRTMIN + 1);
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.status, 99);
}
END_TEST

START_TEST(libc_internal_signals_do_not_kill_us)
{
	struct gl_err err;
	int fd;

	ck_assert_int_eq(gl_signals_open(&fd, &err), 0);
	kill(getpid(), 32);
	kill(getpid(), 33);
	ck_assert_int_ge(fd, GL_FD_FLOOR);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {{"child:value", child_value}, {NULL, NULL}};
	Suite *suite;
	TCase *table, *live;

	kit_become(argc, argv, programs);
	suite = suite_create("proc/signals");
	table = tcase_create("table");
	live = tcase_create("live");
	tcase_set_timeout(live, 60);
	tcase_add_checked_fixture(live, reset_dispositions, NULL);
	tcase_add_loop_test(table, judged_by_the_table, 0, GL_ARRAY_SIZE(judgements));
	tcase_add_loop_test(table, names_are_parsed, 0, GL_ARRAY_SIZE(names));
	tcase_add_test(table, every_signal_has_a_name_that_parses);
	suite_add_tcase(suite, table);
	tcase_add_test(live, ignored_stays_ignored);
	tcase_add_test(live, nothing_ignored_without_cause);
	tcase_add_test(live, mask_is_kept);
	tcase_add_test(live, mask_is_empty_without_cause);
	tcase_add_test(live, ignored_sigchld_neither_blinds_us_nor_reaches_the_program);
	tcase_add_test(live, queued_value_is_kept);
	tcase_add_test(live, plain_kill_of_a_real_time_signal_arrives);
	tcase_add_test(live, libc_internal_signals_do_not_kill_us);
	suite_add_tcase(suite, live);
	return gl_unit_main(suite);
}
