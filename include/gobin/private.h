/*
 * What the modules of the gobin layer share.
 */
#pragma once

#include "gobin/gobin.h"

/* Texts of a build information block; free() both. */
struct gl_buildinfo {
	char *version; /* never NULL when found */
	char *modinfo; /* without its sentinels, "" where there is none */
};

void gl_buildinfo_done(struct gl_buildinfo *info) GL_NONNULL;

/* By section name, or by scanning.  Return 0: found, 1: not there, 2: not found within the limit, or -errno. */
int gl_buildinfo_by_section(const struct gl_image *image, struct gl_buildinfo *ret) GL_MUST_CHECK;
int gl_buildinfo_by_scan(const struct gl_image *image, struct gl_buildinfo *ret) GL_MUST_CHECK;

/* Puts path, module and settings of modinfo into *gobin.  Lines it does not know or cannot read are left out.
 * Returns 0 or -ENOMEM. */
int gl_modinfo_parse(const char *modinfo, struct gl_gobin *gobin) GL_MUST_CHECK;

/*
 * strconv.Unquote for "..." and `...`: fresh text (free() it).  Returns 0, 1
 * (not a quoted string, or one with a NUL), or -ENOMEM.
 */
int gl_gobin_unquote(const char *quoted, size_t len, char **ret) GL_MUST_CHECK;

/* See enum gl_gobin_cgo; gobin's settings are read already.  Returns 0 or -errno. */
int gl_gobin_judge_cgo(struct gl_image *image, const struct gl_gobin *gobin,
		       enum gl_gobin_cgo *ret) GL_MUST_CHECK;

/*
 * Looks through the file's bytes in pieces: at offset `from`, at most len
 * bytes, no more than *budget (which is lowered).  look() gets each piece with
 * its offset and returns non-zero to end the scan, which is then returned.
 * Returns 0 at the end, 2: the budget ended first, or -errno.  Bytes that are
 * not in the file end it as the end does.
 */
typedef int (*gl_scan_fn)(const unsigned char *bytes, size_t len, uint64_t offset, void *arg);
int gl_gobin_scan(const struct gl_image *image, uint64_t from, uint64_t len, uint64_t *budget,
		  gl_scan_fn look, void *arg) GL_MUST_CHECK;
