/*
 * The supervisor: from execve to the program's death.
 *
 * One loop over signals and the captured stderr.  It allocates nothing, sleeps
 * on nothing but poll(2), reaps every child that ends (as PID 1 and as a
 * subreaper these are also strangers), passes signals on and mirrors job
 * control: when the program stops by Ctrl-Z, golaunch stops by the same signal,
 * so that the shell sees what it would see without golaunch.  Needs nothing
 * newer than kernel 3.10.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/err.h"
#include "proc/capture.h"
#include "proc/signals.h"
#include "proc/watch.h"

/* Another descriptor that the loop waits for while the program lives. */
struct gl_supervise_source {
	int fd;	      /* -1: none at the moment; ready() may change both */
	short events; /* of poll(2): POLLIN, POLLPRI */
	short came;   /* what poll(2) told, for ready() */
	/* Called when there is one; must not block or allocate. */
	void (*ready)(void *context);
	void *context;
};
#define GL_SUPERVISE_SOURCES 3

struct gl_supervise {
	pid_t pid;		    /* the program, from gl_spawn_start() */
	int signal_fd;		    /* from gl_signals_open() */
	struct gl_capture *capture; /* NULL: stderr is not captured */
	struct gl_watch *watch;	    /* the one that gl_spawn_start() had; NULL: nobody watches the start */
	struct gl_supervise_source *sources[GL_SUPERVISE_SOURCES]; /* borrowed; NULL: none */
	bool kill_group; /* -g: signals go to the program's process group; needs one of its own (gl_spawn.group) */
	/* told of each reaped process that is not the program (-w); NULL: nobody; must not block or allocate */
	void (*on_orphan)(void *context, pid_t pid, int wait_status);
	/*
	 * Called once, when what had happened before was dealt with: a program that is
	 * watched may be waiting for that, and does not wait for this; NULL: nothing.
	 */
	void (*settle)(void *context);
	void *context;
};

/* How the program ended. */
struct gl_death {
	bool by_signal;
	int status;			   /* exit status 0-255, or the signal that killed it */
	bool core;			   /* the kernel says it wrote a core */
	uid_t uid;			   /* the program's real user at its death (siginfo of waitid) */
	uint64_t wall_ns;		   /* from the begin of supervision, just after execve */
	struct rusage usage;		   /* the program and the children it waited for */
	struct gl_signal_origin forwarded; /* the last signal golaunch passed on; .signo 0: none */
	unsigned forwarded_count;
	unsigned orphans; /* processes reaped that were not the program */
};

/*
 * Runs until the program is dead and what it wrote has reached the real
 * stderr.  A stderr that takes nothing holds golaunch as it would have held the
 * program; HUP, INT, QUIT or TERM then ends the wait.  Gives a terminal that
 * the program's group had back to golaunch's group.
 * Returns 0, or -errno where supervision itself failed (the program runs on).
 */
int gl_supervise_run(const struct gl_supervise *s, struct gl_death *ret_death,
		     struct gl_err *err) GL_MUST_CHECK;

/* Makes golaunch the reaper of its descendants (-s; prctl(2) PR_SET_CHILD_SUBREAPER, Linux 3.4). */
int gl_supervise_subreaper(struct gl_err *err) GL_MUST_CHECK;

/*
 * Leaves as the program did.  Killed by signo: as PID 1 with status 128+signo
 * (a PID 1 cannot die of a signal it does not handle); otherwise of the same
 * signal, without a core.  Should that fail, 128+signo.
 */
GL_NORETURN void gl_supervise_die_of(int signo);
