/*
 * The listener on a live kernel: programs under filters compiled here, what they
 * are answered, and what is recorded of it.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "policy/kernel.h"
#include "proc/listener.h"
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

#define REPEATS 100
#define THREADS 4
#define MANY	(GL_DENIALS_MAX + 20)
#define NO_CALL 5000

static unsigned said;

static void say(void *context, struct gl_denial *denial)
{
	(void)context;
	ck_assert_uint_eq(denial->count, 1);
	said++;
}

/* -- programs: each ends with 0 if it was answered as it should be -- */

static bool answers(long number, long argument, int errnum)
{
	return syscall(number, argument, 0, 0, 0, 0) == -1 && errno == errnum;
}

static int child_denied(void)
{
	for (int i = 0; i < REPEATS; i++)
		if (!answers(SYS_keyctl, 11, EACCES) || !answers(SYS_acct, 0, EPERM))
			return 1;
	return 0;
}

static int child_executes(void)
{
	execl(KIT_SELF, KIT_SELF, "child:never", NULL);
	if (errno != EPERM)
		return 1;
	execveat(AT_FDCWD, KIT_SELF, (char *const[]){NULL}, (char *const[]){NULL}, 0);
	return errno == EPERM ? 0 : 1;
}

static void *kill_us(void *arg)
{
	syscall(SYS_keyctl, 11, 0, 0, 0, 0);
	return arg;
}

/* In another thread than the first: the process dies, not the thread. */
static int child_killed(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, kill_us, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}

static int child_killed_in_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		kill_us(NULL);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 1;
}

static void *deny_often(void *arg)
{
	for (int i = 0; i < REPEATS; i++)
		if (!answers(SYS_keyctl, 11, EACCES))
			return NULL;
	return arg;
}

static int child_threads(void)
{
	pthread_t threads[THREADS];
	void *result;

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, deny_often, threads))
			return 1;
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_join(threads[i], &result) || !result)
			return 1;
	return 0;
}

/* Numbers that are no calls, then one call with many arguments. */
static int child_many(void)
{
	for (long number = 0; number < MANY; number++)
		if (!answers(NO_CALL + number, 0, ENOSYS))
			return 1;
	for (long i = 0; i < MANY; i++)
		if (!answers(SYS_keyctl, i, EACCES))
			return 1;
	return 0;
}

/* -- the tests -- */

struct bench {
	struct kit kit;
	struct gl_listener *listener;
	struct gl_denials *denials;
};

static void compile(struct gl_plan *plan, const char *text)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofilter struct gl_filter plain = GL_FILTER_INIT, explain = GL_FILTER_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls(), "test", text, NULL, NULL, &policy, &err) == 0, "%s",
		      err.msg);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_PLAIN, &facts, &plain, &err), 0);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_EXPLAIN, &facts, &explain, &err), 0);
	plan->filter_count = plain.count;
	plan->filter = GL_TAKE_PTR(plain.insns);
	plan->explain_count = explain.count;
	plan->explain = GL_TAKE_PTR(explain.insns);
	plan->filter_asked = plan->no_new_privs = true;
	if (gl_exec_is_denied(plan->filter, plan->filter_count))
		ck_assert_int_eq(gl_plan_add_exec_key(plan, &err), 0);
}

static void prepare(struct bench *b, const char *policy, const char *const *argv)
{
	int r;

	*b = (struct bench){.listener = NULL};
	said = 0;
	kit_init(&b->kit, argv);
	compile(&b->kit.plan, policy);
	r = gl_listener_new(&b->kit.plan, say, NULL, &b->listener, &b->kit.err);
	ck_assert_msg(r == 0, "%s", b->kit.err.msg);
	b->kit.spawn.listener = b->listener;
	b->kit.supervise.sources[0] = gl_listener_source(b->listener);
	b->denials = gl_listener_denials(b->listener);
}

/* Runs the child under the policy to its end. */
static void run(struct bench *b, const char *policy, const char *child)
{
	const char *argv[] = {KIT_SELF, child, NULL};

	prepare(b, policy, argv);
	kit_run(&b->kit);
}

static void end(struct bench *b)
{
	gl_listener_free(b->listener);
	gl_plan_done(&b->kit.plan);
}

#define POLICY "known-through 6.12\ndefault allow\ndeny errno EACCES keyctl\ndeny acct\n"

START_TEST(denies_and_counts)
{
	struct bench b;

	run(&b, POLICY, "child:denied");
	ck_assert_int_eq(b.kit.death.status, 0);
	ck_assert_uint_eq(b.denials->count, 2);
	ck_assert_uint_eq(said, 2);
	ck_assert_str_eq(b.denials->items[0].name, "keyctl");
	ck_assert_str_eq(b.denials->items[1].name, "acct");
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(b.denials->items[i].count, REPEATS);
		ck_assert_int_eq(b.denials->items[i].caller.kind, GL_CALLER_FOREIGN);
		ck_assert_int_eq(b.denials->items[i].process, b.kit.supervise.pid);
	}
	ck_assert_int_eq(b.denials->items[0].errnum, EACCES);
	ck_assert_int_eq(b.denials->items[1].errnum, EPERM);
	ck_assert_uint_eq(b.denials->unlisted, 0);
	ck_assert(!b.denials->killed_program);
	end(&b);
}
END_TEST

START_TEST(counts_threads)
{
	struct bench b;

	run(&b, POLICY, "child:threads");
	ck_assert_int_eq(b.kit.death.status, 0);
	ck_assert_uint_eq(b.denials->count, 1);
	ck_assert_uint_eq(b.denials->items[0].count, THREADS * REPEATS);
	end(&b);
}
END_TEST

START_TEST(own_execve_does_not_come)
{
	struct bench b;

	run(&b, POLICY "exec deny\n", "child:executes");
	ck_assert_int_eq(b.kit.death.status, 0);
	ck_assert_uint_eq(b.denials->count, 2);
	ck_assert_str_eq(b.denials->items[0].name, "execve");
	ck_assert_str_eq(b.denials->items[1].name, "execveat");
	end(&b);
}
END_TEST

/* The calls that golaunch's child itself makes behind the filter are answered too: nothing hangs. */
START_TEST(denies_what_the_launch_needs)
{
	const char *argv[] = {"/bin/true", NULL};
	struct bench b;

	prepare(&b, POLICY "exec deny\ndeny prctl nanosleep futex getppid\n", argv);
	kit_run(&b.kit);
	ck_assert_int_eq(b.kit.death.status, 0);
	end(&b);
}
END_TEST

START_TEST(kills)
{
	struct bench b;

	run(&b, "known-through 6.12\ndefault allow\nkill keyctl\n", "child:killed");
	ck_assert(b.kit.death.by_signal);
	ck_assert_int_eq(b.kit.death.status, SIGKILL);
	ck_assert(b.denials->killed_program);
	ck_assert_ptr_eq(b.denials->killer, &b.denials->items[0]);
	ck_assert(b.denials->items[0].killed);
	ck_assert_int_ne(b.denials->items[0].thread, b.kit.supervise.pid);
	end(&b);
}
END_TEST

START_TEST(kills_a_child_alone)
{
	struct bench b;

	run(&b, "known-through 6.12\ndefault allow\nkill keyctl\n", "child:killed-in-fork");
	ck_assert(!b.kit.death.by_signal);
	ck_assert_int_eq(b.kit.death.status, 0);
	ck_assert(!b.denials->killed_program);
	ck_assert(b.denials->items[0].killed);
	end(&b);
}
END_TEST

/* What no kernel has answers ENOSYS, without a word. */
START_TEST(says_nothing_of_what_is_not_there)
{
	struct bench b;

	run(&b, POLICY, "child:many");
	ck_assert_int_eq(b.kit.death.status, 0);
	ck_assert_uint_eq(b.denials->count, 1);
	ck_assert_uint_eq(b.denials->items[0].count, MANY);
	end(&b);
}
END_TEST

START_TEST(program_has_no_descriptor_of_it)
{
	const char *argv[] = {"/bin/sh", "-c", "! ls -l /proc/self/fd | grep -q seccomp", NULL};
	struct bench b;

	prepare(&b, POLICY, argv);
	kit_run(&b.kit);
	ck_assert_int_gt(b.kit.failure.listener, 0);
	ck_assert_int_eq(b.kit.death.status, 0);
	end(&b);
}
END_TEST

/* A program that was not started leaves nothing. */
START_TEST(execve_may_fail)
{
	const char *argv[] = {"/no/such/program", NULL};
	struct bench b;

	prepare(&b, POLICY "exec deny\n", argv);
	ck_assert_int_eq(kit_start(&b.kit), -ENOENT);
	ck_assert_int_lt(gl_listener_source(b.listener)->fd, 0);
	ck_assert_int_eq(gl_fd_is_open(b.kit.failure.listener), 0);
	close(b.kit.supervise.signal_fd);
	end(&b);
}
END_TEST

static TCase *cases(void)
{
	TCase *tc = tcase_create("listener");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, denies_and_counts);
	tcase_add_test(tc, counts_threads);
	tcase_add_test(tc, own_execve_does_not_come);
	tcase_add_test(tc, denies_what_the_launch_needs);
	tcase_add_test(tc, kills);
	tcase_add_test(tc, kills_a_child_alone);
	tcase_add_test(tc, says_nothing_of_what_is_not_there);
	tcase_add_test(tc, program_has_no_descriptor_of_it);
	tcase_add_test(tc, execve_may_fail);
	return tc;
}

int main(int argc, char **argv)
{
	static const struct kit_program programs[] = {
		{"child:denied", child_denied},
		{"child:threads", child_threads},
		{"child:executes", child_executes},
		{"child:killed", child_killed},
		{"child:killed-in-fork", child_killed_in_fork},
		{"child:many", child_many},
		{NULL, NULL},
	};
	Suite *suite = suite_create("proc/listener");

	kit_become(argc, argv, programs);
	suite_add_tcase(suite, cases());
	return gl_unit_main(suite);
}
