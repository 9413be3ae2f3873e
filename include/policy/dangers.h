/*
 * What it grants to allow a call: those that undo sandboxes.  Told by "policy
 * check", and by explanations of denials ("what it grants").
 */
#pragma once

#include "policy/decide.h"

#define GL_DANGER_ARGUMENTS 3

struct gl_danger {
	const char *call;
	uint64_t args[GL_DANGER_ARGUMENTS]; /* with which it is dangerous; the others are 0 */
	const char *what;		    /* "socket(AF_VSOCK)"; NULL: the call as such */
	const char *grants;		    /* "loading code into the kernel" */
};

extern const struct gl_danger gl_dangers[];
extern const size_t gl_danger_count;

/* What it grants to allow this call, with whatever arguments; NULL: nothing of note. */
const char *gl_danger_of(const char *call) GL_NONNULL;

/* Does the policy allow it to a program on the machine's own ABI? */
bool gl_danger_is_granted(const struct gl_policy *policy, const struct gl_policy_facts *facts,
			  const struct gl_danger *danger, struct gl_policy_decision *ret_decision) GL_NONNULL;

/* What it grants to have this capability; NULL: nothing that undoes sandboxes. */
const char *gl_danger_of_capability(unsigned capability);
