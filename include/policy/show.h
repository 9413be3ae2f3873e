/*
 * The effective policy as text: groups expanded, includes in place, every
 * default said.
 *
 * Reading the text again gives the same model, places aside: for any policy,
 * parse(show(parse(text))) equals parse(text).
 */
#pragma once

#include "base/buf.h"
#include "policy/policy.h"

/* Appends the text; origins: with a comment on each line that says where it was said. */
void gl_policy_show(const struct gl_policy *policy, bool origins, struct gl_buf *text) GL_NONNULL;

/* Appends one rule without its calls' line breaks: "deny errno ENOSYS clone3 unless cap SYS_ADMIN". */
void gl_policy_show_rule(const struct gl_policy *policy, const struct gl_policy_rule *rule,
			 struct gl_buf *text) GL_NONNULL;

/* Appends "deny errno ENOSYS", "kill" ... */
void gl_policy_show_answer(const struct gl_policy_answer *answer, struct gl_buf *text) GL_NONNULL;

/* Appends " if domain == AF_UNIX && kernel >= 4.8"; nothing where nothing is tested. */
void gl_policy_show_if(const struct gl_policy *policy, const struct gl_policy_rule *rule,
		       struct gl_buf *text) GL_NONNULL;

/* "capabilities", "env keep" ... */
const char *gl_policy_setting_word(enum gl_policy_setting_kind kind);

/* Appends " unless cap SYS_ADMIN, SYSLOG"; nothing for none. */
void gl_policy_show_caps(uint64_t caps, struct gl_buf *text) GL_NONNULL;

/* Appends "app.policy:12", or "built in". */
void gl_policy_show_place(const struct gl_policy *policy, struct gl_policy_place place,
			  struct gl_buf *text) GL_NONNULL;

/* Are two models the same, places and texts aside? */
bool gl_policy_equal(const struct gl_policy *a, const struct gl_policy *b) GL_NONNULL;
