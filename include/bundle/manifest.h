/*
 * manifest.json of a bundle ("golaunch.bundle/1"): what is in it, to the byte.
 *
 * The manifest is as hostile as any file: its size, depth and number of entries
 * are bounded, and a path is one of a closed set of forms, so that nothing in
 * it can lead out of the bundle.  Depends on: base, arch, elf, host.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bundle/sha256.h"
#include "host/libc.h"

#define GL_MANIFEST_NAME   "manifest.json"
#define GL_MANIFEST_SCHEMA "golaunch.bundle/1"

/* What a manifest may cost: beyond any of these it is none that golaunch would write. */
#define GL_MANIFEST_MAX_BYTES	 ((size_t)4 << 20)
#define GL_MANIFEST_MAX_DEPTH	 16		   /* of nesting; golaunch's have 4 */
#define GL_MANIFEST_MAX_VALUES	 ((size_t)1 << 17) /* keys and values: jansson takes up to 256 bytes for each */
#define GL_MANIFEST_MAX_FILES	 4096
#define GL_MANIFEST_MAX_PROVIDES 1024		     /* versions of one library */
#define GL_MANIFEST_MAX_TEXT	 255		     /* bytes of a path, and of any other text */
#define GL_MANIFEST_MAX_CPU	 9		     /* level */
#define GL_MANIFEST_MAX_TOTAL	 ((uint64_t)4 << 30) /* bytes of all files: a launch may have to hash them */

/* The folders of a bundle. */
#define GL_BUNDLE_SUFFIX  ".bundle"
#define GL_BUNDLE_LIB	  "lib"
#define GL_BUNDLE_PROGRAM "program"
#define GL_BUNDLE_GCONV	  "lib/gconv"
#define GL_BUNDLE_LIBC	  "lib/libc.so.6" /* glibc's */

/* What a file is; its place follows from it: NAME, program/NAME, lib/NAME (both), lib/gconv/NAME. */
enum gl_bundle_role {
	GL_ROLE_STUB,
	GL_ROLE_PROGRAM,
	GL_ROLE_LOADER, /* exactly one */
	GL_ROLE_LIBRARY,
	GL_ROLE_GCONV,
	GL_ROLE_MAX
};

/* All strings owned; NULL where unknown. */
struct gl_bundle_file {
	char *path; /* relative to the bundle */
	enum gl_bundle_role role;
	uint64_t size;
	int64_t mtime; /* seconds; the file's own is set to it, so that a change shows without reading it */
	unsigned char sha256[GL_SHA256_BYTES];
	char *soname;
	char *build_id;	 /* NT_GNU_BUILD_ID, hexadecimal */
	char **provides; /* versions it defines */
	size_t provide_count;
	char *package, *package_version, *licence; /* where dpkg or rpm knows its origin */
};

struct gl_manifest {
	char *golaunch;		    /* version of golaunch that made it */
	enum gl_libc_kind libc;	    /* GLIBC or MUSL */
	char libc_version[32];	    /* "2.36" */
	const struct gl_arch *arch; /* of its libraries */
	unsigned kernel[3];	    /* the oldest that its files run on */
	unsigned cpu_level;	    /* x86-64 level its files need; 0: none said */
	bool gconv;
	struct gl_bundle_file *files; /* sorted by path */
	size_t count, room;
};
#define GL_MANIFEST_INIT ((struct gl_manifest){.files = NULL})

void gl_manifest_done(struct gl_manifest *m) GL_NONNULL;

/*
 * Parses text.  Fields that it does not know are passed over: the schema grows.
 * Returns 0; -EBADMSG with the place in err ("files[3].path: ..."):
 * not a manifest that golaunch would write (also: over a limit, a path of another
 * form, two files of one path, not one loader, glibc without libc.so.6, a program
 * without its stub, an unknown machine or libc); -ENOMEM.
 */
int gl_manifest_parse(const char *text, size_t len, struct gl_manifest *ret,
		      struct gl_err *err) GL_MUST_CHECK;

/* The document, sorted, the same bytes for the same manifest (free() it); NULL: out of memory. */
char *gl_manifest_text(const struct gl_manifest *m) GL_MUST_CHECK GL_NONNULL;
json_t *gl_manifest_json(const struct gl_manifest *m) GL_MUST_CHECK GL_NONNULL;

/*
 * A new file at the end, zeroed but for path (copied) and role; NULL with errno
 * ENOMEM, E2BIG (GL_MANIFEST_MAX_FILES) or EINVAL (gl_bundle_role_takes() says no).
 */
struct gl_bundle_file *gl_manifest_add(struct gl_manifest *m, const char *path,
				       enum gl_bundle_role role) GL_MUST_CHECK GL_NONNULL;
/* Puts the files into the order of their paths (strcmp). */
void gl_manifest_sort(struct gl_manifest *m) GL_NONNULL;
/* The file of that path, or NULL.  The manifest must be sorted, as parsing leaves it. */
const struct gl_bundle_file *gl_manifest_find(const struct gl_manifest *m, const char *path) GL_NONNULL;
/* The one loader's path ("lib/ld-linux-x86-64.so.2"). */
const char *gl_manifest_loader(const struct gl_manifest *m) GL_NONNULL;

/* "stub", "program", "loader", "library", "gconv". */
const char *gl_bundle_role_name(enum gl_bundle_role role);
/* The folder its files are in: "", "program", "lib" or "lib/gconv". */
const char *gl_bundle_role_folder(enum gl_bundle_role role);
/*
 * May a file of that role have that path?  It is the role's folder and one name:
 * valid UTF-8 (a manifest is JSON) without control characters, neither "." nor
 * "..", no name that the bundle's own files have, the whole at most
 * GL_MANIFEST_MAX_TEXT bytes.
 */
bool gl_bundle_role_takes(enum gl_bundle_role role, const char *path) GL_NONNULL;
/* 0755 or 0644. */
unsigned gl_bundle_role_mode(enum gl_bundle_role role);
