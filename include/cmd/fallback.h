/*
 * --bundle, --bundle-cache and --fallback, which run and check have alike.
 */
#pragma once

#include "bundle/choose.h"
#include "cmd/options.h"

struct gl_fallback_options {
	struct gl_values bundles;
	const char *cache; /* NULL: none */
	enum gl_fallback_mode mode;
};

/* A member "fallback" of this type in struct type: the take functions of its three options, with this prefix. */
#define GL_FALLBACK_TAKE(prefix, type)                                                                       \
	static int prefix##_bundle(void *into, const char *value, struct gl_err *err)                        \
	{                                                                                                    \
		return gl_fallback_take_bundle(&((type *)into)->fallback, value, err);                       \
	}                                                                                                    \
	static int prefix##_bundle_cache(void *into, const char *value, struct gl_err *err)                  \
	{                                                                                                    \
		return gl_fallback_take_cache(&((type *)into)->fallback, value, err);                        \
	}                                                                                                    \
	static int prefix##_fallback(void *into, const char *value, struct gl_err *err)                      \
	{                                                                                                    \
		return gl_fallback_take_mode(&((type *)into)->fallback, value, err);                         \
	}

int gl_fallback_take_bundle(struct gl_fallback_options *o, const char *value, struct gl_err *err);
int gl_fallback_take_cache(struct gl_fallback_options *o, const char *value, struct gl_err *err);
int gl_fallback_take_mode(struct gl_fallback_options *o, const char *value, struct gl_err *err);

/* As the bundle layer takes them; borrowed from o. */
struct gl_fallback gl_fallback_of(const struct gl_fallback_options *o) GL_NONNULL;
