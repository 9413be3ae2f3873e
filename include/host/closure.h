/*
 * The libraries of a program: how the host's loader would resolve them, all of
 * them, breadth first as the loader does, with every path that was tried.
 * Rules: glibc elf/dl-load.c, musl ldso/dynlink.c.
 */
#pragma once

#include "elf/image.h"
#include "elf/versions.h"
#include "host/host.h"
#include "host/libc.h"

/*
 * What the closure of one program may cost.  The limits of elf/image.h are those
 * of one file; thousands of hostile libraries, each within them, would add up to
 * gigabytes.  Beyond any of these the closure is incomplete, unless said.
 */
#define GL_CLOSURE_MAX_LIBRARIES	2048
#define GL_CLOSURE_MAX_NEEDED		65536 /* DT_NEEDED that are looked at */
#define GL_CLOSURE_MAX_MISSING_VERSIONS 512

/* Of all libraries, as struct gl_image_budget counts them.  (gdb's 59 take 1 MiB and 112 KiB.) */
#define GL_CLOSURE_MAX_READS ((size_t)256 << 20)
#define GL_CLOSURE_MAX_KEPT  ((size_t)16 << 20)

/* Directories and files looked at; long paths count more. */
#define GL_CLOSURE_MAX_STEPS 65536
/* CPU time of the search: a path through a long chain of links, which counts as one step, takes milliseconds. */
#define GL_CLOSURE_MAX_CPU_MS 500

/* Paths kept per missing library, for all of them, and their bytes; those beyond are only counted. */
#define GL_CLOSURE_MAX_TRIED	       64
#define GL_CLOSURE_MAX_ALL_TRIED       4096
#define GL_CLOSURE_MAX_ALL_TRIED_BYTES ((size_t)1 << 20)

/* How a library was found. */
enum gl_via {
	GL_VIA_NONE,
	GL_VIA_PROGRAM, /* the program itself, element 0 */
	GL_VIA_PATH,	/* the name has a slash */
	GL_VIA_RPATH,
	GL_VIA_ENV, /* LD_LIBRARY_PATH */
	GL_VIA_RUNPATH,
	GL_VIA_CACHE,	/* /etc/ld.so.cache */
	GL_VIA_DEFAULT, /* the loader's own directories */
	GL_VIA_LOADED,	/* the interpreter itself, or by DT_SONAME of one that is loaded */
	GL_VIA_BUILTIN, /* a name that musl answers with itself */
	GL_VIA_PRELOAD, /* LD_PRELOAD or /etc/ld.so.preload; missing ones are only warnings for the loader */
	GL_VIA_MAX
};

enum gl_library_status {
	GL_LIBRARY_FOUND,
	GL_LIBRARY_MISSING,
	GL_LIBRARY_WRONG_MACHINE, /* only files for another machine, class or kernel were found: glibc's loader says "not found" */
	GL_LIBRARY_CORRUPT, /* the file found first is no library; the loader stops there */
	GL_LIBRARY_UNREADABLE, /* cannot be checked: we may not read it, have no descriptor left, or a limit was reached */
	GL_LIBRARY_STATUS_MAX
};

struct gl_library {
	size_t index; /* its place in the closure */
	char *name;   /* as DT_NEEDED says */
	char *path; /* absolute, inside the root; NULL if not found.  Wrong machine, corrupt: the file in question */
	enum gl_via via;
	enum gl_library_status status;
	size_t needed_by; /* index of the first that needs it */
	char **tried;	  /* paths, only where it was not found */
	size_t tried_count, tried_total;
	char *defect; /* a sentence, where corrupt or of a wrong machine; escaped */
	struct gl_image *
		image; /* detached from its file (the program's is the caller's); NULL where not found, or same */
	int fd;	       /* the interpreter's only, while its closure is resolved; else -1 */
	dev_t dev;
	ino_t ino;
	struct gl_library *same; /* the element this one turned out to be (same file or soname), or NULL */
};

/* A version that no provider has. */
struct gl_missing_version {
	size_t needed_by; /* index of the library (or program, 0) that needs it */
	size_t provider;  /* index of the library that should provide it */
	char *version;
	uint16_t index; /* of the version in the object that needs it, as its .gnu.version has it */
	bool weak;	/* the loader only warns */
	char **symbols; /* the symbols that force it, at most GL_MISSING_SYMBOLS of them */
	size_t symbol_count, symbol_total;
	char have[32]; /* the highest version of the same family the provider has ("2.31"), "" if none */
};
#define GL_MISSING_SYMBOLS 16

struct gl_closure {
	struct gl_libc libc;
	struct gl_library **libraries; /* [0] is the program */
	size_t count, room;
	struct gl_missing_version *missing_versions; /* glibc only: musl does not look at versions */
	size_t missing_version_count, missing_version_room;
	bool incomplete; /* a limit was reached or a file unreadable: absence of findings proves nothing */
};

#define GL_CLOSURE_INIT ((struct gl_closure){.libraries = NULL})

/*
 * What becomes of a library that cannot be had: one that was to be preloaded
 * (via GL_VIA_PRELOAD) is left out by both loaders, which only warn; any other ends
 * the program.
 *
 * Resolves program (its image and the path it is started by, absolute inside
 * the root, for $ORIGIN) by the rules of its interpreter, which must exist; under
 * host->loader_dir that is the bundle's, and libc.interpreter names it.
 * The image is not taken and must outlive the closure.  Returns 0 (what is
 * missing is in *ret; where the interpreter is none whose rules are known,
 * or the program is partial, gl_image_is_partial(), *ret holds the program alone
 * and says incomplete) or -errno.  A program without interpreter has no libraries.
 *
 * Not modelled: DT_AUXILIARY and DT_FILTER, LD_AUDIT, GLIBC_TUNABLES, and what
 * dlopen() may load later.
 */
int gl_closure_resolve(struct gl_host *host, struct gl_image *program, const char *program_path,
		       struct gl_closure *ret, struct gl_err *err) GL_MUST_CHECK;
void gl_closure_done(struct gl_closure *closure) GL_NONNULL;

const char *gl_via_name(enum gl_via via);
const char *gl_library_status_name(enum gl_library_status status);
