/*
 * Single ptrace requests on one thread that we trace, and what its stops mean.
 *
 * Every function returns 0 or -errno: -ESRCH where the thread is not stopped any
 * more (something killed it), -EIO or -EFAULT where its memory is not to be had.
 * Memory is read and written by PEEK and POKE alone: /proc/PID/mem is closed to
 * Docker's root for another user's process, and since Linux 6.12 may be closed to
 * writing by anybody (proc_mem.force_override).
 * Depends on: arch.
 */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/registers.h"

/* What a stop is about, from si_status of waitid(2) with CLD_TRAPPED (ptrace(2), "Stopped states"). */
enum gl_tracee_event {
	GL_TRACEE_EXEC,	   /* execve has succeeded; nothing of the new image has run */
	GL_TRACEE_EXIT,	   /* it is about to end; registers and memory are still there */
	GL_TRACEE_CHILD,   /* fork or vfork; the child is traced too and stops by itself */
	GL_TRACEE_GROUP,   /* job control stopped it: PTRACE_LISTEN, or it will not stay stopped */
	GL_TRACEE_NOTICE,  /* a child's first stop, or job control has continued it, or PTRACE_INTERRUPT */
	GL_TRACEE_SYSCALL, /* begin or end of a system call (PTRACE_SYSCALL, PTRACE_O_TRACESYSGOOD) */
	GL_TRACEE_TRAP,	   /* SIGTRAP is to be delivered: a breakpoint, perhaps ours */
	GL_TRACEE_SIGNAL, /* another signal is to be delivered: it must be handed on by gl_tracee_continue() */
	GL_TRACEE_EVENT_MAX
};

struct gl_tracee_stop {
	enum gl_tracee_event event;
	int signo; /* GROUP, TRAP, SIGNAL: which; else 0 */
};

struct gl_tracee_stop gl_tracee_stop_of(int status);

/* May we trace, as far as can be told without a child?  Outer filters may kill for the attempt, so another process makes it. */
enum gl_tracee_permission {
	GL_TRACEE_ALLOWED,
	GL_TRACEE_DENIED, /* an outer filter answers an errno */
	GL_TRACEE_DEADLY, /* an outer filter kills */
	GL_TRACEE_PERMISSION_MAX
};
enum gl_tracee_permission gl_tracee_permission(int *ret_errno) GL_NONNULL;

/* PTRACE_SEIZE and PTRACE_SETOPTIONS (the thread must be stopped) with PTRACE_O_*. */
int gl_tracee_seize(pid_t pid, unsigned long options) GL_MUST_CHECK;
int gl_tracee_options(pid_t pid, unsigned long options) GL_MUST_CHECK;

int gl_tracee_peek(pid_t pid, uint64_t address, uint64_t *ret_word) GL_MUST_CHECK;
int gl_tracee_poke(pid_t pid, uint64_t address, uint64_t word) GL_MUST_CHECK;
/* Any number of bytes, by words; about a microsecond for each. */
int gl_tracee_read(pid_t pid, uint64_t address, void *bytes, size_t len) GL_MUST_CHECK;
/* Writes len bytes (at most 8) and leaves those around them. */
int gl_tracee_write(pid_t pid, uint64_t address, const void *bytes, size_t len) GL_MUST_CHECK;
/*
 * The same where the memory has those bytes before.  Returns 0, 1: it has others, and
 * nothing was written; or -errno.
 */
int gl_tracee_replace(pid_t pid, uint64_t address, const void *expected, const void *bytes,
		      size_t len) GL_MUST_CHECK;

/* -ENOEXEC: a thread of another machine than golaunch's (32 bits). */
int gl_tracee_registers(pid_t pid, struct gl_registers *ret) GL_MUST_CHECK;
int gl_tracee_set_registers(pid_t pid, const struct gl_registers *registers) GL_MUST_CHECK;

/* PTRACE_GETEVENTMSG: the exit code (as a wait status) at EXIT, the child at CHILD. */
int gl_tracee_message(pid_t pid, unsigned long *ret) GL_MUST_CHECK;
int gl_tracee_siginfo(pid_t pid, siginfo_t *ret) GL_MUST_CHECK;

/* On, with a signal to be delivered, or 0. */
int gl_tracee_continue(pid_t pid, int signo);
/* The same up to the next begin or end of a system call. */
int gl_tracee_syscall(pid_t pid, int signo);
int gl_tracee_listen(pid_t pid);
int gl_tracee_detach(pid_t pid, int signo);
/* Stops it soon; a stop that was on its way comes first. */
int gl_tracee_interrupt(pid_t pid);
