/*
 * The preset "default" against Docker 26's default profile: for every system
 * call of each ABI, with arguments at and around every value that either side
 * compares with, the same answer for the same capabilities and kernel.
 * Both filters are interpreted; no kernel is asked.
 *
 * Differences stand in one table, each with its reason; one that does not
 * occur any more fails the test as well.  The profile's JSON comes from
 * GL_DOCKER_PROFILE (Debian: golang-github-docker-docker-dev 26.1.5,
 * profiles/seccomp/default.json).
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "policy/kernel.h"
#include "policy/preset.h"
#include "sandbox/filter.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/docker_profile.h"
#include "tests/lib/unit.h"

#define MAX_JSON	((size_t)1 << 20)
#define NUMBERS		520 /* beyond every number that either filter knows */
#define ARGUMENTS	3
#define ALLOWED		SECCOMP_RET_ALLOW
#define ANSWERS(errnum) (SECCOMP_RET_ERRNO | (errnum))
#define HIGH		((uint64_t)1 << 32) /* a bit that the kernel does not read of a 32-bit argument */
#define X32_BIT		0x40000000
#define CAP(name)	(UINT64_C(1) << CAP_##name)

/* What Docker gives a container's root by default. */
#define DOCKER_CAPS                                                                                          \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) | CAP(NET_RAW) |            \
	 CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT) | \
	 CAP(KILL) | CAP(AUDIT_WRITE))
#define ALL_CAPS ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

static const struct {
	uint16_t elf_machine;
	const char *docker;
	struct {
		const char *name;
		uint32_t arch;
		bool wide; /* registers of 64 bits */
	} abis[2];
} machines[] = {
	{EM_X86_64, "amd64", {{"x86-64", AUDIT_ARCH_X86_64, true}, {"i386", AUDIT_ARCH_I386, false}}},
	{EM_AARCH64, "arm64", {{"aarch64", AUDIT_ARCH_AARCH64, true}, {"arm", AUDIT_ARCH_ARM, false}}},
};

static const struct {
	const char *name;
	struct gl_policy_facts facts;
} cases[] = {
	{"no capabilities", {0, GL_KERNEL(6, 1)}},
	{"Docker's capabilities", {DOCKER_CAPS, GL_KERNEL(6, 1)}},
	{"all capabilities", {ALL_CAPS, GL_KERNEL(6, 1)}},
	{"no capabilities, Linux 4.7", {0, GL_KERNEL(4, 7)}},
	{"all capabilities, Linux 4.7", {ALL_CAPS, GL_KERNEL(4, 7)}},
};

/*
 * Every value that one of the filters compares an argument with; each is also
 * tried one lower, one higher, and with a bit above the low 32.
 */
static const uint64_t values[] = {
	0,
	8,
	0x20000,
	0x20008,
	0xffffffff,
	AF_VSOCK,
	AF_ALG,
	TIOCSTI,
	TIOCLINUX,
	0x80 /* CLONE_NEWTIME */,
	0x7e020000,
	0x02000000,
	0x04000000,
	0x08000000,
	0x10000000,
	0x20000000,
	0x40000000,
	0x003d0f00 /* a thread of libc */,
	UINT64_MAX >> 1,
};

enum difference { UNASSIGNED, UPROBE, TERMINAL, SOCKET_HIGH, PERSONALITY_HIGH, DIFFERENCE_MAX };

/* One call, as both filters see it. */
struct probe {
	const char *call; /* its name, or "" for a number without one */
	struct seccomp_data data;
};

static bool is_unassigned(const struct probe *probe)
{
	return probe->call[0] == '\0';
}

static bool is_uprobe(const struct probe *probe)
{
	return is_unassigned(probe) && probe->data.arch == AUDIT_ARCH_X86_64 &&
	       (probe->data.nr == 335 || probe->data.nr == 336);
}

static bool is_terminal(const struct probe *probe)
{
	uint32_t request = (uint32_t)probe->data.args[1];

	return !strcmp(probe->call, "ioctl") && (request == TIOCSTI || request == TIOCLINUX);
}

static bool is_socket_high(const struct probe *probe)
{
	return !strcmp(probe->call, "socket") && probe->data.args[0] >= HIGH &&
	       (uint32_t)probe->data.args[0] == AF_VSOCK;
}

static bool is_personality_high(const struct probe *probe)
{
	return !strcmp(probe->call, "personality") && probe->data.args[0] >= HIGH;
}

static const struct {
	bool (*applies)(const struct probe *probe);
	uint32_t ours, docker;
	const char *reason;
} differences[DIFFERENCE_MAX] = {
	[UNASSIGNED] =
		{is_unassigned, ANSWERS(ENOSYS), ANSWERS(EPERM),
		 "no kernel that the policy knows has this number: ENOSYS is what programs fall back on"},
	[UPROBE] =
		{is_uprobe, ALLOWED, ANSWERS(EPERM),
		 "the kernel's own trampolines call it (since 6.11): a traced program that may not would die"},
	[TERMINAL] =
		{is_terminal, ANSWERS(EPERM), ALLOWED,
		 "a container has a terminal of its own, a program started by golaunch shares the user's"},
	[SOCKET_HIGH] = {is_socket_high, ANSWERS(EPERM), ALLOWED,
			 "Docker compares 64 bits of a domain of which the kernel reads 32: a way around it"},
	[PERSONALITY_HIGH] = {is_personality_high, ALLOWED, ANSWERS(EPERM),
			      "the same 64 bits: the kernel reads 32, and those are an allowed persona"},
};

/* Everything that one run of a test compares. */
struct comparison {
	struct gl_filter ours;
	struct gl_docker_filter docker;
	unsigned docker_highest;
	size_t seen[DIFFERENCE_MAX];
};

static char *profile_json;

#ifndef MACHINE /* else the presets are compiled for another one */
#define MACHINE gl_machine_calls()->elf_machine
#endif

/* What the presets are compiled for. */
static size_t find_machine(void)
{
	size_t i = 0;

	while (i < GL_ARRAY_SIZE(machines) && machines[i].elf_machine != MACHINE)
		i++;
	ck_assert_uint_lt(i, GL_ARRAY_SIZE(machines));
	return i;
}

static void prepare(struct comparison *c, const struct gl_policy_facts *facts, size_t machine, uint32_t arch)
{
	const struct gl_preset *preset = gl_preset_find("default");
	const struct gl_docker_case docker = {machines[machine].docker, facts->reachable_caps, facts->kernel};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_filter_of_preset(preset, GL_FILTER_PLAIN, facts, &c->ours, &err), 0);
	ck_assert(gl_docker_compile(profile_json, &docker, &c->docker));
	c->docker_highest = gl_docker_highest(profile_json, &docker, arch);
}

/* ck_assert() writes a line at each call: too slow for the millions here. */
static uint32_t run(const struct sock_filter *filter, size_t count, const struct probe *probe)
{
	uint32_t answer = 0;

	if (!gl_bpf_run(filter, count, &probe->data, &answer))
		ck_abort_msg("invalid program");
	return answer;
}

static uint32_t ask_docker(const struct comparison *c, const struct probe *probe)
{
	if ((unsigned)probe->data.nr > c->docker_highest)
		return ANSWERS(ENOSYS);
	return run(c->docker.insns, c->docker.count, probe);
}

static void compare(struct comparison *c, const struct probe *probe)
{
	uint32_t ours = run(c->ours.insns, c->ours.count, probe), docker = ask_docker(c, probe);

	if (ours == docker)
		return;
	for (size_t i = 0; i < DIFFERENCE_MAX; i++) {
		if (differences[i].applies(probe) && ours == differences[i].ours &&
		    docker == differences[i].docker) {
			c->seen[i]++;
			return;
		}
	}
	ck_abort_msg("%s (%d) of arch %08x, args %#llx %#llx %#llx: golaunch answers %08x, Docker %08x",
		     probe->call, probe->data.nr, probe->data.arch, (unsigned long long)probe->data.args[0],
		     (unsigned long long)probe->data.args[1], (unsigned long long)probe->data.args[2], ours,
		     docker);
}

/* One argument at a time takes every value, the others are 0. */
static void compare_arguments(struct comparison *c, struct probe *probe, bool wide)
{
	for (size_t i = 0; i < ARGUMENTS * GL_ARRAY_SIZE(values); i++) {
		__u64 *arg = &probe->data.args[i % ARGUMENTS], value = values[i / ARGUMENTS];
		const __u64 around[] = {value - 1, value, value + 1, value | HIGH};

		for (size_t j = 0; j < GL_ARRAY_SIZE(around); j++) {
			*arg = wide ? around[j] : (uint32_t)around[j];
			compare(c, probe);
		}
		*arg = 0;
	}
}

/* All numbers of an ABI; with arguments, or all arguments 0. */
static void compare_abi(const struct gl_policy_facts *facts, unsigned abi, bool arguments,
			size_t seen[DIFFERENCE_MAX])
{
	size_t machine = find_machine();
	uint32_t arch = machines[machine].abis[abi].arch;
	struct comparison c = {.ours = GL_FILTER_INIT};

	prepare(&c, facts, machine, arch);
	for (int nr = 0; nr < NUMBERS; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, nr);
		struct probe probe = {.call = name ? name : "", .data = {.nr = nr, .arch = arch}};

		if (arguments)
			compare_arguments(&c, &probe, machines[machine].abis[abi].wide);
		else
			compare(&c, &probe);
		free(name);
	}
	for (size_t i = 0; i < DIFFERENCE_MAX; i++)
		seen[i] += c.seen[i];
	gl_filter_done(&c.ours);
	gl_docker_done(&c.docker);
}

START_TEST(same_answers)
{
	size_t seen[DIFFERENCE_MAX] = {0};

	for (unsigned abi = 0; abi < 2; abi++)
		compare_abi(&cases[_i].facts, abi, true, seen);
}
END_TEST

/* Each capability alone, and all but each: no rule waits for one more, and none is lifted by a wrong one. */
START_TEST(same_answers_by_capability)
{
	size_t seen[DIFFERENCE_MAX] = {0};
	const uint64_t one = UINT64_C(1) << _i;

	for (unsigned abi = 0; abi < 2; abi++) {
		compare_abi(&(struct gl_policy_facts){one, GL_KERNEL(6, 1)}, abi, false, seen);
		compare_abi(&(struct gl_policy_facts){ALL_CAPS & ~one, GL_KERNEL(6, 1)}, abi, false, seen);
	}
}
END_TEST

START_TEST(every_difference_occurs)
{
	size_t seen[DIFFERENCE_MAX] = {0};

	compare_abi(&cases[0].facts, 0, true, seen);
	for (size_t i = 0; i < DIFFERENCE_MAX; i++)
		ck_assert_msg(seen[i] > 0 || (i == UPROBE && MACHINE != EM_X86_64), "stale: %s",
			      differences[i].reason);
}
END_TEST

/* The one difference that the loop above does not reach: Docker lets x32 programs run, golaunch has ENOSYS for them. */
START_TEST(x32_answers_enosys)
{
	struct comparison c = {.ours = GL_FILTER_INIT};
	size_t machine = find_machine();

	if (machines[machine].elf_machine != EM_X86_64)
		return;
	prepare(&c, &cases[2].facts, machine, AUDIT_ARCH_X86_64);
	for (int nr = 0; nr < NUMBERS; nr++) {
		const struct probe probe = {.data = {.nr = nr | X32_BIT, .arch = AUDIT_ARCH_X86_64}};

		ck_assert_uint_eq(run(c.ours.insns, c.ours.count, &probe), ANSWERS(ENOSYS));
	}
	gl_filter_done(&c.ours);
	gl_docker_done(&c.docker);
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
	tcase_add_test(c, x32_answers_enosys);
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
