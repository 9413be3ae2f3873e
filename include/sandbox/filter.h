/*
 * From an embedded preset to the filter that is loaded.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/preset.h"

/* What only the launch knows. */
struct gl_filter_facts {
	uint64_t reachable_caps; /* gl_capsets_reachable() */
	uint32_t kernel;	 /* GL_KERNEL() */
};

/*
 * Copies the preset's program and replaces each conditional return by its
 * denial or by ALLOW.  The copy is the caller's to free().
 * Returns 0, -ENOMEM, or -EINVAL for a preset with a marker it has no
 * condition for.
 */
int gl_filter_settle(const struct gl_preset *preset, const struct gl_filter_facts *facts,
		     struct sock_filter **ret_filter, size_t *ret_count,
		     struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
