/*
 * "golaunch bundle verify": is a bundle whole, and does it suffice?
 *
 * Beyond gl_bundle_open() to its full depth: every program of it finds all its
 * libraries and versions in the bundle alone, its libc is of one build, the
 * manifest's kernel and CPU floor are those of its files, no copy has a
 * DT_RUNPATH or DT_RPATH, and the stub is one of this version.
 * Depends on: base, arch, elf, gobin, host, diag.
 */
#pragma once

#include "bundle/bundle.h"
#include "diag/finding.h"

/*
 * Adds GL7003 and GL7004 findings, one per thing that is wrong.  *ret is the
 * bundle, done() it in any case.  Returns 0 or -errno.  The evidence of a finding
 * is bundle, file, problem; of one on a missing library also soname, needed_by;
 * on a missing version version, library, needed_by, symbols, have.
 */
int gl_bundle_verify(const char *dir, struct gl_bundle *ret, struct gl_findings *findings,
		     struct gl_err *err) GL_MUST_CHECK;

/*
 * The finding (GL7002, GL7003, GL7004) for what gl_bundle_open() says of a bundle
 * that is not good; dir as it was named.  NULL: out of memory, the list knows.
 */
struct gl_finding *gl_bundle_say_fault(struct gl_findings *findings, const char *dir,
				       const struct gl_bundle *bundle, enum gl_bundle_state state);

/*
 * Is its libc of one build: do loader and libc.so.6 name the same (the loader
 * does since glibc 2.33), and is every private symbol (GLIBC_PRIVATE) that one part
 * needs in some part?  Returns 1, 0 with the reason in err, or -errno (-EBADMSG,
 * -E2BIG: a symbol table that is malformed or over a limit).
 */
int gl_bundle_is_one_build(const struct gl_bundle *bundle, struct gl_err *err) GL_MUST_CHECK;
