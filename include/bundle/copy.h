/*
 * Puts a part of a bundle into its place, and into the manifest.
 */
#pragma once

#include "bundle/collect.h"
#include "bundle/tree.h"

/* What all files of one bundle share. */
struct gl_copy {
	const struct gl_tree *tree;
	struct gl_manifest *manifest;
	int64_t mtime;	/* the latest of a file; see gl_facts_mtime() */
	uint32_t flags; /* enum gl_stub_flags, for the stubs */
};

/*
 * Copies the i-th part (the ones before it are there), links it where it is the
 * same file as an earlier one, or makes it (a stub).  Loader and libraries lose
 * their DT_RPATH and DT_RUNPATH; all else is copied as it is.  The manifest gets
 * its entry, and its kernel and CPU floor rise to what the file needs.
 * Returns 0; -ESTALE: the file is another one than when it was collected; another -errno.
 */
int gl_copy_part(const struct gl_copy *copy, const struct gl_collection *c, size_t i,
		 struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
