/*
 * Breadth first over DT_NEEDED: see bundle/reach.h.
 */
#include "bundle/reach.h"

#include <errno.h>

#include "base/mem.h"

/* A name that could not be preloaded may have been found later, for somebody who needs it. */
static int note_names(struct gl_reach *reach, struct gl_err *err)
{
	int r = 0;

	for (size_t i = 1; i < reach->closure->count && !r; i++) {
		struct gl_library *library = reach->closure->libraries[i];
		const struct gl_library *known = gl_names_find(&reach->names, library->name);

		if (!known || known->status != GL_LIBRARY_FOUND)
			r = gl_names_put(&reach->names, library->name, library, err);
	}
	return r;
}

int gl_reach_init(struct gl_reach *reach, const struct gl_closure *closure, struct gl_err *err)
{
	int r;

	*reach = (struct gl_reach){.closure = closure};
	reach->marked = calloc(closure->count, sizeof(*reach->marked));
	reach->queue = calloc(closure->count, sizeof(*reach->queue));
	r = reach->marked && reach->queue ? note_names(reach, err)
					  : gl_err_sys(err, ENOMEM, "cannot sort libraries");
	if (r)
		gl_reach_done(reach);
	return r;
}

void gl_reach_done(struct gl_reach *reach)
{
	gl_names_done(&reach->names);
	gl_mem_free_p(&reach->marked);
	gl_mem_free_p(&reach->queue);
}

struct gl_library *gl_reach_find(const struct gl_reach *reach, const char *name)
{
	return gl_names_find(&reach->names, name);
}

static void push(struct gl_reach *reach, size_t index, size_t *tail)
{
	if (reach->marked[index])
		return;
	reach->marked[index] = true;
	reach->queue[(*tail)++] = index;
}

void gl_reach_mark(struct gl_reach *reach, size_t index)
{
	size_t head = 0, tail = 0;

	push(reach, index, &tail);
	while (head < tail) {
		struct gl_library *object = gl_library_real(reach->closure->libraries[reach->queue[head++]]);
		const struct gl_image_dynamic *dynamic =
			object->image ? gl_image_dynamic(object->image) : NULL;

		for (size_t n = 0; dynamic && n < dynamic->needed_count; n++) {
			struct gl_library *needed = gl_names_find(&reach->names, dynamic->needed[n]);

			/* None: the program's own soname, or a name that musl answers with itself. */
			if (needed)
				push(reach, needed->index, &tail);
		}
	}
}
