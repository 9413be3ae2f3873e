/*
 * What the statements answer to a call: a return, or a statement that is tried:
 * if it holds a return, if not another block.  Only the compiler includes this.
 *
 * Equal blocks are one block, with equal ends shared, so that calls with the
 * same answer are found by comparing two numbers, and each list of tests is
 * written once, for all calls and all ABIs.
 */
#pragma once

#include "policy/program.h"

struct gl_block {
	uint32_t value;			   /* SECCOMP_RET_*: of a return */
	const struct gl_policy_rule *rule; /* whose tests have to hold; NULL: none has to */
	struct gl_filter_condition condition;
	uint32_t then, otherwise; /* blocks, made before this one; GL_BLOCK_NONE: a return */
	uint64_t hash;
	uint32_t same_bucket; /* the next block there, or GL_BLOCK_NONE */
	bool wanted, written;
	struct gl_target target; /* if written */
};

#define GL_BLOCK_NONE	 UINT32_MAX
#define GL_BLOCK_BUCKETS 1024

struct gl_blocks {
	struct gl_block *items; /* owned */
	size_t count, room;
	uint32_t buckets[GL_BLOCK_BUCKETS];
	int error; /* ENOMEM or E2BIG; sticks, and all answers are 0 then */
};

void gl_blocks_init(struct gl_blocks *blocks) GL_NONNULL;
void gl_blocks_done(struct gl_blocks *blocks) GL_NONNULL;

/* The block that only returns. */
uint32_t gl_blocks_return(struct gl_blocks *blocks, uint32_t value) GL_NONNULL;

/*
 * The block that tries the tests of a rule under a condition.  The rule must
 * live as long as the blocks.  tests_hash: gl_block_tests_hash(rule).
 */
uint32_t gl_blocks_try(struct gl_blocks *blocks, const struct gl_policy_rule *rule, uint64_t tests_hash,
		       const struct gl_filter_condition *condition, uint32_t then,
		       uint32_t otherwise) GL_NONNULL;
uint64_t gl_block_tests_hash(const struct gl_policy_rule *rule) GL_NONNULL;

/* A block that will be gone to: it, and those it leads to, are to be written. */
void gl_blocks_want(struct gl_blocks *blocks, uint32_t block) GL_NONNULL;
/* Writes what is wanted and not yet written. */
void gl_blocks_write(struct gl_blocks *blocks, struct gl_program *program) GL_NONNULL;

/* compile_tests.c: the tests of a rule, which lead to one target if all hold, else to the other. */
struct gl_target gl_tests_write(struct gl_program *program, const struct gl_policy_rule *rule,
				struct gl_target if_true, struct gl_target if_false) GL_NONNULL;
