/*
 * The kernel's side of Landlock, for landlock.c and landlock_rules.c alone.
 * Numbers and layouts: include/uapi/linux/landlock.h.
 */
#pragma once

#include <stdint.h>

/* Calls since Linux 5.1 have the same number on every machine. */
#define GL_LANDLOCK_SYS_CREATE_RULESET 444
#define GL_LANDLOCK_SYS_ADD_RULE       445
#define GL_LANDLOCK_SYS_RESTRICT_SELF  446

#define GL_LANDLOCK_RULE_PATH 1
#define GL_LANDLOCK_RULE_PORT 2

/* A kernel that knows fewer members takes them all the same as long as the others are 0. */
struct gl_landlock_ruleset {
	uint64_t files;
	uint64_t ports; /* version 4 */
};

/* Packed there too. */
struct gl_landlock_path_rule {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));

struct gl_landlock_port_rule {
	uint64_t rights;
	uint64_t port;
};
