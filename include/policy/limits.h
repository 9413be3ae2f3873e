/*
 * Resource limits as policies and --limit say them: NAME=SOFT[:HARD]
 */
#pragma once

#include <sys/resource.h>

#include "base/err.h"
#include "policy/suggest.h"

struct gl_limit {
	int resource; /* RLIMIT_* */
	struct rlimit value;
};

/*
 * NAME as in setrlimit(2), lower case, without RLIMIT_.  A value is a number or
 * "unlimited"; where the kernel counts bytes, K, M and G (powers of 1024) may
 * follow.  Without HARD both are SOFT, as ulimit(1), systemd and Docker have it.
 * Returns 0 or -EINVAL.
 */
int gl_limit_parse(const char *text, struct gl_limit *ret_limit, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* "nofile" ..., "limit" for a number that is none. */
const char *gl_limit_name(int resource);

/* Is it one of these names?  Offers them all. */
bool gl_limit_is_name(const char *name, size_t len) GL_MUST_CHECK GL_NONNULL;
void gl_limit_suggest(struct gl_suggest *suggest) GL_NONNULL;
