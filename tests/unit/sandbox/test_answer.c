/*
 * A filter's answer is the one that the kernel's rules give: compared with the
 * interpreter of the tests, on every preset.
 */
#include "sandbox/answer.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <stdlib.h>

#include "policy/kernel.h"
#include "sandbox/filter.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/unit.h"

#define NUMBERS 600

static const uint64_t values[] = {0, 1, 2, 3, 40, 0x10000000, 0x7e020000, UINT32_MAX, UINT64_MAX};

static void compare(const struct gl_filter *filter, const struct seccomp_data *data)
{
	uint32_t want;

	ck_assert(gl_bpf_run(filter->insns, filter->count, data, &want));
	ck_assert_uint_eq(gl_filter_answer(filter->insns, filter->count, data), want);
}

static void compare_numbers(const struct gl_filter *filter, uint32_t arch)
{
	for (int number = -1; number < NUMBERS; number++)
		for (size_t i = 0; i < GL_ARRAY_SIZE(values); i++) {
			struct seccomp_data data = {.arch = arch, .nr = number};

			for (size_t j = 0; j < 6; j++)
				data.args[j] = values[(i + j) % GL_ARRAY_SIZE(values)];
			compare(filter, &data);
		}
}

START_TEST(presets)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	const struct gl_abi *abis = gl_machine_calls()->abis;
	struct gl_err err = GL_ERR_INIT;

	for (int variant = 0; variant < GL_FILTER_VARIANT_MAX; variant++) {
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;

		ck_assert_int_eq(gl_filter_of_preset(&gl_preset_table[_i], (enum gl_filter_variant)variant,
						     &facts, &filter, &err),
				 0);
		for (size_t abi = 0; abi < GL_MACHINE_ABIS && abis[abi].name; abi++)
			compare_numbers(&filter, abis[abi].arch);
		compare_numbers(&filter, 0);
	}
}
END_TEST

/* What the compiler never makes: no read out of bounds, no endless run. */
START_TEST(others)
{
	static const struct sock_filter rows[][2] = {
		{{BPF_LD | BPF_W | BPF_ABS, 0, 0, sizeof(struct seccomp_data) - 3},
		 {BPF_RET | BPF_K, 0, 0, 7}},
		{{BPF_LD | BPF_W | BPF_ABS, 0, 0, UINT32_MAX}, {BPF_RET | BPF_K, 0, 0, 7}},
		{{BPF_JMP | BPF_JA, 0, 0, UINT32_MAX}, {BPF_RET | BPF_K, 0, 0, 7}},
		{{BPF_JMP | BPF_JEQ | BPF_K, 200, 200, 0}, {BPF_RET | BPF_K, 0, 0, 7}},
		{{BPF_RET | BPF_A, 0, 0, 0}, {BPF_RET | BPF_K, 0, 0, 7}},
		{{BPF_ALU | BPF_AND | BPF_K, 0, 0, 0}, {BPF_ALU | BPF_AND | BPF_K, 0, 0, 0}},
	};
	const struct seccomp_data data = {.nr = 1};

	ck_assert_uint_eq(gl_filter_answer(rows[_i], 2, &data), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answer");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, presets, 0, (int)gl_preset_table_count);
	tcase_add_loop_test(all, others, 0, 6);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
