/*
 * The start watch: its table, and programs that are not Go, which it must leave
 * as they are.  Real Go programs are in tests/live/watch.sh.
 */
#include <sys/ptrace.h>

#include "proc/watch_private.h"
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

START_TEST(a_traced_state_handles_what_every_program_does)
{
	enum gl_watch_state state = (enum gl_watch_state)_i;

	ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_EXEC), GL_WATCH_LOOK);
	ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_GROUP), GL_WATCH_LISTEN);
	ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_SIGNAL), GL_WATCH_DELIVER);
	ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_CHILD), GL_WATCH_FREE);
	ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_NOTICE), GL_WATCH_GO_ON);
	/* a breakpoint of ours can be met in two states only, else the trap is the program's */
	if (state != GL_WATCH_STUB && state != GL_WATCH_INIT)
		ck_assert_int_eq(gl_watch_act_for(state, GL_TRACEE_TRAP), GL_WATCH_DELIVER);
}
END_TEST

START_TEST(what_is_over_is_let_go_of)
{
	ck_assert_int_eq(gl_watch_act_for(GL_WATCH_OVER, (enum gl_tracee_event)_i), GL_WATCH_LET_GO);
}
END_TEST

START_TEST(what_is_unknown_goes_on)
{
	ck_assert_int_eq(gl_watch_act_for(GL_WATCH_STATE_MAX, GL_TRACEE_EXEC), GL_WATCH_GO_ON);
	ck_assert_int_eq(gl_watch_act_for(GL_WATCH_INIT, GL_TRACEE_EVENT_MAX), GL_WATCH_GO_ON);
}
END_TEST

START_TEST(a_breakpoint_never_outlives_golaunch)
{
	unsigned long wanted = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;

	ck_assert_uint_eq(gl_watch_options_for(GL_WATCH_INIT) & wanted, wanted);
	ck_assert_uint_eq(gl_watch_options_for(GL_WATCH_STUB) & wanted, wanted);
	ck_assert_uint_eq(gl_watch_options_for(GL_WATCH_LAUNCH), PTRACE_O_TRACEEXEC);
	ck_assert_uint_eq(gl_watch_options_for(GL_WATCH_CHAIN), PTRACE_O_TRACEEXEC);
}
END_TEST

START_TEST(answers_have_words)
{
	for (int i = 0; i < GL_WATCH_ANSWER_MAX; i++)
		ck_assert_str_ne(gl_watch_answer_text((enum gl_watch_answer)i), "unknown");
	ck_assert_str_eq(gl_watch_answer_text(GL_WATCH_ANSWER_MAX), "unknown");
}
END_TEST

static struct gl_watch *watch;

static void watch_begin(struct kit *kit, const char *const *argv, bool follow)
{
	struct gl_watch_config config = {.follow = follow};

	kit_init(kit, argv);
	ck_assert_int_eq(gl_watch_new(&config, &watch, &kit->err), 0);
	kit->spawn.watch = watch;
	kit->supervise.watch = watch;
}

static void watch_end(void)
{
	gl_watch_free(watch);
	watch = NULL;
}

/* Runs a shell command, followed or not. */
static struct gl_death watch_shell(const char *command, bool follow)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct kit kit;

	watch_begin(&kit, argv, follow);
	kit_run(&kit);
	return kit.death;
}

static const struct {
	const char *command;
	bool follow;
	bool by_signal;
	int status;
	unsigned execs;
} runs[] = {
	{"exit 0", false, false, 0, 1},
	{"exit 7", false, false, 7, 1},
	{"exit 7", true, false, 7, 1},
	{"/bin/true; /bin/true; exit 7", true, false, 7, 1},
	{"(exit 3) & wait; exit 7", true, false, 7, 1},
	{"exec /bin/sh -c 'exit 7'", true, false, 7, 2},
	{"exec /bin/sh -c 'exit 7'", false, false, 7, 1},
	{"kill -TERM $$", true, true, SIGTERM, 1},
	{"kill -KILL $$", true, true, SIGKILL, 1},
	{"kill -TRAP $$", true, true, SIGTRAP, 1},
	{"trap 'exit 9' USR1; kill -USR1 $$; sleep 5", true, false, 9, 1},
	{"(sleep 0.1; kill -CONT $$) & kill -STOP $$; exit 7", true, false, 7, 1},
	{"exec /bin/sh -c 'exit 127'", true, false, 127, 2},
};

START_TEST(programs_end_as_they_would)
{
	struct gl_death death = watch_shell(runs[_i].command, runs[_i].follow);
	const struct gl_watch_record *record = gl_watch_result(watch);

	ck_assert_int_eq(death.by_signal, runs[_i].by_signal);
	ck_assert_int_eq(death.status, runs[_i].status);
	ck_assert_int_eq(death.orphans, 0);
	ck_assert_int_eq(record->answer, GL_WATCH_NOT_GO);
	ck_assert_int_eq(record->phase, GL_PHASE_UNKNOWN);
	ck_assert_uint_eq(record->execs, runs[_i].execs);
	ck_assert_ptr_null(gl_watch_table(watch));
}
END_TEST

START_TEST(so_many_images_and_no_more)
{
	char command[256] = "";
	struct gl_death death;

	snprintf(command, sizeof(command),
		 "i=$1; [ \"$i\" = 20 ] && exit 7; export S; exec /bin/sh -c \"$S\" sh $((i + 1))");
	setenv("S", command, 1);
	death = watch_shell("i=1; exec /bin/sh -c \"$S\" sh 1", true);
	unsetenv("S");
	ck_assert_int_eq(death.status, 7);
	ck_assert_int_eq(gl_watch_result(watch)->answer, GL_WATCH_TOO_MANY);
	ck_assert_uint_eq(gl_watch_result(watch)->execs, GL_WATCH_MAX_EXECS + 1);
}
END_TEST

START_TEST(a_failed_execve_is_told)
{
	const char *argv[] = {"/nonexistent/program", NULL};
	struct kit kit;

	watch_begin(&kit, argv, true);
	ck_assert_int_eq(kit_start(&kit), -ENOENT);
	ck_assert_int_eq(kit.failure.step, GL_STEP_EXEC);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static int early_signal;

/* Sent to golaunch before there is a program: it meets the child on its way to execve. */
static void send_early(void)
{
	kill(getpid(), early_signal);
}

START_TEST(a_signal_before_execve_is_handed_on)
{
	const char *argv[] = {"/bin/sh", "-c", "exit 7", NULL};
	struct kit kit;

	early_signal = _i ? SIGURG : SIGTERM;
	watch_begin(&kit, argv, true);
	kit.before_birth = send_early;
	kit_run(&kit);
	ck_assert_int_eq(kit.death.by_signal, !_i);
	ck_assert_int_eq(kit.death.status, _i ? 7 : SIGTERM);
}
END_TEST

/* Abandoned while it runs, the program goes on untraced. */
START_TEST(abandoned_it_runs_on)
{
	const char *argv[] = {"/bin/sleep", "60", NULL};
	struct kit kit;
	siginfo_t info = {.si_signo = 0};
	char status[4096], path[64];
	FILE *file;
	size_t n;

	watch_begin(&kit, argv, true);
	ck_assert_int_eq(kit_start(&kit), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)kit.supervise.pid, &info, WSTOPPED), 0);
	ck_assert_int_eq(gl_watch_trapped(watch, &info), 0);
	gl_watch_abandon(watch);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)kit.supervise.pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	n = fread(status, 1, sizeof(status) - 1, file);
	fclose(file);
	status[n] = '\0';
	ck_assert_ptr_nonnull(strstr(status, "TracerPid:\t0\n"));
	kill(kit.supervise.pid, SIGKILL);
	kit_finish(&kit);
	ck_assert_int_eq(kit.death.status, SIGKILL);
}
END_TEST

/* One that executes nothing more is traced for so long only. */
START_TEST(patience_ends)
{
	const char *argv[] = {"/bin/sh", "-c",
			      "until grep -q 'TracerPid:.0$' /proc/$$/status; do sleep 0.02; done; exit 7",
			      NULL};
	struct gl_watch_config config = {.follow = true, .patience_ms = 50};
	struct kit kit;

	kit_init(&kit, argv);
	ck_assert_int_eq(gl_watch_new(&config, &watch, &kit.err), 0);
	kit.spawn.watch = watch;
	kit.supervise.watch = watch;
	kit_run(&kit);
	ck_assert_int_eq(kit.death.status, 7);
	ck_assert_int_eq(gl_watch_result(watch)->answer, GL_WATCH_NOT_GO);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("watch");
	TCase *table = tcase_create("table"), *live = tcase_create("live");

	tcase_add_loop_test(table, a_traced_state_handles_what_every_program_does, 0, GL_WATCH_OVER);
	tcase_add_loop_test(table, what_is_over_is_let_go_of, 0, GL_TRACEE_EVENT_MAX);
	tcase_add_test(table, what_is_unknown_goes_on);
	tcase_add_test(table, a_breakpoint_never_outlives_golaunch);
	tcase_add_test(table, answers_have_words);
	suite_add_tcase(s, table);
	tcase_set_timeout(live, 60);
	tcase_add_checked_fixture(live, NULL, watch_end);
	tcase_add_loop_test(live, programs_end_as_they_would, 0, GL_ARRAY_SIZE(runs));
	tcase_add_test(live, so_many_images_and_no_more);
	tcase_add_test(live, a_failed_execve_is_told);
	tcase_add_loop_test(live, a_signal_before_execve_is_handed_on, 0, 2);
	tcase_add_test(live, abandoned_it_runs_on);
	tcase_add_test(live, patience_ends);
	suite_add_tcase(s, live);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
