/*
 * Asking an outer filter: see sandbox/probe_outer.h.
 *
 * One process makes all calls, one after the other, and notes each answer in memory
 * that both share.  When it is gone, its end of a pipe is closed, however it went;
 * what it was at then tells which call it was killed for, and another process goes on
 * behind that one.  It is nobody's child to hear of: it has no exit signal.
 */
#include "sandbox/probe_outer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "arch/syscall.h"
#include "base/fd.h"

#define STACK ((size_t)64 << 10)

/* Memory that both see. */
struct asking {
	int numbers[GL_PROBE_OUTER_MAX];
	long answers[GL_PROBE_OUTER_MAX];
	size_t count, at;
};

/* Nothing is to be left of it: no core, and no process that waits for ever. */
static int ask_all(void *arg)
{
	struct asking *a = arg;

	gl_syscall2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	gl_syscall2(SYS_prctl, PR_SET_DUMPABLE, 0);
	for (size_t i = a->at; i < a->count; i++) {
		__atomic_store_n(&a->at, i, __ATOMIC_RELEASE);
		a->answers[i] = gl_syscall(a->numbers[i], -1, -1, -1, -1, -1, -1);
	}
	__atomic_store_n(&a->at, a->count, __ATOMIC_RELEASE);
	gl_syscall1(SYS_exit_group, 0);
	return 0;
}

/* Until it is gone; false: a call takes longer than it may. */
static bool await_end(const struct asking *a, int fd)
{
	struct pollfd closed = {.fd = fd, .events = POLLIN};
	size_t before, at = __atomic_load_n(&a->at, __ATOMIC_ACQUIRE);

	do {
		if (poll(&closed, 1, GL_PROBE_OUTER_TIMEOUT_MS) > 0)
			return true;
		before = at;
		at = __atomic_load_n(&a->at, __ATOMIC_ACQUIRE);
	} while (at != before);
	return false;
}

/* Returns 1: it is gone, 0: it had to be killed, or -errno. */
static int run_one(struct asking *a, char *stack)
{
	gl_autoclose int reader = -1;
	int pipe_fds[2];
	bool ended;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	reader = pipe_fds[0];
	pid = clone(ask_all, stack + STACK, 0, a);
	if (pid < 0) {
		close(pipe_fds[1]);
		return -errno;
	}
	close(pipe_fds[1]);
	ended = await_end(a, reader);
	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	return ended;
}

static enum gl_outer_answer answer_of(long r)
{
	return r == -EPERM || r == -EACCES ? GL_OUTER_DENIES : GL_OUTER_PASSES;
}

static int ask(struct asking *a, char *stack, enum gl_outer_answer *ret)
{
	bool silent = false;
	int r = 1;

	for (size_t begun = 0; begun < a->count && !silent; begun = a->at) {
		r = run_one(a, stack);
		if (r < 0)
			return r;
		for (size_t i = begun; i < a->at; i++)
			ret[i] = answer_of(a->answers[i]);
		if (a->at == a->count)
			break;
		silent = r == 0;
		ret[a->at++] = silent ? GL_OUTER_SILENT : GL_OUTER_KILLS;
	}
	return 0;
}

int gl_probe_outer(const int *numbers, size_t count, enum gl_outer_answer *ret, struct gl_err *err)
{
	char *stack = mmap(NULL, STACK + sizeof(struct asking), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct asking *a;
	int r = -E2BIG;

	if (stack == MAP_FAILED)
		return gl_err_sys(err, errno, "cannot ask the outer filter");
	a = (struct asking *)(void *)(stack + STACK);
	for (size_t i = 0; i < count; i++)
		ret[i] = GL_OUTER_UNKNOWN;
	if (count <= GL_PROBE_OUTER_MAX) {
		a->count = count;
		memcpy(a->numbers, numbers, count * sizeof(*numbers));
		r = ask(a, stack, ret);
	}
	munmap(stack, STACK + sizeof(*a));
	return r < 0 ? gl_err_sys(err, -r, "cannot ask the outer filter") : 0;
}
