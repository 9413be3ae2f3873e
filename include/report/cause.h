/*
 * Why a program ended: one cause, or none.
 *
 * Kernel facts come first: how it ended, by which signal, whether a filter of
 * golaunch's was on it, whether the out-of-memory killer was at work, and, for a
 * death before main.main, what the start watch saw (report/witness.h).  The
 * program's own words count only where they agree, and tell what the kernel
 * cannot: a panic's message.
 *
 *	ended by                       words                       cause
 *	SIGKILL, by our listener       any                         GL5102
 *	SIGSYS, our filter kills       any                         GL5102
 *	SIGKILL, kills were counted    any                         GL6104
 *
 *	seen by the start watch        words that are believed     cause
 *	status 0, SIGPIPE              any                         none
 *	EXIT_IN_C at an unknown place  the loader's                GL6004
 *	EXIT, EXIT_IN_C                none                        GL6002
 *	LOADER                         the loader's                GL6004
 *	PANIC                          panic                       GL6001
 *	THROW                          fatal error                 GL6102
 *	FAULT                          fatal error, signal dump    GL6003
 *	CPU_LEVEL                      "can only be run on AMD64"  GL3002
 *	SIGNAL                         none                        GL6003
 *	SENT                           none                        GL6006
 *	ELSEWHERE, UNKNOWN, status     as below; without any       GL6002
 *	PANIC, THROW, FAULT or SIGNAL in Go code, before any init  GL6005
 *
 *	not seen: after init, or not watched
 *	status 2 or SIGABRT            panic, phase init           GL6001
 *	                               panic                       GL6101
 *	                               of a fault, phase init      GL6003
 *	                               other, phase runtime        GL6005
 *	                               fatal error, signal dump    GL6102
 *	status 1                       "can only be run on AMD64"  GL3002
 *	status 1 or 127                the loader's, for it        GL6004
 *	INT, TERM, HUP, PIPE, QUIT     any                         none: asked to end
 *	another signal                 any                         GL6103
 *	another status                 any                         none: its own will
 *
 * The phase is the start watch's; where there was none, that of the words, as for
 * a panic in init after main began: of a program that a wrapper executed.  (A Go
 * program dies of a panic with status 2, or by SIGABRT under GOTRACEBACK=crash.
 * A SIGQUIT dump is an answer to SIGQUIT, so after init no cause either.)  GL6001
 * is for panics alone: a deadlock in init is GL6102 with phase init, since what
 * helps against it is another thing.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "diag/finding.h"
#include "gobin/gobin.h"
#include "proc/phase.h"
#include "proc/cgroup.h"
#include "proc/supervise.h"
#include "report/denial_rule.h"
#include "report/loader_words.h"
#include "report/panic.h"
#include "report/witness.h"

enum gl_outcome_kind {
	GL_OUTCOME_REFUSED,	/* golaunch did not start it */
	GL_OUTCOME_EXEC_FAILED, /* execve (or a step before it) failed */
	GL_OUTCOME_EXIT,
	GL_OUTCOME_SIGNAL,
	GL_OUTCOME_KIND_MAX
};

struct gl_outcome {
	enum gl_outcome_kind kind;
	int status; /* REFUSED, EXEC_FAILED: golaunch's own (126, 127); EXIT: the program's; SIGNAL: unused */
	int signal; /* SIGNAL: its number; else 0 */
	bool core;  /* SIGNAL: a core was written */
};

/* "refused", "exec-failed", "exit", "signal". */
const char *gl_outcome_kind_name(enum gl_outcome_kind kind);

struct gl_outcome gl_outcome_of_death(const struct gl_death *death) GL_NONNULL;

/* What is known of an ended program; all borrowed. */
struct gl_evidence {
	const struct gl_death *death;	    /* the kernel's facts */
	bool filtered;			    /* a filter of golaunch's that kills was on it */
	const char *program;		    /* the name it was executed by (argv[0]) */
	const struct gl_capture_text *text; /* its words; NULL: not captured */
	const struct gl_witness *witness;   /* its end as the start watch saw it; NULL: not seen */
	enum gl_phase phase;		    /* by the start watch; UNKNOWN: there was none */
	const struct gl_gobin *gobin;	    /* what the program says of its build; NULL: unknown */
	const struct gl_cgroup *cgroup;	    /* after gl_cgroup_end(); NULL: not known */
	const struct gl_denials *denials;   /* by golaunch's listener; NULL: nobody listened */
	struct gl_denial_judge *judge;	    /* with denials: the policy */
	unsigned timeout_ms; /* golaunch sent it a SIGKILL, for its start took longer; 0: it did not */
};

/* Did golaunch end it?  The time was over, and it died of what golaunch sends then. */
bool gl_evidence_timed_out(const struct gl_evidence *evidence) GL_NONNULL;

struct gl_cause {
	enum gl_code code; /* GL_CODE_NONE: nothing to explain */
	enum gl_phase phase;
	const struct gl_finding *finding; /* in the caller's list; NULL: none */
	bool has_panic;			  /* panic holds words that agree with the facts */
	struct gl_panic panic;		  /* owned */
	const struct gl_witness *witness; /* the evidence's, as is gobin */
	const struct gl_gobin *gobin;
};

#define GL_CAUSE_INIT ((struct gl_cause){.code = GL_CODE_NONE})

/*
 * Decides the cause of an ended program and adds its finding to the list,
 * which must outlive *ret, as must witness and gobin.  Not for programs that were never started: there the
 * finding is known already, see gl_cause_of_finding().  The captured text may go
 * afterwards.  Returns 0 or -ENOMEM (the caller still leaves with the program's
 * status).
 */
int gl_cause_decide(const struct gl_evidence *evidence, struct gl_findings *list, struct gl_cause *ret,
		    struct gl_err *err) GL_MUST_CHECK;

/* The cause of a program that was refused or that execve refused: phase exec; finding may be NULL. */
struct gl_cause gl_cause_of_finding(const struct gl_finding *finding);

void gl_cause_done(struct gl_cause *cause) GL_NONNULL;

/* The stack of what ended it: the start watch's where it saw that, else the words'.  NULL: unknown. */
const struct gl_trace *gl_cause_trace(const struct gl_cause *cause) GL_NONNULL;
/* Its frame to blame, or NULL. */
const struct gl_frame *gl_cause_culprit(const struct gl_cause *cause) GL_NONNULL;
/* The init function that ran; NULL: none, or unknown. */
const struct gl_frame *gl_cause_init(const struct gl_cause *cause) GL_NONNULL;
/* The package that was being initialised; empty: none, or unknown. */
struct gl_slice gl_cause_package(const struct gl_cause *cause) GL_NONNULL;

/*
 * Is it worth a block on stderr by itself?  Not for a panic or a fatal error
 * that is not known to have come before main.main: the program has just said
 * it all.
 */
bool gl_cause_speaks(const struct gl_cause *cause) GL_NONNULL;
