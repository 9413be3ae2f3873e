/*
 * Was it the kernel's out-of-memory killer?
 *
 *	SIGKILL, and since the start          verdict
 *	its own group's kills rose            certain: GL6104
 *	a group's it shares with others rose  likely: GL6103, with what was counted
 *	its own's rose, and golaunch killed   likely: GL6006, with what was counted
 *	the limit was reached, no kill count  likely (Linux before 4.13)
 *	anything else                         no: somebody sent the signal
 *
 * A kill is counted before the signal is sent, so no death is missed (proc/cgroup.h).
 * Another process of the same group may have been the victim, and the program
 * killed by somebody else; who would tell the two apart has to read the kernel's
 * log.  Depends on: diag, proc.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "diag/finding.h"
#include "proc/cgroup.h"
#include "proc/supervise.h"

enum gl_oom_verdict { GL_OOM_NO, GL_OOM_LIKELY, GL_OOM_CERTAIN, GL_OOM_VERDICT_MAX };

/* What is known; borrowed. */
struct gl_oom_facts {
	const struct gl_death *death;
	const struct gl_cgroup *cgroup; /* after gl_cgroup_end(); NULL: not known */
	bool killed_by_us;		/* golaunch itself sent the SIGKILL */
};

enum gl_oom_verdict gl_oom_judge(const struct gl_oom_facts *facts) GL_NONNULL;

/* GL6104, for a certain one.  NULL: out of memory (golaunch's own), the list knows. */
struct gl_finding *gl_oom_add(struct gl_findings *list, const struct gl_oom_facts *facts) GL_NONNULL;

/* A likely one: a row and evidence for the list's last finding, which tells of the signal; nothing for other verdicts. */
void gl_oom_hint(struct gl_findings *list, const struct gl_oom_facts *facts) GL_NONNULL;

/* "64 MiB", "1.5 GiB", "no limit", "unknown". */
void gl_oom_size(struct gl_buf *b, uint64_t bytes) GL_NONNULL;
