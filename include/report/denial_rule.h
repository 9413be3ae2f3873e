/*
 * Which line of the policy denied a call, and which line would allow it.
 *
 * The filter has decided already; this asks the model of the same policy
 * (policy/decide.h), for words.  A preset's text is read when it is first needed.
 * Depends on: policy, proc/denial.h.
 */
#pragma once

#include "base/buf.h"
#include "policy/decide.h"
#include "proc/denial.h"

/* The policy of a run. */
struct gl_denial_judge {
	const struct gl_policy *policy; /* borrowed, or own; NULL: not read yet, or cannot be */
	const char *preset;		/* its name; NULL: the policy is from a file */
	bool is_text;			/* a file in golaunch's own language */
	struct gl_policy_facts facts;
	struct gl_policy own;
	bool tried;
};
#define GL_DENIAL_JUDGE_INIT ((struct gl_denial_judge){.own = GL_POLICY_INIT})
void gl_denial_judge_done(struct gl_denial_judge *judge) GL_NONNULL;

/* Texts are escaped; "" where nothing is known. */
struct gl_denial_rule {
	char rule[320];	 /* app.policy:41 "default deny" */
	char allow[480]; /* add "allow bpf" to app.policy (what it grants: loading code into the kernel) */
};

void gl_denial_rule(struct gl_denial_judge *judge, const struct gl_denial *denial,
		    struct gl_denial_rule *ret) GL_NONNULL;
