/*
 * Files of the bundle, opened for reading.
 */
#pragma once

#include "loader/elf.h"

/*
 * Opens a regular file; anything else is not waited for, read or followed into.
 * Returns 0 with a source that reads it (close source->fd), GL_LD_NOT_REGULAR
 * or -errno.
 */
int gl_ld_file_open(const char *path, struct gl_ld_source *ret);
