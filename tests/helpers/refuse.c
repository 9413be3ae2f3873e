/*
 * Starts a program under a seccomp filter that answers EPERM to some calls, as
 * a container engine's may; "kill-CALL": that kills for it, "trap-CALL": by a
 * signal that can be caught.
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
	{"dup3", SYS_dup3},
	{"mount", SYS_mount},
	{"waitid", SYS_waitid},
};

/* What is said before a call's name, and the filter's answer. */
static const struct {
	const char *prefix;
	unsigned action;
} actions[] = {
	{"kill-", SECCOMP_RET_KILL_PROCESS},
	{"trap-", SECCOMP_RET_TRAP},
	{"", SECCOMP_RET_ERRNO | EPERM},
};

/* The filter's answer; *name then is the call's. */
static unsigned take_action(const char **name)
{
	size_t i = 0;

	while (strncmp(*name, actions[i].prefix, strlen(actions[i].prefix)) != 0)
		i++;
	*name += strlen(actions[i].prefix);
	return actions[i].action;
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
		unsigned action = take_action(&name);
		long number = number_of(name);

		if (number < 0 || i > CALLS_MAX) {
			fprintf(stderr, "refuse: what is %s?\n", argv[i]);
			return 125;
		}
		code[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
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
