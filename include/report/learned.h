/*
 * What was learned, with its callers in words.  Depends on: policy/learn.h,
 * proc/learn.h.
 */
#pragma once

#include "base/buf.h"
#include "proc/learn.h"

struct gl_learned_facts {
	struct gl_learn_fact *items; /* owned; in the order in which they were seen */
	char **callers;		     /* owned, one for each; NULL: unknown */
	size_t count;
};
#define GL_LEARNED_FACTS_INIT ((struct gl_learned_facts){.items = NULL})

/* Returns 0 or -ENOMEM.  Records that were never let through are left out. */
int gl_learned_facts_read(const struct gl_learn *learn, struct gl_learned_facts *ret,
			  struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_learned_facts_done(struct gl_learned_facts *facts) GL_NONNULL;
#define gl_autofacts GL_CLEANUP(gl_learned_facts_done)

/* "net.listen sock_posix.go:12"; "git: start_command in git", of a child; one line, escaped. */
void gl_learned_put_caller(const struct gl_learn_caller *caller, struct gl_buf *text) GL_NONNULL;
