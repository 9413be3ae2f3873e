/*
 * What the Go runtime cannot do without, by Go release and cgo, and whether a
 * policy leaves it that.
 *
 * Found by answering one call after the other with EPERM and with ENOSYS under
 * programs built by Go 1.19 and 1.27, and from the runtime's sources for those
 * between.
 */
#pragma once

#include "base/buf.h"
#include "policy/decide.h"

/* Which program is asked about. */
struct gl_starve_program {
	unsigned minor; /* of Go 1.x; 0: any release */
	bool cgo;	/* with cgo, or perhaps with it */
};

/* Answers that end the program, or take from it what it was started for. */
enum gl_starve_answer {
	GL_STARVE_KILL = 1 << 0,  /* killed, or ended by SIGSYS */
	GL_STARVE_ERRNO = 1 << 1, /* any errno but ENOSYS */
	GL_STARVE_ENOSYS = 1 << 2
};

#define GL_STARVE_ARGUMENTS 4

struct gl_starve_need {
	const char *call;
	uint64_t args[GL_STARVE_ARGUMENTS]; /* as the runtime makes it; the others are 0 */
	unsigned from, before;		    /* minor releases of Go 1; 0: all */
	bool cgo;			    /* libc's call, in programs with cgo */
	unsigned fatal;			    /* enum gl_starve_answer */
	const char *effect;
};

extern const struct gl_starve_need gl_starve_needs[];
extern const size_t gl_starve_need_count;

/* "fcntl (Go 1.22 and later): ends with ..." */
void gl_starve_describe(const struct gl_starve_need *need, struct gl_buf *text) GL_NONNULL;

/*
 * Does the policy's answer to this need starve the program?  Asked for the machine's
 * own ABI; calls that it has not got starve nobody.
 */
bool gl_starves(const struct gl_policy *policy, const struct gl_policy_facts *facts,
		const struct gl_starve_program *program, const struct gl_starve_need *need,
		struct gl_policy_decision *ret_decision) GL_NONNULL;
