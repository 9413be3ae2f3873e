/*
 * From a filter that denies to one that notifies: see sandbox/observe.h.  Returns are
 * constants (policy/compile.h), so it is their constants that change, and nothing else.
 */
#include "sandbox/observe.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

static bool is_denial(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return false;
	case SECCOMP_RET_ERRNO:
		return (answer & SECCOMP_RET_DATA) != ENOSYS;
	default:
		return true;
	}
}

void gl_observe_filter(struct sock_filter *insns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (insns[i].code == (BPF_RET | BPF_K) && is_denial(insns[i].k))
			insns[i].k = SECCOMP_RET_USER_NOTIF;
}
