/*
 * A program's name without a slash, looked up in PATH as execvp(3) does.
 */
#pragma once

#include "diag/examine.h"

/*
 * Fills *ret (free() it) with the path to execute: the first that may be
 * executed, else the first that is there at all (execve then says why not).
 * A name with a slash is returned as it is.  path is the value of PATH, NULL:
 * "/bin:/usr/bin" as in glibc.  Returns 0, 1 (not found) or -ENOMEM.
 */
int gl_search_path(const char *name, const char *path, char **ret, struct gl_err *err) GL_MUST_CHECK;

/* The finding for a name that is in no directory of PATH. */
const struct gl_finding *gl_search_path_explain(struct gl_findings *list, const char *name, const char *path);
