/*
 * What is asked when answers are compared with those of Docker's profile: every
 * call of each ABI, with arguments at and around every value that either side
 * compares with; and which differences there may be, each with its reason
 * (tests/sim/docker-differences.list).
 */
#pragma once

#include <linux/capability.h>
#include <linux/seccomp.h>

#include "policy/decide.h"
#include "tests/lib/docker_profile.h"

#define GL_DOCKER_NUMBERS     520 /* beyond every number that either side knows */
#define GL_DOCKER_DIFFERENCES "tests/sim/docker-differences.list"

#define GL_DOCKER_CAP(name) (UINT64_C(1) << CAP_##name)
/* What Docker gives a container's root by default. */
#define GL_DOCKER_CAPS                                                                                       \
	(GL_DOCKER_CAP(CHOWN) | GL_DOCKER_CAP(DAC_OVERRIDE) | GL_DOCKER_CAP(FSETID) |                        \
	 GL_DOCKER_CAP(FOWNER) | GL_DOCKER_CAP(MKNOD) | GL_DOCKER_CAP(NET_RAW) | GL_DOCKER_CAP(SETGID) |     \
	 GL_DOCKER_CAP(SETUID) | GL_DOCKER_CAP(SETFCAP) | GL_DOCKER_CAP(SETPCAP) |                           \
	 GL_DOCKER_CAP(NET_BIND_SERVICE) | GL_DOCKER_CAP(SYS_CHROOT) | GL_DOCKER_CAP(KILL) |                 \
	 GL_DOCKER_CAP(AUDIT_WRITE))
#define GL_DOCKER_ALL_CAPS ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

struct gl_docker_machine {
	const char *name;   /* as uname(2) says */
	const char *docker; /* as Docker says */
	struct {
		uint32_t arch;
		bool wide; /* registers of 64 bits */
	} abis[2];	   /* its own first */
};
extern const struct gl_docker_machine gl_docker_machines[2];

/* What Docker and runc make of the profile for one ABI. */
struct gl_docker_side {
	struct gl_docker_filter filter;
	unsigned highest;
};
#define GL_DOCKER_SIDE_INIT ((struct gl_docker_side){.highest = 0})

/* json: the profile's text.  Returns false, with a message on stderr, if it cannot.  gl_docker_done() its filter. */
bool gl_docker_side(const char *json, const struct gl_docker_machine *machine, unsigned abi,
		    const struct gl_policy_facts *facts, struct gl_docker_side *ret);
/* SECCOMP_RET_*, with the errno.  Ends the program where the filter is none. */
uint32_t gl_docker_answer(const struct gl_docker_side *side, const struct seccomp_data *data);
uint32_t gl_docker_run(const struct sock_filter *filter, size_t count, const struct seccomp_data *data);

/* Calls ask with all arguments that may make a difference: one at a time takes every value, the others are 0. */
void gl_docker_each_arguments(const struct gl_docker_machine *machine, unsigned abi, int number,
			      void (*ask)(void *arg, const struct seccomp_data *data), void *arg);

/* --- differences ---------------------------------------------------------------------------------- */

enum gl_difference_kind {
	GL_DIFFERENCE_CALLS,	  /* calls, perhaps under a condition */
	GL_DIFFERENCE_UNASSIGNED, /* numbers that no call has */
	GL_DIFFERENCE_X32,	  /* all x32 calls */
};

struct gl_docker_difference {
	enum gl_difference_kind kind;
	struct gl_policy calls;	   /* CALLS: its only statement says which */
	uint32_t golaunch, docker; /* SECCOMP_RET_*, or: */
#define GL_DOCKER_ANY UINT32_MAX
	char *reason; /* owned */
};

#define GL_DOCKER_MAX_DIFFERENCES 64

struct gl_docker_differences {
	const struct gl_machine_calls *machine;
	struct gl_docker_difference items[GL_DOCKER_MAX_DIFFERENCES];
	size_t count;
};

/* Reads the list for a machine.  Returns false, with a message on stderr, where a line is wrong. */
bool gl_docker_differences_read(const char *path, const char *machine, struct gl_docker_differences *ret);
void gl_docker_differences_done(struct gl_docker_differences *differences);

/* The one that this is: its index, or the count if it is none. */
size_t gl_docker_difference_find(const struct gl_docker_differences *differences,
				 const struct seccomp_data *data, uint32_t golaunch, uint32_t docker);
