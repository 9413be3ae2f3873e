/*
 * The listener of golaunch's filter: every call that the policy denies or kills for
 * comes here (seccomp_unotify(2), Linux 5.0), is recorded, and is answered as the
 * plain variant of the filter answers it.
 *
 *	deny	recorded, then -errno; the call is never let through, so what was read of
 *		the program's memory decides nothing
 *	kill	recorded, then SIGKILL to the process, without an answer before
 *
 * Nothing is ever let through: golaunch's own execve under "exec deny" does not come
 * here (sandbox/exec_key.h).
 *
 * For a plan that only observes (sandbox/observe.h) nothing is denied: what comes is
 * recorded, and goes on.
 *
 * When golaunch is gone, what would be denied answers ENOSYS (the kernel's answer
 * where nobody listens): also to processes that outlive the program.
 *
 * One record for each distinct (call, caller), in a table that is there from the
 * start.  Looking at a caller takes some microseconds while the program waits, so
 * only so many calls in a second are looked at; those beyond are counted on the record
 * that the same call with the same arguments, or at least the same call, was counted on last.  What is allocated while the program runs (a
 * program's tables, when a caller is first met) may fail: the caller is then unknown.
 * Depends on: sandbox, proc/denial.h, proc/caller.h.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "proc/denial.h"
#include "proc/learn.h"
#include "proc/supervise.h"
#include "sandbox/plan.h"

/* Callers that are looked at: so many at once, then so many in a second. */
#define GL_LISTENER_BURST 1024
#define GL_LISTENER_RATE  1000

struct gl_listener; /* opaque */

/*
 * For the filters of a plan, which must outlive it.  say is told of each new record,
 * when it was answered; must not block.  Returns 0; 1: there can be no listener here
 * (err says why); or -ENOMEM.
 */
int gl_listener_new(const struct gl_plan *plan, void (*say)(void *context, struct gl_denial *denial),
		    void *context, struct gl_listener **ret, struct gl_err *err) GL_MUST_CHECK;
/* Closes it: what is denied from then on answers ENOSYS. */
void gl_listener_free(struct gl_listener *listener);
GL_DEFINE_CLEANUP(struct gl_listener, gl_listener_free);

/*
 * For gl_spawn_start(), between the filter and execve: fd is gl_plan_failure.listener, pid the
 * child.  Answers what has come; *present is 0 once the child has left our memory: until then
 * its calls are golaunch's own, and who only observes does not record them.
 */
void gl_listener_launch(struct gl_listener *listener, int fd, pid_t pid,
			const atomic_int *present) GL_NONNULL;
/* The program runs (pid), or does not (0): the descriptor is ours from now on. */
void gl_listener_take(struct gl_listener *listener, int fd, pid_t pid) GL_NONNULL;

/*
 * Before the start, for a plan that observes to learn: what comes is recorded there and
 * let through, instead of denied.  learn must outlive the listener.
 */
void gl_listener_learn(struct gl_listener *listener, struct gl_learn *learn) GL_NONNULL;

/* For the supervisor's loop. */
struct gl_supervise_source *gl_listener_source(struct gl_listener *listener) GL_NONNULL;

/* What was denied; valid while the listener is. */
struct gl_denials *gl_listener_denials(struct gl_listener *listener) GL_NONNULL;
