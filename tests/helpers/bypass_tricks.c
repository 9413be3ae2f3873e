/*
 * Attempts to get past a policy in several steps: by other threads and processes,
 * by a tracer, by filters of one's own, by terminals, by races.
 *
 *	bypass_tricks GROUP
 *
 * Groups: "user" and "root" try to reach a call that is denied, keyctl; "race" to make
 * a directory where mkdir is denied.  "call" makes the call alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>

#include "bypass.h"
#include "int80.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define STACK	      65536
#define TRIES	      2000

static const char *self;

/* The call that is denied. */
static long denied_call(void)
{
	return bypass_result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}

/* -- other threads and processes -- */

static long shared_result;

static void *in_thread(void *arg)
{
	(void)arg;
	shared_result = denied_call();
	return NULL;
}

static long by_thread(const void *arg)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, in_thread, NULL);

	(void)arg;
	if (r)
		return -r;
	pthread_join(thread, NULL);
	return shared_result;
}

static int in_clone(void *arg)
{
	(void)arg;
	shared_result = denied_call();
	return 0;
}

/* With our memory, so that it can tell. */
static long by_clone(const void *arg)
{
	char *stack = malloc(STACK);
	pid_t pid = stack ? clone(in_clone, stack + STACK, *(const int *)arg | CLONE_VM | SIGCHLD, NULL) : -1;

	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, __WALL);
	return shared_result;
}

static long by_program(const void *arg)
{
	return bypass_run(self, arg);
}

/* Its parent is gone, and with it whatever is tied to the tree of processes. */
static long by_orphan(const void *arg)
{
	int fds[2];
	long result = -EPIPE;

	(void)arg;
	if (pipe(fds) < 0)
		return -errno;
	if (fork() == 0) {
		if (fork() == 0) {
			setsid();
			result = denied_call();
			_exit(write(fds[1], &result, sizeof(result)) < 0);
		}
		_exit(0);
	}
	close(fds[1]);
	return read(fds[0], &result, sizeof(result)) == sizeof(result) ? result : -EPIPE;
}

static void ignore(int signo)
{
	(void)signo;
}

/* Signals take a thread out of its wait, so that it asks again. */
static long by_signals(const void *arg)
{
	const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
	const struct sigaction action = {.sa_handler = ignore};
	long result = 0;

	(void)arg;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < TRIES; i++) {
		result = denied_call();
		if (result >= 0)
			break;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	return result == -EINTR ? -EPERM : result;
}

/* -- filters of one's own: the strictest answer counts -- */

static int load_filter(uint32_t answer, uint32_t nr, unsigned flags)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)bypass_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

static long by_allowing(const void *arg)
{
	long r = load_filter(SECCOMP_RET_ALLOW, SYS_keyctl, *(const unsigned *)arg);

	return r < 0 ? r : denied_call();
}

static volatile int own_listener;

static void *answer_continue(void *arg)
{
	struct seccomp_notif notif = {.id = 0};
	struct seccomp_notif_resp response = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	(void)arg;
	while (own_listener == 0)
		sched_yield();
	if (own_listener > 0 && ioctl(own_listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) == 0) {
		response.id = notif.id;
		ioctl(own_listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
	return NULL;
}

static long by_own_listener(const void *arg)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, answer_continue, NULL);

	(void)arg;
	if (r)
		return -r;
	own_listener = load_filter(SECCOMP_RET_USER_NOTIF, SYS_keyctl, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return denied_call();
}

static long by_loosening(const void *arg)
{
	(void)arg;
	prctl(PR_SET_SECCOMP, 0, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT + 7, 0, NULL);
	return denied_call();
}

/* -- a tracer that changes the call -- */

#ifdef __x86_64__
static void make_it_keyctl(pid_t pid)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, 0, &regs);
	regs.orig_rax = SYS_keyctl;
	regs.rdi = KEYCTL_GET_KEYRING_ID;
	regs.rsi = (unsigned long)KEY_SPEC_PROCESS_KEYRING;
	regs.rdx = 1;
	ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

static long result_at_exit(pid_t pid)
{
	struct user_regs_struct regs = {.rax = (unsigned long)-ECHILD};
	int status = 0;

	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	waitpid(pid, &status, 0);
	if (WIFSTOPPED(status))
		ptrace(PTRACE_GETREGS, pid, 0, &regs);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return (long)regs.rax;
}

static pid_t traced_child(bool filtered)
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		if (filtered)
			load_filter(SECCOMP_RET_TRACE, SYS_getppid, 0);
		raise(SIGSTOP);
		syscall(SYS_getppid);
		_exit(0);
	}
	return pid;
}

/* At the stop before the filters look at it. */
static long by_tracer_at_entry(const void *arg)
{
	pid_t pid = traced_child(false);
	int status;

	(void)arg;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0)
		return -EPERM;
	waitpid(pid, &status, 0);
	make_it_keyctl(pid);
	return result_at_exit(pid);
}

/* At the stop that a filter asked for, after they have looked. */
static long by_tracer_at_filter(const void *arg)
{
	pid_t pid = traced_child(true);
	int status;

	(void)arg;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP) < 0)
		return -EPERM;
	ptrace(PTRACE_CONT, pid, 0, 0);
	waitpid(pid, &status, 0);
	make_it_keyctl(pid);
	return result_at_exit(pid);
}
#endif

/* Whoever is filtered himself may not (ptrace(2)); without golaunch it takes CAP_SYS_ADMIN. */
static long by_suspending(const void *arg)
{
	int status;
	pid_t pid = fork();
	long r;

	(void)arg;
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	r = bypass_result(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_SUSPEND_SECCOMP));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return r;
}

/* -- terminals -- */

static int own_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	setsid();
	return open(ptsname(master), O_RDWR);
}

static long by_typing(const void *arg)
{
	int fd = own_terminal();

	return fd < 0 ? -errno : bypass_result(syscall(SYS_ioctl, fd, *(const unsigned long *)arg, "x"));
}

/* A pseudoterminal is no console: ENOTTY says that it was asked. */
static long by_selecting(const void *arg)
{
	long r = by_typing(arg);

	return r == -ENOTTY || r == -EINVAL ? 0 : r;
}

#ifdef __x86_64__
static long by_typing_int80(const void *arg)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long fd = own_terminal();

	(void)arg;
	if (fd < 0 || low == MAP_FAILED)
		return -errno;
	return int80(54 /* ioctl */, fd, (long)TIOCSTI, (long)low, 0, 0);
}
#endif

/* -- namespaces -- */

static long by_namespace(const void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	return bypass_result(chroot("/"));
}

/* -- races: what is denied is not made later, whatever its arguments become -- */

static char race_path[64];
static volatile bool race_over;

static void *swap_path(void *arg)
{
	(void)arg;
	for (int i = 0; !race_over; i++)
		race_path[0] = i % 2 ? 'a' : 'b';
	return NULL;
}

static long by_swapping(const void *arg)
{
	pthread_t thread;
	long made = 0, last = -EPERM;

	snprintf(race_path, sizeof(race_path), "a-%ld", *(const long *)arg);
	if (pthread_create(&thread, NULL, swap_path, NULL))
		return -EAGAIN;
	for (int i = 0; i < TRIES && !made; i++) {
		long r = *(const long *)arg == SYS_mkdir ? syscall(SYS_mkdir, race_path, 0700)
							 : syscall(SYS_mkdirat, AT_FDCWD, race_path, 0700);

		made = r == 0;
		last = r < 0 ? -errno : 0;
	}
	race_over = true;
	pthread_join(thread, NULL);
	race_path[0] = 'a';
	made |= rmdir(race_path) == 0;
	race_path[0] = 'b';
	made |= rmdir(race_path) == 0;
	return made ? 0 : last;
}

/* -- the table -- */

static const int none = 0, untraced = CLONE_UNTRACED, vfork_like = CLONE_VFORK;
static const unsigned no_flags = 0, all_threads = SECCOMP_FILTER_FLAG_TSYNC;
static const unsigned long type_it = TIOCSTI, type_it_high = (1UL << 32) | TIOCSTI, select_it = TIOCLINUX;
static const long by_mkdir = SYS_mkdir, by_mkdirat = SYS_mkdirat;

static const struct {
	const char *group, *name;
	long (*attempt)(const void *arg);
	const void *arg;
} attempts[] = {
	{"user", "by-another-thread", by_thread, NULL},
	{"user", "by-a-process-in-our-memory", by_clone, &none},
	{"user", "by-an-untraced-process", by_clone, &untraced},
	{"user", "by-a-vfork-child", by_clone, &vfork_like},
	{"user", "by-another-program", by_program, "call"},
	{"user", "by-an-orphan", by_orphan, NULL},
	{"user", "under-signals", by_signals, NULL},
	{"user", "own-filter-allows", by_allowing, &no_flags},
	{"user", "own-filter-for-all-threads", by_allowing, &all_threads},
	{"user", "own-listener-continues", by_own_listener, NULL},
	{"user", "filters-switched-off", by_loosening, NULL},
#ifdef __x86_64__
	{"user", "tracer-at-entry", by_tracer_at_entry, NULL},
	{"user", "tracer-at-filter", by_tracer_at_filter, NULL},
	{"user", "types-by-int80", by_typing_int80, NULL},
#endif
	{"user", "types-into-the-terminal", by_typing, &type_it},
	{"user", "types-with-high-bits", by_typing, &type_it_high},
	{"user", "types-into-the-console", by_selecting, &select_it},
	{"user", "root-in-a-namespace", by_namespace, NULL},
	{"root", "filters-suspended", by_suspending, NULL},
	{"race", "mkdir", by_swapping, &by_mkdir},
	{"race", "mkdirat", by_swapping, &by_mkdirat},
};

int main(int argc, char **argv)
{
	self = argv[0];
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(attempts); i++)
		if (!strcmp(attempts[i].group, argv[1]))
			bypass_make(attempts[i].name, attempts[i].attempt, attempts[i].arg);
	if (argc == 2 && !strcmp(argv[1], "call"))
		return denied_call() >= 0 ? 0 : EPERM;
	return argc == 2 ? 0 : 125;
}
