/*
 * Where things are: the stub itself, the program, its loader and libraries.
 *
 * In a bundle all follow from the stub's own file:
 *
 *	DIR/NAME	the stub
 *	DIR/program/NAME	the program
 *	DIR/lib/	the loader, by its name in PT_INTERP, and the libraries
 *
 * The slot (loader/slot.h) may name program and lib instead.
 */
#pragma once

#include "loader/slot.h"
#include "loader/vector.h"

struct gl_ld_place {
	char self[GL_STUB_PATH_MAX]; /* "" where it was not needed */
	char program[GL_STUB_PATH_MAX];
	char lib[GL_STUB_PATH_MAX];
	char loader[GL_STUB_PATH_MAX];
};

/*
 * Fills in all but the loader.  The stub's file is what /proc/self/exe says;
 * without /proc what AT_EXECFN says, links followed and made absolute.  Returns
 * 0, GL_LD_NO_PLACE or GL_LD_PATH_TOO_LONG.
 */
int gl_ld_place_find(const struct gl_stub_slot *slot, const struct gl_ld_vector *vector,
		     struct gl_ld_place *ret);

/* lib/interp.  0 or GL_LD_PATH_TOO_LONG. */
int gl_ld_place_loader(struct gl_ld_place *place, const char *interp);

/* The file that path names in the end: links followed, as many as the kernel would; absolute. */
int gl_ld_place_follow(const char *path, char *ret, size_t size);
