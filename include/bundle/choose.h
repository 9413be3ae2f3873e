/*
 * How a program is launched: directly, by a bundle, or not at all.
 *
 * Directly where the host will do.  Else the first bundle that will: the ones
 * named (--bundle), the program's own (PROGRAM.bundle), the installed ones
 * (../lib/golaunch beside golaunch).  A bundle that holds this very program is
 * run by its stub; any other lends its loader and libraries through a stub in
 * the cache directory, where one was named, or in a memfd.
 * Depends on: base, arch, elf, gobin, host, diag.
 */
#pragma once

#include "bundle/bundle.h"
#include "diag/examine.h"

enum gl_fallback_mode {
	GL_FALLBACK_AUTO,   /* a bundle when needed */
	GL_FALLBACK_NEVER,  /* refuse */
	GL_FALLBACK_ALWAYS, /* even where the host would do */
	GL_FALLBACK_MAX
};

struct gl_fallback {
	enum gl_fallback_mode mode;
	const char *const *bundles; /* --bundle */
	size_t bundle_count;
	const char *cache; /* --bundle-cache, or NULL */
	bool prepare;	   /* the program is about to be started: what execve needs is made */
};

/* What was decided; done() it in any case. */
struct gl_choice {
	enum gl_launch launch;
	struct gl_bundle bundle; /* the one that carries it */
	char *lib;		 /* its lib directory, absolute: what host->loader_dir points to */
	char *program;		 /* the program's path as the stub gets it, absolute, without links */
	char *path;		 /* what execve gets; NULL: the program as it was named, or fd, or not made */
	int fd;			 /* memfd to be executed, or -1 */
	/* Why no bundle carries the program though one is needed: a finding of x; NULL otherwise. */
	const struct gl_finding *refusal;
};
#define GL_CHOICE_INIT ((struct gl_choice){.bundle = {.fd = -1}, .fd = -1})

/*
 * x is the program's examination on the host as it is.  Where a bundle carries
 * the program, *x becomes its examination with that bundle's loader and
 * libraries, with a note GL7001 (method, bundle, what differs, the code that
 * made it necessary), and host->loader_dir stays set to ret->lib: the caller ends
 * its use before gl_choice_done().  Where a bundle is needed and none will do, x
 * keeps its findings, and GL7002 (--fallback always or --bundle and none there),
 * GL7003 (one is corrupt: no other is tried) or GL7004 (none suits; with the
 * missing versions) is added; ret->refusal is one of these.  The untrusted and
 * unsuitable are passed over for the next; one that is chosen after them leaves
 * their findings as warnings.
 *
 * A bundle is needed where the loader, a library or a version is missing
 * (GL2001-2004, 2101-2103, 2201), or with mode ALWAYS.  A program that is itself
 * the stub of a bundle (bundle/stub.h) is judged with that bundle whatever the
 * mode says: *x becomes the examination of the program behind it, without a note.
 *
 * x->launch says how.  Returns 0 or -errno; gl_choice_done() *ret in any case.
 */
int gl_bundle_choose(struct gl_host *host, const struct gl_fallback *fallback, struct gl_examination *x,
		     struct gl_choice *ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * For gl_bundle_choose(): makes the memfd or the cached copy (bundle/stub.h) that
 * the choice is for; sets path or fd.  Where the cache directory will not do
 * after all a memfd is made, choice->launch says so and err says why (return 1).
 * Returns 0, 1 or -errno.
 */
int gl_choice_prepare(struct gl_choice *choice, const struct gl_fallback *fallback,
		      struct gl_err *err) GL_MUST_CHECK;
/* Would the cache directory do for this choice?  Nothing is written.  Returns 0 or -errno with the reason. */
int gl_choice_check_cache(const struct gl_choice *choice, const struct gl_fallback *fallback,
			  struct gl_err *err) GL_MUST_CHECK;
void gl_choice_done(struct gl_choice *choice) GL_NONNULL;
