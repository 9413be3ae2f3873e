/*
 * Which libc stands behind an ELF interpreter, found by the interpreter's
 * content: its path proves nothing (libc6-compat and gcompat put musl or a
 * shim at glibc's path; NixOS a stub that only prints a hint).
 */
#pragma once

#include "elf/image.h"
#include "host/host.h"

enum gl_libc_kind {
	GL_LIBC_NONE, /* no interpreter at that path */
	GL_LIBC_GLIBC,
	GL_LIBC_MUSL,
	GL_LIBC_GCOMPAT, /* a shim that runs glibc programs on musl */
	GL_LIBC_STUB,	 /* NixOS's stub-ld: refuses every program */
	GL_LIBC_NIX_LD,	 /* nix-ld: hands over to a loader named in the environment */
	GL_LIBC_OTHER,	 /* an ELF file, none of the above */
	GL_LIBC_KIND_MAX
};

struct gl_libc {
	enum gl_libc_kind kind;
	char interpreter[4096]; /* the path asked for */
	char version[32];	/* "2.36", "1.2.5", "" if unknown */
};

/*
 * The path of the loader that a program gets which names that PT_INTERP: the same,
 * or the file of its name in the host's loader_dir.  Fresh; NULL: out of memory.
 */
char *gl_libc_interpreter(const struct gl_host *host, const char *named) GL_MUST_CHECK GL_NONNULL;

/*
 * Looks at the interpreter at path (absolute, inside the root).  Returns 0;
 * kind is GL_LIBC_NONE where it is missing, GL_LIBC_OTHER where it is
 * something else (also no ELF file).  -errno: out of memory.
 */
int gl_libc_identify(const struct gl_host *host, const char *path, struct gl_libc *ret,
		     struct gl_err *err) GL_MUST_CHECK;

/* The same without glibc's version (""), which takes most of the time: it is libc.so.6's, which has to be found. */
int gl_libc_identify_kind(const struct gl_host *host, const char *path, struct gl_libc *ret,
			  struct gl_err *err) GL_MUST_CHECK;
/* Fills in the version that gl_libc_identify_kind() left out; asks once.  Returns 0 or -ENOMEM. */
int gl_libc_ask_version(const struct gl_host *host, struct gl_libc *libc, struct gl_err *err) GL_MUST_CHECK;

/* The host's own libc: that of the first known interpreter of its machine that is there (glibc's, then musl's). */
int gl_libc_of_host(const struct gl_host *host, struct gl_libc *ret, struct gl_err *err) GL_MUST_CHECK;

/* "glibc", "musl", "none" ... as in golaunch.check/1. */
const char *gl_libc_kind_name(enum gl_libc_kind kind);
