/*
 * What a Go program and the C library behind cgo open by themselves: allowed
 * wherever a policy restricts files (sandbox/landlock.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gl_landlock_path {
	const char *path;
	uint64_t rights; /* GL_LANDLOCK_*; of a file, those of directories do not count */
	const char *why;
};

/* Those that are not there are passed over. */
extern const struct gl_landlock_path gl_landlock_paths[];
extern const size_t gl_landlock_path_count;

/* The process's own: another directory for each process, so it is opened by the one that is restricted. */
#define GL_LANDLOCK_SELF "/proc/self"
