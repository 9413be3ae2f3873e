/*
 * Repairing an outer filter: where it answers EPERM to a call that the kernel got
 * later than the filter was written, another filter inside of it answers ENOSYS.
 *
 * C libraries and the Go runtime try new calls first and take older ones where the
 * kernel does not have them, which they know by ENOSYS alone.  A container engine whose
 * profile is older than the call answers EPERM to what it does not know, and the
 * program fails or dies: every cgo program for clone3 (glibc 2.34 and later).
 *
 * Nothing is weakened.  Of all filters' answers the strictest action counts, and of
 * equal ones the newest filter's (kernel/seccomp.c, seccomp_run_filters): a call that is
 * denied stays denied, only its errno is another.  The repair comes before the policy's
 * own filter, whose errno counts over it.
 *
 * Depends on: base, policy (numbers of calls), sandbox/probe_outer.h.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "sandbox/probe_outer.h"

#define GL_REPAIR_MAX_CALLS 16

/* Code that a program may have in it, and what it needs of the calls below. */
enum gl_repair_user {
	GL_REPAIR_GLIBC = 1,
	GL_REPAIR_LIBC = 2,   /* any C library, and C code */
	GL_REPAIR_GO_1_24 = 4 /* Go's standard library since that release */
};

struct gl_repair_call {
	const char *name;
	unsigned users; /* GL_REPAIR_* */
	/*
	 * What fails for EPERM, by trial.  "": nothing of those users' own, but code
	 * that tries it falls back on ENOSYS as a rule: done where it costs nothing.
	 */
	const char *harm;
};
extern const struct gl_repair_call gl_repair_calls[];
extern const size_t gl_repair_call_count;

/* One more filter on the process that becomes the program: what it would take. */
enum gl_repair_room {
	GL_ROOM_UNAVAILABLE,  /* there are no filters here, or the outer one allows none */
	GL_ROOM_PRIVILEGES,   /* the privileges that PROGRAM gains, or a word of the policy's */
	GL_ROOM_NO_NEW_PRIVS, /* that, which the program would not have otherwise */
	GL_ROOM_FREE
};

enum gl_repair_state {
	GL_REPAIR_NOT_NEEDED, /* there is no outer filter, or nothing that it denies counts */
	GL_REPAIR_DONE,	      /* or will be, by gl_plan_apply() */
	GL_REPAIR_IMPOSSIBLE, /* what it denies counts, and no filter can be had */
	GL_REPAIR_UNKNOWN     /* the outer filter gave no answer, or nobody could ask */
};

struct gl_repaired {
	const struct gl_repair_call *call;
	bool by_policy; /* the policy's own filter answers ENOSYS already */
};

struct gl_repair {
	enum gl_repair_state state;
	struct gl_repaired calls[GL_REPAIR_MAX_CALLS]; /* DONE, IMPOSSIBLE: what the outer filter denies */
	size_t call_count;
	const char *obstacle;	    /* IMPOSSIBLE: why; static */
	struct sock_filter *filter; /* owned; NULL: none is needed */
	size_t filter_count;
	bool no_new_privs; /* to be set for it */
	size_t kills;	   /* calls that the outer filter kills for: nothing helps against that */
};
#define GL_REPAIR_INIT ((struct gl_repair){.state = GL_REPAIR_NOT_NEEDED})
void gl_repair_done(struct gl_repair *repair) GL_NONNULL;

/* The policy's filters that will come after it, each with its length; NULL: none. */
struct gl_repair_policy {
	const struct sock_filter *filters[2];
	size_t counts[2];
};

/*
 * Asks the outer filter (there is one) in a throw-away process and settles what is done.
 * users: GL_REPAIR_*, of the program; 0: nobody is asked.  Returns 0 or -ENOMEM;
 * ret must be GL_REPAIR_INIT, gl_repair_done() it.
 */
int gl_repair_settle(unsigned users, enum gl_repair_room room, const struct gl_repair_policy *policy,
		     struct gl_repair *ret, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* The part of it that asks nobody, for tests: answers are those of gl_repair_calls, in their order. */
int gl_repair_settle_answers(const enum gl_outer_answer *answers, enum gl_repair_room room,
			     const struct gl_repair_policy *policy, struct gl_repair *ret,
			     struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Loads the filter: raw system calls only, in the process that becomes the program.  Returns 0 or -errno. */
int gl_repair_apply(const struct gl_repair *repair) GL_MUST_CHECK GL_NONNULL;
