/*
 * Starts a program under a seccomp filter that answers EPERM to some calls, as
 * a container engine's may; "kill-CALL": that kills for it, "trap-CALL": by a
 * signal that can be caught, "ENOSYS-CALL" and "EOPNOTSUPP-CALL": as a kernel
 * without it answers.
 *
 *	refuse CALL... -- PROGRAM [ARG...]
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_MAX 16

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{"prctl", SYS_prctl},
	{"personality", SYS_personality},
	{"readlinkat", SYS_readlinkat},
	{"getxattr", SYS_getxattr},
	{"getcwd", SYS_getcwd},
	{"openat", SYS_openat},
	{"mprotect", SYS_mprotect},
	{"pread64", SYS_pread64},
	{"fstat", SYS_fstat},
	{"ptrace", SYS_ptrace},
	{"seccomp", SYS_seccomp},
	{"process_vm_readv", SYS_process_vm_readv},
	{"landlock_create_ruleset", SYS_landlock_create_ruleset},
	{"dup3", SYS_dup3},
	{"mount", SYS_mount},
	{"waitid", SYS_waitid},
};

/* What is said before a call's name, and the filter's answer. */
static const struct {
	const char *prefix;
	unsigned answer;
} answers[] = {
	{"kill-", SECCOMP_RET_KILL_PROCESS},
	{"trap-", SECCOMP_RET_TRAP},
	{"ENOSYS-", SECCOMP_RET_ERRNO | ENOSYS},
	{"EOPNOTSUPP-", SECCOMP_RET_ERRNO | EOPNOTSUPP},
	{"EPERM-", SECCOMP_RET_ERRNO | EPERM},
	{"", SECCOMP_RET_ERRNO | EPERM},
};

/* Splits off what is answered. */
static unsigned take_answer(const char **name)
{
	size_t i = 0;

	while (strncmp(*name, answers[i].prefix, strlen(answers[i].prefix)) != 0)
		i++;
	*name += strlen(answers[i].prefix);
	return answers[i].answer;
}

static long number_of(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	return -1;
}

int main(int argc, char **argv)
{
	struct sock_filter code[2 + 2 * CALLS_MAX] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = {.filter = code, .len = 1};
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *name = argv[i];
		unsigned answer = take_answer(&name);
		long number = number_of(name);

		if (number < 0 || i > CALLS_MAX) {
			fprintf(stderr, "refuse: what is %s?\n", argv[i]);
			return 125;
		}
		code[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (i + 1 >= argc || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse");
		return 125;
	}
	execv(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
