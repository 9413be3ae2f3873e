/*
 * Kernel versions as policies compare them, and which calls each release had.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* Comparable: 4.8 is 0x00040008. */
#define GL_KERNEL(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))

/* Reads "6.7" (what follows after a "." or "-" is ignored: "6.7.3-amd64"); false if it is none. */
bool gl_kernel_parse(const char *text, size_t len, uint32_t *ret_kernel) GL_MUST_CHECK GL_NONNULL;

/* The first and the last release whose calls are known here. */
uint32_t gl_kernel_first_known(void);
uint32_t gl_kernel_last_known(void);

/*
 * The highest system call number of that release, which must lie between the
 * two above.  Since 5.1 new calls get one number on all machines (kernel,
 * commit 39036cd27273 "arch: add pidfd and io_uring syscalls everywhere").
 */
unsigned gl_kernel_highest_call(uint32_t kernel);
