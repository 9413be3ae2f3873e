/*
 * policy-embed: from a policy to a complete filter for one target machine.
 *
 * A host tool: it runs where golaunch is built and takes the target as an
 * argument.  Layout of a filter:
 *
 *	which ABI?				own prologue
 *	  newer than the policy knows: ENOSYS	(x32 numbers have bit 30: the same test)
 *	  binary tree over the numbers		compiled by libseccomp
 *	  tests of arguments			own; the leaves of the tree jump here
 *
 * libseccomp's own argument rules are not used: they test an argument only
 * once in a rule, so "persona not in {...}" cannot be said, and for i386 they
 * rewrite socket() into socketcall(), whose arguments are in memory.
 */
#pragma once

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "policy/policy.h"
#include "policy/preset.h"

struct gl_program {
	struct sock_filter insns[BPF_MAXINSNS];
	size_t count; /* above BPF_MAXINSNS: did not fit; see gl_program_check() */
};

void gl_program_emit(struct gl_program *program, uint16_t code, uint8_t jt, uint8_t jf,
		     uint32_t k) GL_NONNULL;
void gl_program_return_errno(struct gl_program *program, unsigned data) GL_NONNULL;

/* The call interface of one kind of program on a machine. */
struct gl_abi {
	uint32_t arch;	    /* AUDIT_ARCH_*, which libseccomp uses as its own SCMP_ARCH_* */
	bool private_calls; /* arm: 0xf0001 to 0xf0005, cacheflush and set_tls among them */
};

#define GL_TARGET_ABIS 2

struct gl_target {
	const char *name; /* as uname(2) says */
	uint16_t elf_machine;
	struct gl_abi abis[GL_TARGET_ABIS];
};

/* The target of that name, or NULL. */
const struct gl_target *gl_target_find(const char *name) GL_NONNULL;

/* A leaf of the tree: this call returns SECCOMP_RET_ERRNO with this data. */
struct gl_leaf {
	unsigned nr;
	unsigned data;
};

/* The number of a call in an ABI, -1 if it has none there. */
int gl_tree_number(uint32_t arch, const char *name, size_t len) GL_NONNULL;

/* Appends the tree over the numbers (libseccomp); other numbers are allowed. */
int gl_tree_append(const struct gl_leaf *leaves, size_t count, struct gl_program *program,
		   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

struct gl_compiled {
	struct gl_program program;
	struct gl_preset_condition conditions[GL_PRESET_MAX_CONDITIONS];
	size_t condition_count;
};

int gl_compile(const struct gl_policy *policy, const struct gl_target *target, struct gl_compiled *compiled,
	       struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
