/*
 * The table of denials: see proc/denial.h.  Pure: no system call, no
 * allocation.  Searches are linear; the table is small and its rows are compared
 * by a number first.
 */
#include "proc/denial.h"

#include <string.h>

#include "base/hash.h"

bool gl_trail_fits(const struct gl_trail *trail, const struct gl_stack *stack)
{
	if (!trail->known || trail->pc != stack->pc)
		return false;
	for (size_t i = 0; i < trail->count; i++) {
		size_t offset = trail->words[i].offset;

		if (offset + sizeof(uint64_t) > stack->len ||
		    memcmp(stack->bytes + offset, &trail->words[i].word, sizeof(uint64_t)) != 0)
			return false;
	}
	return true;
}

bool gl_trail_add(struct gl_trail *trail, const struct gl_stack *stack, uint64_t address, uint64_t word)
{
	uint64_t offset = address - stack->sp;

	if (trail->count == GL_TRAIL_WORDS || stack->len < sizeof(word) || offset > stack->len - sizeof(word))
		return false;
	trail->words[trail->count].offset = (uint32_t)offset;
	trail->words[trail->count].word = word;
	trail->count++;
	return true;
}

bool gl_caller_equal(const struct gl_caller *a, const struct gl_caller *b)
{
	return a->kind == b->kind && a->place == b->place && a->dev == b->dev && a->ino == b->ino;
}

static bool is_same_call(const struct gl_denial *denial, const struct gl_call *call)
{
	return denial->call.number == call->number && denial->call.arch == call->arch;
}

struct gl_denial *gl_denials_on_trail(struct gl_denials *denials, const struct gl_call *call,
				      const struct gl_stack *stack)
{
	for (size_t i = 0; i < denials->count; i++)
		if (is_same_call(&denials->items[i], call) && gl_trail_fits(&denials->items[i].trail, stack))
			return &denials->items[i];
	return NULL;
}

struct gl_denial *gl_denials_of_caller(struct gl_denials *denials, const struct gl_call *call,
				       const struct gl_caller *caller)
{
	for (size_t i = 0; i < denials->count; i++)
		if (is_same_call(&denials->items[i], call) &&
		    gl_caller_equal(&denials->items[i].caller, caller))
			return &denials->items[i];
	return NULL;
}

struct gl_denial *gl_denials_add(struct gl_denials *denials, const struct gl_call *call)
{
	struct gl_denial *denial;

	if (denials->count == GL_DENIALS_MAX)
		return NULL;
	denial = &denials->items[denials->count++];
	*denial = (struct gl_denial){.call = *call};
	return denial;
}

static uint64_t hash_of(const struct gl_call *call, uint64_t pc, bool with_arguments)
{
	uint64_t hash = gl_hash_bytes(GL_HASH_START, &call->arch, sizeof(call->arch));

	hash = gl_hash_bytes(hash, &call->number, sizeof(call->number));
	if (with_arguments)
		hash = gl_hash_bytes(hash, call->arguments, sizeof(call->arguments));
	return gl_hash_bytes(hash, &pc, sizeof(pc));
}

static struct gl_denial *recent(struct gl_denials *denials, uint64_t hash)
{
	size_t slot = hash % GL_DENIAL_RECENTS;

	if (denials->recents[slot] == 0 || denials->recent_hashes[slot] != hash)
		return NULL;
	return &denials->items[denials->recents[slot] - 1];
}

struct gl_denial *gl_denials_recent(struct gl_denials *denials, const struct gl_call *call, uint64_t pc)
{
	struct gl_denial *same = recent(denials, hash_of(call, pc, true));

	return same ? same : recent(denials, hash_of(call, pc, false));
}

void gl_denials_remember(struct gl_denials *denials, const struct gl_call *call, uint64_t pc,
			 const struct gl_denial *denial)
{
	const uint64_t hashes[] = {hash_of(call, pc, true), hash_of(call, pc, false)};

	for (size_t i = 0; i < GL_ARRAY_SIZE(hashes); i++) {
		size_t slot = hashes[i] % GL_DENIAL_RECENTS;

		denials->recent_hashes[slot] = hashes[i];
		denials->recents[slot] = (uint16_t)(denial - denials->items + 1);
	}
}
