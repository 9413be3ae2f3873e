/*
 * The names a policy may use besides those of system calls: constants, errno
 * values, capabilities, and the arguments of calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "policy/suggest.h"
#include "policy/syscalls.h"

/* Names come as (text, length): they are cut out of a policy. */

/* A symbolic constant (AF_VSOCK, CLONE_NEWNS ...), or NULL. */
const struct gl_constant *gl_vocabulary_constant(const struct gl_machine_calls *m, const char *name,
						 size_t len) GL_MUST_CHECK GL_NONNULL;

/* Is a constant of this family one that the argument takes? */
bool gl_vocabulary_takes(const struct gl_argument *argument, const char *family) GL_NONNULL;

/* The argument of a call that has this name there, or NULL. */
const struct gl_argument *gl_vocabulary_argument(const struct gl_machine_calls *m, uint16_t call,
						 const char *name, size_t len) GL_MUST_CHECK GL_NONNULL;

/* The argument at a place of a call if it has a name, or NULL. */
const struct gl_argument *gl_vocabulary_argument_at(const struct gl_machine_calls *m, uint16_t call,
						    unsigned index) GL_MUST_CHECK GL_NONNULL;

/* The first of a call's arguments in m->arguments; the others follow it.  NULL: none has a name. */
const struct gl_argument *gl_vocabulary_arguments(const struct gl_machine_calls *m, uint16_t call) GL_NONNULL;

/* An errno name (ENOSYS ...) that a denial may answer. */
bool gl_vocabulary_errno(const char *name, size_t len, int *ret_errnum) GL_MUST_CHECK GL_NONNULL;
/* Its name, or NULL. */
const char *gl_vocabulary_errno_name(int errnum);

/*
 * A capability by name, in any case, with or without CAP_: its number
 * (libcap-ng's table).  Names of capabilities that libcap-ng does not know are
 * unknown here too.
 */
bool gl_vocabulary_capability(const char *name, size_t len,
			      unsigned *ret_capability) GL_MUST_CHECK GL_NONNULL;
/* Its name in capitals without CAP_ into name; false: there is none. */
#define GL_CAPABILITY_NAME 32
bool gl_vocabulary_capability_name(unsigned capability,
				   char name[GL_CAPABILITY_NAME]) GL_MUST_CHECK GL_NONNULL;

/* Each offers all its names. */
void gl_vocabulary_suggest_constant(const struct gl_machine_calls *m, struct gl_suggest *suggest) GL_NONNULL;
void gl_vocabulary_suggest_argument(const struct gl_machine_calls *m, uint16_t call,
				    struct gl_suggest *suggest) GL_NONNULL;
void gl_vocabulary_suggest_errno(struct gl_suggest *suggest) GL_NONNULL;
/* The nearest capability's name into name, or false. */
bool gl_vocabulary_suggest_capability(const char *text, size_t len,
				      char name[GL_CAPABILITY_NAME]) GL_MUST_CHECK GL_NONNULL;
