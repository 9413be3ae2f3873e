/*
 * Settling: which conditional returns become denials.
 */
#include "sandbox/filter.h"

#include <elf.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>

#include "policy/kernel.h"
#include "tests/lib/unit.h"

#define RETURN(value)                                                                                        \
	{                                                                                                    \
		BPF_RET | BPF_K, 0, 0, (value)                                                               \
	}
#define MARKER(i) (SECCOMP_RET_ERRNO | (GL_PRESET_MARKER + (i)))
#define DENY	  (SECCOMP_RET_ERRNO | EPERM)
#define CAPS	  (UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_BPF)

static const struct sock_filter insns[] = {
	{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
	{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, MARKER(0)}, /* a marker's value, but no return */
	RETURN(MARKER(0)),
	RETURN(MARKER(1)),
	RETURN(SECCOMP_RET_ERRNO | ENOSYS),
	RETURN(SECCOMP_RET_TRAP | (GL_PRESET_MARKER + 1)), /* a marker's data, but another action */
	RETURN(SECCOMP_RET_ALLOW),
};
static const struct gl_preset_condition conditions[] = {
	{.unless_caps = CAPS, .deny_return = DENY},
	{.if_kernel_from = GL_KERNEL(3, 5), .if_kernel_below = GL_KERNEL(4, 8), .deny_return = DENY},
};
static const struct gl_preset preset = {"test", EM_NONE, insns, GL_ARRAY_SIZE(insns), conditions, 2};

static const struct {
	uint64_t caps;
	uint32_t kernel;
	uint32_t first, second; /* what the two markers become */
} rows[] = {
	{0, GL_KERNEL(6, 1), DENY, SECCOMP_RET_ALLOW},
	{UINT64_C(1) << CAP_SYS_ADMIN, GL_KERNEL(6, 1), SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW},
	{UINT64_C(1) << CAP_BPF, GL_KERNEL(4, 7), SECCOMP_RET_ALLOW, DENY},
	{~CAPS, GL_KERNEL(4, 8), DENY, SECCOMP_RET_ALLOW},
	{0, GL_KERNEL(3, 5), DENY, DENY},
	{0, GL_KERNEL(3, 4), DENY, SECCOMP_RET_ALLOW},
};

START_TEST(settles)
{
	const struct gl_filter_facts facts = {rows[_i].caps, rows[_i].kernel};
	struct sock_filter *filter = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	ck_assert_int_eq(gl_filter_settle(&preset, &facts, &filter, &count, &err), 0);
	ck_assert_uint_eq(count, GL_ARRAY_SIZE(insns));
	ck_assert_uint_eq(filter[2].k, rows[_i].first);
	ck_assert_uint_eq(filter[3].k, rows[_i].second);
	filter[2].k = MARKER(0);
	filter[3].k = MARKER(1);
	ck_assert_mem_eq(filter, insns, sizeof(insns)); /* and nothing else changed */
	free(filter);
}
END_TEST

START_TEST(marker_without_condition)
{
	const struct gl_preset short_preset = {"test", EM_NONE, insns, GL_ARRAY_SIZE(insns), conditions, 1};
	const struct gl_filter_facts facts = {0, GL_KERNEL(6, 1)};
	struct sock_filter *filter = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	ck_assert_int_eq(gl_filter_settle(&short_preset, &facts, &filter, &count, &err), -EINVAL);
	ck_assert_ptr_null(filter);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("filter");
	TCase *c = tcase_create("filter");

	tcase_add_loop_test(c, settles, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, marker_without_condition);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
