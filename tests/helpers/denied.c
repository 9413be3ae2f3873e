/*
 * Makes system calls that a sandbox should stop and says what the kernel
 * answered: one "NAME ERRNO" a line, "NAME 0" for success.
 *
 *	denied [NAME...]
 *
 * Arguments are harmless: where the call is let through it fails for another
 * reason (EFAULT, EINVAL, EBADF).  "int80-NAME" makes the i386 call by int 0x80
 * from 64-bit code, "x32-NAME" the x32 one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "int80.h"

#define X32 0x40000000

static long by_syscall(long number, const long *args)
{
	long result = syscall(number, args[0], args[1], args[2], args[3], args[4]);

	return result < 0 ? -errno : result;
}

#ifdef __x86_64__
static long by_int80(long number, const long *args)
{
	return int80(number, args[0], args[1], args[2], args[3], args[4]);
}
#else
#define by_int80 by_syscall
#endif

struct attempt {
	const char *name;
	long (*make)(long number, const long *args);
	long number;
	long args[5];
};

#define BAD (-1) /* a descriptor, pointer or command that is never good */

static const struct attempt attempts[] = {
	{"mount", by_syscall, SYS_mount, {0, 0, 0, 0, 0}},
	{"umount2", by_syscall, SYS_umount2, {BAD, 0}},
	{"bpf", by_syscall, SYS_bpf, {BAD, 0, 0}},
	{"kexec_load", by_syscall, SYS_kexec_load, {0, 0, 0, BAD}},
	{"keyctl", by_syscall, SYS_keyctl, {BAD, 0, 0, 0, 0}},
	{"add_key", by_syscall, SYS_add_key, {0, 0, 0, 0, 0}},
	{"userfaultfd", by_syscall, SYS_userfaultfd, {BAD}},
	{"io_uring_setup", by_syscall, SYS_io_uring_setup, {0, 0}},
	{"setns", by_syscall, SYS_setns, {BAD, 0}},
	{"init_module", by_syscall, SYS_init_module, {0, 0, 0}},
	{"reboot", by_syscall, SYS_reboot, {0, 0, 0, 0}},
	{"open_by_handle_at", by_syscall, SYS_open_by_handle_at, {BAD, 0, 0}},
	{"perf_event_open", by_syscall, SYS_perf_event_open, {0, 0, 0, BAD, 0}},
	{"clone3", by_syscall, SYS_clone3, {0, 0}},
	{"getppid", by_syscall, SYS_getppid, {0}},
	/* newer than any kernel known today */
	{"future", by_syscall, 1000, {0}},
#ifdef __x86_64__
	{"int80-mount", by_int80, 21, {0, 0, 0, 0, 0}},
	{"int80-keyctl", by_int80, 288, {BAD, 0, 0, 0, 0}},
	{"int80-getppid", by_int80, 64, {0}},
	{"x32-getppid", by_syscall, X32 + 110, {0}},
	{"x32-mount", by_syscall, X32 + 165, {0, 0, 0, 0, 0}},
	{"int80-unshare", by_int80, 310, {0x10000000}},
#endif
	/* last: where it succeeds the later calls would be answered differently */
	{"unshare", by_syscall, SYS_unshare, {0x10000000 /* CLONE_NEWUSER */}},
};

static int wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return argc == 1;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *a = &attempts[i];
		long result;

		if (!wanted(a->name, argc, argv))
			continue;
		result = a->make(a->number, a->args);
		printf("%s %s\n", a->name, result < 0 ? strerrorname_np((int)-result) : "0");
		fflush(stdout);
	}
	return 0;
}
