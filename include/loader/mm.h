/*
 * Tells the kernel what it would know after execve of the program: names and
 * numbers that debuggers and process lists read.  Nothing depends on it, and
 * whatever fails is let be.
 */
#pragma once

#include "loader/elf.h"
#include "loader/vector.h"

/*
 * /proc/PID/auxv becomes the vector's (gdb finds the program by it), code and
 * data in /proc/PID/stat the program's.  Needs no privilege, but a kernel with
 * CONFIG_CHECKPOINT_RESTORE (Linux 3.18).
 */
void gl_ld_mm_tell(const struct gl_ld_vector *vector, const struct gl_ld_elf *program, uint64_t bias);

/* /proc/PID/comm: after execve of a memfd it is a number or the memfd's name. */
void gl_ld_mm_name(const char *name);
