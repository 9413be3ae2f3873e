/*
 * Is it a Go program, and what does it say of itself.
 *
 * Evidence, in the order in which it is looked for: the build information
 * block (".go.buildinfo", both its forms, by section name), the Go build id
 * note, the pclntab (by section name); then, where names do not settle it, the
 * same magics in the segments' bytes.  Some real programs carry only the
 * pclntab.  Depends on: base, arch, elf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "elf/image.h"

/* Limits: bytes of segments scanned for the build information, and for the pclntab; of its texts; settings kept. */
#define GL_GOBIN_MAX_SCAN	  ((uint64_t)1 << 20)
#define GL_GOBIN_MAX_PCLNTAB_SCAN ((uint64_t)512 << 10)
#define GL_GOBIN_MAX_VERSION	  ((size_t)256)
#define GL_GOBIN_MAX_MODINFO	  ((size_t)1 << 20)
#define GL_GOBIN_MAX_SETTINGS	  128

enum gl_gobin_kind {
	GL_GOBIN_NO,	  /* looked everywhere: not built by the gc toolchain */
	GL_GOBIN_YES,	  /* build information was found */
	GL_GOBIN_BARE,	  /* Go by pclntab or note, without build information */
	GL_GOBIN_UNKNOWN, /* the limits were reached before an answer, or the program is packed */
	GL_GOBIN_KIND_MAX
};

/*
 * Is C code linked in?  "No" for CGO_ENABLED=0; else the file must show it:
 *  - an external linker made it (sections of C start-up code, or glibc's ABI
 *    tag): cmd/link then always links runtime/cgo: yes;
 *  - it imports pthread_create or has cgo's own symbols: yes (runtime/cgo makes
 *    every thread by it, also where Go's own linker did the work);
 *  - Go's own linker made it and it imports nothing: no.
 */
enum gl_gobin_cgo {
	GL_CGO_UNKNOWN, /* CGO_ENABLED=1 alone is not yes */
	GL_CGO_NO,
	GL_CGO_YES,
	GL_CGO_MAX
};

struct gl_gobin_setting {
	char *key, *value; /* "CGO_ENABLED", "1"; Go's quoting undone */
};

struct gl_gobin {
	enum gl_gobin_kind kind;
	enum gl_gobin_cgo cgo;
	bool packed;	      /* UPX: what the program is shows only in memory */
	bool obfuscated;      /* garble: a pclntab with a magic of its own, or the version "unknown" */
	char *version;	      /* "go1.22.5", or NULL */
	char *path;	      /* path of package main, or NULL */
	char *module;	      /* path of the main module, or NULL */
	char *module_version; /* "v1.8.2", "(devel)", or NULL */
	struct gl_gobin_setting *settings;
	size_t setting_count;
};

#define GL_GOBIN_INIT ((struct gl_gobin){.kind = GL_GOBIN_NO})

/* Returns 0 (the answer is in ret->kind) or -errno: the file could not be read, or out of memory. */
int gl_gobin_read(struct gl_image *image, struct gl_gobin *ret, struct gl_err *err) GL_MUST_CHECK;
void gl_gobin_done(struct gl_gobin *gobin) GL_NONNULL;

/* The value of a build setting, or NULL. */
const char *gl_gobin_setting(const struct gl_gobin *gobin, const char *key) GL_NONNULL;

/* Major and minor of version ("go1.22.5" -> 1, 22).  Returns 0, or 1: none or not of that form. */
int gl_gobin_version(const struct gl_gobin *gobin, unsigned *ret_major, unsigned *ret_minor) GL_MUST_CHECK;

/* The oldest kernel that version of Go runs on (go.dev/wiki/MinimumRequirements), as "3.2"; NULL if unknown. */
const char *gl_gobin_kernel_floor(const struct gl_gobin *gobin, const struct gl_image *image) GL_NONNULL;

/* The x86-64 level of GOAMD64 (1 to 4); 1 where nothing is said. */
unsigned gl_gobin_cpu_level(const struct gl_gobin *gobin) GL_NONNULL;
