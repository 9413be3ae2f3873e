/*
 * Elements of a closure and their names: see host/libraries.h.
 *
 * A closure may have thousands of elements, each of which may need a thousand
 * others, so names are hashed; a hostile program could otherwise buy hours with
 * a few megabytes.
 */
#include "host/libraries.h"

#include <errno.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"

#define FIRST_SLOTS 64

struct gl_library *gl_library_new(const char *name, size_t needed_by)
{
	struct gl_library *library = calloc(1, sizeof(*library));

	if (!library)
		return NULL;
	library->fd = -1;
	library->status = GL_LIBRARY_MISSING;
	library->needed_by = needed_by;
	library->name = strdup(name);
	if (library->name)
		return library;
	free(library);
	return NULL;
}

void gl_library_free(struct gl_library *library)
{
	if (!library)
		return;
	for (size_t i = 0; i < library->tried_count; i++)
		free(library->tried[i]);
	free(library->tried);
	free(library->name);
	free(library->path);
	free(library->defect);
	/* The program's image is the caller's. */
	if (library->via != GL_VIA_PROGRAM)
		gl_image_free(library->image);
	gl_fd_close(&library->fd);
	free(library);
}

void gl_library_let_go(struct gl_library *library)
{
	if (library->fd < 0)
		return;
	gl_image_detach(library->image);
	gl_fd_close(&library->fd);
}

static int append(struct gl_closure *closure, struct gl_library *library, size_t limit, struct gl_err *err)
{
	struct gl_library **slot = gl_mem_grow(&closure->libraries, &closure->room, closure->count,
					       sizeof(struct gl_library *), limit);

	if (slot) {
		library->index = closure->count++;
		*slot = library;
		return 0;
	}
	gl_library_free(library);
	if (errno != E2BIG)
		return gl_err_sys(err, ENOMEM, "cannot note a library");
	closure->incomplete = true;
	return 1;
}

int gl_libraries_add(struct gl_closure *closure, struct gl_library *library, struct gl_err *err)
{
	return append(closure, library, GL_CLOSURE_MAX_LIBRARIES, err);
}

int gl_libraries_add_interpreter(struct gl_search *search, size_t needed_by, struct gl_library **ret,
				 struct gl_err *err)
{
	struct gl_library *interpreter = GL_TAKE_PTR(search->interpreter);
	int r;

	interpreter->needed_by = needed_by;
	/* There is always room for this one: names refer to it. */
	r = append(search->closure, interpreter, GL_CLOSURE_MAX_LIBRARIES + 1, err);
	if (!r)
		*ret = interpreter;
	return r;
}

struct gl_library *gl_library_real(struct gl_library *library)
{
	return library->same ? library->same : library;
}

size_t gl_names_hash(const char *text)
{
	uint64_t value = gl_hash_bytes(GL_HASH_START, text, strlen(text));

	return (size_t)(value ^ value >> 32);
}

/* The slot of that name, or the free one where it would go; room must not be full. */
static struct gl_name *slot_of(struct gl_name *slots, size_t room, const char *text)
{
	size_t at = gl_names_hash(text) & (room - 1);

	while (slots[at].text && strcmp(slots[at].text, text))
		at = (at + 1) & (room - 1);
	return &slots[at];
}

static int grow(struct gl_names *names, struct gl_err *err)
{
	size_t room = names->room ? names->room * 2 : FIRST_SLOTS;
	struct gl_name *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return gl_err_sys(err, ENOMEM, "cannot note a library's name");
	for (size_t i = 0; i < names->room; i++) {
		if (names->slots[i].text)
			*slot_of(slots, room, names->slots[i].text) = names->slots[i];
	}
	free(names->slots);
	names->slots = slots;
	names->room = room;
	return 0;
}

void gl_names_done(struct gl_names *names)
{
	gl_mem_free_p(&names->slots);
	names->count = names->room = 0;
}

int gl_names_put(struct gl_names *names, const char *text, struct gl_library *library, struct gl_err *err)
{
	struct gl_name *slot;
	int r;

	if (names->count * 2 >= names->room) {
		r = grow(names, err);
		if (r)
			return r;
	}
	slot = slot_of(names->slots, names->room, text);
	names->count += !slot->text;
	*slot = (struct gl_name){.text = text, .library = library};
	return 0;
}

struct gl_library *gl_names_find(const struct gl_names *names, const char *text)
{
	return names->room ? slot_of(names->slots, names->room, text)->library : NULL;
}
