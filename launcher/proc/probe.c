/*
 * A call in a process of its own: see proc/probe.h.
 *
 * With memory of its own: to dump core for a process that is killed by SIGSYS, a kernel
 * before 5.17 kills first all others that share its memory (fs/coredump.c), whatever limit
 * there is on cores.
 */
#include "proc/probe.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "arch/syscall.h"

#define STACK	       ((size_t)64 << 10)
#define SECCOMP_FILTER 2 /* PR_GET_SECCOMP: SECCOMP_MODE_FILTER */

struct call {
	long nr, arguments[4];
};

__attribute__((no_sanitize("address", "undefined"))) static int make(void *arg)
{
	const struct call *call = arg;
	const long *a = call->arguments;
	long r;

	gl_syscall2(SYS_prctl, PR_SET_DUMPABLE, 0); /* no core */
	r = gl_syscall4(call->nr, a[0], a[1], a[2], a[3]);
	gl_syscall1(SYS_exit, r < 0 ? -r : 0);
	return 0;
}

int gl_probe_call(long nr, long a, long b, long c, long d, int *ret_errno)
{
	struct call call = {.nr = nr, .arguments = {a, b, c, d}};
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = 0, errnum = 0;
	pid_t pid;

	if (stack == MAP_FAILED)
		return -errno;
	/* No exit signal: nobody shall be told of it but us. */
	pid = clone(make, stack + STACK, CLONE_VFORK, &call);
	if (pid < 0 || waitpid(pid, &status, __WALL) != pid)
		errnum = errno;
	munmap(stack, STACK);
	if (errnum)
		return -errnum;
	if (WIFSIGNALED(status))
		return 1;
	*ret_errno = WEXITSTATUS(status);
	return 0;
}

bool gl_probe_is_needed(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_FILTER;
}
