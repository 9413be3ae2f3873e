/*
 * Spawn: see proc/spawn.h.
 *
 * Parent and child run at the same time in one memory.  What makes that safe:
 * every signal is blocked before clone, so no handler runs in either; the child
 * has its own stack and uses raw system calls only, so libc's state (errno,
 * locks, stdio) is touched by the parent alone; the parent does nothing but wait
 * between "go" and the child's departure.  The child reads the parent's
 * thread-local storage (stack protector) and never writes it.
 *
 * The order around "go" is the kernel's: a tracer must seize the child before
 * PR_SET_DUMPABLE 0 (with shared memory the flag is the child's too, and the
 * seize fails), and that must be before the program can run.  execve gives the
 * program a memory of its own, dumpable as usual.
 */
#include "proc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "arch/syscall.h"
#include "base/escape.h"
#include "base/exitcode.h"
#include "base/fd.h"
#include "base/mem.h"

#define STACK_SIZE ((size_t)256 << 10) /* sanitizers make frames large; untouched pages cost nothing */
#define GUARD_SIZE ((size_t)64 << 10)  /* at least a page on every machine */
#define BUSY_TRIES 200		       /* of 5 ms: a second for a busy text file */
#define PATH_SHOWN 512
#define FD_PATH	   32 /* "/proc/self/fd/" and a number */

#define MS	((long)1000000)
#define WAIT_MS 100 /* for the child, before it is looked after */
#define FLAGS	(CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID | SIGCHLD)

/* The child never returns from its functions; sanitizers would keep its stack poisoned for the next user. */
#define CHILD_CODE __attribute__((no_sanitize("address", "undefined")))

/* Of launch.present. */
enum { GONE, PRESENT };

/* What parent and child share. */
struct launch {
	const struct gl_spawn *spawn;
	char fd_path[FD_PATH]; /* of spawn->exec_fd */
	pid_t parent;
	atomic_int go;	    /* futex: 1 once the child may proceed */
	atomic_int present; /* futex: PRESENT until the child has left our memory (the kernel clears it) */
	struct gl_plan_failure failure;
};

/* Not FUTEX_PRIVATE: the kernel's wake for CLONE_CHILD_CLEARTID is a shared one. */
CHILD_CODE static long futex_wait(atomic_int *word, int value, long timeout_ns)
{
	const struct timespec timeout = {.tv_sec = 0, .tv_nsec = timeout_ns};

	return gl_syscall4(SYS_futex, word, FUTEX_WAIT, value, &timeout);
}

/* Has the parent died?  In a pid namespace of its own the child sees 0 and cannot tell. */
CHILD_CODE static bool is_orphan(pid_t parent)
{
	long now = gl_syscall0(SYS_getppid);

	return now != parent && now != 0;
}

/* The parent may be killed before it says go; then nobody ever will. */
CHILD_CODE static void await_go(struct launch *launch)
{
	while (!atomic_load(&launch->go)) {
		futex_wait(&launch->go, 0, 500 * MS);
		if (is_orphan(launch->parent))
			gl_syscall1(SYS_exit_group, GL_EXIT_GOLAUNCH_FAILED);
	}
}

/* SIGTTOU is still blocked, so the terminal can be taken from the background. */
CHILD_CODE static void join_group(enum gl_spawn_group group)
{
	int pid;

	if (group == GL_GROUP_SAME)
		return;
	gl_syscall2(SYS_setpgid, 0, 0);
	pid = (int)gl_syscall0(SYS_getpid);
	if (group == GL_GROUP_FOREGROUND)
		gl_syscall3(SYS_ioctl, STDIN_FILENO, TIOCSPGRP, &pid);
}

CHILD_CODE static long call_execve(const struct gl_spawn *spawn, const char *fd_path)
{
	const struct gl_exec_key *key = &spawn->plan->exec_key;
	const char *path = spawn->exec_fd < 0 ? spawn->path : fd_path;
	long r = gl_syscall6(SYS_execve, path, spawn->argv, spawn->env, 0, GL_EXEC_KEY_FIRST(key),
			     GL_EXEC_KEY_LAST(key));
	long again;

	/* No /proc, none that we may enter, or another thing of that name. */
	if (spawn->exec_fd < 0 || (r != -ENOENT && r != -EACCES && r != -ENOTDIR))
		return r;
	again = gl_syscall6(SYS_execveat, GL_EXEC_KEY_FD(key, spawn->exec_fd), "", spawn->argv, spawn->env,
			    GL_EXEC_KEY_FLAGS(key, AT_EMPTY_PATH), GL_EXEC_KEY_LAST(key));
	return again == -ENOSYS ? r : again;
}

CHILD_CODE static void execute(const struct gl_spawn *spawn, const char *fd_path,
			       struct gl_plan_failure *failure)
{
	const struct timespec pause = {.tv_sec = 0, .tv_nsec = 5 * MS};
	long r = -ETXTBSY;

	for (int i = 0; i < BUSY_TRIES && r == -ETXTBSY; i++) {
		if (i > 0)
			gl_syscall2(SYS_nanosleep, &pause, NULL);
		r = call_execve(spawn, fd_path);
	}
	failure->errnum = (int)-r;
	failure->step = GL_STEP_EXEC;
}

/*
 * Signals first: after the filter their calls might be denied.  One that was
 * waiting ends the child here, as it would have ended the program.  Returns only on failure.
 */
CHILD_CODE static void become_program(const struct gl_spawn *spawn, const char *fd_path,
				      struct gl_plan_failure *failure)
{
	int r = gl_signals_restore(spawn->signals);

	if (r < 0) {
		failure->step = GL_STEP_SIGNALS;
		failure->errnum = -r;
		return;
	}
	if (gl_plan_apply(spawn->plan, failure) != 0)
		return;
	execute(spawn, fd_path, failure);
}

CHILD_CODE static int child_main(void *arg)
{
	struct launch *launch = arg;

	await_go(launch);
	join_group(launch->spawn->group);
	become_program(launch->spawn, launch->fd_path, &launch->failure);
	gl_syscall1(SYS_exit_group, GL_EXIT_GOLAUNCH_FAILED);
	return GL_EXIT_GOLAUNCH_FAILED;
}

/* A stack with a guard below it; NULL with errno. */
static char *map_stack(void)
{
	char *stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	if (mprotect(stack, GUARD_SIZE, PROT_NONE) == 0)
		return stack;
	munmap(stack, GUARD_SIZE + STACK_SIZE);
	return NULL;
}

/* Our own fd 2 while the program's stands in its place. */
struct lent {
	int fd;	   /* -1: nothing was lent */
	int flags; /* FD_CLOEXEC, or 0 */
	int saved; /* the same for the program, at the number agreed; -1: none */
};

static int lend_stderr(const struct gl_spawn *spawn, struct lent *ret_lent, struct gl_err *err)
{
	struct lent lent = {.fd = -1, .saved = -1};
	int errnum = 0;

	if (spawn->stderr_fd >= 0) {
		lent.flags = fcntl(STDERR_FILENO, F_GETFD);
		lent.fd = gl_fd_duplicate(STDERR_FILENO);
		if (lent.fd < 0)
			errnum = -lent.fd;
		else if (spawn->saved_fd >= 0 && (lent.saved = dup2(STDERR_FILENO, spawn->saved_fd)) < 0)
			errnum = errno;
		else if (dup2(spawn->stderr_fd, STDERR_FILENO) < 0)
			errnum = errno;
	}
	if (errnum) {
		gl_fd_close(&lent.saved);
		gl_fd_close(&lent.fd);
		return gl_err_sys(err, errnum, "cannot give the program its stderr");
	}
	*ret_lent = lent;
	return 0;
}

static void take_back_stderr(struct lent *lent)
{
	if (lent->fd < 0)
		return;
	dup2(lent->fd, STDERR_FILENO);
	fcntl(STDERR_FILENO, F_SETFD, lent->flags);
	gl_fd_close(&lent->fd);
	gl_fd_close(&lent->saved);
}

static void write_pid(char *slot, pid_t pid)
{
	if (slot)
		snprintf(slot, GL_SPAWN_PID_ROOM, "%d", (int)pid);
}

/*
 * A Ctrl-C that came before the program was born reached golaunch alone, and
 * the supervisor would take it for one that both have.  The child has every
 * signal blocked, so one that it has already is not doubled.
 */
static void hand_over_signals(int signal_fd, pid_t pid)
{
	const struct gl_signal_scene scene = {.self = getpid()};
	struct signalfd_siginfo info;

	while (signal_fd >= 0 && read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (gl_signals_judge(&info, &scene) == GL_SIGNAL_FORWARD)
			gl_signals_send(pid, false, &info);
}

static bool is_refused(const struct gl_spawn *spawn)
{
	return spawn->must_watch && gl_watch_result(spawn->watch)->answer != GL_WATCH_ON;
}

/*
 * The child exists and waits: what must be done before the program may run.
 * (Releasing it before its birth where nothing depends on the pid was measured
 * to be slower: it then starts on another processor, with cold caches.)
 */
static void release(struct launch *launch, pid_t pid)
{
	write_pid(launch->spawn->listen_pid, pid);
	write_pid(launch->spawn->watchdog_pid, pid);
	hand_over_signals(launch->spawn->signal_fd, pid);
	if (launch->spawn->watch)
		gl_watch_attach(launch->spawn->watch, pid);
	if (is_refused(launch->spawn)) {
		/* It waits for us with our memory in its hands: this is all that may happen to it. */
		kill(pid, SIGKILL);
		return;
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	atomic_store(&launch->go, 1);
	gl_syscall3(SYS_futex, &launch->go, FUTEX_WAKE, 1);
}

/*
 * Looks at a child that takes its time.  A signal on its way to execve holds one
 * that is watched until it is handed on.  Returns true if it is dead: kernels
 * before 4.10 do not wake the futex of a process killed by a signal (fork.c,
 * mm_release()).  If Ctrl-Z stopped it on its way to execve, it is continued:
 * stopped with our memory in its hands it would hold us as well, and no shell
 * could tell.
 */
static bool check_on_child(const struct gl_spawn *spawn, pid_t pid)
{
	siginfo_t info = {.si_signo = 0};

	if (spawn->watch && gl_watch_before_exec(spawn->watch))
		return false;
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0)
		return errno == ECHILD;
	if (info.si_pid == 0)
		return false;
	if (info.si_code != CLD_STOPPED)
		return info.si_code != CLD_TRAPPED;
	kill(pid, SIGCONT);
	return false;
}

/* What the filter denies of the child's last steps is ours to answer. */
static void listen_to_child(struct launch *launch, pid_t pid)
{
	int fd = __atomic_load_n(&launch->failure.listener, __ATOMIC_ACQUIRE);

	if (launch->spawn->listener && fd > 0)
		gl_listener_launch(launch->spawn->listener, fd, pid, &launch->present);
}

static void await_departure(struct launch *launch, pid_t pid)
{
	while (atomic_load(&launch->present) != GONE) {
		if (futex_wait(&launch->present, PRESENT, WAIT_MS * MS) != -ETIMEDOUT)
			continue;
		listen_to_child(launch, pid);
		if (check_on_child(launch->spawn, pid))
			return;
	}
}

static int explain(const struct gl_spawn *spawn, const struct gl_plan_failure *failure, struct gl_err *err)
{
	gl_autofree char *path = NULL;

	if (failure->step == GL_STEP_LIMITS || failure->step == GL_STEP_LIMIT_NPROC)
		return gl_err_sys(err, failure->errnum, "cannot set limit '%s' for the program",
				  gl_limit_name(failure->detail));
	if (failure->step != GL_STEP_EXEC)
		return gl_err_sys(err, failure->errnum, "cannot set %s for the program",
				  gl_step_name(failure->step));
	path = gl_escape_dup(spawn->path, PATH_SHOWN);
	return gl_err_sys(err, failure->errnum, "cannot execute '%s'", path ? path : "");
}

/* Clones onto the stack and waits until the child has left our memory. */
static pid_t launch_on(char *stack, struct launch *launch)
{
	pid_t pid = clone(child_main, stack + GUARD_SIZE + STACK_SIZE, FLAGS, launch, NULL, NULL,
			  &launch->present);

	if (pid < 0)
		return -errno;
	release(launch, pid);
	await_departure(launch, pid);
	return pid;
}

/* With every signal blocked.  Returns the pid or -errno. */
static pid_t launch_blocked(struct launch *launch, struct gl_err *err)
{
	char *stack = map_stack();
	struct lent lent;
	pid_t pid;
	int r;

	if (!stack)
		return gl_err_sys(err, errno, "cannot get a stack for the program's process");
	r = lend_stderr(launch->spawn, &lent, err);
	if (r == 0) {
		pid = launch_on(stack, launch);
		take_back_stderr(&lent);
		r = pid < 0 ? gl_err_sys(err, -pid, "cannot start a process") : pid;
	}
	munmap(stack, GUARD_SIZE + STACK_SIZE);
	return r;
}

/* Before clone: the child formats nothing. */
static void name_exec_fd(const struct gl_spawn *spawn, char fd_path[FD_PATH])
{
	snprintf(fd_path, FD_PATH, "/proc/self/fd/%d", spawn->exec_fd);
}

int gl_spawn_start(const struct gl_spawn *spawn, pid_t *ret_pid, struct gl_plan_failure *failure,
		   struct gl_err *err)
{
	struct launch launch = {.spawn = spawn, .parent = getpid(), .present = PRESENT};
	uint64_t before = gl_signals_block();
	pid_t pid;

	name_exec_fd(spawn, launch.fd_path);
	pid = launch_blocked(&launch, err);
	gl_signals_unblock(before);
	*failure = launch.failure;
	if (pid < 0)
		return pid;
	if (launch.failure.errnum != 0 || is_refused(spawn))
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (spawn->listener)
		gl_listener_take(spawn->listener, launch.failure.listener, launch.failure.errnum ? 0 : pid);
	if (launch.failure.errnum != 0)
		return explain(spawn, failure, err);
	if (is_refused(spawn))
		return gl_err_sys(err, EPERM, "cannot watch the start of the program");
	*ret_pid = pid;
	return 0;
}

int gl_spawn_in_place(const struct gl_spawn *spawn, struct gl_plan_failure *failure, struct gl_err *err)
{
	char fd_path[FD_PATH];

	name_exec_fd(spawn, fd_path);
	*failure = (struct gl_plan_failure){.step = GL_STEP_NONE};
	become_program(spawn, fd_path, failure);
	return explain(spawn, failure, err);
}

enum gl_spawn_group gl_spawn_choose_group(bool kill_group)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO); /* < 0: no terminal of ours */
	bool alone = getpid() == 1 || getsid(0) == getpid();

	if (foreground >= 0 && alone)
		return GL_GROUP_FOREGROUND;
	if (!kill_group)
		return GL_GROUP_SAME;
	return foreground >= 0 && foreground == getpgrp() ? GL_GROUP_FOREGROUND : GL_GROUP_NEW;
}
