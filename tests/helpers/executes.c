/*
 * Attempts to execute another program, by every way there is.
 *
 *	executes MARK WAY...	each way in a child of its own: prints "WAY ran", or "WAY ERRNO"
 *	executes MARK race	as many at once as possible, for RACE_MS milliseconds (300)
 *
 * MARK is a copy of this program under the name "mark"; it does nothing but make the
 * file that RAN names.  With RACE=MARK in the environment the race begins in a
 * constructor, before main.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "int80.h"

#define STACK	 65536
#define THREADS	 4
#define CHILDREN 2
#define GUESSES	 20000
#define RACE_MS	 300
#define MAX_FD	 64
#define X32	 0x40000000

static char mark[4096], ran[4096 + 8];
static char *const argv_mark[] = {mark, NULL}, *const env_mark[] = {ran, NULL};
static uint32_t argv_32[2], env_32[2]; /* the same, for int 0x80 */
static char stack[STACK] __attribute__((aligned(16)));

/* -- ways; each returns only if it failed, with errno -- */

static void by_execve(void)
{
	execve(mark, argv_mark, env_mark);
}

static void by_execveat(void)
{
	syscall(SYS_execveat, AT_FDCWD, mark, argv_mark, env_mark, 0);
}

static void by_fexecve(void)
{
	syscall(SYS_execveat, open(mark, O_RDONLY | O_CLOEXEC), "", argv_mark, env_mark, AT_EMPTY_PATH);
}

static int copy_to_memfd(void)
{
	int from = open(mark, O_RDONLY), to = memfd_create("mark", MFD_CLOEXEC);
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			return -1;
	return to;
}

static void by_memfd(void)
{
	syscall(SYS_execveat, copy_to_memfd(), "", argv_mark, env_mark, AT_EMPTY_PATH);
}

static void by_memfd_path(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", copy_to_memfd());
	execve(path, argv_mark, env_mark);
}

/* By every small descriptor: one of them may be what golaunch itself executed a program by. */
static void by_every_fd(void)
{
	int file = open(mark, O_RDONLY | O_CLOEXEC);

	for (int fd = 0; fd < MAX_FD; fd++) {
		if (fd == file || dup2(file, fd) < 0)
			continue;
		syscall(SYS_execveat, fd, "", argv_mark, env_mark, AT_EMPTY_PATH);
		if (errno != EPERM)
			return;
	}
}

static void *execute(void *arg)
{
	by_execve();
	*(int *)arg = errno;
	return NULL;
}

static void by_thread(void)
{
	pthread_t thread;
	int errnum = 0;

	if (pthread_create(&thread, NULL, execute, &errnum) == 0)
		pthread_join(thread, NULL);
	errno = errnum;
}

/* Waits for a child that exits with an errno. */
static void end_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, __WALL) < 0)
		return;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		by_execve();
		_exit(errno);
	}
	end_of(pid);
}

static int child_executes(void *arg)
{
	(void)arg;
	by_execve();
	_exit(errno);
}

static void by_vfork(void)
{
	end_of(clone(child_executes, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static void by_shared_memory(void)
{
	end_of(clone(child_executes, stack + STACK, CLONE_VM | CLONE_FILES | SIGCHLD, NULL));
}

static void by_posix_spawn(void)
{
	pid_t pid;
	int r = posix_spawn(&pid, mark, NULL, NULL, argv_mark, env_mark);

	if (r == 0)
		end_of(pid);
	else
		errno = r;
}

/* With something in the registers that execve does not use. */
static void by_registers(void)
{
	for (uint64_t i = 0; i < GUESSES; i++) {
		uint64_t word = i < 2 ? -i : (i * 0x9e3779b97f4a7c15) ^ (i << 40);

		syscall(SYS_execve, mark, argv_mark, env_mark, word, word, word);
		if (errno != EPERM)
			return;
		syscall(SYS_execveat, (word << 32) | (uint32_t)AT_FDCWD, mark, argv_mark, env_mark,
			word << 32, word);
		if (errno != EPERM)
			return;
	}
}

static void by_script(void)
{
	char path[4096 + 32];
	int fd;

	snprintf(path, sizeof(path), "%s.%d.sh", mark, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (fd < 0 || dprintf(fd, "#!%s\n", mark) < 0 || close(fd) < 0)
		return;
	execve(path, argv_mark, env_mark);
}

/* A tracer changes the number of a harmless call: before Linux 4.8 the filter had seen it already. */
static void by_tracer(void)
{
	pid_t pid = fork();
	struct user_regs_struct registers;
	struct iovec room = {&registers, sizeof(registers)};
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
			_exit(errno);
		_exit(syscall(SYS_getppid, mark, argv_mark, env_mark) < 0 ? errno : EAGAIN);
	}
	waitpid(pid, &status, 0);
	while (WIFSTOPPED(status)) {
		if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &room) == 0 &&
		    registers.orig_rax == SYS_getppid && registers.rdi == (uint64_t)(uintptr_t)mark) {
			registers.orig_rax = SYS_execve;
			ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &room);
		}
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		waitpid(pid, &status, 0);
	}
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void by_signal_handler(int signo)
{
	(void)signo;
	by_execve();
}

static void by_signal(void)
{
	signal(SIGUSR1, by_signal_handler);
	raise(SIGUSR1);
}

static long address(const void *p)
{
	return (long)(uintptr_t)p;
}

static void by_int80(void)
{
	errno = (int)-int80(11, address(mark), address(argv_32), address(env_32), 0, 0);
}

static void by_int80_at(void)
{
	errno = (int)-int80(358, AT_FDCWD, address(mark), address(argv_32), address(env_32), 0);
}

static void by_x32(void)
{
	syscall(X32 | 520, mark, argv_32, env_32);
}

static void by_x32_native(void)
{
	syscall(X32 | SYS_execve, mark, argv_mark, env_mark);
}

static void by_x32_at(void)
{
	syscall(X32 | 545, AT_FDCWD, mark, argv_32, env_32, 0);
}

static const struct {
	const char *name;
	void (*execute)(void);
} ways[] = {
	{"execve", by_execve},
	{"execveat", by_execveat},
	{"fexecve", by_fexecve},
	{"memfd", by_memfd},
	{"memfd-path", by_memfd_path},
	{"every-fd", by_every_fd},
	{"thread", by_thread},
	{"fork", by_fork},
	{"vfork", by_vfork},
	{"shared-memory", by_shared_memory},
	{"posix-spawn", by_posix_spawn},
	{"registers", by_registers},
	{"script", by_script},
	{"tracer", by_tracer},
	{"signal", by_signal},
	{"int80", by_int80},
	{"int80-at", by_int80_at},
	{"x32", by_x32},
	{"x32-native", by_x32_native},
	{"x32-at", by_x32_at},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* -- the race -- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *run_race(void *arg)
{
	uint64_t end = *(uint64_t *)arg;

	while (now_ns() < end) {
		by_execve();
		by_fexecve();
		by_fork();
	}
	return NULL;
}

static void race(void)
{
	static uint64_t end;
	const char *length = getenv("RACE_MS");
	pthread_t threads[THREADS];

	end = now_ns() + (length ? strtoul(length, NULL, 10) : RACE_MS) * 1000000u;
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, run_race, &end);
	for (size_t i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			_exit(run_race(&end) != NULL);
	run_race(&end);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (wait(NULL) > 0)
		continue;
}

static void name_mark(const char *path)
{
	snprintf(mark, sizeof(mark), "%s", path);
	snprintf(ran, sizeof(ran), "RAN=%s.ran", mark);
	argv_32[0] = (uint32_t)(uintptr_t)mark;
	env_32[0] = (uint32_t)(uintptr_t)ran;
}

__attribute__((constructor)) static void before_main(void)
{
	const char *path = getenv("RACE");

	if (!path)
		return;
	name_mark(path);
	race();
}

/* -- the rest -- */

static const char *answer(int status)
{
	if (access(ran + strlen("RAN="), F_OK) == 0)
		return "ran";
	if (!WIFEXITED(status))
		return "killed";
	return WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "nothing";
}

static void attempt(const char *name)
{
	int status = 0;
	pid_t pid;

	unlink(ran + strlen("RAN="));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < WAYS; i++)
			if (!strcmp(ways[i].name, name)) {
				errno = 0;
				ways[i].execute();
				_exit(errno);
			}
		_exit(ENOTSUP);
	}
	waitpid(pid, &status, 0);
	printf("%s %s\n", name, answer(status));
}

/* The program that was executed. */
static int be_mark(void)
{
	const char *path = getenv("RAN");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;

	return fd < 0;
}

int main(int argc, char **argv)
{
	if (getenv("RAN"))
		return be_mark();
	if (argc < 2)
		return 125;
	name_mark(argv[1]);
	if (argc == 3 && !strcmp(argv[2], "race")) {
		race();
		return 0;
	}
	for (int i = 2; i < argc; i++)
		attempt(argv[i]);
	for (size_t i = 0; argc == 2 && i < WAYS; i++)
		attempt(ways[i].name);
	return 0;
}
