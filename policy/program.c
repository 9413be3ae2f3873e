/*
 * The assembler: see policy/program.h.
 *
 * A place is the number of instructions from it to the program's end, itself
 * included, so the instruction that would be written next jumps over
 * count - place of them.
 */
#include "policy/program.h"

#include <errno.h>
#include <linux/bpf_common.h>

#include "base/mem.h"

/*
 * How far a conditional jump's target may be when it is looked for: 255, less
 * one for what the search for the other target may write in between and one
 * for a load that is passed over.
 */
#define REACH 253

#define MAX_EXITS (2 * GL_POLICY_MAX_CALLS)

void gl_program_done(struct gl_program *program)
{
	free(program->insns);
	free(program->patches);
	free(program->exits);
	*program = GL_PROGRAM_INIT;
}

bool gl_target_equal(struct gl_target a, struct gl_target b)
{
	return a.is_exit == b.is_exit && a.index == b.index;
}

/* Room for one more in one of the three arrays; NULL once anything has failed. */
static void *grow(struct gl_program *program, void *items, size_t *room, size_t count, size_t size,
		  size_t limit)
{
	void *item = program->error ? NULL : gl_mem_grow(items, room, count, size, limit);

	if (!item && !program->error)
		program->error = errno;
	return item;
}

/* Writes an instruction; returns its place. */
static uint32_t put(struct gl_program *program, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	struct sock_filter *insn =
		grow(program, &program->insns, &program->room, program->count, sizeof(*insn), BPF_MAXINSNS);

	if (insn) {
		*insn = (struct sock_filter){code, jt, jf, k};
		program->count++;
	}
	return (uint32_t)program->count;
}

static uint32_t distance(const struct gl_program *program, uint32_t place)
{
	return (uint32_t)program->count - place;
}

static void put_patch(struct gl_program *program, const struct gl_filter_condition *condition,
		      uint32_t if_true, uint32_t if_false)
{
	struct gl_filter_patch *patch = grow(program, &program->patches, &program->patch_room,
					     program->patch_count, sizeof(*patch), GL_FILTER_MAX_PATCHES);

	if (!patch)
		return;
	*patch = (struct gl_filter_patch){*condition, (uint32_t)program->count, if_true, if_false};
	program->patch_count++;
}

static struct gl_target new_exit(struct gl_program *program, const struct gl_program_exit *what)
{
	struct gl_program_exit *made = grow(program, &program->exits, &program->exit_room,
					    program->exit_count, sizeof(*made), MAX_EXITS);

	if (!made)
		return (struct gl_target){.is_exit = false};
	*made = *what;
	return (struct gl_target){.is_exit = true, .index = (uint32_t)program->exit_count++};
}

struct gl_target gl_program_return(struct gl_program *program, uint32_t value)
{
	return new_exit(program, &(struct gl_program_exit){.if_true = value, .if_false = value});
}

struct gl_target gl_program_share(struct gl_program *program, struct gl_target target)
{
	if (target.is_exit)
		return target;
	return new_exit(program, &(struct gl_program_exit){.place = target.index, .nearest = target.index});
}

/* Once more the return, or a jump to the instruction. */
static uint32_t put_copy(struct gl_program *program, const struct gl_program_exit *exit)
{
	if (exit->place)
		return put(program, BPF_JMP | BPF_JA, 0, 0, distance(program, exit->place));
	put(program, BPF_RET | BPF_K, 0, 0, exit->if_true);
	if (exit->if_true != exit->if_false)
		put_patch(program, &exit->condition, exit->if_true, exit->if_false);
	return (uint32_t)program->count;
}

/* A place that leads to the target and is no further than this. */
static uint32_t reach(struct gl_program *program, struct gl_target target, uint32_t furthest)
{
	struct gl_program_exit *exit = target.is_exit ? &program->exits[target.index] : NULL;
	uint32_t place = exit ? exit->nearest : target.index;

	if (place && distance(program, place) <= furthest)
		return place;
	if (!exit)
		return put(program, BPF_JMP | BPF_JA, 0, 0, distance(program, place));
	exit->nearest = put_copy(program, exit);
	return exit->nearest;
}

static bool loads(const struct gl_program *program, uint32_t place, uint32_t offset)
{
	const struct sock_filter *insn = &program->insns[place - 1];

	return insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k == offset;
}

static uint8_t jump_to(const struct gl_program *program, uint32_t place, uint32_t held)
{
	return (uint8_t)(distance(program, place) + (loads(program, place, held) ? 1 : 0));
}

struct gl_target gl_program_branch(struct gl_program *program, uint16_t op, uint32_t k, uint32_t held,
				   struct gl_target if_true, struct gl_target if_false)
{
	uint32_t t, f, place;

	if (gl_target_equal(if_true, if_false))
		return if_true;
	t = reach(program, if_true, REACH);
	f = reach(program, if_false, REACH);
	if (program->error)
		return if_true;
	place = put(program, BPF_JMP | op | BPF_K, jump_to(program, t, held), jump_to(program, f, held), k);
	return (struct gl_target){.index = place};
}

static bool is_return(const struct gl_program *program, struct gl_target target, uint32_t *ret_value)
{
	const struct gl_program_exit *exit = target.is_exit ? &program->exits[target.index] : NULL;

	if (!exit || exit->place || exit->if_true != exit->if_false)
		return false;
	*ret_value = exit->if_true;
	return true;
}

struct gl_target gl_program_choose(struct gl_program *program, const struct gl_filter_condition *condition,
				   struct gl_target if_true, struct gl_target if_false)
{
	struct gl_program_exit both = {.condition = *condition};
	uint32_t t, f;

	if (program->error)
		return if_true;
	if (is_return(program, if_true, &both.if_true) && is_return(program, if_false, &both.if_false))
		return new_exit(program, &both);
	f = reach(program, if_false, BPF_MAXINSNS);
	t = reach(program, if_true, BPF_MAXINSNS);
	t = distance(program, t);
	f = distance(program, f);
	put(program, BPF_JMP | BPF_JA, 0, 0, t);
	put_patch(program, condition, t, f);
	return (struct gl_target){.index = (uint32_t)program->count};
}

/* An instruction that is no jump goes on to the one behind it: target has to stand there. */
static struct gl_target put_before(struct gl_program *program, uint16_t code, uint32_t k,
				   struct gl_target target)
{
	if (program->error)
		return target;
	reach(program, target, 0);
	return (struct gl_target){.index = put(program, code, 0, 0, k)};
}

struct gl_target gl_program_load(struct gl_program *program, uint32_t offset, struct gl_target then)
{
	return put_before(program, BPF_LD | BPF_W | BPF_ABS, offset, then);
}

struct gl_target gl_program_and(struct gl_program *program, uint32_t mask, struct gl_target then)
{
	return put_before(program, BPF_ALU | BPF_AND | BPF_K, mask, then);
}

static void reverse(struct sock_filter *insns, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct sock_filter first = insns[i];

		insns[i] = insns[count - 1 - i];
		insns[count - 1 - i] = first;
	}
}

int gl_program_finish(struct gl_program *program, struct gl_target start, struct gl_filter *ret_filter)
{
	if (!program->error)
		reach(program, start, 0);
	if (program->error)
		return -program->error;
	reverse(program->insns, program->count);
	for (size_t i = 0; i < program->patch_count; i++)
		program->patches[i].instruction = (uint32_t)program->count - program->patches[i].instruction;
	*ret_filter =
		(struct gl_filter){program->insns, program->count, program->patches, program->patch_count};
	program->insns = NULL;
	program->patches = NULL;
	return 0;
}
