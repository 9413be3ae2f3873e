/*
 * The compiler: see policy/compile.h.
 *
 * The statements are gone through once, in their order: what a call is answered
 * so far becomes "otherwise" of the statement that names it next (blocks.h).
 * Then each architecture gets a map from numbers to blocks, in which runs with
 * one answer are one range, and a search over it.  An architecture with one
 * answer for all its calls needs neither.
 *
 * What is decided before any statement is not known here: gl_policy_before_rules()
 * says it, for the interpreter too.
 */
#include "policy/compile.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"
#include "policy/blocks.h"
#include "policy/group.h"
#include "policy/ranges.h"
#include "policy/show.h"

#define PROBES "probes"

/* From a number on, up to the next one's. */
struct mapping {
	uint32_t first, block;
};

struct compiler {
	const struct gl_policy *policy;
	enum gl_filter_variant variant;
	const struct gl_policy_facts *facts; /* NULL: conditions stay */
	bool *probes;			     /* owned; [call]: programs merely try it */
	uint32_t *by_call;		     /* owned; [call]: the block of its statements */
	struct gl_blocks blocks;
	struct gl_program program;
	struct mapping *map; /* owned; of the architecture being compiled, ascending */
	size_t map_count;
	struct gl_range *ranges; /* owned; as much room */
};

static void done(struct compiler *c)
{
	free(c->probes);
	free(c->by_call);
	free(c->map);
	free(c->ranges);
	gl_blocks_done(&c->blocks);
	gl_program_done(&c->program);
}

/* --- answers ----------------------------------------------------------------- */

static uint32_t deny_value(const struct compiler *c, int errnum, uint16_t call)
{
	bool probed = call != GL_CALL_NONE && c->probes[call];

	if (c->variant == GL_FILTER_EXPLAIN && errnum != ENOSYS && !probed)
		return SECCOMP_RET_USER_NOTIF;
	return SECCOMP_RET_ERRNO | ((uint32_t)errnum & SECCOMP_RET_DATA);
}

static uint32_t answer_value(const struct compiler *c, const struct gl_policy_answer *answer, uint16_t call)
{
	switch (answer->action) {
	case GL_POLICY_ALLOW:
		return SECCOMP_RET_ALLOW;
	case GL_POLICY_LOG:
		return SECCOMP_RET_LOG;
	case GL_POLICY_TRAP:
		return SECCOMP_RET_TRAP;
	case GL_POLICY_DENY:
		return deny_value(c, answer->errnum, call);
	case GL_POLICY_KILL:
	case GL_POLICY_ACTION_MAX:
		break;
	}
	return c->variant == GL_FILTER_EXPLAIN ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_KILL_PROCESS;
}

static uint32_t answer_block(struct compiler *c, const struct gl_policy_answer *answer, uint16_t call)
{
	return gl_blocks_return(&c->blocks, answer_value(c, answer, call));
}

/* --- statements --------------------------------------------------------------- */

static void apply_rule(struct compiler *c, const struct gl_policy_rule *rule)
{
	struct gl_filter_condition condition = {rule->unless_caps, rule->if_kernel_below,
						rule->if_kernel_from};
	uint64_t hash = gl_block_tests_hash(rule);

	if (c->facts && !gl_filter_condition_holds(&condition, c->facts))
		return;
	if (c->facts)
		condition = (struct gl_filter_condition){.unless_caps = 0};
	for (size_t i = 0; i < rule->call_count; i++) {
		uint32_t *block = &c->by_call[rule->calls[i]];
		uint32_t then = answer_block(c, &rule->answer, rule->calls[i]);

		*block = gl_blocks_try(&c->blocks, rule, hash, &condition, then, *block);
	}
}

static void apply_rules(struct compiler *c)
{
	const struct gl_policy *policy = c->policy;

	for (size_t i = 0; i < policy->machine->call_count; i++)
		c->by_call[i] = answer_block(c, &policy->fallback, (uint16_t)i);
	for (size_t i = 0; i < policy->rule_count; i++)
		apply_rule(c, &policy->rules[i]);
}

/* --- numbers ------------------------------------------------------------------ */

/* Of the call that comes by this number. */
static uint32_t block_at(struct compiler *c, const struct gl_abi *abi, uint32_t number, uint16_t call)
{
	struct gl_policy_decision decision;

	if (!gl_policy_before_rules(c->policy, abi, number, call, &decision))
		return call == GL_CALL_NONE ? answer_block(c, &c->policy->fallback, call) : c->by_call[call];
	return answer_block(c, &decision.answer, call);
}

static void map_number(struct compiler *c, const struct gl_abi *abi, uint32_t base, uint32_t number,
		       uint16_t call)
{
	uint32_t block = block_at(c, abi, base | number, call);

	if (c->map_count > 0 && c->map[c->map_count - 1].block == block)
		return;
	c->map[c->map_count++] = (struct mapping){base | number, block};
}

/* Every number that has a call, and the one behind it, where there may be none. */
static void map_abi(struct compiler *c, const struct gl_abi *abi)
{
	uint32_t base = abi->x32 ? GL_X32_BIT : 0, next = 0;

	for (size_t i = 0; i < abi->number_count; i++) {
		uint32_t number = abi->numbers[i].number;

		if (number > next)
			map_number(c, abi, base, next, GL_CALL_NONE);
		map_number(c, abi, base, number, abi->numbers[i].call);
		next = number + 1;
	}
	map_number(c, abi, base, next, GL_CALL_NONE);
	if (!abi->private_calls)
		return;
	map_number(c, abi, base, GL_ARM_PRIVATE_FIRST, GL_CALL_NONE);
	map_number(c, abi, base, GL_ARM_PRIVATE_LAST + 1, GL_CALL_NONE);
}

/* All ABIs of an architecture: x32's numbers are above x86-64's. */
static void map_arch(struct compiler *c, uint32_t arch)
{
	const struct gl_abi *abis = c->policy->machine->abis, *own = NULL;

	c->map_count = 0;
	for (size_t i = 0; i < GL_MACHINE_ABIS && abis[i].name; i++) {
		if (abis[i].arch != arch)
			continue;
		own = own ? own : &abis[i];
		map_abi(c, &abis[i]);
	}
	if (own)
		map_number(c, own, 0, GL_X32_LAST + 1, GL_CALL_NONE);
}

/* A number that any table has comes twice at most, and a few borders. */
static size_t map_room(const struct gl_machine_calls *machine)
{
	size_t room = 8;

	for (size_t i = 0; i < GL_MACHINE_ABIS && machine->abis[i].name; i++)
		room += 2 * machine->abis[i].number_count + 3;
	return room;
}

/* --- the program --------------------------------------------------------------- */

static struct gl_target block_target(struct compiler *c, uint32_t block)
{
	if (c->blocks.error || !c->blocks.items[block].written) {
		gl_blocks_want(&c->blocks, block);
		gl_blocks_write(&c->blocks, &c->program);
	}
	return c->blocks.error ? (struct gl_target){.index = 0} : c->blocks.items[block].target;
}

/* The search for one architecture's calls; a return if they all have the same answer. */
static struct gl_target write_arch(struct compiler *c, uint32_t arch)
{
	const uint32_t number = offsetof(struct seccomp_data, nr);
	struct gl_target search;
	size_t count = 0;

	map_arch(c, arch);
	for (size_t i = 0; i < c->map_count; i++)
		gl_blocks_want(&c->blocks, c->map[i].block);
	for (size_t i = 0; i < c->map_count; i++)
		count = gl_ranges_add(c->ranges, count, c->map[i].first, block_target(c, c->map[i].block));
	if (count == 1)
		return c->ranges[0].target;
	search = gl_ranges_search(&c->program, c->ranges, count, number);
	return gl_program_load(&c->program, number, search);
}

/* Is this the first ABI of its architecture? */
static bool is_first_of_arch(const struct gl_abi *abis, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (abis[j].arch == abis[i].arch)
			return false;
	return true;
}

/* The machine's own architecture is written last, next to the comparison. */
static struct gl_target write_all(struct compiler *c)
{
	const struct gl_abi *abis = c->policy->machine->abis;
	const uint32_t arch = offsetof(struct seccomp_data, arch);
	struct gl_target target[GL_MACHINE_ABIS], next;
	uint32_t foreign = block_at(c, NULL, 0, GL_CALL_NONE);
	size_t count = 0;

	while (count < GL_MACHINE_ABIS && abis[count].name)
		count++;
	next = block_target(c, foreign);
	for (size_t i = count; i-- > 0;)
		if (is_first_of_arch(abis, i))
			target[i] = write_arch(c, abis[i].arch);
	for (size_t i = count; i-- > 0;)
		if (is_first_of_arch(abis, i))
			next = gl_program_branch(&c->program, BPF_JEQ, abis[i].arch, arch, target[i], next);
	return gl_program_load(&c->program, arch, next);
}

static bool init(struct compiler *c)
{
	const struct gl_machine_calls *machine = c->policy->machine;
	const struct gl_policy_group *probes = gl_policy_group_find(PROBES, strlen(PROBES));
	size_t room = map_room(machine);

	gl_blocks_init(&c->blocks);
	c->probes = calloc(machine->call_count, sizeof(*c->probes));
	c->by_call = calloc(machine->call_count, sizeof(*c->by_call));
	c->map = calloc(room, sizeof(*c->map));
	c->ranges = calloc(room, sizeof(*c->ranges));
	if (!c->probes || !c->by_call || !c->map || !c->ranges)
		return false;
	for (size_t i = 0; probes && i < probes->call_count; i++)
		c->probes[probes->calls[i]] = true;
	return true;
}

/* Whoever made the model: what is written below relies on it. */
static bool is_sound(const struct gl_policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->test_count; j++)
			if (rule->tests[j].value_count > GL_POLICY_MAX_VALUES ||
			    rule->tests[j].op >= GL_POLICY_OP_MAX || rule->tests[j].argument > 5)
				return false;
	}
	return true;
}

static int compile(struct compiler *c, struct gl_filter *ret_filter)
{
	struct gl_target start;
	int r;

	if (!is_sound(c->policy))
		return -EINVAL;
	if (!init(c))
		return -ENOMEM;
	apply_rules(c);
	start = write_all(c);
	r = gl_program_finish(&c->program, start, ret_filter);
	return c->blocks.error ? -c->blocks.error : r;
}

/* With how many numbers the conditions of a rule compare: what its instructions come from. */
static size_t count_values(const struct gl_policy_rule *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < rule->test_count; i++)
		count += GL_MAX(rule->tests[i].value_count, (size_t)1);
	return count;
}

/* Too large: the line that it may be worth to look at is said. */
static int refuse_size(const struct gl_policy *policy, const char *name, struct gl_err *err)
{
	gl_autobuf struct gl_buf place = GL_BUF_INIT;
	size_t largest = 0, all = 0;

	for (size_t i = 0; i < policy->rule_count; i++) {
		all += count_values(&policy->rules[i]);
		if (count_values(&policy->rules[i]) > count_values(&policy->rules[largest]))
			largest = i;
	}
	if (all > 0)
		gl_policy_show_place(policy, policy->rules[largest].place, &place);
	if (all == 0 || count_values(&policy->rules[largest]) == 1)
		return gl_err_set(err, E2BIG,
				  "policy '%.80s' needs more than the %d instructions of a filter: its "
				  "conditions compare arguments with %zu numbers",
				  name, BPF_MAXINSNS, all);
	return gl_err_set(err, E2BIG,
			  "policy '%.80s' needs more than the %d instructions of a filter: its conditions "
			  "compare arguments with %zu numbers, those in %.100s with %zu",
			  name, BPF_MAXINSNS, all, gl_buf_text(&place),
			  count_values(&policy->rules[largest]));
}

int gl_policy_compile(const struct gl_policy *policy, enum gl_filter_variant variant,
		      const struct gl_policy_facts *facts, struct gl_filter *ret_filter, struct gl_err *err)
{
	struct compiler c = {.policy = policy, .variant = variant, .facts = facts};
	const char *name = policy->file_count > 0 ? policy->files[0].name : "";
	int r = compile(&c, ret_filter);

	done(&c);
	if (r == -E2BIG)
		return refuse_size(policy, name, err);
	return r < 0 ? gl_err_sys(err, -r, "cannot compile policy '%.80s'", name) : 0;
}
