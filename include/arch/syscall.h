/*
 * System calls without libc: no errno, no thread-local storage, no locks.  For
 * code that runs in a child that shares our memory (proc/spawn.h), where a
 * libc wrapper would write the parent's errno.
 */
#pragma once

/* Returns the kernel's answer: -4095..-1 is -errno. */
long gl_syscall(long nr, long a, long b, long c, long d, long e, long f);

#define gl_syscall0(nr)		    gl_syscall((nr), 0, 0, 0, 0, 0, 0)
#define gl_syscall1(nr, a)	    gl_syscall((nr), (long)(a), 0, 0, 0, 0, 0)
#define gl_syscall2(nr, a, b)	    gl_syscall((nr), (long)(a), (long)(b), 0, 0, 0, 0)
#define gl_syscall3(nr, a, b, c)    gl_syscall((nr), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define gl_syscall4(nr, a, b, c, d) gl_syscall((nr), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define gl_syscall5(nr, a, b, c, d, e)                                                                       \
	gl_syscall((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define gl_syscall6(nr, a, b, c, d, e, f)                                                                    \
	gl_syscall((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
