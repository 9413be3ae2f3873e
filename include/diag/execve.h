/*
 * Why execve failed: the examination of "golaunch check", made after the fact,
 * and of what it finds that which explains this errno.
 */
#pragma once

#include "diag/examine.h"

/*
 * Examines file again (as gl_examine with GL_SCOPE_CHECK, into *x, which the
 * caller gl_examination_done()s) and returns in *ret the finding that explains
 * why execve(file, argv, env) failed with errnum; where no rule explains it,
 * one is made that says what is known.  argv and env are looked at for E2BIG.
 * Returns 0 or -errno.
 */
int gl_execve_explain(struct gl_host *host, const char *file, int errnum, char *const *argv, char *const *env,
		      struct gl_examination *x, const struct gl_finding **ret,
		      struct gl_err *err) GL_MUST_CHECK;
