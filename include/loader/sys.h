/*
 * The system calls the stub makes, and no other.  Each is as its manual page
 * says, but returns -errno on failure.  All are in Linux 3.10; flags and
 * operations that came later are fallen back from by the callers.
 */
#pragma once

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/machine.h"

static inline int gl_sys_open(const char *path, int flags)
{
	return (int)gl_ld_syscall(__NR_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static inline int gl_sys_close(int fd)
{
	return (int)gl_ld_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

static inline long gl_sys_pread(int fd, void *to, size_t len, uint64_t offset)
{
	return gl_ld_syscall(__NR_pread64, fd, (long)to, (long)len, (long)offset, 0, 0);
}

static inline long gl_sys_write(int fd, const void *from, size_t len)
{
	return gl_ld_syscall(__NR_write, fd, (long)from, (long)len, 0, 0, 0);
}

static inline long gl_sys_readlink(const char *path, char *to, size_t size)
{
	return gl_ld_syscall(__NR_readlinkat, AT_FDCWD, (long)path, (long)to, (long)size, 0, 0);
}

/* Returns the length with the NUL. */
static inline long gl_sys_getcwd(char *to, size_t size)
{
	return gl_ld_syscall(__NR_getcwd, (long)to, (long)size, 0, 0, 0, 0);
}

static inline long gl_sys_getxattr(const char *path, const char *name, void *to, size_t size)
{
	return gl_ld_syscall(__NR_getxattr, (long)path, (long)name, (long)to, (long)size, 0, 0);
}

/* The address, or -errno: an address of ours is never in the last page. */
static inline long gl_sys_mmap(uint64_t at, uint64_t len, int prot, int flags, int fd, uint64_t offset)
{
	return gl_ld_syscall(__NR_mmap, (long)at, (long)len, prot, flags, fd, (long)offset);
}

static inline int gl_sys_munmap(uint64_t at, uint64_t len)
{
	return (int)gl_ld_syscall(__NR_munmap, (long)at, (long)len, 0, 0, 0, 0);
}

static inline int gl_sys_mprotect(uint64_t at, uint64_t len, int prot)
{
	return (int)gl_ld_syscall(__NR_mprotect, (long)at, (long)len, prot, 0, 0, 0);
}

static inline uint64_t gl_sys_brk(void)
{
	return (uint64_t)gl_ld_syscall(__NR_brk, 0, 0, 0, 0, 0, 0);
}

static inline int gl_sys_prctl(int operation, long a, long b, long c)
{
	return (int)gl_ld_syscall(__NR_prctl, operation, a, b, c, 0, 0);
}

/* The execution domain as it is: nothing is set. */
static inline long gl_sys_personality(void)
{
	return gl_ld_syscall(__NR_personality, 0xffffffff, 0, 0, 0, 0, 0);
}

_Noreturn static inline void gl_sys_exit(int status)
{
	for (;;)
		gl_ld_syscall(__NR_exit_group, status, 0, 0, 0, 0, 0);
}
