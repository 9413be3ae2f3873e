/*
 * The functab, sorted by pc, the _func records it leads to, and the tables of
 * values by pc that these lead to (runtime/symtab.go: findfunc, funcInfo,
 * pcvalue).
 *
 * The pc of a function is that of its functab entry, never _func.entry, which
 * obfuscators encrypt.
 */
#include <errno.h>

#include "gobin/pclntab_private.h"

/* Entry `index`: the pc and, behind it, where the _func is (the last entry has only the pc). */
static uint64_t entry_at(const struct gl_pclntab *t, uint64_t index)
{
	return t->functab.start + index * 2 * t->layout->pc_size;
}

int gl_functab_pc(const struct gl_pclntab *t, uint64_t index, uint64_t *ret)
{
	uint64_t pc;
	int r;

	if (t->layout->pc_size == 8)
		return gl_gobin_pointer(t, t->address + entry_at(t, index), ret);
	r = gl_pclntab_word(t, entry_at(t, index), 4, &pc);
	if (!r)
		*ret = t->text + pc;
	return r;
}

/* Offsets of _func are from the functab, in 1.15 from the table's start. */
static int record_of(const struct gl_pclntab *t, uint64_t index, uint64_t *ret)
{
	uint64_t base = t->layout->tables ? t->functab.start : 0, offset;
	int r = gl_pclntab_word(t, entry_at(t, index) + t->layout->pc_size, t->layout->pc_size, &offset);

	if (r)
		return r;
	if (offset > t->length - base)
		return 1;
	*ret = base + offset;
	return 0;
}

static int read_record(const struct gl_pclntab *t, struct gl_func *func)
{
	const struct gl_pclntab_layout *l = t->layout;
	unsigned char bytes[UINT8_MAX];
	int r = gl_pclntab_read(t, func->record, bytes, l->func_size);

	if (r)
		return r;
	func->name = (uint32_t)gl_image_value(t->image, bytes + l->name, 4);
	func->pcsp = (uint32_t)gl_image_value(t->image, bytes + l->pcsp, 4);
	func->pcfile = (uint32_t)gl_image_value(t->image, bytes + l->pcfile, 4);
	func->pcln = (uint32_t)gl_image_value(t->image, bytes + l->pcln, 4);
	func->npcdata = (uint32_t)gl_image_value(t->image, bytes + l->npcdata, 4);
	func->unit = l->unit ? (uint32_t)gl_image_value(t->image, bytes + l->unit, 4) : 0;
	func->nfuncdata = bytes[l->nfuncdata];
	func->id = bytes[l->nfuncdata - 3]; /* in every layout */
	return 0;
}

int gl_functab_func(const struct gl_pclntab *t, uint64_t index, struct gl_func *ret)
{
	struct gl_func func = {.index = index};
	int r = gl_functab_pc(t, index, &func.entry);

	if (!r)
		r = gl_functab_pc(t, index + 1, &func.end);
	if (!r)
		r = record_of(t, index, &func.record);
	if (!r)
		r = read_record(t, &func);
	if (!r)
		*ret = func;
	return r;
}

/* The last entry that starts at or before pc. */
int gl_functab_at(const struct gl_pclntab *t, uint64_t pc, struct gl_func *ret)
{
	uint64_t low = 0, high = t->count, start;
	struct gl_func func;
	int r;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		r = gl_functab_pc(t, middle, &start);
		if (r)
			return r;
		if (start <= pc)
			low = middle;
		else
			high = middle;
	}
	r = gl_functab_func(t, low, &func);
	if (r)
		return r;
	if (pc < func.entry || pc >= func.end)
		return 1;
	*ret = func;
	return 0;
}

/* A table of values, read in pieces. */
struct values {
	struct gl_pclntab *t;
	uint64_t at;	/* of the next piece, among the values */
	uint64_t limit; /* where to give up */
	unsigned char bytes[128];
	size_t have, used;
};

static int next_byte(struct values *v, unsigned char *ret)
{
	if (v->used == v->have) {
		int r;

		if (v->at >= v->limit || v->t->decoded >= GL_PCLNTAB_MAX_WORK)
			return 1;
		r = gl_pclntab_some(v->t, &v->t->values, v->at, v->bytes, sizeof(v->bytes), &v->have);
		if (r || v->have == 0)
			return r ? r : 1;
		v->at += v->have;
		v->t->decoded += v->have;
		v->used = 0;
	}
	*ret = v->bytes[v->used++];
	return 0;
}

static int next_uvarint(struct values *v, uint32_t *ret)
{
	uint32_t value = 0;
	unsigned char byte;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		int r = next_byte(v, &byte);

		if (r)
			return r;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return 1;
}

/* Zigzag: 0, -1, 1, -2, ... */
static uint32_t unfold(uint32_t delta)
{
	return delta & 1 ? ~(delta >> 1) : delta >> 1;
}

int gl_pcvalue(struct gl_pclntab *t, uint32_t table, const struct gl_func *func, uint64_t pc, int32_t *ret)
{
	struct values v = {.t = t, .at = table, .limit = table + GL_PCLNTAB_MAX_VALUES};
	uint32_t value = UINT32_MAX, delta;
	uint64_t end = func->entry;

	if (table == 0)
		return 1;
	for (bool first = true;; first = false) {
		int r = next_uvarint(&v, &delta);

		if (r || (delta == 0 && !first))
			return r ? r : 1;
		value += unfold(delta);
		r = next_uvarint(&v, &delta);
		if (r)
			return r;
		end += (uint64_t)delta * t->quantum;
		if (pc < end) {
			*ret = (int32_t)value;
			return 0;
		}
	}
}
