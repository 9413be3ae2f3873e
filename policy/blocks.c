/*
 * Blocks: see policy/blocks.h.  A block is made after the one it leads to, so
 * their order is one in which they can be written.
 */
#include "policy/blocks.h"

#include <errno.h>

#include "base/hash.h"
#include "base/mem.h"

/* Each mention of a call in a statement makes one at most, and so do default answers. */
#define MAX_BLOCKS (2 * GL_POLICY_MAX_CALLS)

void gl_blocks_init(struct gl_blocks *blocks)
{
	*blocks = (struct gl_blocks){.items = NULL};
	for (size_t i = 0; i < GL_BLOCK_BUCKETS; i++)
		blocks->buckets[i] = GL_BLOCK_NONE;
}

void gl_blocks_done(struct gl_blocks *blocks)
{
	free(blocks->items);
	gl_blocks_init(blocks);
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return gl_hash_bytes(hash, &number, sizeof(number));
}

uint64_t gl_block_tests_hash(const struct gl_policy_rule *rule)
{
	uint64_t hash = GL_HASH_START;

	for (size_t i = 0; i < rule->test_count; i++) {
		const struct gl_policy_test *test = &rule->tests[i];

		hash = hash_number(hash,
				   (uint64_t)test->argument << 16 | (uint64_t)test->wide << 8 | test->op);
		hash = hash_number(hash, test->mask);
		hash = gl_hash_bytes(hash, test->values, test->value_count * sizeof(test->values[0]));
	}
	return hash;
}

static bool same_test(const struct gl_policy_test *a, const struct gl_policy_test *b)
{
	return a->argument == b->argument && a->wide == b->wide && a->op == b->op && a->mask == b->mask &&
	       a->value_count == b->value_count &&
	       (a->value_count == 0 || !memcmp(a->values, b->values, a->value_count * sizeof(a->values[0])));
}

static bool same_tests(const struct gl_policy_rule *a, const struct gl_policy_rule *b)
{
	if (a == b || !a || !b)
		return a == b;
	if (a->test_count != b->test_count)
		return false;
	for (size_t i = 0; i < a->test_count; i++)
		if (!same_test(&a->tests[i], &b->tests[i]))
			return false;
	return true;
}

static bool same_condition(const struct gl_filter_condition *a, const struct gl_filter_condition *b)
{
	return a->unless_caps == b->unless_caps && a->if_kernel_below == b->if_kernel_below &&
	       a->if_kernel_from == b->if_kernel_from;
}

static bool is_unconditional(const struct gl_filter_condition *condition)
{
	return same_condition(condition, &(struct gl_filter_condition){.unless_caps = 0});
}

static uint64_t hash_block(const struct gl_block *block, uint64_t tests_hash)
{
	uint64_t hash = hash_number(tests_hash, block->condition.unless_caps);

	hash = hash_number(hash, (uint64_t)block->condition.if_kernel_below << 32 |
					 block->condition.if_kernel_from);
	return hash_number(hash, (uint64_t)block->then << 32 | block->otherwise);
}

static bool same_block(const struct gl_block *a, const struct gl_block *b)
{
	return a->hash == b->hash && a->value == b->value && a->then == b->then &&
	       a->otherwise == b->otherwise && same_condition(&a->condition, &b->condition) &&
	       same_tests(a->rule, b->rule);
}

static uint32_t find(const struct gl_blocks *blocks, const struct gl_block *wanted)
{
	uint32_t i = blocks->buckets[wanted->hash % GL_BLOCK_BUCKETS];

	while (i != GL_BLOCK_NONE && !same_block(&blocks->items[i], wanted))
		i = blocks->items[i].same_bucket;
	return i;
}

static uint32_t add(struct gl_blocks *blocks, const struct gl_block *block)
{
	uint32_t *bucket = &blocks->buckets[block->hash % GL_BLOCK_BUCKETS];
	struct gl_block *added =
		gl_mem_grow(&blocks->items, &blocks->room, blocks->count, sizeof(*added), MAX_BLOCKS);

	if (!added) {
		blocks->error = errno;
		return 0;
	}
	*added = *block;
	added->same_bucket = *bucket;
	*bucket = (uint32_t)blocks->count;
	return (uint32_t)blocks->count++;
}

/* The block like this one, which is added if it is not there. */
static uint32_t intern(struct gl_blocks *blocks, const struct gl_block *block)
{
	uint32_t found;

	if (blocks->error)
		return 0;
	found = find(blocks, block);
	return found != GL_BLOCK_NONE ? found : add(blocks, block);
}

uint32_t gl_blocks_return(struct gl_blocks *blocks, uint32_t value)
{
	/* There are few, and they are asked for often: the value will do as a hash. */
	const struct gl_block block = {.value = value,
				       .then = GL_BLOCK_NONE,
				       .otherwise = GL_BLOCK_NONE,
				       .hash = value ^ value >> 16};

	return intern(blocks, &block);
}

uint32_t gl_blocks_try(struct gl_blocks *blocks, const struct gl_policy_rule *rule, uint64_t tests_hash,
		       const struct gl_filter_condition *condition, uint32_t then, uint32_t otherwise)
{
	bool tests = rule->test_count > 0;
	struct gl_block block = {
		.rule = tests ? rule : NULL, .condition = *condition, .then = then, .otherwise = otherwise};

	if (then == otherwise || (!tests && is_unconditional(condition)))
		return then;
	block.hash = hash_block(&block, tests_hash);
	return intern(blocks, &block);
}

void gl_blocks_want(struct gl_blocks *blocks, uint32_t block)
{
	while (!blocks->error && block != GL_BLOCK_NONE && !blocks->items[block].wanted) {
		struct gl_block *b = &blocks->items[block];

		b->wanted = true;
		if (b->then != GL_BLOCK_NONE)
			blocks->items[b->then].wanted = true;
		block = b->otherwise;
	}
}

/*
 * The condition stands before the tests: where it does not hold, the call's
 * answer may be seen not to hang on its arguments.
 */
static struct gl_target write_block(const struct gl_blocks *blocks, const struct gl_block *block,
				    struct gl_program *program)
{
	struct gl_target then, otherwise, target;

	if (block->otherwise == GL_BLOCK_NONE)
		return gl_program_return(program, block->value);
	then = blocks->items[block->then].target;
	otherwise = blocks->items[block->otherwise].target;
	target = block->rule ? gl_tests_write(program, block->rule, then, otherwise) : then;
	if (!is_unconditional(&block->condition))
		target = gl_program_choose(program, &block->condition, target, otherwise);
	return gl_program_share(program, target);
}

void gl_blocks_write(struct gl_blocks *blocks, struct gl_program *program)
{
	for (size_t i = 0; i < blocks->count && !blocks->error; i++) {
		struct gl_block *block = &blocks->items[i];

		if (!block->wanted || block->written)
			continue;
		block->target = write_block(blocks, block, program);
		block->written = true;
	}
}
