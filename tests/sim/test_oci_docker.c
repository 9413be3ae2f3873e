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
#include <linux/capability.h>
#include <seccomp.h>

#include "base/file.h"
#include "policy/decide.h"
#include "policy/kernel.h"
#include "policy/oci.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/docker_profile.h"
#include "tests/lib/unit.h"

#define MAX_JSON	((size_t)1 << 20)
#define NUMBERS		520 /* beyond every number that either knows */
#define ARGUMENTS	3
#define ANSWERS(errnum) (SECCOMP_RET_ERRNO | (errnum))
#define HIGH		((uint64_t)1 << 32)
#define ALL_CAPS	((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

static const struct {
	const char *machine, *docker;
	struct {
		uint32_t arch;
		bool wide;
	} abis[2];
} machines[] = {
	{"x86_64", "amd64", {{AUDIT_ARCH_X86_64, true}, {AUDIT_ARCH_I386, false}}},
	{"aarch64", "arm64", {{AUDIT_ARCH_AARCH64, true}, {AUDIT_ARCH_ARM, false}}},
};

static const uint64_t values[] = {0,	      8,	  40,	      0x20000,	  0x20008,    0xffffffff,
				  0x7e020000, 0x02000000, 0x04000000, 0x10000000, 0x20000000, 0x40000000};

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
	struct gl_docker_filter docker;
	unsigned docker_highest;
	size_t seen[DIFFERENCE_MAX];
};

static char *profile_json;

static const struct gl_machine_calls *read_profile(size_t machine, struct gl_policy *ret)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT;
	const struct gl_machine_calls *m = gl_machine_calls_of(machines[machine].machine);
	struct gl_err err = GL_ERR_INIT;

	converted.warnings = &warnings;
	ck_assert_ptr_nonnull(m);
	ck_assert_msg(gl_oci_read(m, "docker", profile_json, &converted, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(gl_buf_text(&warnings), "");
	ck_assert_msg(gl_converted_parse(&converted, m, "docker", profile_json, ret, &err) == 0, "%s",
		      err.msg);
	return m;
}

static uint32_t as_return(const struct gl_policy_answer *answer)
{
	if (answer->action != GL_POLICY_ALLOW && answer->action != GL_POLICY_DENY)
		ck_abort_msg("the profile has no such action"); /* ck_assert() writes a line each time */
	return answer->action == GL_POLICY_ALLOW ? SECCOMP_RET_ALLOW : ANSWERS((uint32_t)answer->errnum);
}

static uint32_t ask_docker(const struct comparison *c, const struct seccomp_data *data)
{
	uint32_t answer = 0;

	if ((unsigned)data->nr > c->docker_highest)
		return ANSWERS(ENOSYS);
	if (!gl_bpf_run(c->docker.insns, c->docker.count, data, &answer))
		ck_abort_msg("invalid program");
	return answer;
}

static void compare(struct comparison *c, const struct seccomp_data *data)
{
	uint64_t args[6];
	struct gl_policy_decision d;
	uint32_t docker = ask_docker(c, data);

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

/* One argument at a time takes every value, the others are 0. */
static void compare_arguments(struct comparison *c, struct seccomp_data *data, bool wide)
{
	for (size_t i = 0; i < ARGUMENTS * GL_ARRAY_SIZE(values); i++) {
		uint64_t value = values[i / ARGUMENTS];
		const uint64_t around[] = {value - 1, value, value + 1, value | HIGH};

		for (size_t j = 0; j < GL_ARRAY_SIZE(around); j++) {
			data->args[i % ARGUMENTS] = wide ? around[j] : (uint32_t)around[j];
			compare(c, data);
		}
		data->args[i % ARGUMENTS] = 0;
	}
}

/* All calls of a machine's both ABIs, for these facts. */
static void compare_all(size_t machine, const struct gl_policy_facts *facts, size_t seen[DIFFERENCE_MAX])
{
	const struct gl_docker_case docker = {machines[machine].docker, facts->reachable_caps, facts->kernel};

	for (size_t abi = 0; abi < 2; abi++) {
		uint32_t arch = machines[machine].abis[abi].arch;
		struct comparison c = {.policy = GL_POLICY_INIT, .facts = *facts};

		read_profile(machine, &c.policy);
		ck_assert(gl_docker_compile(profile_json, &docker, &c.docker));
		c.docker_highest = gl_docker_highest(profile_json, &docker, arch);
		for (int nr = 0; nr < NUMBERS; nr++) {
			struct seccomp_data data = {.nr = nr, .arch = arch};

			compare_arguments(&c, &data, machines[machine].abis[abi].wide);
		}
		for (size_t i = 0; i < DIFFERENCE_MAX; i++)
			seen[i] += c.seen[i];
		gl_policy_done(&c.policy);
		gl_docker_done(&c.docker);
	}
}

START_TEST(same_answers)
{
	static const struct gl_policy_facts facts[] = {
		{0, GL_KERNEL(6, 1)},
		{ALL_CAPS, GL_KERNEL(6, 1)},
		{0, GL_KERNEL(4, 7)},
		{ALL_CAPS, GL_KERNEL(4, 7)},
		{UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_SYSLOG, GL_KERNEL(5, 10)},
	};
	size_t seen[DIFFERENCE_MAX] = {0};

	compare_all((size_t)_i % 2, &facts[_i / 2], seen);
}
END_TEST

START_TEST(same_answers_by_capability)
{
	size_t seen[DIFFERENCE_MAX] = {0};
	uint64_t one = UINT64_C(1) << _i;

	compare_all(0, &(struct gl_policy_facts){one, GL_KERNEL(6, 1)}, seen);
	compare_all(0, &(struct gl_policy_facts){ALL_CAPS & ~one, GL_KERNEL(6, 1)}, seen);
}
END_TEST

START_TEST(every_difference_occurs)
{
	size_t seen[DIFFERENCE_MAX] = {0};

	compare_all(0, &(struct gl_policy_facts){0, GL_KERNEL(6, 1)}, seen);
	for (size_t i = 0; i < DIFFERENCE_MAX; i++)
		ck_assert_msg(seen[i] > 0, "stale: %s", differences[i].reason);
}
END_TEST

START_TEST(x32_is_not_served)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_policy_facts facts = {ALL_CAPS, GL_KERNEL(6, 1)};
	const uint64_t args[6] = {0};
	struct gl_policy_decision d;

	read_profile(0, &policy);
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
