/*
 * Conditions that another ABI's calls pass by.
 *
 * Under "abis all" the statements hold for 32-bit programs too.  i386 has calls
 * whose arguments stand in memory, where no filter can look: the old mmap and
 * select (arch/x86/kernel/sys_ia32.c, "struct mmap_arg_struct32"), and socketcall and
 * ipc, by which 32-bit programs make the calls for sockets and System V IPC.
 */
#pragma once

#include "policy/decide.h"

/*
 * Does the rule test arguments of a call that a program of another ABI can make
 * without showing them, and is that way open to it?  *ret_call is the call that is
 * tested, *ret_by the one that is made instead (it may be the same).
 */
bool gl_policy_rule_is_passed_by(const struct gl_policy *policy, const struct gl_policy_facts *facts,
				 const struct gl_policy_rule *rule, const char **ret_call,
				 const char **ret_by) GL_NONNULL;
