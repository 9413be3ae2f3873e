/*
 * The programs and libraries that callers are in (launcher/proc/caller*.c).
 */
#pragma once

#include "proc/caller.h"
#include "proc/mapping.h"

/* A place in a process, seen as one in a file. */
struct gl_caller_place {
	const struct gl_caller_program *program; /* NULL: the file cannot be had, or is not what is mapped */
	char path[GL_MAPPING_PATH];
	bool executable;
	uint64_t offset; /* in the file */
	uint64_t bias;	 /* what was added to the file's addresses; with a program */
};

/*
 * Finds what is mapped there.  Returns false where nothing of a file is, or it
 * cannot be read.  The program stays valid until two others were opened.
 */
bool gl_caller_place_find(struct gl_callers *callers, const struct gl_waiter *waiter, uint64_t address,
			  struct gl_caller_place *ret) GL_MUST_CHECK GL_NONNULL;
