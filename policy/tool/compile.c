/*
 * The parts of a filter that are not libseccomp's: see policy/tool/compile.h.
 */
#include "policy/tool/compile.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>

#include "policy/kernel.h"

#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define IF(op) (BPF_JMP | (op) | BPF_K)
#define RETURN (BPF_RET | BPF_K)

/* Leaves whose rule tests arguments: in the tree they return this plus the rule's place in the list of blocks. */
#define BLOCK_MARKER  0x0f00u
#define MAX_BLOCKS    0x100u
#define MAX_LEAVES    1024
#define JUMP_TO_ALLOW 0xff /* to be replaced: out of the block, to its last instruction */

#define ARM_PRIVATE_FIRST 0x0f0001u
#define ARM_PRIVATE_LAST  0x0f0005u

/* All known ABIs, to tell a call of another machine from a call that does not exist. */
static const struct gl_target targets[] = {
	{"x86_64", EM_X86_64, {{AUDIT_ARCH_X86_64, false}, {AUDIT_ARCH_I386, false}}},
	{"aarch64", EM_AARCH64, {{AUDIT_ARCH_AARCH64, false}, {AUDIT_ARCH_ARM, true}}},
};

const struct gl_target *gl_target_find(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

void gl_program_emit(struct gl_program *program, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (program->count < BPF_MAXINSNS)
		program->insns[program->count] = (struct sock_filter){code, jt, jf, k};
	program->count++;
}

void gl_program_return_errno(struct gl_program *program, unsigned data)
{
	gl_program_emit(program, RETURN, 0, 0, SECCOMP_RET_ERRNO | data);
}

/* Reserves a long jump; gl_program_land() says where to. */
static size_t leap(struct gl_program *program)
{
	gl_program_emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
	return program->count - 1;
}

static void land(struct gl_program *program, size_t from)
{
	if (from < BPF_MAXINSNS)
		program->insns[from].k = (uint32_t)(program->count - from - 1);
}

/* The compiler's state for one filter. */
struct compiler {
	const struct gl_policy *policy;
	struct gl_compiled *out;
	unsigned *data; /* [rule]: what a denial returns: an errno or a condition's marker */
	struct gl_err *err;
};

/* The marker of the rule's condition, which may be another rule's too. */
static int rule_condition(struct compiler *compiler, const struct gl_policy_rule *rule, unsigned *ret_data)
{
	struct gl_compiled *out = compiler->out;
	const struct gl_preset_condition wanted = {
		.unless_caps = rule->unless_caps,
		.if_kernel_below = rule->if_kernel_below,
		.if_kernel_from = rule->if_kernel_from,
		.deny_return = SECCOMP_RET_ERRNO | (unsigned)rule->errnum,
	};
	size_t i = 0;

	while (i < out->condition_count && (out->conditions[i].unless_caps != wanted.unless_caps ||
					    out->conditions[i].if_kernel_below != wanted.if_kernel_below ||
					    out->conditions[i].if_kernel_from != wanted.if_kernel_from ||
					    out->conditions[i].deny_return != wanted.deny_return))
		i++;
	if (i == GL_PRESET_MAX_CONDITIONS)
		return gl_err_set(compiler->err, E2BIG, "more than %u different conditions",
				  GL_PRESET_MAX_CONDITIONS);
	if (i == out->condition_count)
		out->conditions[out->condition_count++] = wanted;
	*ret_data = GL_PRESET_MARKER + (unsigned)i;
	return 0;
}

static int rule_data(struct compiler *compiler, const struct gl_policy_rule *rule, unsigned *ret_data)
{
	if (rule->unless_caps != 0 || rule->if_kernel_below != 0 || rule->if_kernel_from != 0)
		return rule_condition(compiler, rule, ret_data);
	*ret_data = (unsigned)rule->errnum;
	return 0;
}

static void emit_test(struct gl_program *program, const struct gl_policy_test *test)
{
	/* The low half: all targets are little-endian. */
	gl_program_emit(program, LOAD, 0, 0,
			(uint32_t)(offsetof(struct seccomp_data, args) + test->argument * sizeof(uint64_t)));
	if (test->op == GL_POLICY_ANY_BIT) {
		gl_program_emit(program, IF(BPF_JSET), 0, JUMP_TO_ALLOW, test->values[0]);
		return;
	}
	for (size_t i = 0; i < test->value_count; i++) {
		size_t rest = test->value_count - i - 1;

		if (test->op == GL_POLICY_NOT_IN)
			gl_program_emit(program, IF(BPF_JEQ), JUMP_TO_ALLOW, 0, test->values[i]);
		else
			gl_program_emit(program, IF(BPF_JEQ), (uint8_t)rest, rest ? 0 : JUMP_TO_ALLOW,
					test->values[i]);
	}
}

/* The tests of a rule: all hold: the denial; else allow. */
static void emit_block(struct gl_program *program, const struct gl_policy_rule *rule, unsigned data)
{
	size_t start = program->count, allow;

	for (size_t i = 0; i < rule->test_count; i++)
		emit_test(program, &rule->tests[i]);
	gl_program_return_errno(program, data);
	allow = program->count;
	gl_program_emit(program, RETURN, 0, 0, SECCOMP_RET_ALLOW);
	for (size_t i = start; i < allow && allow < BPF_MAXINSNS; i++) {
		struct sock_filter *insn = &program->insns[i];

		if (insn->jt == JUMP_TO_ALLOW)
			insn->jt = (uint8_t)(allow - i - 1);
		if (insn->jf == JUMP_TO_ALLOW)
			insn->jf = (uint8_t)(allow - i - 1);
	}
}
_Static_assert(GL_POLICY_MAX_TESTS *(GL_POLICY_MAX_VALUES + 1) + 2 < JUMP_TO_ALLOW,
	       "a block fits short jumps");

/* Lets every leaf of the tree that returned this block's marker jump to the program's end. */
static void redirect_leaves(struct gl_program *program, size_t tree, size_t tree_end, unsigned block)
{
	for (size_t i = tree; i < tree_end; i++) {
		struct sock_filter *insn = &program->insns[i];

		if (insn->code != RETURN || insn->k != (SECCOMP_RET_ERRNO | (BLOCK_MARKER + block)))
			continue;
		*insn = (struct sock_filter){.code = BPF_JMP | BPF_JA};
		land(program, i);
	}
}

/* Numbers newer than the policy: ENOSYS.  x32's (bit 30) and -1 are above every known number. */
static void emit_newer(struct gl_program *program, const struct gl_abi *abi, uint32_t known_through)
{
	unsigned highest = gl_kernel_highest_call(known_through);

	gl_program_emit(program, LOAD, 0, 0, offsetof(struct seccomp_data, nr));
	if (!abi->private_calls) {
		gl_program_emit(program, IF(BPF_JGT), 0, 1, highest);
		gl_program_return_errno(program, ENOSYS);
		return;
	}
	gl_program_emit(program, IF(BPF_JGT), 0, 4, highest);
	gl_program_emit(program, IF(BPF_JGE), 0, 2, ARM_PRIVATE_FIRST);
	gl_program_emit(program, IF(BPF_JGT), 1, 0, ARM_PRIVATE_LAST);
	gl_program_emit(program, RETURN, 0, 0, SECCOMP_RET_ALLOW);
	gl_program_return_errno(program, ENOSYS);
}

/* The calls of the policy that this ABI has.  Rules with tests get a block each, in the order of the rules. */
static size_t collect_leaves(const struct compiler *compiler, const struct gl_abi *abi,
			     const unsigned *leaf_data, struct gl_leaf *leaves)
{
	const struct gl_policy *policy = compiler->policy;
	size_t count = 0;

	for (size_t i = 0; i < policy->call_count && count < MAX_LEAVES; i++) {
		const struct gl_policy_call *call = &policy->calls[i];
		int nr = gl_tree_number(abi->arch, call->name, call->name_len);

		if (nr >= 0)
			leaves[count++] = (struct gl_leaf){(unsigned)nr, leaf_data[call->rule]};
	}
	return count;
}

static int compile_abi(struct compiler *compiler, const struct gl_abi *abi)
{
	const struct gl_policy *policy = compiler->policy;
	struct gl_program *program = &compiler->out->program;
	struct gl_leaf leaves[MAX_LEAVES];
	unsigned leaf_data[MAX_BLOCKS];
	size_t tree, tree_end;
	int r;

	for (size_t i = 0; i < policy->rule_count; i++)
		leaf_data[i] =
			policy->rules[i].test_count > 0 ? BLOCK_MARKER + (unsigned)i : compiler->data[i];
	emit_newer(program, abi, policy->known_through);
	tree = program->count;
	r = gl_tree_append(leaves, collect_leaves(compiler, abi, leaf_data, leaves), program, compiler->err);
	if (r < 0)
		return r;
	tree_end = GL_MIN(program->count, (size_t)BPF_MAXINSNS);
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].test_count == 0)
			continue;
		redirect_leaves(program, tree, tree_end, (unsigned)i);
		emit_block(program, &policy->rules[i], compiler->data[i]);
	}
	return 0;
}

static int check_names(const struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->policy->call_count; i++) {
		const struct gl_policy_call *call = &compiler->policy->calls[i];
		bool known = false;

		for (size_t j = 0; j < GL_ARRAY_SIZE(targets) * GL_TARGET_ABIS && !known; j++)
			known = gl_tree_number(targets[j / GL_TARGET_ABIS].abis[j % GL_TARGET_ABIS].arch,
					       call->name, call->name_len) >= 0;
		if (!known)
			return gl_policy_complain(compiler->policy, call->place, EINVAL, compiler->err,
						  "no machine has a system call of this name");
	}
	return 0;
}

static int compile_all(struct compiler *compiler, const struct gl_target *target)
{
	struct gl_program *program = &compiler->out->program;
	int r;

	for (size_t i = 0; i < compiler->policy->rule_count; i++) {
		r = rule_data(compiler, &compiler->policy->rules[i], &compiler->data[i]);
		if (r < 0)
			return r;
	}
	gl_program_emit(program, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < GL_TARGET_ABIS; i++) {
		size_t to_next;

		gl_program_emit(program, IF(BPF_JEQ), 1, 0, target->abis[i].arch);
		to_next = leap(program);
		r = compile_abi(compiler, &target->abis[i]);
		if (r < 0)
			return r;
		land(program, to_next);
	}
	/* No other ABI exists on this machine: what comes here is not understood, so it does not exist. */
	gl_program_emit(program, RETURN, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	return 0;
}

int gl_compile(const struct gl_policy *policy, const struct gl_target *target, struct gl_compiled *compiled,
	       struct gl_err *err)
{
	unsigned data[MAX_BLOCKS];
	struct compiler compiler = {.policy = policy, .out = compiled, .data = data, .err = err};
	int r;

	if (policy->rule_count > MAX_BLOCKS || policy->call_count > MAX_LEAVES)
		return gl_err_set(err, E2BIG, "'%.80s' has more than %u rules or %u calls", policy->file,
				  MAX_BLOCKS, MAX_LEAVES);
	r = check_names(&compiler);
	if (r == 0)
		r = compile_all(&compiler, target);
	if (r == 0 && compiled->program.count > BPF_MAXINSNS)
		return gl_err_set(err, E2BIG, "'%.80s' needs more than %d instructions", policy->file,
				  BPF_MAXINSNS);
	return r;
}
