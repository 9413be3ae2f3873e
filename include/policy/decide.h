/*
 * What a policy answers to one call: the model interpreted, without BPF.  It
 * explains denials, serves "policy show --syscall", and is what the compiled
 * filter is compared with.
 */
#pragma once

#include "policy/policy.h"

/* What only the launch knows. */
struct gl_policy_facts {
	uint64_t reachable_caps; /* bit = CAP_*: the program could have it after exec */
	uint32_t kernel;	 /* GL_KERNEL() */
};

enum gl_policy_zone {
	GL_ZONE_FOREIGN, /* another ABI where "abis native": killed; else x32, and always other machines: ENOSYS */
	GL_ZONE_ALWAYS, /* never filtered: struct gl_syscall, and arm's private calls */
	GL_ZONE_NEWER,	/* than known-through, or a number that no call has: ENOSYS */
	GL_ZONE_EXEC,	/* execve, execveat: as "exec" says, once golaunch's own is done */
	GL_ZONE_RULE,
	GL_ZONE_DEFAULT, /* no statement holds */
	GL_ZONE_MAX
};

struct gl_policy_decision {
	enum gl_policy_zone zone;
	struct gl_policy_answer answer;
	const struct gl_policy_rule *rule; /* ZONE_RULE */
	struct gl_policy_place place;	   /* the line that decided */
	uint16_t call;			   /* or GL_CALL_NONE */
};

/* Is this call execve or execveat? */
bool gl_call_is_exec(const struct gl_machine_calls *m, uint16_t call) GL_NONNULL;

/*
 * What is decided before the statements are looked at: the zones up to
 * GL_ZONE_EXEC.  abi: gl_abi_of(), NULL for another machine; number: as the kernel
 * gives it, with the bit of x32; call: gl_syscall_at().  Returns false where the
 * statements decide.  The compiler asks this too, so there is one definition.
 */
bool gl_policy_before_rules(const struct gl_policy *policy, const struct gl_abi *abi, uint32_t number,
			    uint16_t call, struct gl_policy_decision *ret) GL_MUST_CHECK;

/* Is the rule about this call? */
bool gl_policy_rule_names(const struct gl_policy_rule *rule, uint16_t call) GL_NONNULL;

/* Does the rule hold for these arguments? */
bool gl_policy_rule_holds(const struct gl_policy_rule *rule, const struct gl_policy_facts *facts,
			  const uint64_t args[6]) GL_NONNULL;

/*
 * arch, number, args: as the kernel gives them to a filter (seccomp_data).  The
 * zones are looked at in their order.
 */
struct gl_policy_decision gl_policy_decide(const struct gl_policy *policy,
					   const struct gl_policy_facts *facts, uint32_t arch,
					   uint32_t number, const uint64_t args[6]) GL_NONNULL;
