/*
 * The walk that stands in for openat2(RESOLVE_IN_ROOT), by path_resolution(7)
 * with the root directory swapped: no step may leave it, by "..", by a link or
 * by a directory that is moved while we walk.
 */
#pragma once

#include <stddef.h>

#include "base/macros.h"

#define GL_ROOT_MAX_LINKS 40 /* the kernel's MAXSYMLINKS */

/*
 * Opens path below the directory root_fd (-1: "/") as openat2 with
 * RESOLVE_IN_ROOT and these flags would; relative paths count from the root.
 * Magic links of /proc are taken by their text.  If canonical is not NULL the
 * path without links goes there (size bytes).  Returns a descriptor or -errno.
 */
int gl_root_walk(int root_fd, const char *path, int flags, char *canonical, size_t size) GL_MUST_CHECK;
