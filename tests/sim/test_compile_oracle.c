/*
 * libseccomp as the oracle: what both can say is said to both, and both filters
 * are run in the simulator.
 *
 * libseccomp knows no order of statements: so all statements about a call have
 * the same answer, which is not the default's.  In one of its rules an argument
 * is compared once, with one value, in 64 bits.  And where comparisons of the
 * same argument, or chains of several, meet in its tree, libseccomp (2.5) loses
 * some: of "a1 < 6" and "a1 <= 0xdfc3069fa0aeffda" the second, of "a4 > 1 && a5 == 8
 * && a0 < 9" beside "a4 < 1 && a5 > 3 && a0 <= 1" the first.  So a call has one
 * rule of several comparisons, or several of one each: of different arguments, or
 * all "==".
 */
#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "policy/compile.h"
#include "policy/kernel.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/policy_random.h"
#include "tests/lib/unit.h"

#define POLICIES 300
#define NUMBERS	 1024
#define CALLS	 12
#define RULES	 4 /* about a call */
#define TESTS	 3 /* in a rule */
#define ARGS	 6
#define MAX_BPF	 ((size_t)1 << 20)

static const struct {
	struct gl_policy_answer answer;
	uint32_t seccomp;
} answers[] = {
	{{GL_POLICY_ALLOW, 0}, SCMP_ACT_ALLOW},
	{{GL_POLICY_DENY, EPERM}, SCMP_ACT_ERRNO(EPERM)},
	{{GL_POLICY_DENY, EACCES}, SCMP_ACT_ERRNO(EACCES)},
	{{GL_POLICY_LOG, 0}, SCMP_ACT_LOG},
	{{GL_POLICY_KILL, 0}, SCMP_ACT_KILL_PROCESS},
};

/* How both say a comparison. */
static const struct {
	enum gl_policy_op op;
	enum scmp_compare seccomp;
} operators[] = {
	{GL_POLICY_IN, SCMP_CMP_EQ},
	{GL_POLICY_NOT_IN, SCMP_CMP_NE},
	{GL_POLICY_LESS, SCMP_CMP_LT},
	{GL_POLICY_LESS_EQUAL, SCMP_CMP_LE},
	{GL_POLICY_GREATER, SCMP_CMP_GT},
	{GL_POLICY_GREATER_EQUAL, SCMP_CMP_GE},
	{GL_POLICY_MASKED_EQUAL, SCMP_CMP_MASKED_EQ},
};

static const struct {
	const char *machine;
	uint32_t arch;
} machines[] = {{"x86_64", SCMP_ARCH_X86_64}, {"aarch64", SCMP_ARCH_AARCH64}};

/* One made-up policy, in both forms. */
struct both {
	const struct gl_machine_calls *machine;
	scmp_filter_ctx context;
	struct gl_policy policy;
	uint64_t values[CALLS * RULES * TESTS];
	size_t value_count;
	uint16_t named[CALLS];
	struct gl_random random;
};

static void *need(void *memory)
{
	ck_assert_ptr_nonnull(memory);
	return memory;
}

static uint64_t make_value(struct both *b)
{
	uint64_t value = gl_policy_random_value(&b->random);

	b->values[b->value_count++] = value;
	return value;
}

/* The same comparison for both; op: in the table above. */
static struct gl_policy_test make_test(struct both *b, unsigned argument, size_t op,
				       struct scmp_arg_cmp *ret_compare)
{
	struct gl_policy_test test = {.argument = (uint8_t)argument, .wide = true, .op = operators[op].op};
	uint64_t value = make_value(b);

	if (test.op == GL_POLICY_MASKED_EQUAL) {
		test.mask = gl_policy_random_value(&b->random) | 1;
		value &= test.mask;
	}
	test.values = need(calloc(1, sizeof(test.values[0])));
	test.values[0] = value;
	test.value_count = 1;
	*ret_compare = (struct scmp_arg_cmp){.arg = argument,
					     .op = operators[op].seccomp,
					     .datum_a = test.op == GL_POLICY_MASKED_EQUAL ? test.mask : value,
					     .datum_b = value};
	return test;
}

/* A statement of some tests, of arguments one after the other. */
static void add_rule(struct both *b, uint16_t call, size_t answer, size_t tests, unsigned argument,
		     bool equal)
{
	struct gl_policy *policy = &b->policy;
	struct gl_policy_rule *rule = need(gl_mem_grow(&policy->rules, &policy->rule_room, policy->rule_count,
						       sizeof(*rule), GL_POLICY_MAX_RULES));
	int nr = seccomp_syscall_resolve_name(b->machine->calls[call].name);
	struct scmp_arg_cmp compares[TESTS];

	policy->rule_count++;
	rule->answer = answers[answer].answer;
	rule->calls = need(calloc(1, sizeof(rule->calls[0])));
	rule->calls[rule->call_count++] = call;
	rule->tests = need(calloc(TESTS, sizeof(rule->tests[0])));
	for (; rule->test_count < tests; rule->test_count++) {
		size_t op = equal ? 0 : gl_random_below(&b->random, GL_ARRAY_SIZE(operators));

		rule->tests[rule->test_count] =
			make_test(b, argument++ % ARGS, op, &compares[rule->test_count]);
	}
	ck_assert_int_eq(
		seccomp_rule_add_array(b->context, answers[answer].seccomp, nr, (unsigned)tests, compares),
		0);
}

/* One statement of several tests, or several of one. */
static void add_rules(struct both *b, uint16_t call, size_t answer)
{
	size_t rules = 1 + gl_random_below(&b->random, RULES);
	size_t tests = rules > 1 ? 1 : gl_random_below(&b->random, TESTS + 1);
	unsigned argument = (unsigned)gl_random_below(&b->random, ARGS);
	bool equal = gl_random_once_in(&b->random, 2);

	for (size_t i = 0; i < rules; i++)
		add_rule(b, call, answer, tests, argument + (rules > 1 && !equal ? (unsigned)i : 0), equal);
}

/* A call that the machine's own ABI has and no other rule of the model decides. */
static uint16_t pick_call(struct both *b)
{
	const struct gl_abi *abi = &b->machine->abis[0];

	for (;;) {
		uint16_t call = abi->numbers[gl_random_below(&b->random, abi->number_count)].call;
		const struct gl_syscall *syscall = &b->machine->calls[call];

		if (!syscall->always && !gl_call_is_exec(b->machine, call) &&
		    seccomp_syscall_resolve_name(syscall->name) != __NR_SCMP_ERROR)
			return call;
	}
}

static void make_rules(struct both *b, size_t fallback)
{
	for (size_t i = 0; i < CALLS; i++) {
		size_t answer = (fallback + 1 + gl_random_below(&b->random, GL_ARRAY_SIZE(answers) - 1)) %
				GL_ARRAY_SIZE(answers);
		bool again = false;

		b->named[i] = pick_call(b);
		for (size_t j = 0; j < i; j++)
			again = again || b->named[j] == b->named[i];
		if (!again)
			add_rules(b, b->named[i], answer);
	}
}

static void make_both(struct both *b, const char *machine, uint32_t arch)
{
	size_t fallback = gl_random_below(&b->random, GL_ARRAY_SIZE(answers));

	b->machine = gl_machine_calls_of(machine);
	b->policy = (struct gl_policy){.machine = b->machine,
				       .fallback = answers[fallback].answer,
				       .known_through = b->machine->through};
	b->context = need(seccomp_init(answers[fallback].seccomp));
	if (arch != seccomp_arch_native()) {
		ck_assert_int_eq(seccomp_arch_remove(b->context, seccomp_arch_native()), 0);
		ck_assert_int_eq(seccomp_arch_add(b->context, arch), 0);
	}
	ck_assert_int_eq(seccomp_attr_set(b->context, SCMP_FLTATR_CTL_OPTIMIZE,
					  gl_random_once_in(&b->random, 2) ? 1 : 2),
			 0);
	make_rules(b, fallback);
}

static struct gl_filter export(scmp_filter_ctx context)
{
	gl_autoclose int fd = memfd_create("oracle", MFD_CLOEXEC);
	struct gl_err err = GL_ERR_INIT;
	char *bytes = NULL;
	size_t len = 0;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(seccomp_export_bpf(context, fd), 0);
	ck_assert_int_eq(gl_file_slurp_fd(fd, MAX_BPF, &bytes, &len, &err), 0);
	return (struct gl_filter){.insns = (struct sock_filter *)(void *)bytes,
				  .count = len / sizeof(struct sock_filter)};
}

static void ask(const struct both *b, const struct gl_filter *ours, const struct gl_filter *theirs,
		const struct seccomp_data *data)
{
	uint32_t a = 0, z = 0;

	if (!gl_bpf_run(ours->insns, ours->count, data, &a) ||
	    !gl_bpf_run(theirs->insns, theirs->count, data, &z))
		ck_abort_msg("an invalid program");
	if (a != z)
		ck_abort_msg(
			"test %d of %s: number %d, args %#llx %#llx %#llx %#llx %#llx %#llx: ours %08x, libseccomp %08x",
			(int)b->random.state, b->machine->name, data->nr, data->args[0], data->args[1],
			data->args[2], data->args[3], data->args[4], data->args[5], a, z);
}

/* Is this a number about which both have to be of one opinion? */
static bool is_comparable(const struct both *b, unsigned number)
{
	uint16_t call = gl_syscall_at(&b->machine->abis[0], number);

	return call != GL_CALL_NONE && !b->machine->calls[call].always && !gl_call_is_exec(b->machine, call);
}

static void ask_arguments(struct both *b, const struct gl_filter *ours, const struct gl_filter *theirs,
			  struct seccomp_data *data)
{
	for (size_t i = 0; i < b->value_count * ARGS * 3; i++) {
		uint64_t value = b->values[i / 3 / ARGS] + i % 3 - 1;

		for (size_t j = 0; j < ARGS; j++)
			data->args[j] = gl_random_once_in(&b->random, 2)
						? b->values[gl_random_below(&b->random, b->value_count)]
						: gl_policy_random_value(&b->random);
		data->args[i / 3 % ARGS] = value;
		ask(b, ours, theirs, data);
	}
}

static void compare(struct both *b)
{
	gl_autofilter struct gl_filter ours = GL_FILTER_INIT, theirs = export(b->context);
	struct seccomp_data data = {.arch = b->machine->abis[0].arch};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_compile(&b->policy, GL_FILTER_PLAIN, NULL, &ours, &err), 0);
	for (unsigned number = 0; number < NUMBERS; number++) {
		data.nr = (int)number;
		if (is_comparable(b, number))
			ask(b, &ours, &theirs, &data);
	}
	for (size_t i = 0; i < CALLS; i++) {
		data.nr = gl_syscall_number(&b->machine->abis[0], b->named[i]);
		ask_arguments(b, &ours, &theirs, &data);
	}
}

START_TEST(same_as_libseccomp)
{
	for (uint64_t seed = 0; seed < POLICIES; seed++) {
		struct both b = {.random = {seed << 32}};

		make_both(&b, machines[_i].machine, machines[_i].arch);
		compare(&b);
		seccomp_release(b.context);
		gl_policy_done(&b.policy);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile_oracle");
	TCase *c = tcase_create("compile_oracle");

	tcase_set_timeout(c, 600);
	tcase_add_loop_test(c, same_as_libseccomp, 0, (int)GL_ARRAY_SIZE(machines));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
