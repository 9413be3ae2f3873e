/*
 * The disassembler: see policy/disassemble.h.
 *
 * What the accumulator holds and which architecture it is are followed along
 * the jumps.  These go forward only, so one pass knows all that leads to an
 * instruction when it comes there; where two ways disagree, it is unknown.
 */
#include "policy/disassemble.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"

#define UNKNOWN	      UINT32_MAX
#define NUMBER	      offsetof(struct seccomp_data, nr)
#define ARCH	      offsetof(struct seccomp_data, arch)
#define POINTER	      offsetof(struct seccomp_data, instruction_pointer)
#define ARGS	      offsetof(struct seccomp_data, args)
#define LABEL_WIDTH   8
#define TARGET_COLUMN 41 /* where what follows a comparison or a condition stands */

/* What is known where an instruction stands. */
struct state {
	bool reached, labelled;
	uint32_t held; /* the offset of what was loaded */
	uint32_t arch; /* AUDIT_ARCH_* */
};

struct listing {
	const struct gl_filter *filter;
	const struct gl_machine_calls *machine;
	struct state *states; /* owned */
	struct gl_buf *text;
	size_t line; /* where this one begins in the text */
};

/* --- what is known ------------------------------------------------------------- */

static void reach(struct listing *l, size_t at, struct state from)
{
	struct state *to = &l->states[at];

	if (!to->reached) {
		to->held = from.held;
		to->arch = from.arch;
	}
	to->reached = true;
	to->held = to->held == from.held ? from.held : UNKNOWN;
	to->arch = to->arch == from.arch ? from.arch : UNKNOWN;
}

static void jump(struct listing *l, size_t at, uint32_t skip, struct state from)
{
	reach(l, at + 1 + skip, from);
	if (skip > 0)
		l->states[at + 1 + skip].labelled = true;
}

static void follow_branch(struct listing *l, size_t at)
{
	const struct sock_filter *insn = &l->filter->insns[at];
	struct state from = l->states[at], if_true = from;

	if (BPF_OP(insn->code) == BPF_JEQ && from.held == ARCH)
		if_true.arch = insn->k;
	jump(l, at, insn->jt, if_true);
	jump(l, at, insn->jf, from);
}

static const struct gl_filter_patch *find_patch(const struct listing *l, size_t at)
{
	for (size_t i = 0; i < l->filter->patch_count; i++)
		if (l->filter->patches[i].instruction == at)
			return &l->filter->patches[i];
	return NULL;
}

static void follow_jump(struct listing *l, size_t at)
{
	const struct gl_filter_patch *patch = find_patch(l, at);

	jump(l, at, patch ? patch->if_true : l->filter->insns[at].k, l->states[at]);
	if (patch)
		jump(l, at, patch->if_false, l->states[at]);
}

static void follow(struct listing *l, size_t at)
{
	const struct sock_filter *insn = &l->filter->insns[at];
	struct state next = l->states[at];

	switch (BPF_CLASS(insn->code)) {
	case BPF_RET:
		return;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_JA)
			follow_jump(l, at);
		else
			follow_branch(l, at);
		return;
	default:
		next.held = BPF_CLASS(insn->code) == BPF_LD ? insn->k : UNKNOWN;
		reach(l, at + 1, next);
	}
}

/* --- words ---------------------------------------------------------------------- */

static void put_word(struct gl_buf *text, uint32_t offset)
{
	if (offset == NUMBER)
		gl_buf_puts(text, "number");
	else if (offset == ARCH)
		gl_buf_puts(text, "arch");
	else if (offset < ARGS)
		gl_buf_printf(text, "instruction pointer%s", offset > POINTER ? ", high" : "");
	else
		gl_buf_printf(text, "arg%u%s", (unsigned)((offset - ARGS) / sizeof(uint64_t)),
			      offset % sizeof(uint64_t) ? ", high" : "");
}

void gl_filter_describe_return(uint32_t value, struct gl_buf *text)
{
	static const struct {
		uint32_t action;
		const char *name;
	} actions[] = {
		{SECCOMP_RET_ALLOW, "allow"},	    {SECCOMP_RET_LOG, "log"},
		{SECCOMP_RET_USER_NOTIF, "notify"}, {SECCOMP_RET_TRAP, "trap"},
		{SECCOMP_RET_KILL_PROCESS, "kill"}, {SECCOMP_RET_KILL_THREAD, "kill thread"},
		{SECCOMP_RET_TRACE, "trace"},
	};
	uint32_t data = value & SECCOMP_RET_DATA;
	const char *name = gl_vocabulary_errno_name((int)data);

	if ((value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
		if (name)
			gl_buf_printf(text, "errno %s", name);
		else
			gl_buf_printf(text, "errno %u", data);
		return;
	}
	for (size_t i = 0; i < GL_ARRAY_SIZE(actions); i++) {
		if (actions[i].action == (value & SECCOMP_RET_ACTION_FULL)) {
			gl_buf_puts(text, actions[i].name);
			return;
		}
	}
	gl_buf_printf(text, "%#010x", value);
}

static void put_caps(struct gl_buf *text, uint64_t caps)
{
	const char *separator = "unless cap ";

	for (unsigned i = 0; i < 64; i++) {
		char name[GL_CAPABILITY_NAME];

		if (!(caps & UINT64_C(1) << i))
			continue;
		gl_buf_puts(text, separator);
		if (gl_vocabulary_capability_name(i, name))
			gl_buf_puts(text, name);
		else
			gl_buf_printf(text, "%u", i);
		separator = ", ";
	}
}

static void put_condition(struct gl_buf *text, const struct gl_filter_condition *condition)
{
	const char *separator = "if ";

	if (condition->if_kernel_from != 0) {
		gl_buf_printf(text, "%skernel >= %u.%u", separator, condition->if_kernel_from >> 16,
			      condition->if_kernel_from & 0xffff);
		separator = " && ";
	}
	if (condition->if_kernel_below != 0) {
		gl_buf_printf(text, "%skernel < %u.%u", separator, condition->if_kernel_below >> 16,
			      condition->if_kernel_below & 0xffff);
		separator = " && ";
	}
	if (condition->unless_caps != 0 && separator[0] == ' ')
		gl_buf_putc(text, ' ');
	put_caps(text, condition->unless_caps);
}

/* The call of this number, where it is known whose number it is. */
static const char *call_name(const struct listing *l, uint32_t arch, uint32_t number)
{
	const struct gl_abi *abi = gl_abi_of(l->machine, arch, number);
	uint16_t call = abi ? gl_syscall_at(abi, abi->x32 ? number & ~GL_X32_BIT : number) : GL_CALL_NONE;

	return call == GL_CALL_NONE ? NULL : l->machine->calls[call].name;
}

static void put_operand(const struct listing *l, const struct state *state, uint32_t k)
{
	const struct gl_abi *abi = state->held == ARCH ? gl_abi_of(l->machine, k, 0) : NULL;
	const char *call = state->held == NUMBER ? call_name(l, state->arch, k) : NULL;

	if (abi)
		gl_buf_puts(l->text, abi->name);
	else if (state->held == NUMBER && k < GL_X32_BIT)
		gl_buf_printf(l->text, "%u", k);
	else
		gl_buf_printf(l->text, "%#x", k);
	if (call)
		gl_buf_printf(l->text, " (%s)", call);
}

/* --- lines ---------------------------------------------------------------------- */

/* Up to a column of the line, at least one blank. */
static void pad(struct listing *l, size_t column)
{
	size_t len = l->text->len - l->line;

	gl_buf_printf(l->text, "%*s", len < column ? (int)(column - len) : 1, "");
}

static void begin(struct listing *l, size_t at)
{
	l->line = l->text->len;
	if (l->states[at].labelled)
		gl_buf_printf(l->text, "L%zu:", at);
	pad(l, LABEL_WIDTH);
}

static void put_branch(struct listing *l, size_t at)
{
	static const char *const operators[] = {
		[BPF_JEQ >> 4] = "==", [BPF_JGT >> 4] = ">", [BPF_JGE >> 4] = ">=", [BPF_JSET >> 4] = "&"};
	const struct sock_filter *insn = &l->filter->insns[at];

	gl_buf_printf(l->text, "if %s ", operators[BPF_OP(insn->code) >> 4]);
	put_operand(l, &l->states[at], insn->k);
	pad(l, TARGET_COLUMN);
	if (insn->jt > 0)
		gl_buf_printf(l->text, "then L%zu", at + 1 + insn->jt);
	if (insn->jf > 0)
		gl_buf_printf(l->text, "%selse L%zu", insn->jt > 0 ? " " : "", at + 1 + insn->jf);
}

static void put_jump(struct listing *l, size_t at)
{
	const struct gl_filter_patch *patch = find_patch(l, at);
	uint32_t skip = patch ? patch->if_true : l->filter->insns[at].k;

	if (skip > 0 || !patch)
		gl_buf_printf(l->text, "go to L%zu", at + 1 + skip);
	else
		gl_buf_puts(l->text, "go on");
	if (!patch)
		return;
	pad(l, TARGET_COLUMN);
	put_condition(l->text, &patch->condition);
	gl_buf_printf(l->text, "; else L%zu", at + 1 + patch->if_false);
}

static void put_return(struct listing *l, size_t at)
{
	const struct gl_filter_patch *patch = find_patch(l, at);

	gl_buf_puts(l->text, "return ");
	gl_filter_describe_return(patch ? patch->if_true : l->filter->insns[at].k, l->text);
	if (!patch)
		return;
	pad(l, TARGET_COLUMN);
	put_condition(l->text, &patch->condition);
	gl_buf_puts(l->text, "; else ");
	gl_filter_describe_return(patch->if_false, l->text);
}

static void put_line(struct listing *l, size_t at)
{
	const struct sock_filter *insn = &l->filter->insns[at];

	begin(l, at);
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		gl_buf_puts(l->text, "load ");
		put_word(l->text, insn->k);
		break;
	case BPF_ALU:
		gl_buf_printf(l->text, "and  %#x", insn->k);
		break;
	case BPF_RET:
		put_return(l, at);
		break;
	default:
		if (BPF_OP(insn->code) == BPF_JA)
			put_jump(l, at);
		else
			put_branch(l, at);
	}
	gl_buf_putc(l->text, '\n');
}

void gl_filter_disassemble(const struct gl_filter *filter, const struct gl_machine_calls *machine,
			   struct gl_buf *text)
{
	gl_autofree struct state *states = calloc(filter->count, sizeof(*states));
	struct listing l = {filter, machine, states, text, .line = 0};

	if (!states) {
		text->error = text->error ? text->error : ENOMEM;
		return;
	}
	states[0] = (struct state){.reached = true, .held = UNKNOWN, .arch = UNKNOWN};
	for (size_t i = 0; i < filter->count; i++)
		if (states[i].reached)
			follow(&l, i);
	for (size_t i = 0; i < filter->count; i++)
		put_line(&l, i);
}
