/*
 * Starts a program as others would that use seccomp themselves, or on a kernel
 * whose listeners know less.
 *
 *	outer HOW -- PROGRAM [ARG...]
 *
 *	listener	a filter with a listener is there already
 *	no-killable	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is unknown, as before Linux 5.19
 *	no-listener	SECCOMP_FILTER_FLAG_NEW_LISTENER is unknown, as before Linux 5.0
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
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

static int prepare(const char *how)
{
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
