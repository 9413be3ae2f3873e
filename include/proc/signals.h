/*
 * Signals: what golaunch was entered with, how it receives them, and which of
 * them it passes on to the program.
 *
 * Three rules.  The program starts with the mask and the dispositions that
 * golaunch was entered with (nohup and a shell's "&" rely on it; Go honours an
 * inherited SIG_IGN of SIGHUP and SIGINT, os/signal "Default behavior").
 * golaunch itself blocks every signal and reads them from one signalfd, so it
 * has no handler and no race.  And the program gets each signal once: what the
 * terminal sent to the whole process group is not sent a second time.
 *
 * The one exception to the first rule is SIGCHLD: the program gets SIG_DFL even
 * where golaunch was entered with SIG_IGN.  Linux keeps an ignored SIGCHLD
 * across execve, and then every wait for a child fails with ECHILD; nobody
 * hands that to a program on purpose.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "base/err.h"

#define GL_SIGNAL_MAX 64 /* highest signal number of Linux on our machines (_NSIG) */

/* Bit (signo - 1), as the kernel's own sigset_t and the SigBlk and SigIgn lines of /proc/PID/status. */
#define GL_SIGNAL_BIT(signo) ((uint64_t)1 << ((signo)-1))

/* Signal state golaunch was entered with. */
struct gl_inherited_signals {
	uint64_t mask; /* blocked */
	uint64_t
		handled; /* our own runtime's handlers (sanitizers), to be removed in a child that shares memory */
};

/* Records the state at entry.  Call it first thing in main(), before anything changes a signal. */
void gl_signals_capture(struct gl_inherited_signals *ret_inherited) GL_NONNULL;

/*
 * Turns the calling process into a supervisor: blocks every signal (also those
 * libc keeps for itself), sets SIGCHLD to SIG_DFL so that children can be
 * waited for, and opens a non-blocking signalfd for all of them, numbered
 * >= GL_FD_FLOOR.  The caller closes it.
 * Returns 0 or -errno.
 */
int gl_signals_open(int *ret_fd, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Blocks every signal of the calling thread; returns the mask it had, for gl_signals_unblock(). */
uint64_t gl_signals_block(void);
void gl_signals_unblock(uint64_t before);

/*
 * Undoes gl_signals_open() in the process that becomes the program: own handlers and
 * SIGCHLD to SIG_DFL, then the mask.  Raw system calls only, may run in a
 * child that shares our memory.  Returns 0 or -errno.
 */
int gl_signals_restore(const struct gl_inherited_signals *inherited) GL_MUST_CHECK GL_NONNULL;

/*
 * Asks the kernel to send golaunch signo when its parent dies (-p; as tini, on
 * itself: it is then passed on like any other; PR_SET_PDEATHSIG in prctl(2)).
 * parent is getppid() at entry: if it has changed, the signal is sent at once.
 */
int gl_signals_parent_death(int signo, pid_t parent, struct gl_err *err) GL_MUST_CHECK;

/* Why a signal that golaunch received is or is not passed on. */
enum gl_signal_verdict {
	GL_SIGNAL_FORWARD,
	GL_SIGNAL_REAP,	    /* SIGCHLD: ours, it tells of the program */
	GL_SIGNAL_OWN,	    /* golaunch's own doing: SIGPIPE from its write, SIGXCPU, a fault */
	GL_SIGNAL_TERMINAL, /* the terminal sent it to the whole process group: the program has it */
	GL_SIGNAL_VERDICT_MAX
};

/* What the judgement depends on besides the signal. */
struct gl_signal_scene {
	pid_t self;	   /* golaunch */
	bool shares_group; /* the program is in golaunch's process group */
	bool lone_init; /* PID 1 without a controlling terminal: the kernel's INT or HUP is for it alone (reboot(2)) */
	bool is_leader; /* golaunch is a session leader: a hang-up is sent to it alone */
};

/* Pure: decides by the table in launcher/proc/signals.c. */
enum gl_signal_verdict gl_signals_judge(const struct signalfd_siginfo *info,
					const struct gl_signal_scene *scene) GL_NONNULL;

/* Where a signal came from, for the report. */
struct gl_signal_origin {
	int signo; /* 0: none */
	int code;  /* si_code; <= 0: a process sent it */
	pid_t pid; /* the sender, where a process sent it; 0: from outside our pid namespace */
	uid_t uid;
};

/*
 * Passes a signal on to pid, or to process group pid if group.  A queued value
 * (sigqueue) and its sender are kept where the kernel lets us: only for one
 * process, and never for plain kill (rt_sigqueueinfo(2) refuses si_code >= 0).
 * Returns 0 or -errno (ESRCH: it is gone).
 */
int gl_signals_send(pid_t pid, bool group, const struct signalfd_siginfo *info) GL_NONNULL;

/*
 * Lets the calling process suffer the default action of signo, whatever was
 * inherited: it stops or dies.  Returns when it was continued, or where the
 * kernel ignores the signal (PID 1, Ctrl-Z in an orphaned process group).
 */
void gl_signals_suffer(int signo);

/* "SIGTERM", "SIGRTMIN+3"; static or in buf (GL_SIGNAL_NAME_ROOM bytes). */
#define GL_SIGNAL_NAME_ROOM 16
const char *gl_signals_name(int signo, char *buf) GL_NONNULL;

/* "TERM", "SIGTERM", "15", "RTMIN+3" (also lower case) to a number; -EINVAL if it is none. */
int gl_signals_parse(const char *text) GL_MUST_CHECK GL_NONNULL;
