/*
 * One "bundle verify", as the files that make it share it
 * (launcher/bundle/verify*.c); nobody else needs this.
 */
#pragma once

#include "bundle/verify.h"
#include "host/closure.h"

struct gl_verification {
	const char *dir; /* as it was named */
	struct gl_bundle *bundle;
	struct gl_findings *findings;
	struct gl_err *err;
	struct gl_host inside; /* a host that has nothing but the bundle */
	unsigned kernel[3];    /* what the files need */
	unsigned cpu_level;
};

/*
 * A finding (GL7003, GL7004) about that file of the bundle ("": about itself), whose
 * message is "<bundle>: <file> <what>".  NULL: out of memory, the list knows.
 */
struct gl_finding *gl_verification_say(struct gl_verification *v, enum gl_code code, const char *file,
				       const char *fmt, ...) GL_PRINTF(4, 5);

/* verify_file.c: what one file says of itself.  Returns 0 or -errno. */
int gl_verify_file(struct gl_verification *v, const struct gl_bundle_file *file) GL_MUST_CHECK;

/* verify_needs.c: are the libraries and versions there that a file needs?  Return 0 or -errno. */
int gl_verify_program_needs(struct gl_verification *v, const struct gl_bundle_file *file,
			    struct gl_image *image) GL_MUST_CHECK;
int gl_verify_library_needs(struct gl_verification *v, const struct gl_bundle_file *file,
			    struct gl_image *image) GL_MUST_CHECK;
