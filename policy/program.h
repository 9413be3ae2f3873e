/*
 * A BPF program in the making: written from its last instruction to its first.
 *
 * BPF jumps go forward only.  Written backwards, every jump finds its target
 * there and its distance known, so nothing is ever adjusted later: where a
 * target is out of a conditional jump's reach (255 instructions), a copy of the
 * return or a BPF_JA that is in reach is written first.
 *
 * Errors stick (out of memory, more than BPF_MAXINSNS): the later writes do
 * nothing, and gl_program_finish() tells.  Only the compiler includes this.
 */
#pragma once

#include "policy/compile.h"

/* Where a jump can go. */
struct gl_target {
	bool is_exit;
	uint32_t index; /* of an exit; else a place: the number of instructions from there to the end */
};

/*
 * What is gone to from many places: a return, or an instruction.  Each may be
 * there several times, the instruction by BPF_JAs that lead to it.
 */
struct gl_program_exit {
	uint32_t place;	  /* of the instruction; 0: a return */
	uint32_t nearest; /* the place written last that serves; 0: none */
	struct gl_filter_condition condition;
	uint32_t if_true, if_false; /* what the return returns; the same if it has no condition */
};

struct gl_program {
	struct sock_filter *insns; /* owned; [0] is the last */
	size_t count, room;
	struct gl_filter_patch *patches; /* owned; instruction: a place */
	size_t patch_count, patch_room;
	struct gl_program_exit *exits; /* owned */
	size_t exit_count, exit_room;
	int error; /* ENOMEM or E2BIG */
};
#define GL_PROGRAM_INIT ((struct gl_program){.insns = NULL})
void gl_program_done(struct gl_program *program) GL_NONNULL;
#define gl_autoprogram GL_CLEANUP(gl_program_done)

bool gl_target_equal(struct gl_target a, struct gl_target b);

/* A return of this value.  Each call makes another exit: ask once for each value. */
struct gl_target gl_program_return(struct gl_program *program, uint32_t value) GL_NONNULL;

/* The same target, to be gone to from many places. */
struct gl_target gl_program_share(struct gl_program *program, struct gl_target target) GL_NONNULL;

/*
 * Goes to one of two targets by a condition that only the launch knows.  Of two
 * returns it makes one patched return, else a patched BPF_JA.
 */
struct gl_target gl_program_choose(struct gl_program *program, const struct gl_filter_condition *condition,
				   struct gl_target if_true, struct gl_target if_false) GL_NONNULL;

#define GL_PROGRAM_NOTHING UINT32_MAX

/*
 * Compares the accumulator: op is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.  held:
 * the offset of the word of seccomp_data that the accumulator holds, or
 * GL_PROGRAM_NOTHING; a target that begins by loading that word is entered
 * behind the load.
 */
struct gl_target gl_program_branch(struct gl_program *program, uint16_t op, uint32_t k, uint32_t held,
				   struct gl_target if_true, struct gl_target if_false) GL_NONNULL;

/* Loads a word of seccomp_data, then goes on. */
struct gl_target gl_program_load(struct gl_program *program, uint32_t offset,
				 struct gl_target then) GL_NONNULL;
/* Masks the accumulator, then goes on. */
struct gl_target gl_program_and(struct gl_program *program, uint32_t mask, struct gl_target then) GL_NONNULL;

/* Makes it a filter that begins at start.  Returns 0, -ENOMEM or -E2BIG. */
int gl_program_finish(struct gl_program *program, struct gl_target start,
		      struct gl_filter *ret_filter) GL_MUST_CHECK GL_NONNULL;
