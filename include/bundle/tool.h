/*
 * Asks another program of this machine (dpkg-query, rpm) and reads its answer.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

#define GL_TOOL_MAX_BYTES   ((size_t)1 << 20)
#define GL_TOOL_MAX_SECONDS 30 /* of one answer; a package manager's lock may be held */

/*
 * Runs argv (looked up in PATH, NULL-terminated), standard input and error being
 * /dev/null, in the C locale.  Returns 0 with its standard output (NUL-terminated,
 * free() it), whatever its exit status: a query that found half of what it was
 * asked for fails; 1: it is not there, too talkative or too slow; -errno.
 */
int gl_tool_ask(const char *const argv[], char **ret, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
