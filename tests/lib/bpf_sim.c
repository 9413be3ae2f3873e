/*
 * A BPF interpreter for tests: see tests/lib/bpf_sim.h.  Jumps go forward only,
 * so every run ends.
 */
#include "tests/lib/bpf_sim.h"

#include <linux/bpf_common.h>
#include <string.h>

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
};

static bool load(struct machine *m, const struct sock_filter *insn, const struct seccomp_data *data)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		if (BPF_SIZE(insn->code) != BPF_W || insn->k % 4 != 0 || insn->k > sizeof(*data) - 4)
			return false;
		memcpy(&m->a, (const char *)data + insn->k, 4);
		return true;
	case BPF_IMM:
		m->a = insn->k;
		return true;
	case BPF_MEM:
		if (insn->k >= BPF_MEMWORDS)
			return false;
		m->a = m->memory[insn->k];
		return true;
	default:
		return false;
	}
}

static bool store(struct machine *m, const struct sock_filter *insn)
{
	if (insn->k >= BPF_MEMWORDS)
		return false;
	m->memory[insn->k] = m->a;
	return true;
}

/* Of the arithmetic what libseccomp and golaunch write. */
static bool compute(struct machine *m, const struct sock_filter *insn)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_AND:
		m->a &= operand;
		return true;
	case BPF_OR:
		m->a |= operand;
		return true;
	case BPF_SUB:
		m->a -= operand;
		return true;
	default:
		return false;
	}
}

/* How many instructions to skip; SIZE_MAX for an unknown jump. */
static size_t jump(const struct machine *m, const struct sock_filter *insn)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return insn->k;
	case BPF_JEQ:
		return m->a == operand ? insn->jt : insn->jf;
	case BPF_JGT:
		return m->a > operand ? insn->jt : insn->jf;
	case BPF_JGE:
		return m->a >= operand ? insn->jt : insn->jf;
	case BPF_JSET:
		return m->a & operand ? insn->jt : insn->jf;
	default:
		return SIZE_MAX;
	}
}

bool gl_bpf_run(const struct sock_filter *filter, size_t count, const struct seccomp_data *data,
		uint32_t *ret)
{
	struct machine m = {0};

	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *insn = &filter[i];
		size_t skip = 0;
		bool ok = true;

		switch (BPF_CLASS(insn->code)) {
		case BPF_RET:
			*ret = BPF_RVAL(insn->code) == BPF_A ? m.a : insn->k;
			return true;
		case BPF_LD:
			ok = load(&m, insn, data);
			break;
		case BPF_ST:
			ok = store(&m, insn);
			break;
		case BPF_ALU:
			ok = compute(&m, insn);
			break;
		case BPF_JMP:
			skip = jump(&m, insn);
			break;
		case BPF_MISC:
			ok = BPF_MISCOP(insn->code) == BPF_TAX;
			m.x = m.a;
			break;
		default:
			ok = false;
		}
		if (!ok || skip >= count - i)
			return false;
		i += skip;
	}
	return false;
}
