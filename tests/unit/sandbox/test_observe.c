/*
 * Filters that ask where another denies: what becomes of each answer, and what a plan
 * makes of it, with and without a policy that is asked for besides.
 */
#include "sandbox/observe.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "policy/kernel.h"
#include "sandbox/answer.h"
#include "sandbox/plan.h"
#include "tests/lib/unit.h"

#define KERNEL	GL_KERNEL(6, 12)
#define NUMBERS 600

static uint32_t answer(const struct sock_filter *insns, size_t count, int number, const uint64_t *args)
{
	struct seccomp_data data = {.nr = number, .arch = gl_machine_calls()->abis[0].arch};

	for (size_t i = 0; args && i < 6; i++)
		data.args[i] = args[i];
	return gl_filter_answer(insns, count, &data);
}

static void compile(const char *text, struct gl_filter *ret)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, &policy, &err) == 0, "%s",
		      err.msg);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_EXPLAIN, NULL, ret, &err), 0);
}

static struct gl_process user_process(void)
{
	return (struct gl_process){
		.uid = {1000, 1000, 1000}, .gid = {1000, 1000, 1000}, .kernel = KERNEL, .filters = true};
}

static int build(const struct gl_plan_request *request, const struct gl_process *process,
		 struct gl_plan *plan)
{
	struct gl_plan_notes notes = {.count = 0};
	struct gl_err err = GL_ERR_INIT;

	return gl_plan_build(request, process, plan, &notes, &err);
}

/* Denied, killed, trapped and probed asks; allowed, logged and ENOSYS stay as they are. */
START_TEST(every_answer)
{
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;

	compile("known-through 6.12\ndefault allow\nlog getppid\ndeny acct statx\nkill keyctl\ntrap sysinfo\n"
		"deny errno ENOSYS clone3\ndeny errno EACCES flock if operation == 2\n",
		&filter);
	gl_observe_filter(filter.insns, filter.count);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_read, NULL), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_getppid, NULL), SECCOMP_RET_LOG);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_acct, NULL), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_statx, NULL), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_keyctl, NULL), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_sysinfo, NULL), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_clone3, NULL), SECCOMP_RET_ERRNO | ENOSYS);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_flock, (uint64_t[6]){0, 2}),
			  SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(filter.insns, filter.count, SYS_flock, (uint64_t[6]){0, 1}),
			  SECCOMP_RET_ALLOW);
}
END_TEST

/* What learning needs besides, and nothing of a policy: no filter but the one that asks. */
START_TEST(learning)
{
	gl_autofilter struct gl_filter observer = GL_FILTER_INIT;
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_process process = user_process();
	struct gl_plan_request request = {
		.observe = GL_OBSERVE_LEARN, .observer = &observer, .explain = true};
	uint64_t key[6] = {0};

	compile("known-through 6.12\ndefault trap\nabis all\nexec deny\nallow read\n", &observer);
	ck_assert_int_eq(build(&request, &process, &plan), 0);
	ck_assert_ptr_null(plan.filter);
	ck_assert(plan.no_new_privs);
	ck_assert_int_eq(plan.observe, GL_OBSERVE_LEARN);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_socket, NULL), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_read, NULL), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_execve, NULL), SECCOMP_RET_USER_NOTIF);
	/* golaunch's own execve is not seen */
	key[4] = GL_EXEC_KEY_FIRST(&plan.exec_key);
	key[5] = GL_EXEC_KEY_LAST(&plan.exec_key);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_execve, key), SECCOMP_RET_ALLOW);
	gl_plan_forget_exec_key(&plan);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_execve, key), SECCOMP_RET_USER_NOTIF);
}
END_TEST

/* What was asked for is loaded as it is in any run. */
START_TEST(learning_under_a_policy)
{
	gl_autofilter struct gl_filter observer = GL_FILTER_INIT;
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, alone = GL_PLAN_INIT;
	struct gl_process process = user_process();
	struct gl_plan_request request = {
		.preset = gl_preset_find("default"), .policy_asked = true, .explain = true};

	compile("known-through 6.12\ndefault trap\nexec deny\n", &observer);
	ck_assert_int_eq(build(&request, &process, &alone), 0);
	request.observe = GL_OBSERVE_LEARN;
	request.observer = &observer;
	ck_assert_int_eq(build(&request, &process, &plan), 0);
	for (int number = 0; number < NUMBERS; number++)
		ck_assert_uint_eq(answer(plan.filter, plan.filter_count, number, NULL),
				  answer(alone.filter, alone.filter_count, number, NULL));
	ck_assert(plan.filter_asked);
	ck_assert_uint_eq(answer(plan.explain, plan.explain_count, SYS_socket, NULL), SECCOMP_RET_USER_NOTIF);
}
END_TEST

/* What the policy would deny asks; what it would answer is still known. */
START_TEST(dry)
{
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_process process = user_process();
	struct gl_plan_request request = {
		.preset = gl_preset_find("go-compute"), .observe = GL_OBSERVE_DRY, .explain = true};

	ck_assert_int_eq(build(&request, &process, &plan), 0);
	for (int number = 0; number < NUMBERS; number++) {
		uint32_t would = answer(plan.filter, plan.filter_count, number, NULL);
		bool stays = would == SECCOMP_RET_ALLOW || would == SECCOMP_RET_LOG ||
			     would == (SECCOMP_RET_ERRNO | ENOSYS);

		ck_assert_uint_eq(answer(plan.explain, plan.explain_count, number, NULL),
				  stays ? would : SECCOMP_RET_USER_NOTIF);
	}
}
END_TEST

/* policy learn --dry --policy none */
START_TEST(dry_without_a_policy)
{
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_process process = user_process();
	struct gl_plan_request request = {.observe = GL_OBSERVE_DRY, .explain = true};

	ck_assert_int_eq(build(&request, &process, &plan), 0);
	ck_assert_ptr_null(plan.filter);
	ck_assert_ptr_null(plan.explain);
}
END_TEST

START_TEST(obstacles)
{
	gl_autofilter struct gl_filter observer = GL_FILTER_INIT;
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_process process = user_process();
	struct gl_plan_request request = {.observe = GL_OBSERVE_LEARN,
					  .observer = &observer,
					  .explain = true,
					  .program_gains_privileges = true};

	compile("known-through 6.12\ndefault trap\n", &observer);
	ck_assert_int_eq(build(&request, &process, &plan), GL_PLAN_PRIVILEGES_LOST);
	request.observe = GL_OBSERVE_DRY;
	request.preset = gl_preset_find("default");
	ck_assert_int_eq(build(&request, &process, &plan), GL_PLAN_PRIVILEGES_LOST);
	process.filters = false;
	ck_assert_int_eq(build(&request, &process, &plan), -ENOSYS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("observe");
	TCase *tcase = tcase_create("observe");

	tcase_add_test(tcase, every_answer);
	tcase_add_test(tcase, learning);
	tcase_add_test(tcase, learning_under_a_policy);
	tcase_add_test(tcase, dry);
	tcase_add_test(tcase, dry_without_a_policy);
	tcase_add_test(tcase, obstacles);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
