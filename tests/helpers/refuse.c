/*
 * Starts a program under a seccomp filter that answers EPERM to some calls, as
 * a container engine's may; "kill-CALL": that kills for it.
 *
 *	refuse CALL... -- PROGRAM [ARG...]
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
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
	{"prctl", SYS_prctl},	    {"personality", SYS_personality}, {"readlinkat", SYS_readlinkat},
	{"getxattr", SYS_getxattr}, {"getcwd", SYS_getcwd},	      {"openat", SYS_openat},
	{"mprotect", SYS_mprotect}, {"pread64", SYS_pread64},	      {"fstat", SYS_fstat},
	{"ptrace", SYS_ptrace},
};

#define KILL "kill-"

static bool kills(const char *name)
{
	return !strncmp(name, KILL, strlen(KILL));
}

static long number_of(const char *name)
{
	if (kills(name))
		name += strlen(KILL);
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
		long number = number_of(argv[i]);

		if (number < 0 || i > CALLS_MAX) {
			fprintf(stderr, "refuse: what is %s?\n", argv[i]);
			return 125;
		}
		code[program.len++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K,
			kills(argv[i]) ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM);
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
