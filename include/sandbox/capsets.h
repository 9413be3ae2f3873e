/*
 * Capability sets: what the process has, what the program will have, and what
 * the program could come to have.
 *
 * Sources: capabilities(7); the kernel's security/commoncap.c
 * (cap_emulate_setxuid, cap_bprm_creds_from_file).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Bit n is capability n. */
struct gl_capsets {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

/*
 * The calling process's sets.  Not by libcap-ng: capng_get_caps_process() reads
 * two files in /proc and costs 25 to 75 us of a launch, these calls cost 6.
 * Kernels without ambient capabilities (before 4.3) have none.
 * Returns 0 or -errno.
 */
int gl_capsets_read(struct gl_capsets *ret_sets, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * What is left when all user ids become uid by setresuid(2) without
 * PR_SET_KEEPCAPS and without securebits; was_root: one of them was 0 before.
 */
struct gl_capsets gl_capsets_after_setuid(const struct gl_capsets *sets, bool was_root,
					  bool will_be_root) GL_NONNULL;

/*
 * The capabilities that a program started with these sets could ever have, by
 * whatever it executes:
 *	without no_new_privs: bounding | inheritable (a file's permitted set
 *	is masked by the first, its inheritable set by the second; for uid 0
 *	both files' sets count as full);
 *	with it: those that are also permitted now, for uid 0 too, since execve
 *	then never adds to the permitted set.
 */
uint64_t gl_capsets_reachable(const struct gl_capsets *sets, bool no_new_privs) GL_NONNULL;

/*
 * Applies a request of the form ITEM[,ITEM...], ITEM := none | keep | +NAME | -NAME
 * ("none" and "keep" only first).  It says what the program shall have:
 *
 *	none	nothing; nor can it gain anything
 *	keep	all that golaunch has, whatever the user
 *	+X -X	more or less than it would have had without the request: as root
 *		golaunch's permitted set, otherwise the ambient set; after a
 *		change from root to another user (inherited->ambient is empty) nothing
 *
 * -X leaves the bounding set too, so no setuid program brings X back.
 * current: golaunch's sets; would_be: those that the program would start with
 * (after the ids); root: will it run as uid 0?
 * Returns 0; -EINVAL for a bad request, -EPERM for a capability that golaunch
 * does not have to give.
 */
int gl_capsets_request(const char *request, const struct gl_capsets *current,
		       const struct gl_capsets *would_be, bool root, struct gl_capsets *ret_sets,
		       struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
