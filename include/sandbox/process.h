/*
 * What the plan must know of the process that will apply it: golaunch itself.
 * Read once before anything is decided; tests write their own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "sandbox/capsets.h"

struct gl_process {
	uid_t uid[3]; /* real, effective, saved */
	gid_t gid[3];
	gid_t *groups; /* owned */
	size_t group_count;
	struct gl_capsets caps;
	bool root_is_plain; /* SECBIT_NOROOT: uid 0 brings no capabilities */
	bool no_new_privs;  /* set already, by whoever started us */
	bool filters;	    /* the kernel has seccomp filters and lets us ask */
	bool filtered;	    /* an outer filter is on us */
	uint32_t kernel;    /* GL_KERNEL() */
};
#define GL_PROCESS_INIT ((struct gl_process){.groups = NULL})

int gl_process_read(struct gl_process *ret_process, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
void gl_process_done(struct gl_process *process) GL_NONNULL;
#define gl_autoprocess GL_CLEANUP(gl_process_done)
