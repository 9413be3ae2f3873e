/*
 * Starting the program: clone(CLONE_VM|CLONE_FILES|CLONE_CHILD_CLEARTID), not
 * fork and not vfork.
 *
 * Not vfork: the parent would be frozen until execve, so it could neither
 * seize the child for the start watch nor answer a filter's notification of
 * that very execve.  The child shares our memory and our descriptor table, so
 * it makes raw system calls only and changes no descriptor; what it inherits
 * as fd 2 is put there before clone and taken back after it left our memory
 * (the CLEARTID futex: woken at exec and at exit).  Errors come back through
 * shared memory, since a filter may deny write.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "proc/listener.h"
#include "proc/signals.h"
#include "proc/watch.h"
#include "sandbox/plan.h"

/* Room for a process number in text, with its NUL. */
#define GL_SPAWN_PID_ROOM 12

/* Which process group the program runs in. */
enum gl_spawn_group {
	GL_GROUP_SAME,	     /* golaunch's: a terminal's signals reach both, a shell's job stays one */
	GL_GROUP_NEW,	     /* one of its own */
	GL_GROUP_FOREGROUND, /* one of its own, made the foreground group of the terminal on fd 0 */
	GL_GROUP_MAX
};

struct gl_spawn {
	const struct gl_plan *plan;
	const char *path; /* what execve gets; with exec_fd the name for messages */
	/*
	 * A close-on-exec descriptor of what is executed instead of path, or -1:
	 * execve("/proc/self/fd/N"), and execveat(2) with AT_EMPTY_PATH (Linux 3.19)
	 * where there is no /proc to be had.  Not the other way round: TOMOYO looks up the
	 * "/dev/fd/N" that the kernel makes of the latter.
	 */
	int exec_fd;
	char *const *argv;
	char *const *env;
	const struct gl_inherited_signals *signals;
	int stderr_fd; /* the program's fd 2 (gl_capture_write_end()), or -1: ours as it is */
	int saved_fd;  /* the number (gl_fds_spare()) at which the program has our fd 2 then, or -1 */
	enum gl_spawn_group group;
	/*
	 * The value's place in an environment string "LISTEN_PID=...", with
	 * GL_SPAWN_PID_ROOM bytes, to be overwritten with the program's pid;
	 * NULL: leave (sd_listen_fds(3), sd_watchdog_enabled(3) compare it
	 * with getpid()).
	 */
	char *listen_pid;
	char *watchdog_pid;
	/*
	 * From gl_signals_open(): what arrived for golaunch before the program was
	 * born is the program's too.  -1: nobody listens.
	 */
	int signal_fd;
	struct gl_watch *watch;	      /* seizes the program before it may run; NULL: nobody watches */
	struct gl_listener *listener; /* answers for plan->explain; NULL: there is no such filter */
	bool must_watch;	      /* where it cannot be seized it is not started: -EPERM */
};
#define GL_SPAWN_INIT ((struct gl_spawn){.exec_fd = -1, .stderr_fd = -1, .saved_fd = -1, .signal_fd = -1})

/*
 * The group for this run: FOREGROUND for PID 1 or a session leader with a
 * terminal on fd 0, and wherever kill_group (-g) asks for a group and golaunch
 * holds that terminal; NEW for kill_group without a terminal; else SAME.
 */
enum gl_spawn_group gl_spawn_choose_group(bool kill_group);

/*
 * Starts the program.  Returns 0 and its pid once it has left our memory: it
 * runs, or was killed before it could (the supervisor then sees that death);
 * or -errno with *failure naming the step (GL_STEP_EXEC: execve's own errno;
 * GL_STEP_NONE: there was no child), nothing left running; then err says it in
 * words.  A busy text file (ETXTBSY: some other process forked while a linker
 * wrote it) is tried again for a second.
 *
 * Side effects that stay: golaunch is not dumpable any more, so that the
 * program cannot rewrite it through /proc/PPID/mem (ptrace(2), "Ptrace access
 * mode checking").  Call gl_signals_open() before.
 */
int gl_spawn_start(const struct gl_spawn *spawn, pid_t *ret_pid, struct gl_plan_failure *failure,
		   struct gl_err *err) GL_MUST_CHECK;

/*
 * The same in our own process (--no-supervise): signals, plan, execve; no
 * group, no stderr_fd, and the pid is right already.  Returns only on failure.
 */
int gl_spawn_in_place(const struct gl_spawn *spawn, struct gl_plan_failure *failure,
		      struct gl_err *err) GL_MUST_CHECK;
