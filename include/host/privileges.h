/*
 * Programs that execve gives more than their starter has: setuid, setgid, file
 * capabilities (execve(2), capabilities(7)).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macros.h"

/*
 * Would execve(path) by a process of these ids change them or raise its
 * capabilities?  Not on a nosuid mount, not under the no_new_privs we are
 * under.  False where the file cannot be looked at: then execve will say why.
 */
bool gl_program_gains_privileges(const char *path, uid_t uid, gid_t gid) GL_NONNULL GL_MUST_CHECK;
