/*
 * What a program was seen to call, while golaunch looks on: one record for each
 * distinct call, told apart by the arguments that matter (policy/learn.h).
 *
 * All memory is there from the start.  A call that was recorded before costs a look
 * into a hash table; who makes it is looked at when it is the first, second, fourth,
 * eighth ... of its kind, so that other callers are found too and calls that come a
 * thousand times in a second are not held up.  Depends on: policy, proc/caller.h,
 * proc/watch.h.
 */
#pragma once

#include "policy/learn.h"
#include "proc/caller.h"
#include "proc/watch.h"

#define GL_LEARN_RECORDS 1024
#define GL_LEARN_CALLERS 4    /* of each record; others are counted as one more */
#define GL_LEARN_LOST	 8192 /* distinct calls without a record that can be told apart, at most */

struct gl_learn_caller {
	struct gl_caller caller;
	char program[GL_DENIAL_THREAD]; /* of a child process, hostile; "": the program itself */
};

struct gl_learn_record {
	struct gl_call first;
	uint16_t call;
	bool foreign;
	uint64_t values[GL_LEARN_ARGUMENTS];
	struct gl_policy_decision decision; /* with a policy that is added to */
	uint64_t hash, count;
	unsigned phases;
	size_t caller_count;
	bool more_callers;
	struct gl_learn_caller callers[GL_LEARN_CALLERS];
};

struct gl_learn; /* opaque */

struct gl_learn_config {
	const struct gl_learn_scheme *scheme;
	const struct gl_policy *into; /* records are also told apart by what this says of them; NULL: none */
	const struct gl_policy_facts *facts;
};

/* All borrowed, and to outlive it.  Returns 0 or -ENOMEM. */
int gl_learn_new(const struct gl_learn_config *config, struct gl_learn **ret,
		 struct gl_err *err) GL_MUST_CHECK;
void gl_learn_free(struct gl_learn *learn);
GL_DEFINE_CLEANUP(struct gl_learn, gl_learn_free);

/* The program was started: its number, and its watch (NULL: the start is not watched). */
void gl_learn_begin(struct gl_learn *learn, pid_t program, const struct gl_watch *watch);

/* For the listener: a call that waits.  The record of it, or NULL: there is no room. */
struct gl_learn_record *gl_learn_see(struct gl_learn *learn, const struct gl_call *call,
				     struct gl_waiter *waiter, struct gl_callers *callers) GL_NONNULL;
/* It was let through; record may be NULL. */
void gl_learn_count(struct gl_learn *learn, struct gl_learn_record *record);

/* What there is, in the order in which it came; valid until the next call is seen. */
const struct gl_learn_record *gl_learn_records(const struct gl_learn *learn, size_t *ret_count) GL_NONNULL;
/* Distinct calls that found no room: at least so many. */
uint64_t gl_learn_lost(const struct gl_learn *learn) GL_NONNULL;
