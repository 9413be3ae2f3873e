/*
 * What allowing a call grants: policy/data/grants.list, embedded when golaunch is
 * built.
 */
#pragma once

#include <stddef.h>

#include "policy/syscalls.h"

struct gl_grant {
	const char *name; /* of a call, or "@group" */
	const char *text; /* "loading code into the kernel" */
};

/* What the call grants, by its own line or its group's; NULL: the list does not say. */
const char *gl_grant_of(const struct gl_machine_calls *m, uint16_t call) GL_NONNULL;

/* What policy-tables makes, in the order of the list. */
extern const struct gl_grant gl_grant_table[];
extern const size_t gl_grant_table_count;
