/*
 * What is mapped at an address of a process, from /proc/PID/maps (proc_pid_maps(5)).
 * Allocates nothing.  Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macros.h"

#define GL_MAPPING_PATH 4096

struct gl_mapping {
	uint64_t start, end, offset; /* offset of start in the file */
	bool executable;
	char path[GL_MAPPING_PATH]; /* as the process sees it, hostile; "": none; "[vdso]" ... */
};

/* Returns 0, 1: nothing is mapped there, or -errno: it cannot be read. */
int gl_mapping_find(pid_t pid, uint64_t address, struct gl_mapping *ret) GL_MUST_CHECK GL_NONNULL;
