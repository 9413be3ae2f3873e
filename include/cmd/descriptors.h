/*
 * --close-fds and --keep-fd.
 */
#pragma once

#include "base/err.h"
#include "cmd/run_options.h"

/*
 * Closes what was inherited above 2: all but --keep-fd, the LISTEN_FDS
 * descriptors (sd_listen_fds(3)) and golaunch's own, which are close-on-exec.
 * Without --close-fds it only looks whether the --keep-fd ones are open.
 * Returns 0 or -errno.
 */
int gl_descriptors_apply(const struct gl_run_options *o, char *const *env, struct gl_err *err) GL_MUST_CHECK;
