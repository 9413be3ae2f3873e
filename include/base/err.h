/*
 * The error object: "we could not do our job".
 *
 * It is plain data, owned by the caller, and never allocates, so it can be
 * filled in a child that shares our memory and read by the parent.  A problem
 * of the *examined program* is never an error but a finding (diag/finding.h).
 *
 * Functions that can fail return 0 or -errno and fill *err; a positive return
 * is a documented answer of that one function ("no such library"), to be
 * handled by its caller and never forwarded.  Output parameters are called
 * ret_* and are written only on success.
 *
 * Messages: lower case, no full stop, what failed first, the subject in single
 * quotes: "cannot open 'app.policy': permission denied".
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "base/macros.h"

struct gl_err {
	int errnum; /* positive errno value, 0 while nothing failed */
	char msg[512];
};

#define GL_ERR_INIT ((struct gl_err){.errnum = 0})

/*
 * Fills *err and returns -errnum, so that a failure is one line:
 *	return gl_err_set(err, EINVAL, "policy '%s' is empty", name);
 * The text of errnum is not added; see gl_err_sys().  err may be NULL.
 */
int gl_err_set(struct gl_err *err, int errnum, const char *fmt, ...) GL_PRINTF(3, 4);

/* As gl_err_set(), with ": <strerror(errnum)>" appended. */
int gl_err_sys(struct gl_err *err, int errnum, const char *fmt, ...) GL_PRINTF(3, 4);

/* Puts "<text>: " in front of the message, if there is one to fill.  Returns -err->errnum, -EIO for NULL. */
int gl_err_wrap(struct gl_err *err, const char *fmt, ...) GL_PRINTF(2, 3);
