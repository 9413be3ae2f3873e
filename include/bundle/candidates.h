/*
 * The bundles that may carry a program, in the order in which they are tried:
 * those named (--bundle), PROGRAM.bundle beside the program as it was named and
 * beside the file it is, the installed ones.  Nothing is opened, so one that is
 * not there may be among them.
 */
#pragma once

#include "bundle/choose.h"

#define GL_CANDIDATES_MAX 256

enum gl_candidate_kind { GL_CANDIDATE_NAMED, GL_CANDIDATE_OWN, GL_CANDIDATE_INSTALLED, GL_CANDIDATE_MAX };

struct gl_candidate {
	char *dir; /* absolute, inside the host's root */
	enum gl_candidate_kind kind;
	uid_t owner; /* who besides root and ourselves may own it: the program's owner, or golaunch's */
};

struct gl_candidates {
	struct gl_candidate *items;
	size_t count, room;
};
#define GL_CANDIDATES_INIT ((struct gl_candidates){.items = NULL})

/*
 * The program's own bundle is looked for where the program is looked up, so only
 * if that is the host's root; the installed ones beside golaunch, so only on the
 * machine golaunch runs on.  Returns 0 or -errno; done() *ret in any case.
 */
int gl_candidates_list(const struct gl_host *host, const struct gl_fallback *fallback,
		       const struct gl_examination *x, struct gl_candidates *ret,
		       struct gl_err *err) GL_MUST_CHECK;
void gl_candidates_done(struct gl_candidates *list) GL_NONNULL;
