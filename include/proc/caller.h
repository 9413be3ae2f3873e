/*
 * Who made a system call: the line of source, or the place in C code, that is to
 * blame for it.
 *
 * In a Go program the call itself is made by a function of the standard library,
 * so the goroutine's stack is unwound (gobin/unwind.h) to the innermost frame outside
 * of what merely carries a call: the runtime, syscall, os and the like, and
 * golang.org/x/sys.  Other code has no table for that: its caller is where the call
 * returns to, if that lies on top of the stack, as it does in libc's wrappers.
 *
 * Programs and libraries are opened when they are first met, also those of
 * children, at most GL_CALLER_PROGRAMS at a time; this allocates memory and reads
 * files, and where it fails a caller is unknown.  What runs is compared with what
 * the file has before the file is believed.  Depends on: elf, gobin, proc/waiter.h.
 */
#pragma once

#include "proc/waiter.h"

#define GL_CALLER_PROGRAMS 4

struct gl_caller_program {
	dev_t dev;
	ino_t ino;
	int fd; /* -1: this place is free */
	struct gl_image *image;
	struct gl_pclntab *table; /* NULL: no Go program */
};

struct gl_callers {
	struct gl_caller_program programs[GL_CALLER_PROGRAMS];
	size_t next; /* the one to be replaced */
};

void gl_callers_init(struct gl_callers *callers) GL_NONNULL;
void gl_callers_done(struct gl_callers *callers) GL_NONNULL;

/* The caller, by the waiter's stack, and the trail that leads to it. */
void gl_callers_find(struct gl_callers *callers, struct gl_waiter *waiter, struct gl_caller *ret_caller,
		     struct gl_trail *ret_trail) GL_NONNULL;

/* Pure: does this function, as the linker writes its name, merely carry a call that others ask for? */
bool gl_caller_is_carrier(const char *function, const char *file) GL_NONNULL;
