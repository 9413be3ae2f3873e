/*
 * ptrace requests on a real child, and what its stops mean.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "arch/arch.h"
#include "proc/tracee.h"
#include "tests/lib/unit.h"
#include "tests/unit/proc/kit.h"

static const struct {
	int status;
	enum gl_tracee_event event;
	int signo;
} stops[] = {
	{PTRACE_EVENT_EXEC << 8 | SIGTRAP, GL_TRACEE_EXEC, 0},
	{PTRACE_EVENT_EXIT << 8 | SIGTRAP, GL_TRACEE_EXIT, 0},
	{PTRACE_EVENT_FORK << 8 | SIGTRAP, GL_TRACEE_CHILD, 0},
	{PTRACE_EVENT_VFORK << 8 | SIGTRAP, GL_TRACEE_CHILD, 0},
	{PTRACE_EVENT_CLONE << 8 | SIGTRAP, GL_TRACEE_NOTICE, 0},
	{128 << 8 | SIGTRAP, GL_TRACEE_NOTICE, 0},
	{128 << 8 | SIGTSTP, GL_TRACEE_GROUP, SIGTSTP},
	{128 << 8 | SIGSTOP, GL_TRACEE_GROUP, SIGSTOP},
	{SIGTRAP | 0x80, GL_TRACEE_SYSCALL, 0},
	{SIGTRAP, GL_TRACEE_TRAP, SIGTRAP},
	{SIGSEGV, GL_TRACEE_SIGNAL, SIGSEGV},
	{64, GL_TRACEE_SIGNAL, 64},
};

START_TEST(stops_are_told_apart)
{
	struct gl_tracee_stop stop = gl_tracee_stop_of(stops[_i].status);

	ck_assert_int_eq(stop.event, stops[_i].event);
	ck_assert_int_eq(stop.signo, stops[_i].signo);
}
END_TEST

static uint64_t words[2] = {0x1122334455667788, 0x99aabbccddeeff00};

static pid_t child;

/* A child that is seized and stopped. */
static void begin(void)
{
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	ck_assert_int_eq(gl_tracee_seize(child, 0), 0);
	ck_assert_int_eq(gl_tracee_interrupt(child), 0);
	ck_assert(WIFSTOPPED(kit_wait(child, __WALL)));
}

static void end(void)
{
	kill(child, SIGKILL);
	kit_wait(child, __WALL);
}

START_TEST(memory_is_read_and_written)
{
	uint64_t at = (uint64_t)(uintptr_t)words;
	unsigned char bytes[11], piece[] = {1, 2, 3};

	ck_assert_int_eq(gl_tracee_read(child, at + 3, bytes, sizeof(bytes)), 0);
	ck_assert_mem_eq(bytes, (char *)words + 3, sizeof(bytes));
	/* over the border of two words, and nothing beside it */
	ck_assert_int_eq(gl_tracee_write(child, at + 6, piece, sizeof(piece)), 0);
	ck_assert_int_eq(gl_tracee_read(child, at + 3, bytes, sizeof(bytes)), 0);
	ck_assert_mem_eq(bytes, (char *)words + 3, 3);
	ck_assert_mem_eq(bytes + 3, piece, 3);
	ck_assert_mem_eq(bytes + 6, (char *)words + 9, 5);
	ck_assert_int_lt(gl_tracee_read(child, 8, bytes, 1), 0);
	ck_assert_int_lt(gl_tracee_write(child, 8, piece, 1), 0);
}
END_TEST

START_TEST(registers_are_those_of_its_call)
{
	const struct gl_register_layout *l = gl_arch_native()->registers;
	struct gl_registers registers, again;

	ck_assert_int_eq(gl_tracee_registers(child, &registers), 0);
	ck_assert_uint_ne(gl_register(&registers, l->pc), 0);
	ck_assert_uint_ne(gl_register(&registers, l->sp), 0);
	registers.words[l->arguments[5]] = 4711;
	ck_assert_int_eq(gl_tracee_set_registers(child, &registers), 0);
	ck_assert_int_eq(gl_tracee_registers(child, &again), 0);
	ck_assert_mem_eq(again.words, registers.words, l->count * 8);
}
END_TEST

START_TEST(a_thread_that_runs_has_nothing_to_say)
{
	struct gl_registers registers;
	siginfo_t info;
	unsigned long message;
	uint64_t word;

	ck_assert_int_eq(gl_tracee_continue(child, 0), 0);
	ck_assert_int_eq(gl_tracee_registers(child, &registers), -ESRCH);
	ck_assert_int_eq(gl_tracee_siginfo(child, &info), -ESRCH);
	ck_assert_int_eq(gl_tracee_message(child, &message), -ESRCH);
	ck_assert_int_eq(gl_tracee_peek(child, (uint64_t)(uintptr_t)words, &word), -ESRCH);
	ck_assert_int_eq(gl_tracee_detach(child, 0), -ESRCH);
}
END_TEST

START_TEST(permission_is_asked_for_without_harm)
{
	int errnum = 0;

	ck_assert_int_eq(gl_tracee_permission(&errnum), GL_TRACEE_ALLOWED);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tracee");
	TCase *pure = tcase_create("pure"), *live = tcase_create("live");

	tcase_add_loop_test(pure, stops_are_told_apart, 0, GL_ARRAY_SIZE(stops));
	tcase_add_test(pure, permission_is_asked_for_without_harm);
	suite_add_tcase(s, pure);
	tcase_add_checked_fixture(live, begin, end);
	tcase_add_test(live, memory_is_read_and_written);
	tcase_add_test(live, registers_are_those_of_its_call);
	tcase_add_test(live, a_thread_that_runs_has_nothing_to_say);
	suite_add_tcase(s, live);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
