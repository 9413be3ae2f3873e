/*
 * What glibc loads by name while a program runs: no DT_NEEDED tells of it.
 */
#pragma once

#include "host/closure.h"

struct gl_by_name {
	const char *name;
	bool of_libc; /* part of glibc: only one of the very same build will do */
};

/* Ends with one without a name. */
extern const struct gl_by_name gl_by_name[];

/*
 * gl_closure_resolve(), with all of the table in it that the host has: looked
 * for as if they were to be preloaded, in the places where dlopen() of a program
 * of this DT_RPATH would look, and left out where they are not, without harm.
 */
int gl_by_name_resolve(struct gl_host *host, struct gl_image *program, const char *program_path,
		       struct gl_closure *ret, struct gl_err *err) GL_MUST_CHECK;
