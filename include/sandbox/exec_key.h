/*
 * golaunch's own execve under "exec deny".
 *
 * A filter has to be there before the program's first instruction, so golaunch's own
 * execve comes after it, and the filter has to tell that one from all later ones.  It
 * does so by a key: 128 random bits, made for each run, in bits of the registers that
 * the call does not use (execve takes three of six arguments; execveat five, two of
 * them ints).  The kernel looks at none of them, seccomp shows them all to the filter,
 * and execve clears every register (arch/x86/include/asm/elf.h, ELF_PLAT_INIT;
 * arch/arm64/include/asm/processor.h, start_thread): the program does not get to know
 * it.  The key was in golaunch's memory, which execve takes away or which, where
 * golaunch stays, is not dumpable; a filter's instructions are shown to nobody that is
 * under one (kernel/seccomp.c, seccomp_get_filter()).  All of it is compared, whatever
 * the first bits were, so that the time a denied call takes tells nothing.
 *
 * So nobody has to be there to let one execve pass and no other: it holds for
 * programs of every kind, without a listener, a tracer or a parent, from Linux 3.5 on,
 * and when golaunch is killed at whatever moment.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define GL_EXEC_KEY_WORDS 4

/* All zero: no key is needed. */
struct gl_exec_key {
	uint32_t words[GL_EXEC_KEY_WORDS];
};

/*
 * The arguments that carry it, for execve the fifth and sixth (FIRST, LAST), for execveat
 * also the bits of the descriptor and the flags that no int has.
 */
#define GL_EXEC_KEY_FIRST(key)	      ((uint64_t)(key)->words[1] << 32 | (key)->words[0])
#define GL_EXEC_KEY_LAST(key)	      ((uint64_t)(key)->words[3] << 32 | (key)->words[2])
#define GL_EXEC_KEY_FD(key, fd)	      ((uint64_t)(key)->words[0] << 32 | (uint32_t)(fd))
#define GL_EXEC_KEY_FLAGS(key, flags) ((uint64_t)(key)->words[1] << 32 | (uint32_t)(flags))

/* Does this filter deny execve to golaunch as well? */
bool gl_exec_is_denied(const struct sock_filter *insns, size_t count) GL_NONNULL;

/* Random bits of the kernel's.  Returns 0 or -errno. */
int gl_exec_key_make(struct gl_exec_key *ret_key, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Puts in front of a filter (*insns: allocated) what lets an execve or execveat with the
 * key pass.  Returns 0, -E2BIG (more than BPF_MAXINSNS) or -ENOMEM; then nothing has changed.
 */
int gl_exec_key_add(const struct gl_exec_key *key, struct sock_filter **insns, size_t *count,
		    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
/* Takes it away again, from a filter that has it; nothing of the key is left there. */
void gl_exec_key_remove(struct sock_filter *insns, size_t *count) GL_NONNULL;
