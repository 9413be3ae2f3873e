/*
 * What a filter must be before anybody takes it: see gl_filter_check() in
 * policy/compile.h.  The kernel's own rules, for the instructions that the
 * compiler uses; others, though the kernel may take them, are refused.
 */
#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include "policy/compile.h"

static bool jumps_within(const struct gl_filter *filter, size_t at, uint32_t skip)
{
	return skip < filter->count - at - 1;
}

static bool is_known(const struct gl_filter *filter, size_t at)
{
	const struct sock_filter *insn = &filter->insns[at];

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return insn->k % 4 == 0 && insn->k < sizeof(struct seccomp_data);
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_RET | BPF_K:
		return true;
	case BPF_JMP | BPF_JA:
		return jumps_within(filter, at, insn->k);
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return jumps_within(filter, at, insn->jt) && jumps_within(filter, at, insn->jf);
	default:
		return false;
	}
}

static bool is_patchable(const struct gl_filter *filter, const struct gl_filter_patch *patch)
{
	size_t at = patch->instruction;

	if (at >= filter->count)
		return false;
	if (filter->insns[at].code == (BPF_JMP | BPF_JA))
		return jumps_within(filter, at, patch->if_true) && jumps_within(filter, at, patch->if_false);
	return filter->insns[at].code == (BPF_RET | BPF_K);
}

int gl_filter_check(const struct gl_filter *filter, struct gl_err *err)
{
	if (filter->count == 0 || filter->count > BPF_MAXINSNS)
		return gl_err_set(err, EBADMSG, "a filter of %zu instructions", filter->count);
	for (size_t i = 0; i < filter->count; i++)
		if (!is_known(filter, i))
			return gl_err_set(err, EBADMSG, "instruction %zu is not one of a filter", i);
	if (filter->insns[filter->count - 1].code != (BPF_RET | BPF_K))
		return gl_err_set(err, EBADMSG, "the last instruction is no return");
	if (filter->patch_count > GL_FILTER_MAX_PATCHES)
		return gl_err_set(err, EBADMSG, "a filter of %zu patches", filter->patch_count);
	for (size_t i = 0; i < filter->patch_count; i++)
		if (!is_patchable(filter, &filter->patches[i]))
			return gl_err_set(err, EBADMSG, "patch %zu is not one of a return or a jump", i);
	return 0;
}
