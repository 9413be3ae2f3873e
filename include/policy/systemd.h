/*
 * A policy as lines of a systemd unit (systemd.exec(5)).
 *
 * A unit cannot test arguments but for a few well-known ones, has no answer for calls
 * that are later than all it names, and no capabilities as conditions.  What cannot
 * be said is left out to the side of what works (the call is allowed), and is told.
 *
 * The lines are those of systemd 247 and later: an errno behind a call, also in a list
 * of what is allowed (config_parse_syscall_filter() in src/core/load-fragment.c).
 */
#pragma once

#include "base/buf.h"
#include "policy/decide.h"

/*
 * Appends the lines of [Service].  facts: for which program and kernel conditions
 * are settled; capabilities that the policy itself gives count over them.  losses:
 * what a unit cannot say, one line each; NULL: they are not wanted.
 */
void gl_systemd_write(const struct gl_policy *policy, const struct gl_policy_facts *facts,
		      struct gl_buf *text, struct gl_buf *losses);
