/*
 * Kernel versions as policies compare them.
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

/*
 * The same with nothing behind it, as a person writes it: policies compare no
 * more than major and minor release, so "4.19.100" would be read as something else
 * than it seems (Docker refuses it in "minKernel" too).
 */
bool gl_kernel_parse_exact(const char *text, size_t len, uint32_t *ret_kernel) GL_MUST_CHECK GL_NONNULL;
