/*
 * Init tasks until Go 1.20: a graph of packages, each leading to those it imports.
 * The runtime walks it depth first and runs a package when all it leads to are
 * done; so does this, without recursion, as the file is hostile.
 */
#include <elf.h>
#include <errno.h>

#include "base/mem.h"
#include "gobin/inittasks_private.h"
#include "gobin/pclntab_private.h"

#define TASK_HEADER 24

/* A task on the way from the root: which of its dependencies comes next. */
struct step {
	struct gl_inittask task;
	uint64_t dependencies; /* of pointers to them */
	uint32_t count, next;
};

struct walk {
	struct gl_pclntab *table;
	struct gl_inittask_set *done; /* in order */
	struct gl_inittask_set seen;
	struct step *steps;
	size_t depth, room;
	uint32_t edges;
};

/* Returns 0, 1: no task, or -errno. */
static int read_step(const struct gl_pclntab *t, uint64_t address, struct step *ret)
{
	unsigned char bytes[TASK_HEADER];
	uint64_t dependencies, functions;
	int r;

	if (address % 8 != 0 || !gl_gobin_mapped(t->image, address, PF_W))
		return 1;
	r = gl_image_read_vaddr(t->image, address, bytes, sizeof(bytes));
	if (r)
		return r == -ERANGE ? 1 : r;
	dependencies = gl_image_value(t->image, bytes + 8, 8);
	functions = gl_image_value(t->image, bytes + 16, 8);
	if (gl_image_value(t->image, bytes, 8) != GL_INITTASK_WAITING || dependencies > GL_INITTASKS_MAX ||
	    functions > GL_INITTASKS_MAX_FUNCTIONS || dependencies + functions == 0)
		return 1;
	*ret = (struct step){
		.task = {address, address + TASK_HEADER + 8 * dependencies, (uint32_t)functions},
		.dependencies = address + TASK_HEADER,
		.count = (uint32_t)dependencies,
	};
	return 0;
}

/* A root is believed if its first function initialises, and its first dependency is a task. */
static int read_root(struct gl_pclntab *t, uint64_t address, struct step *ret)
{
	struct step first;
	uint64_t pointer;
	int r = read_step(t, address, ret);

	if (!r && ret->task.count)
		r = gl_inittask_is_function(t, ret->task.functions);
	if (r || !ret->count)
		return r;
	r = gl_gobin_pointer(t, ret->dependencies, &pointer);
	return r ? r : read_step(t, pointer, &first);
}

/* Goes down into a task, unless it was met already. */
static int enter(struct walk *w, const struct step *step)
{
	int r = gl_inittask_add(&w->seen, &step->task);

	if (r)
		return r < 0 ? r : 0;
	if (!gl_mem_grow(&w->steps, &w->room, w->depth, sizeof(*w->steps), GL_INITTASKS_MAX))
		return -errno;
	w->steps[w->depth++] = *step;
	return 0;
}

static int leave(struct walk *w)
{
	int r = gl_inittask_add(w->done, &w->steps[--w->depth].task);

	return r < 0 ? r : 0;
}

/* The next dependency of the task at the end of the way; one that is no task is passed over. */
static int advance(struct walk *w)
{
	struct step *step = &w->steps[w->depth - 1], next;
	uint64_t address;
	int r;

	if (step->next == step->count)
		return leave(w);
	if (w->edges++ >= GL_INITTASKS_MAX_EDGES)
		return -E2BIG;
	r = gl_gobin_pointer(w->table, step->dependencies + 8 * (uint64_t)step->next++, &address);
	if (!r)
		r = read_step(w->table, address, &next);
	return r ? (r < 0 ? r : 0) : enter(w, &next);
}

static int walk_from(struct walk *w, const struct step *root)
{
	int r = enter(w, root);

	while (!r && w->depth > 0)
		r = advance(w);
	return r;
}

static int walk_all(struct walk *w, const uint64_t *references, size_t count)
{
	struct step root;

	for (size_t i = 0; i < count; i++) {
		int r = read_root(w->table, references[i], &root);

		if (!r)
			r = walk_from(w, &root);
		if (r < 0)
			return r;
	}
	return 0;
}

int gl_inittask_graph(struct gl_pclntab *table, const uint64_t *references, size_t count,
		      struct gl_inittask_set *set)
{
	struct walk walk = {.table = table, .done = set};
	int r = walk_all(&walk, references, count);

	gl_inittask_set_end(&walk.seen);
	free(walk.seen.items);
	free(walk.steps);
	/* a graph over the limit is none */
	if (r == -E2BIG)
		set->count = 0;
	return r == -E2BIG ? 0 : r;
}
