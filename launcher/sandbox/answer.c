/*
 * Interpreting a filter: see sandbox/answer.h.  Classic BPF has more
 * instructions; these are the ones that golaunch writes (policy/compile.h,
 * sandbox/exec_key.h), as the kernel means them (net/core/filter.c).
 */
#include "sandbox/answer.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <string.h>

/* Where the next instruction is, or SIZE_MAX: no instruction that is known. */
static size_t after_jump(const struct sock_filter *insn, size_t at, uint32_t a)
{
	switch (insn->code) {
	case BPF_JMP | BPF_JA:
		return at + 1 + insn->k;
	case BPF_JMP | BPF_JEQ | BPF_K:
		return at + 1 + (a == insn->k ? insn->jt : insn->jf);
	case BPF_JMP | BPF_JGT | BPF_K:
		return at + 1 + (a > insn->k ? insn->jt : insn->jf);
	case BPF_JMP | BPF_JGE | BPF_K:
		return at + 1 + (a >= insn->k ? insn->jt : insn->jf);
	case BPF_JMP | BPF_JSET | BPF_K:
		return at + 1 + (a & insn->k ? insn->jt : insn->jf);
	default:
		return SIZE_MAX;
	}
}

/* Returns false if it is another instruction. */
static bool compute(const struct sock_filter *insn, uint32_t *a, uint32_t x)
{
	switch (insn->code) {
	case BPF_ALU | BPF_AND | BPF_K:
		*a &= insn->k;
		return true;
	case BPF_ALU | BPF_SUB | BPF_K:
		*a -= insn->k;
		return true;
	case BPF_ALU | BPF_OR | BPF_X:
		*a |= x;
		return true;
	default:
		return false;
	}
}

uint32_t gl_filter_answer(const struct sock_filter *insns, size_t count, const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0;

	for (size_t at = 0; at < count;) {
		const struct sock_filter *insn = &insns[at];

		if (insn->code == (BPF_RET | BPF_K))
			return insn->k;
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS) && insn->k <= sizeof(*data) - sizeof(a)) {
			memcpy(&a, (const char *)data + insn->k, sizeof(a));
			at++;
		} else if (insn->code == (BPF_MISC | BPF_TAX)) {
			x = a;
			at++;
		} else if (compute(insn, &a, x)) {
			at++;
		} else {
			at = after_jump(insn, at, a);
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}
