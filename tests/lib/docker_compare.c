/*
 * Comparison with Docker's profile: see tests/lib/docker_compare.h.
 */
#include "tests/lib/docker_compare.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/mem.h"
#include "policy/vocabulary.h"
#include "tests/lib/bpf_sim.h"

#define ARGUMENTS 3
#define HIGH	  ((uint64_t)1 << 32) /* a bit that the kernel does not read of a 32-bit argument */
#define MAX_LIST  ((size_t)1 << 16)

const struct gl_docker_machine gl_docker_machines[2] = {
	{"x86_64", "amd64", {{AUDIT_ARCH_X86_64, true}, {AUDIT_ARCH_I386, false}}},
	{"aarch64", "arm64", {{AUDIT_ARCH_AARCH64, true}, {AUDIT_ARCH_ARM, false}}},
};

/*
 * Every value that one of the sides compares an argument with; each is also tried
 * one lower, one higher, and with a bit above the low 32.
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

bool gl_docker_side(const char *json, const struct gl_docker_machine *machine, unsigned abi,
		    const struct gl_policy_facts *facts, struct gl_docker_side *ret)
{
	const struct gl_docker_case what = {
		.machine = machine->docker, .caps = facts->reachable_caps, .kernel = facts->kernel};

	if (!gl_docker_compile(json, &what, &ret->filter))
		return false;
	ret->highest = gl_docker_highest(json, &what, machine->abis[abi].arch);
	return true;
}

uint32_t gl_docker_run(const struct sock_filter *filter, size_t count, const struct seccomp_data *data)
{
	uint32_t answer = 0;

	if (gl_bpf_run(filter, count, data, &answer))
		return answer;
	fprintf(stderr, "an invalid filter\n");
	abort();
}

uint32_t gl_docker_answer(const struct gl_docker_side *side, const struct seccomp_data *data)
{
	if ((unsigned)data->nr > side->highest)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return gl_docker_run(side->filter.insns, side->filter.count, data);
}

void gl_docker_each_arguments(const struct gl_docker_machine *machine, unsigned abi, int number,
			      void (*ask)(void *arg, const struct seccomp_data *data), void *arg)
{
	struct seccomp_data data = {.nr = number, .arch = machine->abis[abi].arch};

	for (size_t i = 0; i < ARGUMENTS * GL_ARRAY_SIZE(values); i++) {
		__u64 *argument = &data.args[i % ARGUMENTS], value = values[i / ARGUMENTS];
		const __u64 around[] = {value - 1, value, value + 1, value | HIGH};

		for (size_t j = 0; j < GL_ARRAY_SIZE(around); j++) {
			*argument = machine->abis[abi].wide ? around[j] : (uint32_t)around[j];
			ask(arg, &data);
		}
		*argument = 0;
	}
}

/* --- differences ---------------------------------------------------------------------------------- */

static bool parse_answer(const char *text, uint32_t *ret)
{
	int errnum = 0;

	if (!strcmp(text, "allow") || !strcmp(text, "any")) {
		*ret = !strcmp(text, "any") ? GL_DOCKER_ANY : SECCOMP_RET_ALLOW;
		return true;
	}
	if (!gl_vocabulary_errno(text, strlen(text), &errnum))
		return false;
	*ret = SECCOMP_RET_ERRNO | (uint32_t)errnum;
	return true;
}

/* As the calls and the condition of a statement. */
static bool parse_calls(const struct gl_machine_calls *machine, const char *text, struct gl_policy *ret)
{
	char statement[512];
	struct gl_err err = GL_ERR_INIT;

	snprintf(statement, sizeof(statement), "default kill\nallow %s\n", text);
	if (gl_policy_parse(machine, GL_DOCKER_DIFFERENCES, statement, NULL, NULL, ret, &err) == 0 &&
	    ret->rule_count == 1)
		return true;
	fprintf(stderr, "%s\n", err.msg);
	return false;
}

/* The next field of a line, without the blanks around it. */
static char *take_field(char **line)
{
	char *field = strsep(line, "|");

	if (!field)
		return NULL;
	field += strspn(field, " \t");
	for (size_t len = strlen(field); len > 0 && strchr(" \t", field[len - 1]); len--)
		field[len - 1] = '\0';
	return field;
}

/* CALLS | GOLAUNCH | DOCKER | WHY */
static bool parse_line(struct gl_docker_differences *d, char *line)
{
	char *calls = take_field(&line), *golaunch = take_field(&line), *docker = take_field(&line);
	char *reason = take_field(&line);
	struct gl_docker_difference *item = &d->items[d->count];

	if (!reason || !*reason || d->count == GL_DOCKER_MAX_DIFFERENCES ||
	    !parse_answer(golaunch, &item->golaunch) || !parse_answer(docker, &item->docker))
		return false;
	item->kind = !strcmp(calls, "unassigned") ? GL_DIFFERENCE_UNASSIGNED
		     : !strcmp(calls, "x32")	  ? GL_DIFFERENCE_X32
						  : GL_DIFFERENCE_CALLS;
	if (item->kind == GL_DIFFERENCE_CALLS && !parse_calls(d->machine, calls, &item->calls))
		return false;
	item->reason = strdup(reason);
	d->count++;
	return item->reason;
}

bool gl_docker_differences_read(const char *path, const char *machine, struct gl_docker_differences *ret)
{
	gl_autofree char *text = NULL;
	struct gl_err err = GL_ERR_INIT;
	char *next;
	size_t len;

	*ret = (struct gl_docker_differences){.machine = gl_machine_calls_of(machine)};
	if (!ret->machine || gl_file_slurp(path, MAX_LIST, &text, &len, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return false;
	}
	next = text;
	for (char *line = strsep(&next, "\n"); line; line = strsep(&next, "\n")) {
		if (*line == '\0' || *line == '#')
			continue;
		if (!parse_line(ret, line)) {
			fprintf(stderr, "%s: a wrong line: %s\n", path, line);
			gl_docker_differences_done(ret);
			return false;
		}
	}
	return true;
}

void gl_docker_differences_done(struct gl_docker_differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		gl_policy_done(&differences->items[i].calls);
		free(differences->items[i].reason);
	}
	differences->count = 0;
}

static bool applies(const struct gl_docker_difference *item, const struct gl_machine_calls *machine,
		    const struct seccomp_data *data)
{
	const struct gl_abi *abi = gl_abi_of(machine, data->arch, (uint32_t)data->nr);
	const struct gl_policy_facts any = {.reachable_caps = 0};
	uint64_t args[6];
	uint16_t call;

	if (!abi || abi->x32)
		return abi && item->kind == GL_DIFFERENCE_X32;
	call = gl_syscall_at(abi, (unsigned)data->nr);
	if (item->kind != GL_DIFFERENCE_CALLS)
		return item->kind == GL_DIFFERENCE_UNASSIGNED && call == GL_CALL_NONE;
	memcpy(args, data->args, sizeof(args));
	return call != GL_CALL_NONE && gl_policy_rule_names(&item->calls.rules[0], call) &&
	       gl_policy_rule_holds(&item->calls.rules[0], &any, args);
}

static bool answers(uint32_t listed, uint32_t answer)
{
	return listed == answer || listed == GL_DOCKER_ANY;
}

size_t gl_docker_difference_find(const struct gl_docker_differences *differences,
				 const struct seccomp_data *data, uint32_t golaunch, uint32_t docker)
{
	size_t i = 0;

	for (; i < differences->count; i++) {
		const struct gl_docker_difference *item = &differences->items[i];

		if (answers(item->golaunch, golaunch) && answers(item->docker, docker) &&
		    applies(item, differences->machine, data))
			break;
	}
	return i;
}
