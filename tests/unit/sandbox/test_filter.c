/*
 * Presets at the launch: the copy is settled, the preset stays as it is.
 */
#include "sandbox/filter.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/capability.h>
#include <linux/seccomp.h>

#include "policy/kernel.h"
#include "tests/lib/unit.h"

#define RETURN(value)                                                                                        \
	{                                                                                                    \
		BPF_RET | BPF_K, 0, 0, (value)                                                               \
	}
#define DENY  (SECCOMP_RET_ERRNO | EPERM)
#define ALLOW SECCOMP_RET_ALLOW
#define CAPS  (UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_BPF)

static const struct sock_filter insns[] = {
	{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}, {BPF_JMP | BPF_JA, 0, 0, 0}, RETURN(DENY), RETURN(DENY),
	RETURN(SECCOMP_RET_KILL_PROCESS),
};
static const struct gl_filter_patch patches[] = {
	{{.unless_caps = CAPS}, 2, DENY, ALLOW},
	{{.if_kernel_from = GL_KERNEL(3, 5), .if_kernel_below = GL_KERNEL(4, 8)}, 3, DENY, ALLOW},
	{{.unless_caps = CAPS}, 1, 0, 1},
};
static const struct gl_preset preset = {
	.name = "test",
	.filters = {[GL_FILTER_EXPLAIN] = {insns, GL_ARRAY_SIZE(insns), patches, GL_ARRAY_SIZE(patches)}},
};

static const struct {
	uint64_t caps;
	uint32_t kernel;
	uint32_t jump, first, second; /* what the patched instructions become */
} rows[] = {
	{0, GL_KERNEL(6, 1), 0, DENY, ALLOW},
	{UINT64_C(1) << CAP_SYS_ADMIN, GL_KERNEL(6, 1), 1, ALLOW, ALLOW},
	{UINT64_C(1) << CAP_BPF, GL_KERNEL(4, 7), 1, ALLOW, DENY},
	{~CAPS, GL_KERNEL(4, 8), 0, DENY, ALLOW},
	{0, GL_KERNEL(3, 5), 0, DENY, DENY},
	{0, GL_KERNEL(3, 4), 0, DENY, ALLOW},
};

START_TEST(settles)
{
	const struct gl_policy_facts facts = {rows[_i].caps, rows[_i].kernel};
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	struct sock_filter expected[GL_ARRAY_SIZE(insns)];
	struct gl_err err = GL_ERR_INIT;

	memcpy(expected, insns, sizeof(insns));
	expected[1].k = rows[_i].jump;
	expected[2].k = rows[_i].first;
	expected[3].k = rows[_i].second;
	ck_assert_int_eq(gl_filter_of_preset(&preset, GL_FILTER_EXPLAIN, &facts, &filter, &err), 0);
	ck_assert_uint_eq(filter.count, GL_ARRAY_SIZE(insns));
	ck_assert_mem_eq(filter.insns, expected, sizeof(expected));
}
END_TEST

/* Both variants of every embedded preset are programs that the kernel takes. */
START_TEST(embedded_presets)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};

	ck_assert_uint_gt(gl_preset_table_count, 0);
	for (size_t i = 0; i < gl_preset_table_count * GL_FILTER_VARIANT_MAX; i++) {
		const struct gl_preset *embedded = &gl_preset_table[i / GL_FILTER_VARIANT_MAX];
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		struct gl_err err = GL_ERR_INIT;
		int r = gl_filter_of_preset(embedded, (enum gl_filter_variant)(i % GL_FILTER_VARIANT_MAX),
					    &facts, &filter, &err);

		ck_assert_msg(r == 0 && gl_filter_check(&filter, &err) == 0, "%s: %s", embedded->name,
			      err.msg);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("filter");
	TCase *c = tcase_create("filter");

	tcase_add_loop_test(c, settles, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, embedded_presets);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
