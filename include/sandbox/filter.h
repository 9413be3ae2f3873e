/*
 * From an embedded preset to the filter that is loaded.
 */
#pragma once

#include "policy/preset.h"

/*
 * Copies the preset's program of this variant and settles its conditions.
 * ret_filter must be GL_FILTER_INIT; gl_filter_done() it.  Returns 0 or -ENOMEM.
 */
int gl_filter_of_preset(const struct gl_preset *preset, enum gl_filter_variant variant,
			const struct gl_policy_facts *facts, struct gl_filter *ret_filter,
			struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
