/*
 * Which elements of a closure some of its objects need, and theirs in turn.
 *
 * A closure holds all that the loader would load: also what a host preloads for
 * every program (/etc/ld.so.preload), which has no place in a bundle.
 */
#pragma once

#include "host/libraries.h"

struct gl_reach {
	const struct gl_closure *closure; /* not owned */
	struct gl_names names;
	bool *marked;  /* by index */
	size_t *queue; /* work space: as many as there are elements */
};

int gl_reach_init(struct gl_reach *reach, const struct gl_closure *closure, struct gl_err *err) GL_MUST_CHECK;
void gl_reach_done(struct gl_reach *reach) GL_NONNULL;

/* The element that answers to a name, or NULL. */
struct gl_library *gl_reach_find(const struct gl_reach *reach, const char *name) GL_NONNULL;
/* Marks the element of that index and all that it needs. */
void gl_reach_mark(struct gl_reach *reach, size_t index) GL_NONNULL;
