/*
 * Starts a program as others would that use seccomp themselves, or on a kernel
 * whose listeners know less.
 *
 *	outer HOW -- PROGRAM [ARG...]
 *
 *	listener	a filter with a listener is there already
 *	no-killable	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is unknown, as before Linux 5.19
 *	no-listener	SECCOMP_FILTER_FLAG_NEW_LISTENER is unknown, as before Linux 5.0
 *
 * or answers calls as an engine's profile would, NAMES being NAME[,NAME...] (or numbers):
 *
 *	ERRNO=NAMES	EPERM, EACCES or ENOSYS
 *	kill=NAMES	the process is killed
 *	trap=NAMES	SIGSYS
 *	silent=NAMES	it waits for somebody who never answers
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

static int load(struct sock_filter *code, unsigned short len, unsigned long flags)
{
	struct sock_fprog program = {.filter = code, .len = len};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* On a call that nobody makes; the program inherits the descriptor, which keeps it listening. */
static int be_listener(void)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_lookup_dcookie, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	int fd = load(code, sizeof(code) / sizeof(code[0]), SECCOMP_FILTER_FLAG_NEW_LISTENER);

	return fd < 0 ? -1 : fcntl(fd, F_SETFD, 0);
}

static int without_flag(unsigned long flag)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
		LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (unsigned)flag, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return load(code, sizeof(code) / sizeof(code[0]), 0);
}

/* -- what an engine answers -- */

#define MAX_CALLS 64
#define NONE	  (-1)
#define CALL(name)                                                                                           \
	{                                                                                                    \
#name, SYS_##name                                                                            \
	}
#define ERROR(name)                                                                                          \
	{                                                                                                    \
#name, SECCOMP_RET_ERRNO | name                                                              \
	}

static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(accept4),
	CALL(acct),
	CALL(bind),
	CALL(clone3),
	CALL(close_range),
	CALL(connect),
	CALL(copy_file_range),
	CALL(epoll_create1),
	CALL(epoll_pwait2),
	CALL(eventfd2),
	CALL(execveat),
	CALL(faccessat2),
	CALL(fstat),
	CALL(futex_waitv),
	CALL(getrandom),
	CALL(landlock_create_ruleset),
	CALL(membarrier),
	CALL(memfd_create),
	CALL(mount),
	CALL(newfstatat),
	CALL(openat2),
	CALL(pidfd_getfd),
	CALL(pidfd_open),
	CALL(pidfd_send_signal),
	CALL(pipe2),
	CALL(prctl),
	CALL(preadv2),
	CALL(prlimit64),
	CALL(process_mrelease),
	CALL(pwritev2),
	CALL(renameat2),
	CALL(rseq),
	CALL(seccomp),
	CALL(sendfile),
	CALL(sethostname),
	CALL(socket),
	CALL(statx),
	CALL(syncfs),
	CALL(waitid),
};

static const struct {
	const char *name;
	unsigned action;
} answers[] = {
	ERROR(EPERM),
	ERROR(EACCES),
	ERROR(ENOSYS),
	{"kill", SECCOMP_RET_KILL_PROCESS},
	{"trap", SECCOMP_RET_TRAP},
	{"silent", SECCOMP_RET_USER_NOTIF},
};

static long number_of(const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	return *name && !*end ? number : NONE;
}

/* The name before the "=", or 0: no such answer. */
static unsigned answer_of(const char *how, size_t len)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strlen(answers[i].name) == len && !strncmp(answers[i].name, how, len))
			return answers[i].action;
	return 0;
}

/* As an engine's own: x86-64 calls only, the rest is let through. */
static int answer_calls(unsigned action, char *names)
{
	struct sock_filter code[1 + 2 * MAX_CALLS + 1] = {LOAD(nr)};
	unsigned short len = 1;
	int fd;

	for (char *next, *name = strtok_r(names, ",", &next); name; name = strtok_r(NULL, ",", &next)) {
		long number = number_of(name);

		if (number == NONE || len > 2 * MAX_CALLS - 1) {
			fprintf(stderr, "outer: no call '%s'\n", name);
			errno = EINVAL;
			return -1;
		}
		code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
		code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (action != SECCOMP_RET_USER_NOTIF)
		return load(code, len, 0);
	/* The program inherits the descriptor: as long as it lives there is a listener. */
	fd = load(code, len, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return fd < 0 ? -1 : fcntl(fd, F_SETFD, 0);
}

static int prepare(char *how)
{
	char *names = strchr(how, '=');
	unsigned action = names ? answer_of(how, (size_t)(names - how)) : 0;

	if (action)
		return answer_calls(action, names + 1);
	if (!strcmp(how, "listener"))
		return be_listener();
	if (!strcmp(how, "no-killable"))
		return without_flag(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (!strcmp(how, "no-listener"))
		return without_flag(SECCOMP_FILTER_FLAG_NEW_LISTENER);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[2], "--") != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prepare(argv[1]) < 0) {
		perror("outer");
		return 125;
	}
	execv(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
