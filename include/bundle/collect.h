/*
 * The parts of a bundle before anything is copied: which file of which host will
 * lie where.
 *
 * One name stands for one file: two programs that need different files under one
 * name cannot share a bundle.  One file may have several names.
 */
#pragma once

#include "bundle/manifest.h"
#include "bundle/source.h"

struct gl_part {
	char *place; /* relative to the bundle: "lib/libc.so.6" */
	enum gl_bundle_role role;
	const struct gl_host *host; /* where the file is; NULL for a stub, which golaunch has itself */
	char *path;		    /* there */
	dev_t dev;
	ino_t ino;
	bool append; /* a text that is added to the part of that place, not a file of its own */
	size_t same; /* index of the first part that is a copy of the same file: its own, or an earlier one */
	const char *wanted_by; /* the program, as it was named; not owned; NULL: libc itself */
};

struct gl_collection {
	struct gl_libc libc; /* kind GL_LIBC_NONE while empty */
	char *loader;	     /* its name, as the programs call it */
	struct gl_part *parts;
	size_t count, room;
};
#define GL_COLLECTION_INIT ((struct gl_collection){.parts = NULL})

void gl_collection_done(struct gl_collection *c) GL_NONNULL;

/* What a part is taken from, where not from a stub. */
struct gl_part_origin {
	const struct gl_host *host;
	const char *path;
	dev_t dev;
	ino_t ino;
};

/*
 * Adds a part (origin NULL: a stub).  Returns 0, also where it is there already;
 * 1: the place is taken by another file; -E2BIG (GL_MANIFEST_MAX_FILES) or -ENOMEM.
 */
int gl_collection_add(struct gl_collection *c, const char *place, enum gl_bundle_role role,
		      const struct gl_part_origin *origin, const char *wanted_by,
		      struct gl_err *err) GL_MUST_CHECK;
/* The part at that place, or NULL. */
const struct gl_part *gl_collection_find(const struct gl_collection *c, const char *place) GL_NONNULL;

/*
 * Adds a program, its stub, its loader and its libraries, and what its libc loads
 * by name.  Where it cannot be bundled, findings say why; the collection is of no
 * use then.  program must outlive the collection.  Returns 0 or -errno.
 */
int gl_collect_program(struct gl_source *source, const char *program, struct gl_collection *c,
		       struct gl_findings *findings, struct gl_err *err) GL_MUST_CHECK;

/* The same without a program: the host's libc, of that kind. */
int gl_collect_libc(struct gl_source *source, enum gl_libc_kind kind, struct gl_collection *c,
		    struct gl_findings *findings, struct gl_err *err) GL_MUST_CHECK;

/* Adds a text behind the part that is at that place (place, role as there).  Returns 0 or -errno. */
int gl_collection_append(struct gl_collection *c, const char *place, enum gl_bundle_role role,
			 const struct gl_part_origin *origin, struct gl_err *err) GL_MUST_CHECK;

/*
 * Adds iconv's modules and the list of them, gconv-modules, with those of
 * gconv-modules.d behind it: they are of one form.  Not the cache of the lists,
 * which glibc reads for its own directory only.  (iconv/gconv_conf.c,
 * gconv_cache.c.)  The libc must be in the collection.
 * Returns 0; -ENOENT: the host has none; another -errno.
 */
int gl_collect_gconv(struct gl_source *source, struct gl_collection *c, struct gl_err *err) GL_MUST_CHECK;
