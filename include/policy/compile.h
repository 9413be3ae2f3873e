/*
 * From the model to BPF.
 *
 *	which machine?			another: ENOSYS
 *	  search over the numbers	x32 and newer calls are ranges like any other
 *	  tests of arguments		one block for each distinct list of rules
 *
 * The answer to every call is that of gl_policy_decide(), as a return of the
 * variant that is asked for.  Only instructions that the kernel's checker takes
 * (kernel/seccomp.c, seccomp_check_filter) are written: loads of words, comparisons
 * with constants, AND, jumps, returns of constants.  A call whose answer does
 * not hang on its arguments is decided by machine and number alone, so that the
 * kernel finds out at load time which calls are always allowed and runs no BPF
 * for them (seccomp_is_const_allow, Linux 5.11).
 */
#pragma once

#include <linux/filter.h>

#include "policy/decide.h"

/* What only the launch knows, as in struct gl_policy_rule; all 0: holds always. */
struct gl_filter_condition {
	uint64_t unless_caps;
	uint32_t if_kernel_below, if_kernel_from;
};

/* Does it hold? */
bool gl_filter_condition_holds(const struct gl_filter_condition *condition,
			       const struct gl_policy_facts *facts) GL_NONNULL;

/*
 * A condition where the policy is compiled before the launch (presets, "policy
 * compile"): the instruction's k becomes if_true or if_false.  Patched
 * instructions are returns and BPF_JA only.
 */
struct gl_filter_patch {
	struct gl_filter_condition condition;
	uint32_t instruction;
	uint32_t if_true, if_false;
};

#define GL_FILTER_MAX_PATCHES 4096

/*
 * What the actions of a policy become.
 *
 *		PLAIN			EXPLAIN
 *	allow	RET_ALLOW		the same
 *	log	RET_LOG (4.14)		the same
 *	trap	RET_TRAP		the same
 *	deny	RET_ERRNO		RET_USER_NOTIF (5.0), but RET_ERRNO for ENOSYS, which is
 *					the answer to calls that are not there, and for the calls
 *					of @probes, which programs try without needing them
 *	kill	RET_KILL_PROCESS (4.14; before, it kills the thread)
 *					RET_USER_NOTIF: whoever listens records, then kills
 *
 * "exec deny" is as "deny" for execve and execveat.  That golaunch's own execve, which
 * comes after the filter, passes is the launch's affair (sandbox/exec_key.h).
 */
enum gl_filter_variant { GL_FILTER_PLAIN, GL_FILTER_EXPLAIN, GL_FILTER_VARIANT_MAX };

struct gl_filter {
	struct sock_filter *insns; /* owned */
	size_t count;
	struct gl_filter_patch *patches; /* owned */
	size_t patch_count;
};
#define GL_FILTER_INIT ((struct gl_filter){.insns = NULL})
void gl_filter_done(struct gl_filter *filter) GL_NONNULL;
#define gl_autofilter GL_CLEANUP(gl_filter_done)

/*
 * facts NULL: conditions become patches; else they are settled.  Returns 0,
 * -E2BIG (more than BPF_MAXINSNS instructions or GL_FILTER_MAX_PATCHES patches),
 * -ENOMEM, or -EINVAL (a model beyond the limits in policy/policy.h).
 * ret_filter must be GL_FILTER_INIT; gl_filter_done() it.
 */
int gl_policy_compile(const struct gl_policy *policy, enum gl_filter_variant variant,
		      const struct gl_policy_facts *facts, struct gl_filter *ret_filter,
		      struct gl_err *err) GL_MUST_CHECK;

/*
 * Settles the patches of a compiled filter in place.  The instructions keep
 * their number and their places, so what was valid stays valid; it may be done
 * again with other facts.
 */
void gl_filter_settle(struct gl_filter *filter, const struct gl_policy_facts *facts) GL_NONNULL;

/*
 * Is this what the kernel accepts (net/core/filter.c, bpf_check_classic;
 * kernel/seccomp.c, seccomp_check_filter) and the compiler makes: known
 * instructions, all jumps to within, a return at the end; and is every patch one
 * of a return or a BPF_JA that stays within either way?  Returns 0, or -EBADMSG
 * with err naming the instruction.
 */
int gl_filter_check(const struct gl_filter *filter, struct gl_err *err) GL_MUST_CHECK;
