/*
 * The list of a closure's libraries and the names they answer to.
 */
#pragma once

#include "host/search.h"

/* A fresh element that is in no closure yet: missing, no file.  NULL: out of memory. */
struct gl_library *gl_library_new(const char *name, size_t needed_by) GL_MUST_CHECK;
void gl_library_free(struct gl_library *library);
/* Closes its file; what was read of it stays. */
void gl_library_let_go(struct gl_library *library) GL_NONNULL;
GL_DEFINE_CLEANUP(struct gl_library, gl_library_free);
#define gl_autolibrary GL_CLEANUP(gl_library_free_p)

/*
 * Puts an element at the closure's end, which owns it from then on, also on
 * failure.  Returns 0, 1: there are GL_CLOSURE_MAX_LIBRARIES (the closure is
 * incomplete then, the element gone), or -ENOMEM.
 */
int gl_libraries_add(struct gl_closure *closure, struct gl_library *library,
		     struct gl_err *err) GL_MUST_CHECK;

/* Makes the search's interpreter an element, needed by that one.  Returns 0 with the element, or -errno. */
int gl_libraries_add_interpreter(struct gl_search *search, size_t needed_by, struct gl_library **ret,
				 struct gl_err *err) GL_MUST_CHECK;

/* The element itself, or the one it turned out to be. */
struct gl_library *gl_library_real(struct gl_library *library) GL_NONNULL;

/*
 * Names to elements.  Each name stands for the element it was given last.
 */
struct gl_names {
	struct gl_name {
		const char *text; /* not owned; NULL: free */
		struct gl_library *library;
	} * slots;
	size_t count, room; /* room is a power of two */
};

void gl_names_done(struct gl_names *names) GL_NONNULL;
/* text must live as long as the table.  Returns 0 or -ENOMEM. */
int gl_names_put(struct gl_names *names, const char *text, struct gl_library *library,
		 struct gl_err *err) GL_MUST_CHECK;
size_t gl_names_hash(const char *text) GL_NONNULL;
struct gl_library *gl_names_find(const struct gl_names *names, const char *text) GL_NONNULL;
