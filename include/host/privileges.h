/*
 * Programs that execve gives more than their starter has: setuid, setgid, file
 * capabilities (execve(2), capabilities(7)).
 */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

/*
 * Would execve(path) by this process change its ids or raise its
 * capabilities?  Not on a nosuid mount, not under no_new_privs.  False where
 * the file cannot be looked at: then execve will say why.
 */
bool gl_program_gains_privileges(const char *path) GL_NONNULL GL_MUST_CHECK;
