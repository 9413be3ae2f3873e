/*
 * What is repaired for which answers of an outer filter, what the filter of it answers,
 * and what a probe does to who makes it.
 */
#include "sandbox/repair.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "arch/syscall.h"
#include "policy/syscalls.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/unit.h"

#define NUMBERS 600

static const struct gl_repair_policy no_policy = {.filters = {NULL, NULL}};

static int number_of(const char *name)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	return gl_syscall_number(&m->abis[0], gl_syscall_find(m, name, strlen(name)));
}

static void deny(enum gl_outer_answer *answers, const char *name)
{
	for (size_t i = 0; i < gl_repair_call_count; i++)
		if (!strcmp(gl_repair_calls[i].name, name))
			answers[i] = GL_OUTER_DENIES;
}

static uint32_t run_filter(const struct gl_repair *repair, uint32_t arch, int number)
{
	const struct seccomp_data data = {.arch = arch, .nr = number};
	uint32_t answer;

	ck_assert(gl_bpf_run(repair->filter, repair->filter_count, &data, &answer));
	return answer;
}

static bool is_repaired(const struct gl_repair *repair, int number)
{
	for (size_t i = 0; i < repair->call_count; i++)
		if (number_of(repair->calls[i].call->name) == number)
			return true;
	return false;
}

/* Any set of the calls (bits of _i * 37): exactly these, in the machine's own ABI. */
START_TEST(exactly_the_denied)
{
	enum gl_outer_answer answers[GL_REPAIR_MAX_CALLS] = {GL_OUTER_UNKNOWN};
	struct gl_repair repair = GL_REPAIR_INIT;
	const struct gl_abi *abis = gl_machine_calls()->abis;
	struct gl_err err = GL_ERR_INIT;
	unsigned set = (unsigned)_i * 37 + 1;

	for (size_t i = 0; i < gl_repair_call_count; i++)
		answers[i] = set & 1u << i ? GL_OUTER_DENIES : GL_OUTER_PASSES;
	ck_assert_int_eq(gl_repair_settle_answers(answers, GL_ROOM_FREE, &no_policy, &repair, &err), 0);
	ck_assert_int_eq(repair.state,
			 set & ((1u << gl_repair_call_count) - 1) ? GL_REPAIR_DONE : GL_REPAIR_NOT_NEEDED);
	ck_assert(!repair.no_new_privs);
	for (int number = -1; repair.filter && number < NUMBERS; number++)
		for (size_t i = 0; i < GL_MACHINE_ABIS && abis[i].name; i++) {
			bool own = i == 0 && is_repaired(&repair, number);
			int nr = abis[i].x32 && number >= 0 ? number | (int)GL_X32_BIT : number;

			ck_assert_uint_eq(run_filter(&repair, abis[i].arch, nr),
					  own ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW);
		}
	gl_repair_done(&repair);
}
END_TEST

static const struct {
	const char *denied;
	enum gl_repair_room room;
	enum gl_repair_state state;
	bool filter, no_new_privs;
} rooms[] = {
	{"clone3", GL_ROOM_FREE, GL_REPAIR_DONE, true, false},
	{"clone3", GL_ROOM_NO_NEW_PRIVS, GL_REPAIR_DONE, true, true},
	{"clone3", GL_ROOM_PRIVILEGES, GL_REPAIR_IMPOSSIBLE, false, false},
	{"clone3", GL_ROOM_UNAVAILABLE, GL_REPAIR_IMPOSSIBLE, false, false},
	/* what harms nobody is not worth no_new_privs, nor a word */
	{"openat2", GL_ROOM_FREE, GL_REPAIR_DONE, true, false},
	{"openat2", GL_ROOM_NO_NEW_PRIVS, GL_REPAIR_NOT_NEEDED, false, false},
	{"openat2", GL_ROOM_UNAVAILABLE, GL_REPAIR_NOT_NEEDED, false, false},
	{"nothing", GL_ROOM_FREE, GL_REPAIR_NOT_NEEDED, false, false},
};

START_TEST(room)
{
	enum gl_outer_answer answers[GL_REPAIR_MAX_CALLS] = {GL_OUTER_UNKNOWN};
	struct gl_repair repair = GL_REPAIR_INIT;
	struct gl_err err = GL_ERR_INIT;

	deny(answers, rooms[_i].denied);
	ck_assert_int_eq(gl_repair_settle_answers(answers, rooms[_i].room, &no_policy, &repair, &err), 0);
	ck_assert_int_eq(repair.state, rooms[_i].state);
	ck_assert_int_eq(repair.filter != NULL, rooms[_i].filter);
	ck_assert_int_eq(repair.no_new_privs, rooms[_i].no_new_privs);
	ck_assert_int_eq(repair.obstacle != NULL, rooms[_i].state == GL_REPAIR_IMPOSSIBLE);
	gl_repair_done(&repair);
}
END_TEST

/* Both variants of the policy's filter must do it; then no other filter is needed, nor room for one. */
START_TEST(the_policy_does_it)
{
	const struct sock_filter enosys[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS}};
	const struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
	const struct gl_repair_policy policy = {.filters = {enosys, _i ? allow : enosys}, .counts = {1, 1}};
	enum gl_outer_answer answers[GL_REPAIR_MAX_CALLS] = {GL_OUTER_UNKNOWN};
	struct gl_repair repair = GL_REPAIR_INIT;
	struct gl_err err = GL_ERR_INIT;

	deny(answers, "clone3");
	ck_assert_int_eq(gl_repair_settle_answers(answers, _i ? GL_ROOM_FREE : GL_ROOM_UNAVAILABLE, &policy,
						  &repair, &err),
			 0);
	ck_assert_int_eq(repair.state, GL_REPAIR_DONE);
	ck_assert_int_eq(repair.calls[0].by_policy, !_i);
	ck_assert_int_eq(repair.filter != NULL, _i);
	gl_repair_done(&repair);
}
END_TEST

/* -- a real outer filter -- */

static const uint32_t actions[] = {SECCOMP_RET_ALLOW,
				   SECCOMP_RET_ERRNO | EPERM,
				   SECCOMP_RET_ERRNO | EACCES,
				   SECCOMP_RET_ERRNO | ENOSYS,
				   SECCOMP_RET_KILL_PROCESS,
				   SECCOMP_RET_KILL_THREAD,
				   SECCOMP_RET_TRAP};
static const enum gl_outer_answer wanted[] = {GL_OUTER_PASSES, GL_OUTER_DENIES, GL_OUTER_DENIES,
					      GL_OUTER_PASSES, GL_OUTER_KILLS,	GL_OUTER_KILLS,
					      GL_OUTER_KILLS};

static void be_under(int number, uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(99);
}

/* Also of a call between two others; and a second filter's errno counts. */
static int ask_under(int index)
{
	const int numbers[] = {number_of("statx"), number_of("clone3"), number_of("openat2")};
	struct gl_repair repair = GL_REPAIR_INIT;
	enum gl_outer_answer answers[3];
	struct gl_err err = GL_ERR_INIT;

	be_under(numbers[1], actions[index]);
	if (gl_probe_outer(numbers, 3, answers, &err) < 0)
		return 1;
	if (answers[0] != GL_OUTER_PASSES || answers[1] != wanted[index] || answers[2] != GL_OUTER_PASSES)
		return 2;
	if (gl_repair_settle(GL_REPAIR_GLIBC, GL_ROOM_FREE, &no_policy, &repair, &err) < 0 ||
	    gl_repair_apply(&repair) < 0)
		return 3;
	if (wanted[index] == GL_OUTER_DENIES && gl_syscall2(numbers[1], -1, -1) != -ENOSYS)
		return 4;
	gl_repair_done(&repair);
	return waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD ? 0 : 5;
}

START_TEST(real_filters)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(ask_under(_i));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "action %d: wait status 0x%x", _i, (unsigned)status);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("repair");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, exactly_the_denied, 0, 442);
	tcase_add_loop_test(all, room, 0, (int)GL_ARRAY_SIZE(rooms));
	tcase_add_loop_test(all, the_policy_does_it, 0, 2);
	tcase_add_loop_test(all, real_filters, 0, (int)GL_ARRAY_SIZE(actions));
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
