/*
 * Attempts on the parent, which without golaunch is an ordinary process of the same
 * user: its memory, its descriptors, its files below /proc; and, in the groups "kill",
 * "stop", "limit" and "terminate", to reach a denied call once the parent does its
 * work no more.
 *
 *	bypass_parent GROUP
 *
 * Nothing is harmed by "parent": what was read is written back.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "bypass.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM	      64
#define PAUSE_US      200000 /* for what is done to the parent to have happened */

static pid_t parent;
static unsigned long address; /* of a byte of its that may be written */

static int open_of(const char *name, int flags)
{
	char path[2 * ROOM];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)parent, name);
	return open(path, flags | O_CLOEXEC);
}

/* Without golaunch: where its stack is, which is always mapped. */
static unsigned long find_address(void)
{
	char line[512];
	int fd = open_of("maps", O_RDONLY);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	unsigned long found = 0, start;
	char mode[8];

	while (maps && !found && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%*x %7s", &start, mode) == 2 && mode[0] == 'r' && mode[1] == 'w')
			found = start;
	if (maps)
		fclose(maps);
	return found ? found : 0x400000;
}

/* -- memory -- */

static long write_file(const void *name)
{
	char byte;
	int fd = open_of(name, O_RDWR);

	if (fd < 0)
		return -errno;
	return bypass_result(pread(fd, &byte, 1, (off_t)address) == 1 ? pwrite(fd, &byte, 1, (off_t)address)
								      : -1);
}

static long write_task(const void *arg)
{
	char name[ROOM];

	(void)arg;
	snprintf(name, sizeof(name), "task/%d/mem", (int)parent);
	return write_file(name);
}

static long read_vm(const void *arg)
{
	char byte;
	const struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};

	(void)arg;
	return bypass_result(process_vm_readv(parent, &here, 1, &there, 1, 0));
}

static long write_vm(const void *arg)
{
	char byte = 0;
	const struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};

	(void)arg;
	process_vm_readv(parent, &here, 1, &there, 1, 0);
	return bypass_result(process_vm_writev(parent, &here, 1, &there, 1, 0));
}

/* -- tracing -- */

static long seize(const void *arg)
{
	(void)arg;
	return bypass_result(ptrace(PTRACE_SEIZE, parent, 0, 0));
}

static long attach(const void *arg)
{
	int status;

	(void)arg;
	if (ptrace(PTRACE_ATTACH, parent, 0, 0) < 0)
		return -errno;
	waitpid(parent, &status, __WALL);
	return bypass_result(ptrace(PTRACE_DETACH, parent, 0, 0));
}

/* -- descriptors, files -- */

static long take_descriptor(const void *arg)
{
	long pidfd = syscall(SYS_pidfd_open, parent, 0);

	(void)arg;
	return bypass_result(pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static long read_of(const void *name)
{
	char byte;
	int fd = open_of(name, O_RDONLY);

	if (fd < 0)
		return -errno;
	return bypass_result(read(fd, &byte, 1));
}

static long open_directory(const void *name)
{
	return bypass_result(open_of(name, O_RDONLY | O_DIRECTORY));
}

static long open_any(const void *name)
{
	return bypass_result(open_of(name, O_PATH));
}

/* The listener's descriptor, whatever its number is. */
static long open_each(const void *arg)
{
	char name[ROOM];

	(void)arg;
	for (int fd = 0; fd < 64; fd++) {
		snprintf(name, sizeof(name), "fd/%d", fd);
		if (open_of(name, O_PATH) >= 0 || errno != ENOENT)
			return bypass_result(open_of(name, O_PATH));
	}
	return -ENOENT;
}

/* -- without the parent -- */

static long denied_call(void)
{
	return bypass_result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}

static long after_signal(const void *arg)
{
	if (kill(parent, *(const int *)arg) < 0)
		return -errno;
	usleep(PAUSE_US);
	return denied_call();
}

/* It can have no more descriptors, and is killed for any processor time it takes. */
static long after_limits(const void *arg)
{
	const struct rlimit none = {0, 0};

	(void)arg;
	if (prlimit(parent, RLIMIT_NOFILE, &none, NULL) < 0 || prlimit(parent, RLIMIT_CPU, &none, NULL) < 0)
		return -errno;
	return denied_call();
}

static long after_kill_execute(const void *arg)
{
	kill(parent, SIGKILL);
	usleep(PAUSE_US);
	return bypass_run("/bin/true", arg);
}

/* -- the table -- */

static const int kill_it = SIGKILL, stop_it = SIGSTOP, terminate_it = SIGTERM;

static const struct {
	const char *group, *name;
	long (*attempt)(const void *arg);
	const void *arg;
} attempts[] = {
	{"parent", "write-memory-file", write_file, "mem"},
	{"parent", "write-memory-file-of-a-thread", write_task, NULL},
	{"parent", "read-memory", read_vm, NULL},
	{"parent", "write-memory", write_vm, NULL},
	{"parent", "seize", seize, NULL},
	{"parent", "attach", attach, NULL},
	{"parent", "take-a-descriptor", take_descriptor, NULL},
	{"parent", "open-a-descriptor", open_each, NULL},
	{"parent", "list-descriptors", open_directory, "fd"},
	{"parent", "list-mapped-files", open_directory, "map_files"},
	{"parent", "environment", read_of, "environ"},
	{"parent", "mappings", read_of, "maps"},
	{"parent", "auxiliary-vector", read_of, "auxv"},
	{"parent", "executable", read_of, "exe"},
	{"parent", "system-call", read_of, "syscall"},
	{"parent", "root-directory", open_any, "root/etc"},
	{"parent", "working-directory", open_any, "cwd/."},
	{"parent", "namespaces", open_any, "ns/mnt"},
	{"kill", "call-after-kill", after_signal, &kill_it},
	{"stop", "call-after-stop", after_signal, &stop_it},
	{"terminate", "call-after-terminate", after_signal, &terminate_it},
	{"limit", "call-after-limits", after_limits, NULL},
	{"execute", "execute-after-kill", after_kill_execute, NULL},
};

int main(int argc, char **argv)
{
	parent = getppid();
	signal(SIGTERM, SIG_IGN); /* it comes back to us */
	address = find_address();
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(attempts); i++)
		if (!strcmp(attempts[i].group, argv[1]))
			bypass_make(attempts[i].name, attempts[i].attempt, attempts[i].arg);
	return argc == 2 ? 0 : 125;
}
