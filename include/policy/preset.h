/*
 * Presets, compiled when golaunch is built: both variants, conditions as
 * patches.  Their texts are in policy/group.h.
 */
#pragma once

#include "policy/compile.h"
#include "policy/group.h"

struct gl_preset_filter {
	const struct sock_filter *insns;
	size_t count;
	const struct gl_filter_patch *patches;
	size_t patch_count;
};

struct gl_preset {
	const char *name;
	struct gl_preset_filter filters[GL_FILTER_VARIANT_MAX];
	enum gl_policy_toggle no_new_privs; /* all that a preset says besides: policy-embed sees to that */
};

/* The preset of that name for golaunch's machine, or NULL.  "none" is no preset. */
const struct gl_preset *gl_preset_find(const char *name) GL_NONNULL;

/* What policy-embed makes. */
extern const struct gl_preset gl_preset_table[];
extern const size_t gl_preset_table_count;
