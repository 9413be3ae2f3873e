/*
 * What --policy names, in any form: a preset, or a file that holds a policy, an
 * OCI seccomp profile, a minijail policy, or a compiled policy.  Which of them a
 * file is, is told by what is in it.
 */
#pragma once

#include "policy/compiled.h"
#include "policy/preset.h"
#include "policy/read.h"

enum gl_policy_form {
	GL_FORM_PRESET,
	GL_FORM_TEXT,
	GL_FORM_OCI,
	GL_FORM_MINIJAIL,
	GL_FORM_COMPILED,
	GL_FORM_MAX
};

struct gl_policy_source {
	enum gl_policy_form form;
	struct gl_policy policy;
	struct gl_compiled compiled; /* of COMPILED: the filters; those of a preset are in policy/preset.h */
};
#define GL_POLICY_SOURCE_INIT ((struct gl_policy_source){.form = GL_FORM_TEXT})
void gl_policy_source_done(struct gl_policy_source *source) GL_NONNULL;
#define gl_autosource GL_CLEANUP(gl_policy_source_done)

/*
 * Reads it.  ret_source must be GL_POLICY_SOURCE_INIT.  Returns 0 or -errno: those
 * of policy/read.h, policy/oci.h, policy/minijail.h, and of a compiled policy
 * -EBADMSG (damaged) and -ESTALE (made by another golaunch, for another machine, or
 * of a text that has been changed since; gl_compiled_check_files()).
 */
int gl_policy_source_read(const struct gl_policy_reading *reading, const char *name,
			  struct gl_policy_source *ret_source, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * The same for bytes that are here already, with a NUL behind them, and came from no
 * file; name stands for them in messages.
 */
int gl_policy_source_bytes(const struct gl_policy_reading *reading, const char *name, const char *bytes,
			   size_t len, struct gl_policy_source *ret_source,
			   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
