/*
 * Whose denial it was: what a program complained of when it ended ("bind: permission
 * denied"), who had a reason to deny it, and what helps.
 *
 * The kernel tells nobody who answered EPERM or EACCES.  Candidates are looked at one by
 * one, in the order in which the kernel asks them, and the first that is known to deny
 * such a call is named; where none is known that is said:
 *
 *	golaunch	its listener counted a denial of that call
 *	outer-filter	answers so to a trial of the call (sandbox/probe_outer.h)
 *	capability	the call needs one that the program was started without
 *	landlock	the policy's lines do not name the path or port
 *	unknown		none of these; an LSM that confines the program is named
 *
 * Words may lie: they only choose what is looked at.  Depends on: diag, policy,
 * sandbox, proc, report/lines.h.
 */
#pragma once

#include "diag/finding.h"
#include "policy/policy.h"
#include "proc/capture.h"
#include "proc/denial.h"
#include "report/lines.h"
#include "sandbox/landlock.h"
#include "sandbox/probe_outer.h"

/* What a word in front of ": permission denied" stands for. */
struct gl_denied_op {
	const char *word; /* as Go and C programs have it */
	const char *call; /* the system call */
	int capability;	  /* that it needs, or -1 */
	bool askable;	  /* see sandbox/probe_outer.h: with bad arguments it is harmless and not EPERM */
	enum gl_policy_setting_kind setting; /* of a policy's lines, that allows it */
	bool restricted;		     /* there is such a setting */
};

/* The last complaint of a program. */
struct gl_denied_words {
	const struct gl_denied_op *op;
	struct gl_slice line;	 /* all of it; the text's */
	struct gl_slice subject; /* a path or address; may be empty */
	int errnum;		 /* EPERM or EACCES */
};

/* Returns false if the text's end has no such line that is understood. */
bool gl_denied_words_parse(const struct gl_capture_text *text, struct gl_denied_words *ret) GL_NONNULL;

/* What is known of who may have denied it. */
struct gl_denied_facts {
	const struct gl_denials *denials; /* NULL: nobody listened */
	bool filter_unheard;		  /* golaunch's filter was on, and nobody listened */
	enum gl_outer_answer outer;	  /* UNKNOWN: it was not asked */
	bool outer_filter;		  /* there is one */
	uint64_t capabilities;		  /* that the program was started with, effective */
	unsigned free_port;		  /* the first that needs no capability */
	const struct gl_policy *policy;	  /* NULL: no file */
	struct gl_landlock_rights handled;
	const char *confined; /* the LSM's name for what confines the program; NULL: none is known */
};

/* GL5101 with "denied_by" in its evidence; NULL: no memory. */
const struct gl_finding *gl_findings_add_denied(struct gl_findings *list, const struct gl_denied_words *words,
						const struct gl_denied_facts *facts) GL_NONNULL;
