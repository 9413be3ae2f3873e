/*
 * The table of seen calls: see proc/learn.h.
 *
 * Open addressing over a table twice the number of records.  What finds no room is
 * marked in a field of bits by its hash: two calls may share a bit, so their number is
 * a lower bound.
 */
#include "proc/learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "policy/syscalls.h"

#define SLOTS	  (2 * GL_LEARN_RECORDS)
#define WORD_BITS 64

struct gl_learn {
	struct gl_learn_config config;
	const struct gl_watch *watch;
	pid_t program;
	size_t count;
	uint64_t lost_count;
	uint64_t lost[GL_LEARN_LOST / WORD_BITS];
	uint16_t slots[SLOTS]; /* index of a record + 1; 0: none */
	struct gl_learn_record records[GL_LEARN_RECORDS];
};

int gl_learn_new(const struct gl_learn_config *config, struct gl_learn **ret, struct gl_err *err)
{
	struct gl_learn *l = calloc(1, sizeof(*l));

	if (!l)
		return gl_err_sys(err, ENOMEM, "cannot learn");
	l->config = *config;
	*ret = l;
	return 0;
}

void gl_learn_free(struct gl_learn *l)
{
	free(l);
}

void gl_learn_begin(struct gl_learn *l, pid_t program, const struct gl_watch *watch)
{
	l->program = program;
	l->watch = watch;
}

/* --- records ------------------------------------------------------------------- */

/* What makes a call distinct, and its hash; false: it is no call that a policy could name. */
static bool identify(const struct gl_learn *l, const struct gl_call *call, struct gl_learn_record *ret)
{
	const struct gl_machine_calls *m = l->config.scheme->machine;
	uint32_t number = (uint32_t)call->number;
	const struct gl_abi *abi = gl_abi_of(m, call->arch, number);

	ret->call = abi ? gl_syscall_at(abi, abi->x32 ? number & ~GL_X32_BIT : number) : GL_CALL_NONE;
	if (ret->call == GL_CALL_NONE)
		return false;
	ret->first = *call;
	ret->foreign = abi != &m->abis[0];
	gl_learn_reduce(l->config.scheme, ret->call, call->arguments, ret->values);
	if (l->config.into)
		ret->decision = gl_policy_decide(l->config.into, l->config.facts, call->arch, number,
						 call->arguments);
	ret->hash = gl_hash_bytes(GL_HASH_START, &ret->call, sizeof(ret->call));
	ret->hash = gl_hash_bytes(ret->hash, &ret->foreign, sizeof(ret->foreign));
	ret->hash = gl_hash_bytes(ret->hash, ret->values, sizeof(ret->values));
	ret->hash = gl_hash_bytes(ret->hash, &ret->decision.zone, sizeof(ret->decision.zone));
	ret->hash = gl_hash_bytes(ret->hash, &ret->decision.rule, sizeof(ret->decision.rule));
	return true;
}

static bool is_same(const struct gl_learn_record *a, const struct gl_learn_record *b)
{
	return a->hash == b->hash && a->call == b->call && a->foreign == b->foreign &&
	       !memcmp(a->values, b->values, sizeof(a->values)) && a->decision.zone == b->decision.zone &&
	       a->decision.rule == b->decision.rule;
}

static void mark_lost(struct gl_learn *l, uint64_t hash)
{
	uint64_t *word = &l->lost[hash % GL_LEARN_LOST / WORD_BITS];
	uint64_t bit = UINT64_C(1) << hash % WORD_BITS;

	l->lost_count += (*word & bit) == 0;
	*word |= bit;
}

static struct gl_learn_record *add(struct gl_learn *l, uint16_t *slot, const struct gl_learn_record *key)
{
	struct gl_learn_record *record;

	if (l->count == GL_LEARN_RECORDS) {
		mark_lost(l, key->hash);
		return NULL;
	}
	record = &l->records[l->count++];
	*slot = (uint16_t)l->count;
	record->first = key->first;
	record->call = key->call;
	record->foreign = key->foreign;
	memcpy(record->values, key->values, sizeof(record->values));
	record->decision = key->decision;
	record->hash = key->hash;
	return record;
}

static struct gl_learn_record *record_of(struct gl_learn *l, const struct gl_learn_record *key)
{
	size_t slot = key->hash % SLOTS;

	while (l->slots[slot] != 0) {
		struct gl_learn_record *record = &l->records[l->slots[slot] - 1];

		if (is_same(record, key))
			return record;
		slot = (slot + 1) % SLOTS;
	}
	return add(l, &l->slots[slot], key);
}

/* --- callers --------------------------------------------------------------------- */

/* Of a child: what it is called. */
static void name_program(const struct gl_learn *l, const struct gl_waiter *waiter,
			 char name[GL_DENIAL_THREAD])
{
	pid_t process = gl_waiter_process(waiter);
	struct gl_waiter leader = {.listener = waiter->listener, .id = waiter->id, .tid = process};

	name[0] = '\0';
	if (process > 0 && process != l->program)
		gl_waiter_name(&leader, name);
}

static bool is_known(const struct gl_learn_record *record, const struct gl_learn_caller *caller)
{
	for (size_t i = 0; i < record->caller_count; i++)
		if (gl_caller_equal(&record->callers[i].caller, &caller->caller) &&
		    !strcmp(record->callers[i].program, caller->program))
			return true;
	return false;
}

static void look(struct gl_learn *l, struct gl_learn_record *record, struct gl_waiter *waiter,
		 struct gl_callers *callers)
{
	struct gl_learn_caller caller;
	struct gl_trail trail;

	gl_waiter_look(waiter);
	gl_callers_find(callers, waiter, &caller.caller, &trail);
	name_program(l, waiter, caller.program);
	/* What was withdrawn meanwhile may have been read of anybody. */
	if (caller.caller.kind == GL_CALLER_UNKNOWN || !gl_waiter_is_valid(waiter) ||
	    is_known(record, &caller))
		return;
	if (record->caller_count < GL_LEARN_CALLERS)
		record->callers[record->caller_count++] = caller;
	else
		record->more_callers = true;
}

/* --- the listener's ---------------------------------------------------------------- */

struct gl_learn_record *gl_learn_see(struct gl_learn *l, const struct gl_call *call, struct gl_waiter *waiter,
				     struct gl_callers *callers)
{
	struct gl_learn_record key, *record;

	memset(&key.decision, 0, sizeof(key.decision));
	record = identify(l, call, &key) ? record_of(l, &key) : NULL;
	/* the next power of two */
	if (record && (record->count & (record->count + 1)) == 0)
		look(l, record, waiter, callers);
	return record;
}

/* Of a program that is not Go there is no start, nor of one that is not looked at yet. */
static unsigned phase_now(const struct gl_learn *l)
{
	const struct gl_watch_record *watch = l->watch ? gl_watch_result(l->watch) : NULL;

	if (!watch || watch->answer != GL_WATCH_ON)
		return GL_LEARN_ANY;
	switch (watch->phase) {
	case GL_PHASE_LOADER:
	case GL_PHASE_RUNTIME:
	case GL_PHASE_INIT:
		return GL_LEARN_START;
	case GL_PHASE_MAIN:
		return GL_LEARN_MAIN;
	case GL_PHASE_UNKNOWN:
	case GL_PHASE_EXEC:
	case GL_PHASE_MAX:
		break;
	}
	return GL_LEARN_ANY;
}

void gl_learn_count(struct gl_learn *l, struct gl_learn_record *record)
{
	if (!record)
		return;
	record->count++;
	record->phases |= phase_now(l);
}

/* --- the end --------------------------------------------------------------------------- */

const struct gl_learn_record *gl_learn_records(const struct gl_learn *l, size_t *ret_count)
{
	*ret_count = l->count;
	return l->records;
}

uint64_t gl_learn_lost(const struct gl_learn *l)
{
	return l->lost_count;
}
