/*
 * minijail's seccomp policies (minijail0(5)): one call a line, "read: 1",
 * "socket: arg0 == AF_UNIX || arg0 == AF_INET; return EPERM".
 *
 * What they mean is what minijail's own parser (syscall_filter.c) makes of them: a
 * call that is not listed kills, and so does one whose filter does not hold where
 * no "return" says otherwise; "&" holds where any of the bits is set, "in"
 * where no other bits are; all 64 bits of an argument are compared, a named
 * constant among them is not negative.
 *
 * Where golaunch's policies differ: a kill is the whole process's, execve and
 * execveat are decided together, exit_group and the like always pass, and calls
 * later than every call that is named answer ENOSYS and do not kill.
 */
#pragma once

#include "policy/converted.h"

#define GL_MINIJAIL_MAX_TERMS 4096 /* in all filters */

/* Does the text begin as one: "@default ...", "@include ..." or "NAME:"? */
bool gl_minijail_is(const char *text) GL_NONNULL;

/*
 * Makes a minijail policy into golaunch's own language.  name stands for it in
 * messages, which are as those of gl_policy_parse().  Returns 0; -EINVAL: it is
 * none, or says what no policy of golaunch can (user-notify, @include ...);
 * -ENOENT: an unknown name; -E2BIG; -ENOMEM.  converted must be
 * GL_CONVERTED_INIT, its warnings and notes aside.
 */
int gl_minijail_read(const struct gl_machine_calls *machine, const char *name, const char *text,
		     struct gl_converted *converted, struct gl_err *err) GL_MUST_CHECK;
