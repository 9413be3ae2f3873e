/*
 * A policy as read from its text: the model that the compiler works from.
 *
 * The language, one statement a line ("\" joins lines, "#" begins a comment):
 *
 *	known-through 6.7
 *	default allow
 *	deny [errno NAME] CALL... [if CONDITION] [unless cap NAME, ...]
 *
 *	CONDITION := TERM && TERM ...
 *	TERM := kernel < 4.8 | kernel >= 4.8
 *	      | ARGUMENT == VALUE | ARGUMENT != VALUE
 *	      | ARGUMENT [not] in {VALUE, ...}
 *	      | ARGUMENT & VALUE | ARGUMENT & (VALUE | VALUE ...)
 *	VALUE := CONSTANT | NUMBER, also joined by "|" inside braces and parentheses
 *
 * Arguments have names (policy/vocabulary.h); a pointer has none, since a
 * filter sees the address only.  All arguments that can be named today are
 * ones of which the kernel reads the low 32 bits, and only those are tested:
 * a test of all 64 would be passed by any number with a bit set above.
 *
 * Names of calls are kept as text: which of them a machine has is known where
 * the policy is compiled.  Reading is pure: no files, no libseccomp.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define GL_POLICY_MAX_BYTES  ((size_t)1 << 20)
#define GL_POLICY_MAX_RULES  4096
#define GL_POLICY_MAX_CALLS  2048 /* in all rules */
#define GL_POLICY_MAX_TESTS  4	  /* in one condition */
#define GL_POLICY_MAX_VALUES 16	  /* in one test */

struct gl_policy_place {
	unsigned line, column; /* from 1 */
};

enum gl_policy_op {
	GL_POLICY_IN, /* the argument equals one of the values */
	GL_POLICY_NOT_IN,
	GL_POLICY_ANY_BIT, /* the argument has one of the bits of values[0] */
	GL_POLICY_OP_MAX
};

struct gl_policy_test {
	unsigned argument; /* 0 to 5 */
	enum gl_policy_op op;
	uint32_t values[GL_POLICY_MAX_VALUES];
	size_t value_count;
};

struct gl_policy_call {
	const char *name; /* not NUL-terminated; in the policy's text */
	size_t name_len;
	struct gl_policy_place place;
	size_t rule; /* the one it stands in */
};

/* "deny": the calls answer errnum where all tests hold and no capability or kernel version lifts it. */
struct gl_policy_rule {
	int errnum;
	struct gl_policy_test tests[GL_POLICY_MAX_TESTS];
	size_t test_count;
	uint64_t unless_caps;	  /* bit = CAP_*; any one of them lifts the denial */
	uint32_t if_kernel_below; /* GL_KERNEL(); 0: any */
	uint32_t if_kernel_from;  /* 0: any */
};

struct gl_policy {
	char *file;		/* owned; for messages */
	char *text;		/* owned; calls point into it */
	uint32_t known_through; /* GL_KERNEL() */
	bool default_allow;
	struct gl_policy_rule *rules; /* owned */
	size_t rule_count, rule_room;
	struct gl_policy_call *calls; /* owned; in the order of the text, so of the rules */
	size_t call_count, call_room;
};
#define GL_POLICY_INIT ((struct gl_policy){.file = NULL})

/*
 * Reads a policy.  file names it in messages; text is copied.  On failure
 * (-EINVAL: the text is wrong, -E2BIG: beyond a limit above, -ENOMEM) the
 * message is "file:line:column: what", the line, and a caret below the place.
 * ret_policy must be GL_POLICY_INIT; gl_policy_done() it.
 */
int gl_policy_parse(const char *file, const char *text, struct gl_policy *ret_policy,
		    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_policy_done(struct gl_policy *policy) GL_NONNULL;
#define gl_autopolicy GL_CLEANUP(gl_policy_done)

/* Fills err with a message about a place of the policy, as above.  Returns -errnum. */
int gl_policy_complain(const struct gl_policy *policy, struct gl_policy_place place, int errnum,
		       struct gl_err *err, const char *fmt, ...) GL_PRINTF(5, 6);
