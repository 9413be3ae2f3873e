/*
 * A directory that appears whole under its name or not at all: it is filled
 * under a name of its own beside it (NAME.XXXXXX) and renamed at the end.
 *
 * A process that is killed meanwhile leaves that directory behind; nothing ever
 * takes it for a bundle.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct gl_tree {
	char *output;  /* its name to be, absolute */
	char *path;    /* where it is filled; NULL once it was published */
	int fd;	       /* on that; -1: none */
	bool replaces; /* a bundle has the name */
};
#define GL_TREE_INIT ((struct gl_tree){.fd = -1})

/*
 * Makes the directory for output, whose parent must exist.  Returns 0; -EEXIST:
 * something stands there that is no bundle; another -errno.
 */
int gl_tree_begin(const char *output, struct gl_tree *ret, struct gl_err *err) GL_MUST_CHECK;

/* A sub-directory; its parents must be there.  It may be there itself.  Returns 0 or -errno. */
int gl_tree_folder(const struct gl_tree *tree, const char *place,
		   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* A new file for reading and writing.  Returns the descriptor or -errno. */
int gl_tree_create(const struct gl_tree *tree, const char *place, struct gl_err *err) GL_MUST_CHECK;
/* One that was made, again.  Returns the descriptor or -errno. */
int gl_tree_open(const struct gl_tree *tree, const char *place, struct gl_err *err) GL_MUST_CHECK;

/* Gives a file its mode and mtime, and closes it: no writing may be outstanding.  Returns 0 or -errno. */
int gl_tree_close(const char *place, int *fd, unsigned mode, int64_t mtime, struct gl_err *err) GL_MUST_CHECK;
/* Gives the directory itself, or one in it (place), mode 0755 and mtime.  Returns 0 or -errno. */
int gl_tree_close_folder(const struct gl_tree *tree, const char *place, int64_t mtime,
			 struct gl_err *err) GL_MUST_CHECK;

/*
 * Gives it its name.  A bundle that was there is exchanged for it in one step
 * (renameat2(2), RENAME_EXCHANGE) and removed; where the file system cannot do
 * that, it is moved away first, and for a moment nothing has the name.
 * Returns 0, or -errno with all as it was before.
 */
int gl_tree_publish(struct gl_tree *tree, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Removes what was not published. */
void gl_tree_done(struct gl_tree *tree) GL_NONNULL;
