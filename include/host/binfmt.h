/*
 * binfmt_misc: handlers that an administrator registered for formats the
 * kernel itself does not run (Documentation/admin-guide/binfmt-misc.rst):
 * qemu-user for foreign machines, wine, Java.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/*
 * Would an enabled handler of this machine take a file that begins with head
 * and is called path?  Its interpreter goes into buf.  False also where
 * binfmt_misc is not mounted.
 */
bool gl_binfmt_find(const char *head, size_t len, const char *path, char *buf, size_t size) GL_MUST_CHECK;
