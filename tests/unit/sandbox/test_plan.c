/*
 * Plans for processes that do not exist, and the walk over the steps' names.
 */
#include "sandbox/plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "policy/kernel.h"
#include "sandbox/answer.h"
#include "tests/lib/unit.h"

#define BIT(name) (UINT64_C(1) << CAP_##name)
#define DOCKER	  (BIT(CHOWN) | BIT(SETPCAP) | BIT(SETUID) | BIT(SETGID) | BIT(SYS_CHROOT))
#define FULL	  ((UINT64_C(1) << 41) - 1)
#define KERNEL	  GL_KERNEL(6, 1)

static struct gl_process user_process(void)
{
	return (struct gl_process){.uid = {1000, 1000, 1000},
				   .gid = {1000, 1000, 1000},
				   .kernel = KERNEL,
				   .filters = true,
				   .caps = {.bounding = FULL}};
}

static struct gl_process root_process(uint64_t caps)
{
	return (struct gl_process){.kernel = KERNEL,
				   .filters = true,
				   .caps = {.bounding = caps, .permitted = caps, .effective = caps}};
}

static int build(const struct gl_plan_request *request, const struct gl_process *process,
		 struct gl_plan *plan, struct gl_plan_notes *notes)
{
	struct gl_err err = GL_ERR_INIT;

	*notes = (struct gl_plan_notes){.count = 0};
	return gl_plan_build(request, process, plan, notes, &err);
}

/* How many instructions answer errno to a call, whatever the condition. */
static size_t count_denials(const struct gl_plan *plan)
{
	size_t denials = 0;

	for (size_t i = 0; i < plan->filter_count; i++)
		denials += plan->filter[i].code == (BPF_RET | BPF_K) &&
			   plan->filter[i].k == (SECCOMP_RET_ERRNO | EPERM);
	return denials;
}

START_TEST(ordinary_user_needs_no_new_privs)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("default")};
	struct gl_process process = user_process(), root = root_process(FULL);
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, root_plan = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert(plan.no_new_privs);
	ck_assert_ptr_nonnull(plan.filter);
	ck_assert(!plan.filter_asked);
	ck_assert(!plan.change_ids && !plan.change_caps);
	ck_assert_uint_eq(notes.count, 0);
	/* Its bounding set is full, but no condition is lifted by it. */
	ck_assert_int_eq(build(&request, &root, &root_plan, &notes), 0);
	ck_assert_uint_gt(count_denials(&plan), count_denials(&root_plan));
}
END_TEST

START_TEST(no_new_privs_only_where_demanded)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("default")};
	struct gl_process full = root_process(FULL), docker = root_process(DOCKER);
	gl_autoplan struct gl_plan full_plan = GL_PLAN_INIT, docker_plan = GL_PLAN_INIT,
				   none_plan = GL_PLAN_INIT;
	const struct gl_plan_request none = {.preset = NULL};
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &full, &full_plan, &notes), 0);
	ck_assert(!full_plan.no_new_privs);
	ck_assert_int_eq(build(&request, &docker, &docker_plan, &notes), 0);
	ck_assert(docker_plan.no_new_privs);
	docker = user_process();
	ck_assert_int_eq(build(&none, &docker, &none_plan, &notes), 0);
	ck_assert(!none_plan.no_new_privs);
	ck_assert_ptr_null(none_plan.filter);
}
END_TEST

/* "no-new-privs on" and "off" */
START_TEST(no_new_privs_as_asked)
{
	struct gl_plan_request on = {.preset = gl_preset_find("default"),
				     .policy_asked = true,
				     .no_new_privs = GL_POLICY_YES},
			       off = {.preset = gl_preset_find("default"),
				      .policy_asked = true,
				      .no_new_privs = GL_POLICY_NO};
	struct gl_process root = root_process(FULL), user = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, off_plan = GL_PLAN_INIT, none = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&on, &root, &plan, &notes), 0);
	ck_assert(plan.no_new_privs);
	on.program_gains_privileges = true; /* which they would be lost by */
	ck_assert_int_eq(build(&on, &root, &none, &notes), GL_PLAN_PRIVILEGES_LOST);
	ck_assert_int_eq(build(&off, &root, &off_plan, &notes), 0);
	ck_assert(!off_plan.no_new_privs);
	ck_assert_ptr_nonnull(off_plan.filter);
	ck_assert_int_eq(build(&off, &user, &none, &notes), -EPERM); /* the kernel wants it */
	root.no_new_privs = true;				     /* and it stays */
	ck_assert_int_eq(build(&off, &root, &none, &notes), -EPERM);
}
END_TEST

START_TEST(privileged_program)
{
	struct gl_plan_request request = {.preset = gl_preset_find("default"),
					  .program_gains_privileges = true};
	struct gl_process process = user_process(), root = root_process(FULL);
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, root_plan = GL_PLAN_INIT, inherited = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0); /* a default: without it, and said */
	ck_assert_ptr_null(plan.filter);
	ck_assert(!plan.no_new_privs);
	ck_assert_uint_eq(notes.count, 1);
	ck_assert_str_eq(notes.notes[0].code, "GL5006");
	request.policy_asked = true;
	ck_assert_int_eq(build(&request, &process, &plan, &notes), GL_PLAN_PRIVILEGES_LOST);
	ck_assert_int_eq(build(&request, &root, &root_plan, &notes), 0); /* takes nothing away */
	ck_assert_ptr_nonnull(root_plan.filter);
	request.caps = "none"; /* without CAP_SETPCAP by no_new_privs */
	request.policy_asked = false;
	ck_assert_int_eq(build(&request, &process, &plan, &notes), GL_PLAN_PRIVILEGES_GIVEN_UP);
	request.preset = NULL;
	ck_assert_int_eq(build(&request, &process, &plan, &notes), GL_PLAN_PRIVILEGES_GIVEN_UP);
	request = (struct gl_plan_request){
		.preset = gl_preset_find("default"), .policy_asked = true, .program_gains_privileges = true};
	process.no_new_privs = true; /* lost already, not by us */
	ck_assert_int_eq(build(&request, &process, &inherited, &notes), 0);
	ck_assert_ptr_nonnull(inherited.filter);
}
END_TEST

/* A policy that says "exec deny" and nothing else. */
static const struct gl_preset *exec_denied(struct gl_filter filters[GL_FILTER_VARIANT_MAX],
					   struct gl_preset *ret)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	*ret = (struct gl_preset){.name = "exec-denied"};
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "exec-denied", "default allow\nexec deny\n",
					 NULL, NULL, &policy, &err),
			 0);
	for (int i = 0; i < GL_FILTER_VARIANT_MAX; i++) {
		filters[i] = GL_FILTER_INIT;
		ck_assert_int_eq(
			gl_policy_compile(&policy, (enum gl_filter_variant)i, NULL, &filters[i], &err), 0);
		ret->filters[i] = (struct gl_preset_filter){filters[i].insns, filters[i].count,
							    filters[i].patches, filters[i].patch_count};
	}
	return ret;
}

static uint32_t answer_to_golaunch(const struct gl_plan *plan, bool explain)
{
	const struct seccomp_data data = {
		.nr = SYS_execve,
		.arch = gl_machine_calls()->abis[0].arch,
		.args = {0, 0, 0, 0, GL_EXEC_KEY_FIRST(&plan->exec_key), GL_EXEC_KEY_LAST(&plan->exec_key)}};

	return gl_filter_answer(explain ? plan->explain : plan->filter,
				explain ? plan->explain_count : plan->filter_count, &data);
}

START_TEST(exec_deny)
{
	struct gl_filter filters[GL_FILTER_VARIANT_MAX];
	struct gl_preset preset;
	struct gl_plan_request request = {
		.preset = exec_denied(filters, &preset), .policy_asked = true, .explain = true};
	struct gl_process process = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, other = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert(plan.exec_denied);
	ck_assert_uint_eq(answer_to_golaunch(&plan, false), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(answer_to_golaunch(&plan, true), SECCOMP_RET_ALLOW);
	ck_assert(gl_exec_is_denied(plan.filter, plan.filter_count));
	ck_assert(gl_exec_is_denied(plan.explain, plan.explain_count));
	request.explain = false; /* nobody listens: as well */
	ck_assert_int_eq(build(&request, &process, &other, &notes), 0);
	ck_assert_ptr_null(other.explain);
	ck_assert_uint_eq(answer_to_golaunch(&other, false), SECCOMP_RET_ALLOW);
	ck_assert_mem_ne(&plan.exec_key, &other.exec_key, sizeof(plan.exec_key));
	gl_plan_forget_exec_key(&plan);
	ck_assert_uint_eq(answer_to_golaunch(&plan, false), SECCOMP_RET_ERRNO | EPERM);
	ck_assert_uint_eq(answer_to_golaunch(&plan, true), SECCOMP_RET_USER_NOTIF);
	ck_assert_uint_eq(plan.filter_count, filters[GL_FILTER_PLAIN].count);
	request.program_gains_privileges = true;
	ck_assert_int_eq(build(&request, &process, &other, &notes), GL_PLAN_PRIVILEGES_LOST);
	for (int i = 0; i < GL_FILTER_VARIANT_MAX; i++)
		gl_filter_done(&filters[i]);
}
END_TEST

START_TEST(exec_allow)
{
	const struct gl_plan_request request = {.preset = gl_preset_find("go-server"), .policy_asked = true};
	struct gl_process process = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	const struct gl_exec_key none = {{0}};
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert(!plan.exec_denied);
	ck_assert_mem_eq(&plan.exec_key, &none, sizeof(none));
}
END_TEST

START_TEST(kernel_without_filters)
{
	struct gl_plan_request request = {.preset = gl_preset_find("default")};
	struct gl_process process = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	process.filters = false;
	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert_ptr_null(plan.filter);
	ck_assert_str_eq(notes.notes[0].code, "GL5004");
	request.policy_asked = true;
	ck_assert_int_eq(build(&request, &process, &plan, &notes), -ENOSYS);
}
END_TEST

START_TEST(user_and_capabilities)
{
	const struct gl_plan_request request = {.user = "4242:4243", .caps = "none,+CHOWN"};
	const struct gl_plan_request user_only = {.user = "4242:4243", .preset = gl_preset_find("default")};
	struct gl_process process = root_process(FULL);
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT, plain = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert(plan.change_ids && plan.keep_caps && plan.change_caps);
	ck_assert_uint_eq(plan.user.uid, 4242);
	ck_assert_uint_eq(plan.caps.ambient, BIT(CHOWN));
	ck_assert_uint_eq(plan.caps.bounding, BIT(CHOWN));
	ck_assert_int_eq(build(&user_only, &process, &plain, &notes), 0);
	ck_assert(plain.change_ids && !plain.keep_caps && !plain.change_caps);
	ck_assert(plain.no_new_privs); /* CAP_SYS_ADMIN is gone when the filter is loaded */
}
END_TEST

START_TEST(same_user_needs_no_privilege)
{
	const struct gl_plan_request request = {.user = "4242:4243"};
	gid_t groups[] = {4243, 27};
	struct gl_process process = {
		.uid = {4242, 4242, 4242}, .gid = {4243, 4243, 4243}, .groups = groups, .group_count = 1};
	gl_autoplan struct gl_plan same = GL_PLAN_INIT, more = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &same, &notes), 0);
	ck_assert(!same.change_ids);
	process.group_count = 2; /* one group more than asked for */
	ck_assert_int_eq(build(&request, &process, &more, &notes), 0);
	ck_assert(more.change_ids);
}
END_TEST

START_TEST(bounding_set_that_cannot_be_dropped)
{
	const struct gl_plan_request request = {.caps = "none"};
	struct gl_process process = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert(plan.no_new_privs); /* closes the way back that the bounding set leaves open */
	ck_assert_uint_eq(plan.caps.bounding, FULL);
}
END_TEST

START_TEST(limits_replace_each_other)
{
	const char *const limits[] = {"nofile=10", "core=0", "nofile=20:30"};
	const struct gl_plan_request request = {.limits = limits, .limit_count = 3};
	const struct gl_plan_request wrong = {.limits = (const char *const[]){"nofile"}, .limit_count = 1};
	struct gl_process process = user_process();
	gl_autoplan struct gl_plan plan = GL_PLAN_INIT;
	struct gl_plan_notes notes;

	ck_assert_int_eq(build(&request, &process, &plan, &notes), 0);
	ck_assert_uint_eq(plan.limit_count, 2);
	ck_assert_uint_eq(plan.limits[0].value.rlim_cur, 20);
	ck_assert_int_eq(build(&wrong, &process, &plan, &notes), -EINVAL);
}
END_TEST

START_TEST(every_step_has_a_name)
{
	for (enum gl_step step = GL_STEP_NONE; step < GL_STEP_MAX; step++) {
		ck_assert_ptr_nonnull(gl_step_name(step));
		for (enum gl_step other = GL_STEP_NONE; other < step; other++)
			ck_assert_str_ne(gl_step_name(step), gl_step_name(other));
	}
	ck_assert_str_eq(gl_step_name(GL_STEP_MAX), "unknown step");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *c = tcase_create("plan");

	tcase_add_test(c, ordinary_user_needs_no_new_privs);
	tcase_add_test(c, no_new_privs_only_where_demanded);
	tcase_add_test(c, no_new_privs_as_asked);
	tcase_add_test(c, privileged_program);
	tcase_add_test(c, exec_deny);
	tcase_add_test(c, exec_allow);
	tcase_add_test(c, kernel_without_filters);
	tcase_add_test(c, user_and_capabilities);
	tcase_add_test(c, same_user_needs_no_privilege);
	tcase_add_test(c, bounding_set_that_cannot_be_dropped);
	tcase_add_test(c, limits_replace_each_other);
	tcase_add_test(c, every_step_has_a_name);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
