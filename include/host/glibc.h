/*
 * One glibc loader of a host, with what it knows: the directories and files
 * compiled into it, its library cache, its version.  Everything is looked up on
 * first use and kept: a program whose libraries all stand in the cache costs
 * one read of the cache and nothing else of this.
 */
#pragma once

#include "elf/image.h"
#include "host/host.h"
#include "host/ld_cache.h"

#define GL_GLIBC_MAX_DIRS  16
#define GL_LD_PRELOAD_PATH "/etc/ld.so.preload"

/* Files that a loader reads. */
enum gl_glibc_file {
	GL_GLIBC_CACHE,	  /* "/etc/ld.so.cache"; NixOS and Guix have it elsewhere */
	GL_GLIBC_PRELOAD, /* "/etc/ld.so.preload" */
	GL_GLIBC_FILE_MAX
};

/* What was compiled into a loader.  Directories end in a slash. */
struct gl_glibc_paths {
	char *dirs[GL_GLIBC_MAX_DIRS]; /* searched last: "/lib/x86_64-linux-gnu/", "/usr/lib/" ... */
	size_t dir_count;
	char *files[GL_GLIBC_FILE_MAX];
	char *lib; /* $LIB: "lib/x86_64-linux-gnu", "lib64" */
};

struct gl_glibc {
	const struct gl_host *host; /* not owned, like the next three */
	const struct gl_arch *arch; /* the program's */
	const char *interpreter;
	const struct gl_image *image; /* of the interpreter */
	bool paths_known, cache_known, minor_known;
	struct gl_glibc_paths paths;
	struct gl_ld_cache cache;
	unsigned minor;
};

void gl_glibc_init(struct gl_glibc *glibc, const struct gl_host *host, const struct gl_arch *arch,
		   const char *interpreter, const struct gl_image *image) GL_NONNULL;
void gl_glibc_done(struct gl_glibc *glibc) GL_NONNULL;

/*
 * The compiled-in paths, read out of the interpreter's constants: no list of
 * distributions can know them all.  Where nothing is found: the directories
 * of the distributions (Debian's if its triplet's directory is there).
 * Returns 0 or -ENOMEM.
 */
int gl_glibc_paths(struct gl_glibc *glibc, const struct gl_glibc_paths **ret,
		   struct gl_err *err) GL_MUST_CHECK;
void gl_glibc_paths_done(struct gl_glibc_paths *paths) GL_NONNULL;

/*
 * The path of a file that it reads, as above, but an interpreter at glibc's own
 * path is taken to have the usual names, without reading it.
 */
int gl_glibc_file(struct gl_glibc *glibc, enum gl_glibc_file which, const char **ret,
		  struct gl_err *err) GL_MUST_CHECK;

/* The library cache, empty where there is none.  Returns 0 or -ENOMEM. */
int gl_glibc_cache(struct gl_glibc *glibc, const struct gl_ld_cache **ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * The minor version ("36" of 2.36) of the libc.so.6 that this loader would take,
 * 0 if unknown: by the name it links to (libc-2.31.so, until 2.33), else by its
 * highest GLIBC_2.x, or by its banner (host/glibc_banner.h) where that is not enough.
 */
int gl_glibc_minor(struct gl_glibc *glibc, unsigned *ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * The same of a libc.so.6 that has been looked at already and may be closed, so
 * without its banner: the release may be the next.  path is where it was found.
 */
int gl_glibc_minor_of(const struct gl_host *host, const char *path, struct gl_image *libc, unsigned *ret,
		      struct gl_err *err) GL_MUST_CHECK;
