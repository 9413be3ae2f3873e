/*
 * A filter's answer to one call, as the kernel would give it.
 *
 * Whoever listens for a filter's notifications (proc/listener.h) answers what the
 * plain variant of the same filter answers: the two variants differ in who gives
 * the answer, never in which, and no model of the policy can come between.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/*
 * SECCOMP_RET_* with its data.  The instructions are those that the compiler
 * makes (policy/compile.h, gl_filter_check()) and sandbox/exec_key.h; for any others, which it must not be
 * given, SECCOMP_RET_KILL_PROCESS.  Never reads out of bounds, and always ends: jumps
 * lead forward only.
 */
uint32_t gl_filter_answer(const struct sock_filter *insns, size_t count,
			  const struct seccomp_data *data) GL_NONNULL;
