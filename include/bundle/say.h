/*
 * The findings of the choice of a bundle (GL7001 to GL7004), in words.  All
 * return the finding, NULL: out of memory, the list knows.
 */
#pragma once

#include "bundle/choose.h"

/*
 * What the findings are about.  because is what makes a bundle needed: a
 * finding of the program's examination on the host as it is; NULL: it was asked
 * for (--fallback always), or the program is a bundle's stub.
 */
struct gl_bundle_case {
	struct gl_findings *list;
	const struct gl_examination *x; /* on the host as it is */
	const struct gl_finding *because;
};

/* GL7001; cache_problem: why a cache directory was not used, or NULL. */
struct gl_finding *gl_bundle_say_used(const struct gl_bundle_case *c, const struct gl_choice *choice,
				      const char *cache_problem);
/* GL7002; dir: the one that was named, NULL: none was found. */
struct gl_finding *gl_bundle_say_absent(const struct gl_bundle_case *c, const char *dir);
/* GL7003; file and problem as in struct gl_bundle. */
struct gl_finding *gl_bundle_say_corrupt(const struct gl_bundle_case *c, const char *dir, const char *file,
					 const char *problem);
/* GL7004; why is escaped. */
struct gl_finding *gl_bundle_say_unsuitable(const struct gl_bundle_case *c, const char *dir, const char *why);
/* GL7004: the bundle would carry it, but the stub can be put nowhere (gl_stub_memfd() said err). */
struct gl_finding *gl_bundle_say_no_memfd(const struct gl_bundle_case *c, const char *dir,
					  const struct gl_err *err);
/* GL7004 for what trial, the examination with that bundle, says: missing libraries and versions. */
struct gl_finding *gl_bundle_say_insufficient(const struct gl_bundle_case *c, const char *dir,
					      const struct gl_examination *trial);
