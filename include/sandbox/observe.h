/*
 * A filter that asks where another would deny, so that somebody who only looks on can
 * let the call pass (policy learn; proc/learn.h).
 *
 * Looking on protects from nothing: what is let through is not looked at again.  Such
 * a filter is never the one that was asked for as a protection; that one is loaded
 * besides, unchanged.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "base/macros.h"

enum gl_observe {
	GL_OBSERVE_NOTHING,
	GL_OBSERVE_LEARN, /* what the observer's policy traps is recorded; the run's own policy holds */
	GL_OBSERVE_DRY,	  /* what the run's policy would deny is recorded, and passes */
	GL_OBSERVE_MAX
};

/*
 * Every return that denies, kills or traps becomes one that notifies; but ENOSYS stays:
 * it says that a call is not there, programs fall back on it, and what they fall back on
 * is what shall be seen.
 */
void gl_observe_filter(struct sock_filter *insns, size_t count) GL_NONNULL;
