/*
 * Presets: policies compiled when golaunch was built and embedded as BPF.
 *
 * A preset's program is complete (machine, 32-bit and x32 prologue included).
 * Rules that stand under a condition that only the launch knows ("unless cap
 * SYS_ADMIN", "if kernel >= 4.8") return a marker: SECCOMP_RET_ERRNO with data
 * GL_PRESET_MARKER + index into conditions[].  sandbox/filter.h settles them:
 * the marker becomes the denial, or SECCOMP_RET_ALLOW.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/*
 * What a conditional rule asks.  Its denial holds where all of this is true:
 * the program can have none of unless_caps, and the kernel is in the range.
 */
struct gl_preset_condition {
	uint64_t unless_caps;	  /* bit = CAP_*; 0: no such condition */
	uint32_t if_kernel_below; /* GL_KERNEL(); 0: any */
	uint32_t if_kernel_from;  /* GL_KERNEL(); 0: any */
	uint32_t deny_return;	  /* the SECCOMP_RET_* value when the denial holds */
};

#define GL_PRESET_MARKER	 0x0e00u /* no errno of Linux is as high, and it is below MAX_ERRNO (4095) */
#define GL_PRESET_MAX_CONDITIONS 0x100u

struct gl_preset {
	const char *name;
	uint16_t elf_machine;
	const struct sock_filter *filter;
	size_t filter_count;
	const struct gl_preset_condition *conditions;
	size_t condition_count;
};

/* The embedded preset of that name, or NULL.  "none" is no preset. */
const struct gl_preset *gl_preset_find(const char *name) GL_NONNULL;

/* What policy-embed generates. */
extern const struct gl_preset gl_preset_table[];
extern const size_t gl_preset_table_count;
