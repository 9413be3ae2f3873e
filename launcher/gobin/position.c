/*
 * What runs at an address: file, line, and which functions are inlined into each
 * other there.
 *
 * Where the compiler inlined, PCDATA_InlTreeIndex gives for each pc the innermost
 * call in the function's inline tree (FUNCDATA_InlTree), or -1.  An entry of the
 * tree names the function that was called and a pc of the caller whose position
 * is the call: looked up in its turn, that gives the next one out
 * (runtime/symtabinl.go).  The line and file of a pc are those of the innermost
 * position.
 */
#include <errno.h>

#include "gobin/pclntab_private.h"

#define PCDATA_INL_TREE_INDEX 2 /* in all versions */
#define NO_FILE		      UINT32_MAX

/* Where in the table the offset of that file's name stands: by unit since 1.16. */
static uint64_t file_slot(const struct gl_pclntab *t, const struct gl_func *func, uint32_t file)
{
	return t->units.start + 4 * ((t->layout->unit ? (uint64_t)func->unit : 0) + file);
}

int gl_pclntab_file(struct gl_pclntab *t, const struct gl_func *func, uint64_t pc, char file[GL_PCLNTAB_NAME])
{
	uint32_t offset;
	int32_t number;
	int r = gl_pcvalue(t, func->pcfile, func, pc, &number);

	if (r || number < 0 || (t->layout->unit && func->unit == NO_FILE))
		return r ? r : 1;
	r = gl_pclntab_u32(t, file_slot(t, func, (uint32_t)number), &offset);
	if (r || offset == NO_FILE)
		return r ? r : 1;
	return gl_pclntab_string(t, &t->files, offset, file, GL_PCLNTAB_NAME);
}

/* -- inlining -- */

/* The value that PCDATA table has at pc. */
static int pcdata(struct gl_pclntab *t, const struct gl_func *func, uint32_t table, uint64_t pc, int32_t *ret)
{
	uint32_t offset;
	int r;

	if (table >= func->npcdata)
		return 1;
	r = gl_pclntab_u32(t, func->record + t->layout->func_size + 4 * table, &offset);
	return r ? r : gl_pcvalue(t, offset, func, pc, ret);
}

/* Before 1.18: an address, aligned; since then an offset from moduledata.gofunc. */
static int funcdata(struct gl_pclntab *t, const struct gl_func *func, unsigned number, uint64_t *ret_vaddr)
{
	uint64_t at = func->record + t->layout->func_size + 4 * (uint64_t)func->npcdata, base;
	uint32_t offset;
	int r;

	if (number >= func->nfuncdata)
		return 1;
	if (t->layout->funcdata_size == 8) {
		at += (t->address + at) & 4;
		r = gl_gobin_pointer(t, t->address + at + 8 * number, ret_vaddr);
		return r ? r : *ret_vaddr == 0;
	}
	r = gl_pclntab_u32(t, at + 4 * number, &offset);
	if (r || offset == UINT32_MAX)
		return r ? r : 1;
	r = gl_moduledata_funcdata(t, &base);
	*ret_vaddr = base + offset;
	return r;
}

struct call {
	uint32_t name,
		parent; /* offset of the called function's name; the call's pc, from the function's entry */
};

/* The innermost call that pc is in.  Returns 0, 1: pc is of the function itself, or -errno. */
static int inlined_call(struct gl_pclntab *t, const struct gl_func *func, uint64_t pc, struct call *ret)
{
	const struct gl_pclntab_layout *l = t->layout;
	unsigned char bytes[UINT8_MAX];
	uint64_t tree;
	int32_t index;
	int r = pcdata(t, func, PCDATA_INL_TREE_INDEX, pc, &index);

	if (r || index < 0)
		return r ? r : 1;
	r = funcdata(t, func, l->inline_tree, &tree);
	if (r)
		return r;
	r = gl_image_read_vaddr(t->image, tree + (uint64_t)index * l->call_size, bytes, l->call_size);
	if (r)
		return r == -ERANGE ? 1 : r;
	ret->name = (uint32_t)gl_image_value(t->image, bytes + l->call_name, 4);
	ret->parent = (uint32_t)gl_image_value(t->image, bytes + l->call_parent, 4);
	return ret->parent >= func->end - func->entry;
}

/* A part that cannot be told stays empty. */
static int tell(struct gl_pclntab *t, const struct gl_func *func, uint64_t pc, uint32_t name,
		struct gl_position *ret)
{
	int32_t line = 0;
	int r = gl_pclntab_string(t, &t->names, name, ret->function, sizeof(ret->function));

	if (r)
		return r;
	r = gl_pclntab_file(t, func, pc, ret->file);
	if (r > 0)
		ret->file[0] = '\0';
	if (r >= 0)
		r = gl_pcvalue(t, func->pcln, func, pc, &line);
	ret->line = r || line < 0 ? 0 : (uint32_t)line;
	return r < 0 ? r : 0;
}

int gl_position_next(struct gl_pclntab *table, struct gl_position_walk *walk, struct gl_position *ret)
{
	struct gl_position position = {.inlined = false};
	struct call call = {0};
	struct gl_func func;
	int r;

	if (walk->done)
		return 1;
	r = gl_functab_at(table, walk->pc, &func);
	if (r)
		return r;
	r = walk->depth < GL_PCLNTAB_MAX_DEPTH ? inlined_call(table, &func, walk->pc, &call) : 1;
	if (r < 0)
		return r;
	position.inlined = r == 0;
	r = tell(table, &func, walk->pc, position.inlined ? call.name : func.name, &position);
	if (r > 0 && position.inlined) {
		/* the inline tree is damaged, the function may still be known */
		position.inlined = false;
		r = tell(table, &func, walk->pc, func.name, &position);
	}
	if (r)
		return r;
	walk->depth++;
	walk->done = !position.inlined;
	walk->pc = func.entry + call.parent;
	*ret = position;
	return 0;
}

/* -- functions -- */

int gl_pclntab_bounds(struct gl_pclntab *table, uint64_t pc, uint64_t *ret_entry, uint64_t *ret_end)
{
	struct gl_func func;
	int r = gl_functab_at(table, pc, &func);

	if (r)
		return r;
	*ret_entry = func.entry;
	if (ret_end)
		*ret_end = func.end;
	return 0;
}

int gl_pclntab_name(struct gl_pclntab *table, uint64_t pc, char name[GL_PCLNTAB_NAME])
{
	struct gl_func func;
	int r = gl_functab_at(table, pc, &func);

	return r ? r : gl_pclntab_string(table, &table->names, func.name, name, GL_PCLNTAB_NAME);
}

int gl_pclntab_sp_delta(struct gl_pclntab *table, uint64_t pc, uint64_t *ret_delta)
{
	struct gl_func func;
	int32_t delta;
	int r = gl_functab_at(table, pc, &func);

	if (!r)
		r = gl_pcvalue(table, func.pcsp, &func, pc, &delta);
	if (r || delta < 0)
		return r ? r : 1;
	*ret_delta = (uint64_t)delta;
	return 0;
}
