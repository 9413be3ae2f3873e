/*
 * Runs a seccomp filter without a kernel: the instructions that seccomp allows
 * (kernel: seccomp_check_filter), on one system call.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Stores the SECCOMP_RET_* value in *ret.  Returns false where the kernel would
 * refuse the program: an unknown instruction, a jump or load out of range, no
 * return at the end.
 */
bool gl_bpf_run(const struct sock_filter *filter, size_t count, const struct seccomp_data *data,
		uint32_t *ret);
