/*
 * A confined program that turns on its parent: tries to write its memory, to
 * trace it, to take its descriptors.  One "WAY ERRNO" a line, "WAY 0" where it
 * worked (nothing is harmed: what was read is written back).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *way, long result)
{
	printf("%s %s\n", way, result < 0 ? strerrorname_np(errno) : "0");
}

/* Any mapping of the parent that may be written, or 0. */
static unsigned long writable_address(pid_t pid)
{
	char path[64], line[512];
	unsigned long address = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && !address && fgets(line, sizeof(line), maps)) {
		char mode[8];

		if (sscanf(line, "%lx-%*x %7s", &address, mode) != 2 || mode[1] != 'w')
			address = 0;
	}
	if (maps)
		fclose(maps);
	return address;
}

static long write_memory(pid_t pid)
{
	char path[64], byte;
	unsigned long address = writable_address(pid);
	long result = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	errno = EACCES;
	if (address && pread(fd, &byte, 1, (off_t)address) == 1)
		result = pwrite(fd, &byte, 1, (off_t)address);
	close(fd);
	return result;
}

static long write_vm(pid_t pid)
{
	char byte = 0;
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)writable_address(pid), 1};

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
		return -1;
	return process_vm_writev(pid, &here, 1, &there, 1, 0);
}

static long trace(pid_t pid)
{
	long result = ptrace(PTRACE_SEIZE, pid, 0, 0);

	if (result == 0)
		ptrace(PTRACE_DETACH, pid, 0, 0);
	return result;
}

static long take_descriptor(pid_t pid)
{
	long pidfd = syscall(SYS_pidfd_open, pid, 0);

	return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

static long list_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int main(void)
{
	pid_t parent = getppid();

	say("mem", write_memory(parent));
	say("vm", write_vm(parent));
	say("trace", trace(parent));
	say("descriptor", take_descriptor(parent));
	say("fd-link", list_descriptors(parent));
	return 0;
}
