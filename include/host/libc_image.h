/*
 * An interpreter that stays open: what the closure needs beside host/libc.h.
 */
#pragma once

#include "host/libc.h"

/* The kind of an open interpreter, and musl's version.  Sets these fields of *ret only.  Returns 0 or -ENOMEM. */
int gl_libc_of_image(struct gl_image *image, struct gl_libc *ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * gl_libc_identify() without glibc's version; hands over the open file (-1) and
 * its image (NULL where it could not be read).
 */
int gl_libc_open(const struct gl_host *host, const char *path, struct gl_libc *ret, int *ret_fd,
		 struct gl_image **ret_image, struct gl_err *err) GL_MUST_CHECK;

/* Writes "2.<minor>", "" for 0. */
void gl_libc_set_glibc_version(struct gl_libc *libc, unsigned minor) GL_NONNULL;
