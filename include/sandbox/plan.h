/*
 * What is done to the process that becomes the program, between clone (or, with
 * --no-supervise, in place) and execve.
 *
 * Two halves.  gl_plan_build() computes everything that needs memory, files or
 * libraries, before there is a child.  gl_plan_apply() then runs a table of
 * ordered steps that make raw system calls only: it may run in a child that
 * shares our memory (proc/spawn.h), where libc must not be touched.
 *
 * Order (the kernel's rules force it): rlimits, keepcaps, bounding drop, groups
 * and ids, capabilities, ambient, tie to the parent, no_new_privs, Landlock, repair, filter.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "policy/preset.h"
#include "sandbox/capsets.h"
#include "sandbox/exec_key.h"
#include "sandbox/landlock.h"
#include "policy/limits.h"
#include "sandbox/observe.h"
#include "sandbox/process.h"
#include "sandbox/repair.h"
#include "sandbox/users.h"

#define GL_PLAN_MAX_LIMITS 16 /* RLIM_NLIMITS of Linux */
#define GL_PLAN_MAX_NOTES  4

enum gl_step {
	GL_STEP_NONE,
	GL_STEP_SIGNALS, /* mask and dispositions given back; not of the plan either */
	GL_STEP_LIMITS,
	GL_STEP_KEEP_CAPS,
	GL_STEP_BOUNDING,
	GL_STEP_GROUPS,
	GL_STEP_GID,
	GL_STEP_UID,
	GL_STEP_LIMIT_NPROC, /* after the ids: RLIMIT_NPROC counts the new user's processes */
	GL_STEP_CAPS,
	GL_STEP_AMBIENT,
	GL_STEP_TIE, /* after ids and capabilities, whose change undoes it; before the filter, which may deny it */
	GL_STEP_NO_NEW_PRIVS,
	GL_STEP_LANDLOCK, /* after no_new_privs, which it needs without CAP_SYS_ADMIN */
	GL_STEP_REPAIR,	  /* before the policy's filter, whose errno counts over it */
	GL_STEP_FILTER,
	GL_STEP_EXEC, /* execve itself; not of the plan, but of the same failure record */
	GL_STEP_MAX
};

/* What was asked for; all pointers are the caller's. */
struct gl_plan_request {
	const struct gl_preset *preset; /* NULL: no policy */
	bool policy_asked;		/* by name; else it is the default, which may be missed */
	const char *user;		/* --user, or NULL */
	const char *caps;		/* --cap, or NULL */
	const char *const *limits;	/* --limit, each NAME=SOFT[:HARD] */
	size_t limit_count;
	enum gl_policy_toggle no_new_privs; /* YES: set it; NO: it must not be set (what needs it: -EPERM) */
	bool program_gains_privileges;	    /* PROGRAM is setuid, setgid or has file capabilities */
	bool explain;			    /* somebody will listen: what is denied is to be explained */
	enum gl_observe observe;
	const struct gl_filter *observer; /* of LEARN: not settled, its denials are what is recorded */
};

struct gl_plan {
	struct gl_limit limits[GL_PLAN_MAX_LIMITS]; /* one per resource */
	size_t limit_count;
	bool change_ids;
	struct gl_user user; /* if change_ids, or if the user is the one we are already */
	bool keep_caps;	     /* across the change of ids */
	bool change_caps;
	struct gl_capsets caps; /* before execve, changed or not */
	pid_t tie_to; /* the parent with which the program is to die (PR_SET_PDEATHSIG, prctl(2)); 0: none */
	bool no_new_privs;
	struct sock_filter *filter; /* owned; NULL: no filter */
	size_t filter_count;
	/*
	 * The same for a listener (GL_FILTER_EXPLAIN; proc/listener.h), which is tried
	 * first; owned; NULL: nobody listens.
	 */
	struct sock_filter *explain;
	size_t explain_count;
	bool exec_denied; /* to all but golaunch itself, by exec_key, which both filters know */
	struct gl_exec_key exec_key;
	/*
	 * LEARN: explain is the observer's, and filter, if there is one, is loaded besides.
	 * DRY: explain asks where filter denies, and filter, which is not loaded, tells what it
	 * would have answered.  In both nothing starts where nobody can listen.
	 */
	enum gl_observe observe;
	struct gl_policy_facts facts; /* that both were settled with */
	bool filter_asked;	      /* without it the program must not start */
	struct gl_landlock landlock;  /* owned; made once it is known what execve opens */
	bool outer_filter;	      /* there is one that nobody asked yet */
	enum gl_repair_room room;     /* for one more filter */
	struct gl_repair repair;      /* owned; made once it is known what PROGRAM is */
	bool filter_kills;	      /* one of its answers is to kill: a SIGSYS may be its doing */
};
#define GL_PLAN_INIT ((struct gl_plan){.landlock = GL_LANDLOCK_INIT, .repair = GL_REPAIR_INIT})

/* Protections that nobody asked for by name and that could not be had; for the caller to say. */
struct gl_plan_note {
	const char *code; /* "GL5004" */
	char text[160];
};

struct gl_plan_notes {
	struct gl_plan_note notes[GL_PLAN_MAX_NOTES];
	size_t count;
};

/* Where gl_plan_apply() (or execve) failed; plain data in memory that parent and child share. */
struct gl_plan_failure {
	enum gl_step step;
	int errnum;
	int detail;	   /* the resource, the capability... */
	int filter_errnum; /* not a failure: the default filter could not be loaded; 0 if it was */
	int repair_errnum; /* no failure either: the outer filter is as it was */
	/*
	 * No failure either: the descriptor that plan->explain is listened on, in the
	 * table that parent and child share (close-on-exec; 0: none, for 0 to 2 are
	 * always taken), or why there is none: then plan->filter is on.
	 */
	int listener;
	int listener_errnum;
};

/*
 * gl_plan_build(): what was asked for needs no_new_privs, which would take from PROGRAM what
 * it gains; the policy does (LOST), or the capabilities to be given up do (GIVEN_UP).
 */
#define GL_PLAN_PRIVILEGES_LOST	    1
#define GL_PLAN_PRIVILEGES_GIVEN_UP 2

/*
 * Computes what is to be done from what was asked and what the process is.
 * Unless it is asked for, no_new_privs is set only where the kernel demands it:
 * for a filter without CAP_SYS_ADMIN at that point, and to give up capabilities
 * without CAP_SETPCAP.
 *
 * Returns 0, GL_PLAN_PRIVILEGES_LOST or _GIVEN_UP, or -errno with err saying what was asked
 * for and cannot be had (exit 125).  ret_plan must be GL_PLAN_INIT;
 * gl_plan_done() it.
 */
int gl_plan_build(const struct gl_plan_request *request, const struct gl_process *process,
		  struct gl_plan *ret_plan, struct gl_plan_notes *notes,
		  struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_plan_done(struct gl_plan *plan) GL_NONNULL;
/* See gl_repair_settle(); nothing is done where there is no outer filter. */
int gl_plan_repair(struct gl_plan *plan, unsigned users, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
/* Nobody will listen after all. */
void gl_plan_forget_listener(struct gl_plan *plan) GL_NONNULL;
#define gl_autoplan GL_CLEANUP(gl_plan_done)

/*
 * For a plan whose filters deny execve, as gl_plan_build() does it: makes the key and
 * adds it to both.  Returns 0 or -errno.
 */
int gl_plan_add_exec_key(struct gl_plan *plan, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
/*
 * The program runs: takes the key out of the plan, whose filters from now on only tell what
 * they answer.  It must not be applied any more.
 */
void gl_plan_forget_exec_key(struct gl_plan *plan) GL_NONNULL;

/* Runs the steps; raw system calls only.  Returns 0, or -errno with *failure filled. */
int gl_plan_apply(const struct gl_plan *plan, struct gl_plan_failure *failure) GL_MUST_CHECK GL_NONNULL;

/* "no_new_privs", "seccomp filter" ... for messages. */
const char *gl_step_name(enum gl_step step);
