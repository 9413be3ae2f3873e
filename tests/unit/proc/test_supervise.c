/*
 * The supervisor: signals, orphans, job control, its own end.
 */
#include <pty.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>

#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

#define ORPHANS 200

/* A process to be golaunch; run() gives its exit status. */
static pid_t start_supervisor(int (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* How many signals supervise_as() passed on. */
static unsigned forwarded;

/* Supervises argv with group; dies as it did. */
static int supervise_as(const char *const *argv, enum gl_spawn_group group)
{
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.group = group;
	if (kit_start(&kit) < 0)
		return 100;
	kit_finish(&kit);
	forwarded = kit.death.forwarded_count;
	if (kit.death.by_signal)
		gl_supervise_die_of(kit.death.status);
	return kit.death.status;
}

static int supervise_sleep(void)
{
	static const char *const argv[] = {"/bin/sleep", "60", NULL};

	return supervise_as(argv, GL_GROUP_SAME);
}

/* Until the process waits for its child (its signals are blocked by then). */
static void await_child_of(pid_t pid)
{
	char path[64];
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	while (child == 0) {
		FILE *file = fopen(path, "re");

		ck_assert_ptr_nonnull(file);
		if (fscanf(file, "%d", &child) != 1)
			child = 0;
		fclose(file);
		usleep(1000);
	}
	usleep(50000);
}

static const int deadly[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGABRT, SIGSEGV, SIGALRM, 34, 64};

START_TEST(signal_is_passed_on_and_we_die_of_it)
{
	pid_t pid = start_supervisor(supervise_sleep);
	int status;

	await_child_of(pid);
	kill(pid, deadly[_i]);
	status = kit_wait(pid, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), deadly[_i]);
	ck_assert(!WCOREDUMP(status));
}
END_TEST

static int supervise_killed(void)
{
	static const char *const argv[] = {"/bin/sh", "-c", "kill -KILL $$", NULL};

	return supervise_as(argv, GL_GROUP_SAME);
}

START_TEST(killed_program_kills_us)
{
	int status = kit_wait(start_supervisor(supervise_killed), 0);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

/* The shell's & ignores SIGINT; a program that wants it again must get it. */
static int supervise_trap(void)
{
	static const char *const argv[] = {KIT_SELF, "child:wants-hup", NULL};

	signal(SIGHUP, SIG_IGN);
	return supervise_as(argv, GL_GROUP_SAME);
}

static void on_hup(int signo)
{
	_exit(signo + 40);
}

static int child_wants_hup(void)
{
	signal(SIGHUP, on_hup);
	sleep(60);
	return 0;
}

START_TEST(ignored_at_entry_is_still_passed_on)
{
	pid_t pid = start_supervisor(supervise_trap);

	await_child_of(pid);
	usleep(100000);
	kill(pid, SIGHUP);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), SIGHUP + 40);
}
END_TEST

START_TEST(sender_is_remembered)
{
	const char *argv[] = {"/bin/sleep", "60", NULL};
	pid_t self = getpid();
	struct kit kit;
	pid_t sender;

	kit_init(&kit, argv);
	ck_assert_int_eq(kit_start(&kit), 0);
	sender = fork();
	if (sender == 0) {
		kill(self, SIGTERM);
		_exit(0);
	}
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.forwarded.signo, SIGTERM);
	ck_assert_int_eq(kit.death.forwarded.pid, sender);
	ck_assert_uint_eq(kit.death.forwarded.uid, getuid());
	ck_assert_int_eq(kit.death.forwarded.code, SI_USER);
}
END_TEST

/* The program is dead before anybody waits. */
static void term_us(void)
{
	kill(getpid(), SIGTERM);
}

/* A Ctrl-C before the program was born reached golaunch alone: it is the program's too, and once. */
START_TEST(signal_before_birth_is_the_programs)
{
	const char *argv[] = {"/bin/sleep", "30", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.before_birth = term_us;
	kit_run(&kit);
	ck_assert(kit.death.by_signal);
	ck_assert_int_eq(kit.death.status, SIGTERM);
	ck_assert_uint_eq(kit.death.forwarded_count, 0);
}
END_TEST

/* PR_SET_PDEATHSIG of the program, as it sees it. */
static int child_tied(void)
{
	int signo = 0;

	prctl(PR_GET_PDEATHSIG, &signo);
	return signo;
}

START_TEST(tied_program_dies_with_us)
{
	const char *argv[] = {KIT_SELF, "child:tied", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.plan.tie_to = getpid();
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, SIGKILL);
	kit_init(&kit, argv);
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 0);
}
END_TEST

START_TEST(early_death_is_seen)
{
	const char *argv[] = {"/bin/true", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(kit_start(&kit), 0);
	usleep(200000);
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.status, 0);
	ck_assert_uint_ge(kit.death.wall_ns, 1);
}
END_TEST

static unsigned told;

static void count_orphan(void *context, pid_t pid, int status)
{
	unsigned *odd = context;

	told++;
	*odd += pid <= 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 9;
}

/* Double forks, all at once. */
static int child_orphans(void)
{
	for (int i = 0; i < ORPHANS; i++)
		if (fork() == 0) {
			if (fork() == 0)
				_exit(9);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	usleep(300000);
	return 3;
}

START_TEST(subreaper_reaps_every_orphan)
{
	const char *argv[] = {KIT_SELF, "child:orphans", NULL};
	unsigned odd = 0;
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(gl_supervise_subreaper(&kit.err), 0);
	kit.supervise.on_orphan = count_orphan;
	kit.supervise.context = &odd;
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 3);
	ck_assert_uint_eq(kit.death.orphans, ORPHANS);
	ck_assert_uint_eq(told, ORPHANS);
	ck_assert_uint_eq(odd, 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static int supervise_group(void)
{
	static const char *const argv[] = {"/bin/sh", "-c",
					   "trap 'wait; exit 11' TERM; sleep 60 & wait; exit 12", NULL};
	struct kit kit;

	kit_init(&kit, argv);
	kit.spawn.group = GL_GROUP_NEW;
	kit.supervise.kill_group = true;
	if (kit_start(&kit) < 0)
		return 100;
	kit_finish(&kit);
	return kit.death.status;
}

/* The program's own child must get it too, else the shell waits a minute for it. */
START_TEST(kill_group_reaches_grandchildren)
{
	pid_t pid = start_supervisor(supervise_group);

	await_child_of(pid);
	usleep(200000);
	kill(pid, SIGTERM);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 11);
}
END_TEST

/* A parent that starts a supervisor with -p TERM and dies. */
START_TEST(parent_death_ends_the_program)
{
	int ends[2];
	char byte;
	pid_t parent;

	ck_assert_int_eq(pipe(ends), 0);
	parent = fork();
	if (parent == 0) {
		pid_t me = getpid();
		pid_t pid = fork();
		struct gl_err err;

		if (pid > 0) {
			await_child_of(pid);
			_exit(0);
		}
		close(ends[0]);
		if (gl_signals_parent_death(SIGTERM, me, &err) < 0)
			_exit(1);
		_exit(supervise_sleep());
	}
	close(ends[1]);
	kit_wait(parent, 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0); /* the pipe ends when supervisor and program have */
}
END_TEST

START_TEST(parent_that_died_before_is_noticed)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct gl_err err;

		signal(SIGTERM, SIG_DFL); /* Check has a handler */
		_exit(gl_signals_parent_death(SIGTERM, getppid() + 1, &err) ? 1 : 0);
	}
	status = kit_wait(pid, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

/* In its own group of our session: not orphaned, so it can be stopped. */
static int supervise_stopping(void)
{
	static const char *const argv[] = {"/bin/sh", "-c", "kill -TSTP $$; exit 21", NULL};

	setpgid(0, 0);
	return supervise_as(argv, GL_GROUP_SAME);
}

START_TEST(stop_is_mirrored)
{
	pid_t pid = start_supervisor(supervise_stopping);
	int status = kit_wait(pid, WUNTRACED);

	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(WSTOPSIG(status), SIGTSTP);
	kill(_i ? -pid : pid, SIGCONT); /* as fg does, or for golaunch alone */
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 21);
}
END_TEST

/* The program: counts SIGINT for half a second. */
static volatile sig_atomic_t interrupts;

static void on_int(int signo)
{
	(void)signo;
	interrupts++;
}

static int child_counts(void)
{
	signal(SIGINT, on_int);
	if (write(1, "ready\n", 6) != 6)
		return 99;
	for (int i = 0; i < 50; i++)
		usleep(10000);
	return 50 + interrupts;
}

/* A session on a new terminal whose foreground job is a supervisor; reports its wait status. */
static pid_t start_on_terminal(int *ret_master, int (*run)(void))
{
	pid_t pid = forkpty(ret_master, NULL, NULL, NULL);

	if (pid == 0) {
		pid_t job = fork();
		int status = 0;

		if (job == 0) {
			setpgid(0, 0);
			signal(SIGTTOU, SIG_IGN);
			tcsetpgrp(0, getpid());
			signal(SIGTTOU, SIG_DFL);
			_exit(run());
		}
		while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
			printf("stopped by %d\n", WSTOPSIG(status));
			fflush(stdout);
			kill(-job, SIGCONT);
		}
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* Reads the terminal until text came. */
static void expect(int master, const char *text)
{
	char seen[4096] = "";
	size_t len = 0;

	while (!strstr(seen, text)) {
		ssize_t n = read(master, seen + len, sizeof(seen) - 1 - len);

		ck_assert_msg(n > 0, "'%s' did not come, but '%s'", text, seen);
		len += (size_t)n;
		seen[len] = '\0';
	}
}

static int supervise_counting(void)
{
	static const char *const argv[] = {KIT_SELF, "child:counts", NULL};

	return supervise_as(argv, GL_GROUP_SAME);
}

/* Two that come close together may be counted as one, so what was passed on shows too. */
static int supervise_ctrl_c(void)
{
	return supervise_counting() + 10 * (int)forwarded;
}

START_TEST(ctrl_c_arrives_once)
{
	int master;
	pid_t pid = start_on_terminal(&master, supervise_ctrl_c);

	expect(master, "ready");
	ck_assert_int_eq(write(master, "\003", 1), 1);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 51);
	close(master);
}
END_TEST

START_TEST(ctrl_z_stops_both_and_fg_continues)
{
	int master;
	pid_t pid = start_on_terminal(&master, supervise_counting);
	char want[32];

	expect(master, "ready");
	ck_assert_int_eq(write(master, "\032", 1), 1);
	snprintf(want, sizeof(want), "stopped by %d", SIGTSTP);
	expect(master, want);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 50);
	close(master);
}
END_TEST

/* The same with -g: the program has a group and the terminal of its own. */
static int supervise_counting_apart(void)
{
	static const char *const argv[] = {KIT_SELF, "child:counts", NULL};

	if (gl_spawn_choose_group(false) != GL_GROUP_SAME ||
	    gl_spawn_choose_group(true) != GL_GROUP_FOREGROUND)
		return 98;
	return supervise_as(argv, GL_GROUP_FOREGROUND);
}

START_TEST(ctrl_c_arrives_once_in_a_group_of_its_own)
{
	int master;
	pid_t pid = start_on_terminal(&master, supervise_counting_apart);

	expect(master, "ready");
	ck_assert_int_eq(write(master, "\003", 1), 1);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 51);
	close(master);
}
END_TEST

START_TEST(ctrl_z_in_a_group_of_its_own)
{
	int master;
	pid_t pid = start_on_terminal(&master, supervise_counting_apart);
	char want[32];

	expect(master, "ready");
	ck_assert_int_eq(write(master, "\032", 1), 1);
	snprintf(want, sizeof(want), "stopped by %d", SIGTSTP);
	expect(master, want);
	/* it has the terminal again: Ctrl-C still finds it */
	usleep(50000);
	ck_assert_int_eq(write(master, "\003", 1), 1);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 51);
	close(master);
}
END_TEST

/* golaunch as a session leader: takes and gives back the terminal; Ctrl-Z has nobody to continue it. */
START_TEST(session_leader_ignores_ctrl_z)
{
	static const char *const argv[] = {KIT_SELF, "child:counts", NULL};
	int master;
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	if (pid == 0) {
		enum gl_spawn_group group = gl_spawn_choose_group(false);
		int status = supervise_as(argv, group);

		if (group != GL_GROUP_FOREGROUND || tcgetpgrp(0) != getpgrp())
			_exit(97);
		_exit(status);
	}
	expect(master, "ready");
	ck_assert_int_eq(write(master, "\032", 1), 1);
	usleep(50000);
	ck_assert_int_eq(write(master, "\003", 1), 1);
	ck_assert_int_eq(WEXITSTATUS(kit_wait(pid, 0)), 51);
	close(master);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, signal_is_passed_on_and_we_die_of_it, 0, GL_ARRAY_SIZE(deadly));
	tcase_add_test(tc, killed_program_kills_us);
	tcase_add_test(tc, ignored_at_entry_is_still_passed_on);
	tcase_add_test(tc, sender_is_remembered);
	tcase_add_test(tc, early_death_is_seen);
	tcase_add_test(tc, subreaper_reaps_every_orphan);
	tcase_add_test(tc, kill_group_reaches_grandchildren);
	tcase_add_test(tc, parent_death_ends_the_program);
	tcase_add_test(tc, parent_that_died_before_is_noticed);
	tcase_add_loop_test(tc, stop_is_mirrored, 0, 2);
	tcase_add_test(tc, ctrl_c_arrives_once);
	tcase_add_test(tc, ctrl_z_stops_both_and_fg_continues);
	tcase_add_test(tc, ctrl_c_arrives_once_in_a_group_of_its_own);
	tcase_add_test(tc, ctrl_z_in_a_group_of_its_own);
	tcase_add_test(tc, session_leader_ignores_ctrl_z);
	tcase_add_test(tc, signal_before_birth_is_the_programs);
	tcase_add_test(tc, tied_program_dies_with_us);
}

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {
		{"child:wants-hup", child_wants_hup},
		{"child:orphans", child_orphans},
		{"child:tied", child_tied},
		{"child:counts", child_counts},
		{NULL, NULL},
	};
	Suite *suite;
	TCase *tc;

	kit_become(argc, argv, programs);
	suite = suite_create("proc/supervise");
	tc = tcase_create("supervise");
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
