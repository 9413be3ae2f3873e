/*
 * Docker's default profile, read as a policy (policy/oci.h), against the same
 * profile as Docker selects its rules, runc adds them and libseccomp compiles
 * them: for every call of each ABI, with arguments at and around every value that
 * the profile compares with, the model's answer is that of the filter.
 *
 * Differences stand in one table, each with its reason; one that does not occur
 * any more fails the test as well.  The profile comes from GL_DOCKER_PROFILE.
 */
#include <errno.h>
#include <linux/audit.h>

#include "base/file.h"
#include "policy/kernel.h"
#include "policy/oci.h"
#include "tests/lib/docker_compare.h"
#include "tests/lib/unit.h"

#define MAX_JSON	((size_t)1 << 20)
#define ANSWERS(errnum) (SECCOMP_RET_ERRNO | (errnum))

enum difference { UNASSIGNED, ALWAYS, DIFFERENCE_MAX };

static const struct {
	uint32_t ours, docker;
	const char *reason;
} differences[DIFFERENCE_MAX] = {
	[UNASSIGNED] = {ANSWERS(ENOSYS), ANSWERS(EPERM),
			"no kernel up to the newest call that the profile names has this number"},
	[ALWAYS] = {SECCOMP_RET_ALLOW, ANSWERS(EPERM),
		    "the kernel's own trampolines call it: a traced program that may not would die"},
};

struct comparison {
	struct gl_policy policy;
	struct gl_policy_facts facts;
	struct gl_docker_side docker;
	size_t seen[DIFFERENCE_MAX];
};

static char *profile_json;

static void read_profile(const struct gl_docker_machine *machine, struct gl_policy *ret)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT;
	const struct gl_machine_calls *m = gl_machine_calls_of(machine->name);
	struct gl_err err = GL_ERR_INIT;

	converted.warnings = &warnings;
	ck_assert_ptr_nonnull(m);
	ck_assert_msg(gl_oci_read(m, "docker", profile_json, &converted, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(gl_buf_text(&warnings), "");
	ck_assert_msg(gl_converted_parse(&converted, m, "docker", profile_json, ret, &err) == 0, "%s",
		      err.msg);
}

static uint32_t as_return(const struct gl_policy_answer *answer)
{
	if (answer->action != GL_POLICY_ALLOW && answer->action != GL_POLICY_DENY)
		ck_abort_msg("the profile has no such action"); /* ck_assert() writes a line each time */
	return answer->action == GL_POLICY_ALLOW ? SECCOMP_RET_ALLOW : ANSWERS((uint32_t)answer->errnum);
}

static void compare(void *arg, const struct seccomp_data *data)
{
	struct comparison *c = arg;
	uint64_t args[6];
	struct gl_policy_decision d;
	uint32_t docker = gl_docker_answer(&c->docker, data);

	for (size_t i = 0; i < GL_ARRAY_SIZE(args); i++)
		args[i] = data->args[i];
	d = gl_policy_decide(&c->policy, &c->facts, data->arch, (uint32_t)data->nr, args);
	if (as_return(&d.answer) == docker)
		return;
	for (size_t i = 0; i < DIFFERENCE_MAX; i++) {
		bool applies = i == UNASSIGNED ? d.call == GL_CALL_NONE : d.zone == GL_ZONE_ALWAYS;

		if (applies && as_return(&d.answer) == differences[i].ours &&
		    docker == differences[i].docker) {
			c->seen[i]++;
			return;
		}
	}
	ck_abort_msg("%s (%d) of arch %08x, args %#llx %#llx: the policy answers %08x, Docker's filter %08x",
		     d.call == GL_CALL_NONE ? "?" : c->policy.machine->calls[d.call].name, data->nr,
		     data->arch, (unsigned long long)data->args[0], (unsigned long long)data->args[1],
		     as_return(&d.answer), docker);
}

/* All calls of a machine's both ABIs, for these facts. */
static void compare_all(const struct gl_docker_machine *machine, const struct gl_policy_facts *facts,
			size_t seen[DIFFERENCE_MAX])
{
	for (unsigned abi = 0; abi < 2; abi++) {
		struct comparison c = {.policy = GL_POLICY_INIT, .facts = *facts};

		read_profile(machine, &c.policy);
		ck_assert(gl_docker_side(profile_json, machine, abi, facts, &c.docker));
		for (int nr = 0; nr < GL_DOCKER_NUMBERS; nr++)
			gl_docker_each_arguments(machine, abi, nr, compare, &c);
		for (size_t i = 0; i < DIFFERENCE_MAX; i++)
			seen[i] += c.seen[i];
		gl_policy_done(&c.policy);
		gl_docker_done(&c.docker.filter);
	}
}

START_TEST(same_answers)
{
	static const struct gl_policy_facts facts[] = {
		{0, GL_KERNEL(6, 1)},
		{GL_DOCKER_ALL_CAPS, GL_KERNEL(6, 1)},
		{0, GL_KERNEL(4, 7)},
		{GL_DOCKER_ALL_CAPS, GL_KERNEL(4, 7)},
		{UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_SYSLOG, GL_KERNEL(5, 10)},
	};
	size_t seen[DIFFERENCE_MAX] = {0};

	compare_all(&gl_docker_machines[_i % 2], &facts[_i / 2], seen);
}
END_TEST

START_TEST(same_answers_by_capability)
{
	size_t seen[DIFFERENCE_MAX] = {0};
	uint64_t one = UINT64_C(1) << _i;

	compare_all(gl_docker_machines, &(struct gl_policy_facts){one, GL_KERNEL(6, 1)}, seen);
	compare_all(gl_docker_machines, &(struct gl_policy_facts){GL_DOCKER_ALL_CAPS & ~one, GL_KERNEL(6, 1)},
		    seen);
}
END_TEST

START_TEST(every_difference_occurs)
{
	size_t seen[DIFFERENCE_MAX] = {0};

	compare_all(gl_docker_machines, &(struct gl_policy_facts){0, GL_KERNEL(6, 1)}, seen);
	for (size_t i = 0; i < DIFFERENCE_MAX; i++)
		ck_assert_msg(seen[i] > 0, "stale: %s", differences[i].reason);
}
END_TEST

START_TEST(x32_is_not_served)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_policy_facts facts = {GL_DOCKER_ALL_CAPS, GL_KERNEL(6, 1)};
	const uint64_t args[6] = {0};
	struct gl_policy_decision d;

	read_profile(gl_docker_machines, &policy);
	ck_assert(!policy.foreign_abis_killed);
	d = gl_policy_decide(&policy, &facts, AUDIT_ARCH_X86_64, GL_X32_BIT, args);
	ck_assert_int_eq(d.answer.errnum, ENOSYS);
	ck_assert_int_eq(policy.exec, GL_POLICY_YES);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("oci_docker");
	TCase *c = tcase_create("oci_docker");

	tcase_set_timeout(c, 300);
	tcase_add_loop_test(c, same_answers, 0, 10);
	tcase_add_loop_test(c, same_answers_by_capability, 0, CAP_LAST_CAP + 1);
	tcase_add_test(c, every_difference_occurs);
	tcase_add_test(c, x32_is_not_served);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	const char *path = getenv("GL_DOCKER_PROFILE");
	struct gl_err err = GL_ERR_INIT;
	size_t len;

	if (!path || !*path) {
		printf("1..0 # SKIP GL_DOCKER_PROFILE does not name Docker's default.json\n");
		return 0;
	}
	if (gl_file_slurp(path, MAX_JSON, &profile_json, &len, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	return gl_unit_main(suite());
}
