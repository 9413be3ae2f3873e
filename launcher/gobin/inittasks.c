/*
 * Init tasks since Go 1.21: slices of pointers to tasks.
 *
 * The runtime's own slice is a variable that runtime.main uses; that of all
 * other packages is a field of the moduledata whose place moved with the
 * versions.  Both are told by what they lead to: length equal to capacity, tasks
 * that have not run, with functions whose names are those of initialisation.  So
 * no version needs to be known.
 */
#include "gobin/inittasks.h"

#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "gobin/insn.h"
#include "gobin/inittasks_private.h"
#include "gobin/pclntab_private.h"

#define TASK_HEADER    8
#define SLOTS_AT_FIRST 256
/* The moduledata's part that is searched, for every version since 1.21 of which it has the field. */
#define MODULEDATA_FROM 192
#define MODULEDATA_TO	640
#define REFERENCES_MAX	512 /* in runtime.main; it has about 60 */

size_t gl_inittask_package_length(const char *function)
{
	static const char init[] = ".init", map[] = ".map";
	size_t len = strlen(function), digits = len;

	while (digits > 0 && function[digits - 1] >= '0' && function[digits - 1] <= '9')
		digits--;
	if (digits < len && digits > 0 && function[digits - 1] == '.')
		len = digits - 1;
	if (len <= sizeof(init) - 1 ||
	    memcmp(function + len - (sizeof(init) - 1), init, sizeof(init) - 1) != 0)
		return 0;
	len -= sizeof(init) - 1;
	/* a dot in the last element of an import path is written %2e */
	if (len > sizeof(map) - 1 && !memcmp(function + len - (sizeof(map) - 1), map, sizeof(map) - 1))
		len -= sizeof(map) - 1;
	return len;
}

/* Where the task of that address is, or would be. */
static size_t slot_of(const struct gl_inittask_set *set, uint64_t address)
{
	size_t slot = (size_t)(address / 8 * UINT64_C(0x9e3779b97f4a7c15) >> 32) % set->slot_count;

	while (set->slots[slot] && set->items[set->slots[slot] - 1].address != address)
		slot = (slot + 1) % set->slot_count;
	return slot;
}

/* Keeps half of the slots empty.  Most programs need a page of them, and each page has its price. */
static int make_slots(struct gl_inittask_set *set)
{
	size_t count = set->slot_count ? 2 * set->slot_count : SLOTS_AT_FIRST;
	uint32_t *slots;

	if (2 * set->count < set->slot_count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(set->slots);
	set->slots = slots;
	set->slot_count = count;
	for (size_t i = 0; i < set->count; i++)
		set->slots[slot_of(set, set->items[i].address)] = (uint32_t)i + 1;
	return 0;
}

void gl_inittask_set_end(struct gl_inittask_set *set)
{
	free(set->slots);
	set->slots = NULL;
	set->slot_count = 0;
}

int gl_inittask_add(struct gl_inittask_set *set, const struct gl_inittask *task)
{
	size_t slot;
	int r = make_slots(set);

	if (r)
		return r;
	slot = slot_of(set, task->address);
	if (set->slots[slot])
		return 1;
	if (!gl_mem_grow(&set->items, &set->room, set->count, sizeof(*set->items), GL_INITTASKS_MAX))
		return -errno;
	set->items[set->count++] = *task;
	set->slots[slot] = (uint32_t)set->count;
	return 0;
}

int gl_inittask_is_function(struct gl_pclntab *table, uint64_t pointer)
{
	char name[GL_PCLNTAB_NAME];
	uint64_t pc, entry;
	int r = gl_gobin_pointer(table, pointer, &pc);

	if (!r)
		r = gl_pclntab_bounds(table, pc, &entry, NULL);
	if (!r)
		r = gl_pclntab_name(table, pc, name);
	return r ? r : entry != pc || gl_inittask_package_length(name) == 0;
}

struct slice {
	uint64_t items, len;
};

/* Could it be a slice of pointers to tasks?  Returns 0, 1 or -errno. */
static int read_slice(const struct gl_pclntab *t, uint64_t vaddr, struct slice *ret)
{
	unsigned char bytes[24];
	int r = gl_image_read_vaddr(t->image, vaddr, bytes, sizeof(bytes));

	if (r)
		return r == -ERANGE ? 1 : r;
	ret->len = gl_image_value(t->image, bytes + 8, 8);
	if (ret->len == 0 || ret->len > GL_INITTASKS_MAX ||
	    ret->len != gl_image_value(t->image, bytes + 16, 8))
		return 1;
	r = gl_gobin_pointer(t, vaddr, &ret->items);
	return r ? r : ret->items % 8 != 0 || !gl_gobin_mapped(t->image, ret->items, 0);
}

static int read_task(const struct gl_pclntab *t, uint64_t pointer, struct gl_inittask *ret)
{
	unsigned char bytes[TASK_HEADER];
	uint64_t address;
	int r = gl_gobin_pointer(t, pointer, &address);

	if (r)
		return r;
	if (address % 8 != 0 || !gl_gobin_mapped(t->image, address, PF_W))
		return 1;
	r = gl_image_read_vaddr(t->image, address, bytes, sizeof(bytes));
	if (r)
		return r == -ERANGE ? 1 : r;
	*ret = (struct gl_inittask){address, address + TASK_HEADER,
				    (uint32_t)gl_image_value(t->image, bytes + 4, 4)};
	return gl_image_value(t->image, bytes, 4) != GL_INITTASK_WAITING || ret->count == 0 ||
	       ret->count > GL_INITTASKS_MAX_FUNCTIONS;
}

/* Are these pointers to tasks, all of them?  Their functions are looked at in the first and the last. */
static int check_slice(struct gl_pclntab *t, const struct slice *slice)
{
	struct gl_inittask task;
	int r = 0;

	for (uint64_t i = 0; !r && i < slice->len; i++) {
		r = read_task(t, slice->items + 8 * i, &task);
		if (!r && (i == 0 || i + 1 == slice->len))
			r = gl_inittask_is_function(t, task.functions);
	}
	return r;
}

/* Adds the tasks of the slice at vaddr, if it is one of tasks.  Returns 0: yes, 1: no, or -errno. */
static int add_slice(struct gl_pclntab *t, uint64_t vaddr, struct gl_inittask_set *set)
{
	struct gl_inittask task;
	struct slice slice;
	int r = read_slice(t, vaddr, &slice);

	if (!r)
		r = check_slice(t, &slice);
	for (uint64_t i = 0; !r && i < slice.len; i++) {
		r = read_task(t, slice.items + 8 * i, &task);
		if (!r)
			r = gl_inittask_add(set, &task);
		if (r > 0) /* the runtime's own, which are in both */
			r = 0;
	}
	return r;
}

/* Returns 0, 1: the moduledata has no such field, or -errno. */
static int add_main_slice(struct gl_pclntab *t, struct gl_inittask_set *set)
{
	uint64_t moduledata;
	int r = gl_moduledata(t, &moduledata);

	if (r)
		return r;
	for (uint64_t at = MODULEDATA_FROM; at < MODULEDATA_TO; at += 8) {
		r = add_slice(t, moduledata + at, set);
		if (r <= 0)
			return r;
	}
	return 1;
}

/* What the code of runtime.main uses, in order; none if that cannot be told. */
static int read_references(struct gl_pclntab *t, uint64_t *references, size_t *ret_count)
{
	uint64_t runtime_main;
	int r = gl_pclntab_find(t, "runtime.main", &runtime_main);

	*ret_count = 0;
	if (!r)
		r = gl_insn_references(t, runtime_main, references, REFERENCES_MAX, ret_count);
	return r < 0 ? r : 0;
}

/*
 * The slice that runtime.main uses comes first; where there is a field in the
 * moduledata or not tells lists from the graph.
 */
static int read_all(struct gl_pclntab *t, struct gl_inittask_set *set)
{
	uint64_t references[REFERENCES_MAX];
	size_t count;
	int r = read_references(t, references, &count), found = 1;

	if (r)
		return r;
	for (size_t i = 0; found == 1 && i < count; i++)
		found = add_slice(t, references[i], set);
	if (found < 0)
		return found;
	r = add_main_slice(t, set);
	if (r <= 0 || found == 0)
		return r < 0 ? r : 0;
	return gl_inittask_graph(t, references, count, set);
}

int gl_inittasks_read(struct gl_pclntab *table, struct gl_inittasks *ret, struct gl_err *err)
{
	struct gl_inittask_set set = {.items = NULL};
	int r = read_all(table, &set);

	gl_inittask_set_end(&set);
	if (r < 0 || set.count == 0) {
		free(set.items);
		return r < 0 ? gl_err_sys(err, -r, "cannot read the program's init tasks") : 1;
	}
	*ret = (struct gl_inittasks){set.items, set.count};
	return 0;
}

void gl_inittasks_done(struct gl_inittasks *tasks)
{
	free(tasks->items);
	*tasks = GL_INITTASKS_INIT;
}

int gl_inittask_function(struct gl_pclntab *table, const struct gl_inittask *task, uint32_t index,
			 uint64_t *ret_pc)
{
	if (index >= task->count)
		return 1;
	return gl_gobin_pointer(table, task->functions + 8 * (uint64_t)index, ret_pc);
}

int gl_inittask_package(struct gl_pclntab *table, const struct gl_inittask *task, char name[GL_PCLNTAB_NAME])
{
	uint64_t pc;
	size_t len;
	int r = gl_inittask_function(table, task, 0, &pc);

	if (!r)
		r = gl_pclntab_name(table, pc, name);
	if (r)
		return r;
	len = gl_inittask_package_length(name);
	name[len] = '\0';
	return len == 0;
}
