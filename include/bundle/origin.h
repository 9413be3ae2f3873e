/*
 * Which package a file of a host came from, by what its package manager says.
 *
 * All of it is a courtesy to those who must account for what they ship: what
 * cannot be found out is unknown, and never a reason to make no bundle.
 */
#pragma once

#include "bundle/source.h"

#define GL_ORIGIN_AT_ONCE 256 /* files in one question */

/* One file and what is known of it: NULL where nothing is. */
struct gl_origin {
	const char *path;	     /* absolute, inside the source's host; not owned, like the next */
	struct gl_bundle_file *file; /* gets package, package_version and licence */
	char *spellings[2];	     /* how a package database may call it; set by gl_origins_find() */
};

/* Fills the files' three fields.  Returns 0 or -ENOMEM. */
int gl_origins_find(const struct gl_source *source, struct gl_origin *origins, size_t count,
		    struct gl_err *err) GL_MUST_CHECK;

/* By one package manager, for origin.c: dpkg's and rpm's.  Returns 0 or -ENOMEM. */
int gl_origins_ask_dpkg(const struct gl_source *source, const char *admin_dir, struct gl_origin *origins,
			size_t count, struct gl_err *err) GL_MUST_CHECK;
int gl_origins_ask_rpm(const struct gl_source *source, const char *db_dir, struct gl_origin *origins,
		       size_t count, struct gl_err *err) GL_MUST_CHECK;

/* A field, if it is fit for a manifest (gl_bundle_role_takes() has the rule for paths; texts have the length). */
int gl_origin_set(char **field, const char *text, size_t len, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * The licences that a Debian package's copyright file names, "LGPL-2.1+ and
 * GPL-2+", if it is machine-readable (the format of
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/); fresh;
 * NULL: none, with errno 0, or ENOMEM.
 */
char *gl_licence_of_copyright(const char *text) GL_MUST_CHECK GL_NONNULL;
