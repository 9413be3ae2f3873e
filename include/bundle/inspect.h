/*
 * One look at a bundle, as the files that make it share it
 * (launcher/bundle/{open,trust,contents}.c); nobody else needs this.
 *
 * Steps return a state of enum gl_bundle_state or -errno with err.  The first
 * that is not GL_BUNDLE_GOOD ends the look, and the bundle then says why; where
 * each is given, it hears of everything that is wrong, as far as that can be
 * told after the first.
 */
#pragma once

#include "bundle/bundle.h"

struct gl_bundle_look {
	const struct gl_host *host;
	const struct gl_bundle_trust *trust;
	enum gl_bundle_depth depth;
	struct gl_bundle *bundle;
	struct gl_err *err;
	void (*each)(const struct gl_bundle_look *look, enum gl_bundle_state state); /* or NULL */
	void *arg;								     /* of each */
};

/* gl_bundle_open() by this; look->bundle is initialised first. */
int gl_bundle_look_at(const struct gl_bundle_look *look, const char *dir) GL_MUST_CHECK;

/* Notes what is wrong with that file ("" for the bundle itself) and returns the state.  Escapes both. */
int gl_bundle_blame(const struct gl_bundle_look *look, enum gl_bundle_state state, const char *file,
		    const char *fmt, ...) GL_PRINTF(4, 5);
/*
 * The same for a file that could not be opened: corrupt; untrusted if it is kept
 * from us; -errno where it is we who have no memory or no descriptor left.
 */
int gl_bundle_blame_open(const struct gl_bundle_look *look, const char *file, int errnum);

/* trust.c: who could have written what is open as fd, and what leads to the bundle? */
int gl_bundle_trust_file(const struct gl_bundle_look *look, const char *file, const struct stat *st);
int gl_bundle_trust_way(const struct gl_bundle_look *look);
/* And whose is the link, if path, which led to look->bundle->dir or (NULL) nowhere, is one? */
int gl_bundle_trust_link(const struct gl_bundle_look *look, const char *path);

/* contents.c: is everything there that the manifest names, and in lib nothing else? */
int gl_bundle_check_contents(const struct gl_bundle_look *look);
