/*
 * The preset "default" against Docker 26's default profile: for every system
 * call of each ABI, with arguments at and around every value that either side
 * compares with, the same answer for the same capabilities and kernel.
 * Both filters are interpreted; no kernel is asked.
 *
 * Differences stand in docker-differences.list, each with its reason; one that
 * does not occur any more fails the test as well.  The profile's JSON comes from
 * GL_DOCKER_PROFILE (Debian: golang-github-docker-docker-dev 26.1.5,
 * profiles/seccomp/default.json).
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>

#include "base/file.h"
#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/preset.h"
#include "sandbox/filter.h"
#include "tests/lib/docker_table.h"
#include "tests/lib/unit.h"

#define MAX_JSON	((size_t)1 << 20)
#define ANSWERS(errnum) (SECCOMP_RET_ERRNO | (errnum))

static const struct {
	const char *name;
	struct gl_policy_facts facts;
} cases[] = {
	{"no capabilities", {0, GL_KERNEL(6, 1)}},
	{"Docker's capabilities", {GL_DOCKER_CAPS, GL_KERNEL(6, 1)}},
	{"all capabilities", {GL_DOCKER_ALL_CAPS, GL_KERNEL(6, 1)}},
	{"no capabilities, Linux 4.7", {0, GL_KERNEL(4, 7)}},
	{"all capabilities, Linux 4.7", {GL_DOCKER_ALL_CAPS, GL_KERNEL(4, 7)}},
};

/* Everything that one run of a test compares. */
struct comparison {
	struct gl_filter ours;
	struct gl_docker_side docker;
	size_t seen[GL_DOCKER_MAX_DIFFERENCES];
};

static char *profile_json;
static struct gl_docker_differences differences;

#ifndef MACHINE /* else the presets are compiled for another one */
#define MACHINE gl_machine_calls()->elf_machine
#endif

/* What the presets are compiled for. */
static const struct gl_docker_machine *machine(void)
{
	size_t i = 0;

	while (gl_machine_calls_of(gl_docker_machines[i].name)->elf_machine != MACHINE)
		i++;
	return &gl_docker_machines[i];
}

static void prepare(struct comparison *c, const struct gl_policy_facts *facts, unsigned abi)
{
	const struct gl_preset *preset = gl_preset_find("default");
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_filter_of_preset(preset, GL_FILTER_PLAIN, facts, &c->ours, &err), 0);
	ck_assert(gl_docker_side(profile_json, machine(), abi, facts, &c->docker));
}

/* ck_assert() writes a line at each call: too slow for the millions here. */
static void compare(void *arg, const struct seccomp_data *data)
{
	struct comparison *c = arg;
	uint32_t ours = gl_docker_run(c->ours.insns, c->ours.count, data);
	uint32_t docker = gl_docker_answer(&c->docker, data);
	size_t i;

	if (ours == docker)
		return;
	i = gl_docker_difference_find(&differences, data, ours, docker);
	if (i == differences.count)
		ck_abort_msg("%d of arch %08x, args %#llx %#llx %#llx: golaunch answers %08x, Docker %08x",
			     data->nr, data->arch, (unsigned long long)data->args[0],
			     (unsigned long long)data->args[1], (unsigned long long)data->args[2], ours,
			     docker);
	c->seen[i]++;
}

/* All numbers of an ABI; with arguments, or all arguments 0. */
static void compare_abi(const struct gl_policy_facts *facts, unsigned abi, bool arguments,
			size_t seen[GL_DOCKER_MAX_DIFFERENCES])
{
	struct comparison c = {.ours = GL_FILTER_INIT};

	prepare(&c, facts, abi);
	for (int nr = 0; nr < GL_DOCKER_NUMBERS; nr++) {
		const struct seccomp_data data = {.nr = nr, .arch = machine()->abis[abi].arch};

		if (arguments)
			gl_docker_each_arguments(machine(), abi, nr, compare, &c);
		else
			compare(&c, &data);
	}
	for (size_t i = 0; i < differences.count; i++)
		seen[i] += c.seen[i];
	gl_filter_done(&c.ours);
	gl_docker_done(&c.docker.filter);
}

START_TEST(same_answers)
{
	size_t seen[GL_DOCKER_MAX_DIFFERENCES] = {0};

	for (unsigned abi = 0; abi < 2; abi++)
		compare_abi(&cases[_i].facts, abi, true, seen);
}
END_TEST

/* Each capability alone, and all but each: no rule waits for one more, and none is lifted by a wrong one. */
START_TEST(same_answers_by_capability)
{
	size_t seen[GL_DOCKER_MAX_DIFFERENCES] = {0};
	const uint64_t one = UINT64_C(1) << _i;

	for (unsigned abi = 0; abi < 2; abi++) {
		compare_abi(&(struct gl_policy_facts){one, GL_KERNEL(6, 1)}, abi, false, seen);
		compare_abi(&(struct gl_policy_facts){GL_DOCKER_ALL_CAPS & ~one, GL_KERNEL(6, 1)}, abi, false,
			    seen);
	}
}
END_TEST

/* The calls of x32, on the machine that has it: Docker serves them, golaunch has ENOSYS. */
static void compare_x32(size_t seen[GL_DOCKER_MAX_DIFFERENCES])
{
	struct comparison c = {.ours = GL_FILTER_INIT};

	prepare(&c, &cases[2].facts, 0);
	for (unsigned nr = 0; nr < GL_DOCKER_NUMBERS; nr++) {
		const struct seccomp_data data = {.nr = (int)(nr | GL_X32_BIT), .arch = AUDIT_ARCH_X86_64};
		uint32_t ours = gl_docker_run(c.ours.insns, c.ours.count, &data);
		size_t i = gl_docker_difference_find(&differences, &data, ours, SECCOMP_RET_ALLOW);

		if (i == differences.count)
			ck_abort_msg("x32 call %u: golaunch answers %08x", nr, ours);
		seen[i]++;
	}
	gl_filter_done(&c.ours);
	gl_docker_done(&c.docker.filter);
}

/* Of a difference in calls that this machine has not got, nothing is to be seen. */
static bool can_occur(const struct gl_docker_difference *difference)
{
	const struct gl_abi *own = &gl_machine_calls_of(machine()->name)->abis[0];
	const struct gl_policy_rule *rule = difference->calls.rules;

	if (difference->kind == GL_DIFFERENCE_X32)
		return MACHINE == EM_X86_64;
	if (difference->kind == GL_DIFFERENCE_UNASSIGNED)
		return true;
	for (size_t i = 0; i < rule->call_count; i++)
		if (gl_syscall_number(own, rule->calls[i]) >= 0)
			return true;
	return false;
}

START_TEST(every_difference_occurs)
{
	size_t seen[GL_DOCKER_MAX_DIFFERENCES] = {0};

	compare_abi(&cases[0].facts, 0, true, seen);
	if (MACHINE == EM_X86_64)
		compare_x32(seen);
	for (size_t i = 0; i < differences.count; i++)
		ck_assert_msg(seen[i] > 0 || !can_occur(&differences.items[i]), "stale: %s",
			      differences.items[i].reason);
}
END_TEST

/* golaunch stops all that Docker stops: what it allows instead is listed, and those are all there are. */
START_TEST(nothing_weaker_is_listed)
{
	static const char *const weaker[] = {"uretprobe", "uprobe", "personality"};
	const struct gl_machine_calls *calls = differences.machine;

	for (size_t i = 0; i < differences.count; i++) {
		const struct gl_docker_difference *d = &differences.items[i];

		if (d->golaunch != SECCOMP_RET_ALLOW)
			continue;
		ck_assert_int_eq(d->kind, GL_DIFFERENCE_CALLS);
		for (size_t j = 0; j < d->calls.rules[0].call_count; j++) {
			const char *name = calls->calls[d->calls.rules[0].calls[j]].name;
			size_t k = 0;

			while (k < GL_ARRAY_SIZE(weaker) && strcmp(weaker[k], name) != 0)
				k++;
			ck_assert_msg(k < GL_ARRAY_SIZE(weaker), "golaunch allows %s", name);
		}
	}
}
END_TEST

/* Every call has its line, and what is different its reason. */
START_TEST(table)
{
	const struct gl_abi *own = &gl_machine_calls_of(machine()->name)->abis[0];
	gl_autofree char *text = NULL;
	struct gl_docker_summary sum;
	char row[64];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	ck_assert(gl_docker_table(profile_json, machine(), &differences, out, &sum));
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_uint_eq(sum.calls, own->number_count);
	ck_assert_uint_eq(sum.unexplained, 0);
	ck_assert_uint_ge(sum.different, 3);
	ck_assert_uint_ge(sum.docker_stops, 40);
	for (size_t i = 0; i < own->number_count; i++) {
		snprintf(row, sizeof(row), "\n%4d %-26s ", own->numbers[i].number,
			 differences.machine->calls[own->numbers[i].call].name);
		ck_assert_msg(strstr(text, row), "no line of%s", row);
	}
	ck_assert_ptr_nonnull(strstr(
		text, "mount                      EPERM          EPERM          EPERM          EPERM"));
	ck_assert_ptr_nonnull(strstr(
		text, "chroot                     EPERM          EPERM          allow          allow"));
	ck_assert_ptr_nonnull(strstr(
		text, "clone3                     ENOSYS         ENOSYS         ENOSYS         ENOSYS"));
	ck_assert_ptr_nonnull(strstr(
		text,
		"ioctl                      allow          allow|EPERM    allow          allow|EPERM    [3]"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("docker_profile");
	TCase *c = tcase_create("docker_profile");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, same_answers, 0, (int)GL_ARRAY_SIZE(cases));
	tcase_add_loop_test(c, same_answers_by_capability, 0, CAP_LAST_CAP + 1);
	tcase_add_test(c, every_difference_occurs);
	tcase_add_test(c, nothing_weaker_is_listed);
	tcase_add_test(c, table);
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
	if (gl_file_slurp(path, MAX_JSON, &profile_json, &len, &err) < 0 ||
	    !gl_docker_differences_read(GL_DOCKER_DIFFERENCES, machine()->name, &differences)) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	return gl_unit_main(suite());
}
