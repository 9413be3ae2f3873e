/*
 * The one change that golaunch makes to an ELF file: taking out the directories
 * that it names for its libraries.  A library that is copied into a bundle must
 * lose them: what it needs is beside it, and one DT_RUNPATH would cut it off from
 * the program's DT_RPATH (glibc elf/dl-load.c).  This is the only code that
 * writes ELF bytes.
 */
#pragma once

#include "base/err.h"

/*
 * Removes every DT_RPATH and DT_RUNPATH of the file at fd, which must be open for
 * reading and writing: the entries behind move up, DT_NULL takes their places.
 * The strings stay, nobody names them any more; no other byte changes, so the
 * file keeps its size.  Libraries only: an executable of a machine whose entries
 * are relative to their own place (DT_MIPS_RLD_MAP_REL) would be spoilt.
 *
 * Returns 0; 1: there was none, nothing was written; -EBADMSG: no sound ELF file,
 * or one whose dynamic section is not where both its PT_DYNAMIC and its PT_LOADs
 * say; -E2BIG: over a limit of elf/image.h; another -errno: not read or written.
 */
int gl_patch_remove_run_paths(int fd, struct gl_err *err) GL_MUST_CHECK;
