/*
 * Why execve failed: the examination of "golaunch check", made after the fact,
 * and of what it finds that which explains this errno.
 */
#pragma once

#include <sys/resource.h>

#include "diag/examine.h"

/* A call of execve that failed. */
struct gl_execve {
	const char *file;
	int errnum;
	char *const *argv; /* looked at for E2BIG */
	char *const *env;
	rlim_t stack_limit; /* the soft RLIMIT_STACK it was made under */
};

/*
 * Examines the file again (as gl_examine with GL_SCOPE_CHECK, into *x, which
 * the caller gl_examination_done()s) and returns in *ret the finding that
 * explains why the call failed; where no rule explains it, one is made that
 * says what is known.  Returns 0 or -ENOMEM.
 */
int gl_execve_explain(struct gl_host *host, const struct gl_execve *call, struct gl_examination *x,
		      const struct gl_finding **ret, struct gl_err *err) GL_MUST_CHECK;
