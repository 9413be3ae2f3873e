/*
 * A bundle on disk: NAME.bundle/{NAME, program/NAME, lib/, manifest.json}.
 *
 * Its libraries run with the program's rights, so who could have written them
 * matters before what is in them.  A bundle is trusted if it, its folders and
 * its files belong to root, to the user golaunch runs as, or to the program's
 * owner, and nobody else may write to them: nobody at all by "other", and by
 * "group" only where golaunch is not root and the program will not be.  The
 * directories on the way to it must belong to one of these too, or to who owns
 * the root directory, and may be writable by others only if they are sticky:
 * what was looked at could be exchanged before it is used.  A link to it must be
 * of one of their owners.
 * Everything below the bundle is opened without following links.
 * Depends on: base, arch, elf, host.
 */
#pragma once

#include <sys/stat.h>

#include "bundle/manifest.h"
#include "elf/image.h"
#include "host/host.h"

enum gl_bundle_state {
	GL_BUNDLE_GOOD,
	GL_BUNDLE_ABSENT,    /* no directory of that name */
	GL_BUNDLE_UNTRUSTED, /* others could have written it, or it is kept from us (GL7004) */
	GL_BUNDLE_CORRUPT,   /* not what its manifest says, or none (GL7003) */
	GL_BUNDLE_STATE_MAX
};

enum gl_bundle_depth {
	GL_BUNDLE_QUICK, /* sizes and mtimes; a file whose mtime differs is hashed */
	GL_BUNDLE_FULL	 /* every file is hashed */
};

/* Who besides root and ourselves may own a bundle. */
struct gl_bundle_trust {
	bool check;  /* false: anybody ("bundle verify", "bundle show") */
	uid_t owner; /* the program's owner */
};

struct gl_bundle {
	char *dir; /* its real path, absolute, inside the host's root */
	int fd;	   /* O_PATH or O_RDONLY on the directory; -1: none */
	struct gl_manifest manifest;
	/* what is wrong, if anything: the file (relative; "" for the directory itself) and a sentence; escaped */
	char file[256];
	char problem[512];
};
#define GL_BUNDLE_INIT ((struct gl_bundle){.fd = -1})

/*
 * May a file of this stat be used by these rules?  Where not, why (size bytes)
 * says so: "may be written by everybody".
 */
bool gl_bundle_trusts(const struct gl_host *host, const struct gl_bundle_trust *trust, const struct stat *st,
		      char *why, size_t size) GL_NONNULL;

/*
 * Opens the bundle at dir (inside the host's root; relative: from the current
 * directory) and checks it to that depth: trust, manifest, every file there,
 * regular, of the right size and content, and nothing in lib/ that the manifest
 * does not name.  Which versions its libraries provide is not looked at.
 * dir may be a link; from its real path on, no link is followed.
 * Returns a state (>= 0; *ret is filled as far as it was read, done() it in any
 * case) or -errno with err: golaunch could not look (out of memory, no descriptor).
 */
int gl_bundle_open(const struct gl_host *host, const char *dir, const struct gl_bundle_trust *trust,
		   enum gl_bundle_depth depth, struct gl_bundle *ret, struct gl_err *err) GL_MUST_CHECK;
void gl_bundle_done(struct gl_bundle *bundle) GL_NONNULL;

/*
 * Opens one of its files for reading, as the manifest has it: openat(2) with
 * O_NOFOLLOW for every component, never blocking.  Returns the descriptor (the
 * caller's), -EINVAL: not a regular file, or another -errno.
 */
int gl_bundle_open_file(const struct gl_bundle *bundle, const struct gl_bundle_file *file) GL_MUST_CHECK;

/* The same, and its ELF headers; free the image, then close the descriptor.  Returns 0 or -errno. */
int gl_bundle_open_image(const struct gl_bundle *bundle, const struct gl_bundle_file *file, int *ret_fd,
			 struct gl_image **ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * The program of that name in the bundle if it is the very file fd is of: the
 * same inode, or the same size and the same build ids (GNU's and Go's), or the
 * same bytes where it has none.  A bundle made of an older build must not run in its place.
 * Returns 1 with *ret, 0: no such program, or another build of it; -errno.
 */
int gl_bundle_find_program(const struct gl_bundle *bundle, const char *name, int fd,
			   const struct gl_bundle_file **ret, struct gl_err *err) GL_MUST_CHECK;

/* Absolute path of a bundle's file, fresh; NULL: out of memory. */
char *gl_bundle_path(const struct gl_bundle *bundle, const char *relative) GL_MUST_CHECK;
