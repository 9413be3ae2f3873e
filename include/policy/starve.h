/*
 * What the Go runtime cannot do without, by Go release and cgo, and whether a
 * policy leaves it that.
 *
 * Found by answering one call after the other with EPERM, with ENOSYS and by
 * killing under programs built by Go 1.15, 1.19, 1.22, 1.24 and 1.27, static and
 * with cgo, and held against them by tests/live/starve.sh; the releases between
 * are from the runtime's sources.
 */
#pragma once

#include "base/buf.h"
#include "gobin/gobin.h"
#include "policy/decide.h"

/* Which program is asked about. */
struct gl_starve_program {
	unsigned minor; /* of Go 1.x; 0: any release */
	enum gl_gobin_cgo cgo;
};

/* Kinds of answers that end the program, or take from it what it was started for. */
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
	enum gl_gobin_cgo cgo;		    /* YES: libc's call; NO: of programs without; UNKNOWN: of both */
	const char *instead;		    /* where this call is allowed it is a need of older libcs only */
	unsigned fatal, harmful;	    /* enum gl_starve_answer */
	const char *effect;
};

extern const struct gl_starve_need gl_starve_needs[];
extern const size_t gl_starve_need_count;

/* "fcntl (Go 1.22 and later): ends with ..." */
void gl_starve_describe(const struct gl_starve_need *need, struct gl_buf *text) GL_NONNULL;

enum gl_starve_verdict {
	GL_STARVE_NOT,
	GL_STARVE_HARMS, /* it goes on, with an answer that is not true, or ends in some places only */
	GL_STARVE_ENDS
};

/*
 * What does the policy's answer to this need do to the program?  Asked for the machine's
 * own ABI; calls that it has not got starve nobody.  *ret_decision: unless GL_STARVE_NOT.
 */
enum gl_starve_verdict gl_starves(const struct gl_policy *policy, const struct gl_policy_facts *facts,
				  const struct gl_starve_program *program, const struct gl_starve_need *need,
				  struct gl_policy_decision *ret_decision) GL_NONNULL;
