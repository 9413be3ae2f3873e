/*
 * The libraries a loader is told to load first.
 */
#pragma once

#include "host/search.h"

#define GL_PRELOAD_MAX_BYTES (256 * 1024) /* of /etc/ld.so.preload */

/* Called for each name, in the loader's order; non-zero ends the walk and is returned. */
typedef int (*gl_preload_fn)(const char *name, void *arg, struct gl_err *err);

/*
 * glibc: LD_PRELOAD, then /etc/ld.so.preload.  musl: LD_PRELOAD, unless
 * AT_SECURE.  Returns 0, -errno or what each() returned.
 */
int gl_preload_glibc(struct gl_search *search, gl_preload_fn each, void *arg,
		     struct gl_err *err) GL_MUST_CHECK;
int gl_preload_musl(struct gl_search *search, gl_preload_fn each, void *arg,
		    struct gl_err *err) GL_MUST_CHECK;
