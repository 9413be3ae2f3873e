/*
 * What an explained denial costs, beside a bare round trip to a listener.
 *
 *	notify GOLAUNCH [ROUNDS]
 *
 * Each round makes calls that are denied, in a program of its own: under a filter
 * of this program, whose listener only answers; and under golaunch with its default
 * policy, once all from one place with the same arguments, once with arguments that
 * never come again, so that golaunch looks at the caller as often as it is willing to.
 * Of interleaved rounds the medians are printed.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS	   20000
#define ROUNDS_MAX 101
#define STACK	   ((size_t)64 << 10)

enum way { BARE, SAME, OTHER, WAYS };
static const char *const names[WAYS] = {"bare round trip", "explained", "explained, arguments vary"};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Microseconds a call. */
static double measure(int vary)
{
	double began = now();

	for (long i = 0; i < CALLS; i++)
		if (syscall(SYS_keyctl, 11, vary ? i : 0, 0, 0, 0) != -1 || errno != EPERM)
			fail("keyctl was not denied");
	return (now() - began) / CALLS;
}

/* -- bare -- */

struct shared {
	volatile int listener; /* a descriptor of the table that both have */
	double result;
};

static int bare_child(void *arg)
{
	struct shared *shared = arg;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_keyctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.filter = code, .len = sizeof(code) / sizeof(code[0])};
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("no_new_privs");
	shared->listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (shared->listener < 0)
		_exit(1);
	shared->result = measure(0);
	_exit(0);
}

static void answer_all(int listener)
{
	struct seccomp_notif notif;
	struct seccomp_notif_resp response;

	for (;;) {
		memset(&notif, 0, sizeof(notif));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) < 0)
			return;
		response = (struct seccomp_notif_resp){.id = notif.id, .error = -EPERM};
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

static double bare(void)
{
	struct shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double result;
	pid_t pid;

	if (shared == MAP_FAILED || stack == MAP_FAILED)
		fail("mmap");
	pid = clone(bare_child, stack + STACK, CLONE_FILES | SIGCHLD, shared);
	if (pid < 0)
		fail("clone");
	while (shared->listener == 0)
		usleep(100);
	if (shared->listener < 0)
		fail("no listener");
	answer_all(shared->listener);
	waitpid(pid, NULL, 0);
	close(shared->listener);
	result = shared->result;
	munmap(stack, STACK);
	munmap(shared, sizeof(*shared));
	return result;
}

/* -- under golaunch -- */

static double explained(const char *golaunch, const char *how)
{
	char command[4096], line[64];
	FILE *out;

	snprintf(command, sizeof(command), "exec '%s' -q -- /proc/%d/exe %s", golaunch, (int)getpid(), how);
	out = popen(command, "re");
	if (!out || !fgets(line, sizeof(line), out) || pclose(out) != 0)
		fail(golaunch);
	return strtod(line, NULL);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 11;
	double times[WAYS][ROUNDS_MAX], first = 0;

	if (argc == 2 && (!strcmp(argv[1], "same") || !strcmp(argv[1], "vary"))) {
		printf("%.3f\n", measure(argv[1][0] == 'v'));
		return 0;
	}
	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX)
		return EXIT_FAILURE;
	for (int i = 0; i < rounds; i++) {
		times[BARE][i] = bare();
		times[SAME][i] = explained(argv[1], "same");
		times[OTHER][i] = explained(argv[1], "vary");
	}
	for (enum way way = BARE; way < WAYS; way++) {
		qsort(times[way], (size_t)rounds, sizeof(double), compare);
		if (way == BARE)
			first = times[way][rounds / 2];
		printf("denied call, %-26s %7.2f us %6.2fx\n", names[way], times[way][rounds / 2],
		       times[way][rounds / 2] / first);
	}
	return 0;
}
