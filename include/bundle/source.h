/*
 * Where a bundle's parts come from: a host whose loader and libraries are taken,
 * and this one, where the programs are.
 *
 * Nothing of the builder's own surroundings may get into a bundle: the host has
 * an empty environment (no LD_LIBRARY_PATH, no LD_PRELOAD), and of its libraries
 * those that any CPU of the machine runs.
 */
#pragma once

#include "bundle/create.h"
#include "diag/examine.h"
#include "host/host.h"

struct gl_source {
	struct gl_host host; /* loader and libraries */
	struct gl_host here; /* this machine, for programs that are not below the host's root */
	char *root;	     /* the host's root as this machine names it, real, without a slash at its end */
	char *loader_dir;    /* --libc's directory, real; NULL: none */
};

/* Returns 0, to be ended by done(), or -errno. */
int gl_source_open(const struct gl_bundle_request *request, struct gl_source *ret,
		   struct gl_err *err) GL_MUST_CHECK;
void gl_source_done(struct gl_source *source) GL_NONNULL;

/*
 * Examines a program for that host: one below its root at its place inside, any
 * other as if it were put there ("check --sysroot" does the same).  done() *ret in
 * any case.  Returns 0 or -ENOMEM.
 */
int gl_source_examine(struct gl_source *source, const char *program, struct gl_examination *ret,
		      struct gl_err *err) GL_MUST_CHECK;

/* A path of the host as this machine names it, fresh; NULL: out of memory. */
char *gl_source_outside(const struct gl_source *source, const char *path) GL_MUST_CHECK GL_NONNULL;
