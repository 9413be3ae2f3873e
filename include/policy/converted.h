/*
 * A policy file of another format (policy/oci.h, policy/minijail.h), made into
 * text of golaunch's own language.  The one parser then reads it, so there is one
 * place where a policy's rules are made.
 */
#pragma once

#include "base/buf.h"
#include "policy/policy.h"

struct gl_converted {
	struct gl_buf text; /* at most GL_POLICY_MAX_BYTES */
	unsigned *
		lines; /* owned; of each line of text: the line of the original its statement is from, 0: none */
	size_t line_count, line_room;
	size_t ended;			 /* so much of text is in lines */
	struct gl_buf *warnings, *notes; /* the caller's, one line each; NULL: they are not wanted */
};
#define GL_CONVERTED_INIT ((struct gl_converted){.text = {.limit = GL_POLICY_MAX_BYTES}})
void gl_converted_done(struct gl_converted *converted) GL_NONNULL;
#define gl_autoconverted GL_CLEANUP(gl_converted_done)

/* Ends what was put into text since the last call: a statement (or comment) from that line of the original. */
void gl_converted_end(struct gl_converted *converted, unsigned line) GL_NONNULL;

/* Appends names of calls to a statement, in lines of about 90 columns. */
void gl_converted_names(struct gl_converted *converted, const struct gl_machine_calls *machine,
			const uint16_t *calls, size_t count) GL_NONNULL;

/* What is not carried over as it was said. */
void gl_converted_warn(struct gl_converted *converted, const char *fmt, ...) GL_PRINTF(2, 3);
/* The same where nobody need care. */
void gl_converted_note(struct gl_converted *converted, const char *fmt, ...) GL_PRINTF(2, 3);

/*
 * Reads the text as a policy.  name and original are the file's; rules and
 * settings get their places in it.  Returns as gl_policy_parse().
 */
int gl_converted_parse(const struct gl_converted *converted, const struct gl_machine_calls *machine,
		       const char *name, const char *original, struct gl_policy *ret_policy,
		       struct gl_err *err) GL_MUST_CHECK;

/* Is this what gl_converted_parse() calls the text made from that original? */
bool gl_converted_is_name(const char *name, const char *original) GL_NONNULL;
