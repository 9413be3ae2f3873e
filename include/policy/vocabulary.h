/*
 * The names a policy may use besides those of system calls: constants, errno
 * values, capabilities, and the arguments of calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* Names come as (text, length): they are cut out of a policy. */

/* A symbolic constant (AF_VSOCK, CLONE_NEWNS ...).  Returns false if there is none of that name. */
bool gl_vocabulary_constant(const char *name, size_t len, uint32_t *ret_value) GL_MUST_CHECK GL_NONNULL;

/* An errno name (ENOSYS ...) that a denial may answer. */
bool gl_vocabulary_errno(const char *name, size_t len, int *ret_errnum) GL_MUST_CHECK GL_NONNULL;

/*
 * The argument of a call that has this name there: its index.  Only arguments
 * of which the kernel reads the low 32 bits are in the table.
 */
bool gl_vocabulary_argument(const char *call, size_t call_len, const char *name, size_t len,
			    unsigned *ret_index) GL_MUST_CHECK GL_NONNULL;

/*
 * A capability by name, in any case, with or without CAP_: its number
 * (libcap-ng's table).  Names of capabilities that libcap-ng does not know are
 * unknown here too.
 */
bool gl_vocabulary_capability(const char *name, size_t len,
			      unsigned *ret_capability) GL_MUST_CHECK GL_NONNULL;
