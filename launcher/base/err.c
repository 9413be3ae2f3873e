/*
 * The error object.  Plain data, no allocation: see base/err.h.
 */
#include "base/err.h"

#include <errno.h>

static int set(struct gl_err *err, int errnum, bool with_reason, const char *fmt, va_list ap) GL_PRINTF(4, 0);

static int set(struct gl_err *err, int errnum, bool with_reason, const char *fmt, va_list ap)
{
	size_t used;

	if (errnum <= 0)
		errnum = EIO; /* a failure must never read as success */
	if (!err)
		return -errnum;
	err->errnum = errnum;
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	if (with_reason) {
		used = strlen(err->msg);
		snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", strerror(errnum));
	}
	return -errnum;
}

int gl_err_set(struct gl_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set(err, errnum, false, fmt, ap);
	va_end(ap);
	return r;
}

int gl_err_sys(struct gl_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set(err, errnum, true, fmt, ap);
	va_end(ap);
	return r;
}

int gl_err_wrap(struct gl_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	size_t used;
	va_list ap;

	if (!err)
		return -EIO;
	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", inner);
	return -err->errnum;
}
