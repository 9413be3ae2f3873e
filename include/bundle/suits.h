/*
 * What can be told of a bundle and a program without looking for libraries:
 * machine, libc, kernel, CPU, mount, and whether the program's user gets at it.
 */
#pragma once

#include "base/buf.h"
#include "bundle/bundle.h"
#include "diag/examine.h"

/*
 * Of the program's machine and of the libc whose loader it names?  (By that
 * name: the loader itself may be missing.)
 */
bool gl_bundle_is_of_kind(const struct gl_bundle *bundle, const struct gl_examination *x) GL_NONNULL;

/*
 * May it carry the program here?  x is its examination, program the file that
 * the stub would map (absolute inside the root), named the one that execve would
 * have got: the same, or the one that the bundle has a copy of.
 * Returns true, or false with the reason in why ("it needs Linux 5.4.0, this
 * kernel is 4.19.1").
 *
 * Rules behind it: the stub reads what it maps, where execve needs x permission
 * alone; a noexec mount denies mmap(2) with PROT_EXEC; setuid bits and file
 * capabilities count in execve only (fs/exec.c), and the stub is what is executed.
 */
bool gl_bundle_suits(const struct gl_bundle *bundle, struct gl_host *host, const struct gl_examination *x,
		     const char *program, const char *named, struct gl_buf *why) GL_NONNULL;
