/*
 * Kernel versions and their highest call; the other names of a policy; presets.
 */
#include "policy/kernel.h"

#include <errno.h>
#include <linux/capability.h>

#include "policy/preset.h"
#include "policy/vocabulary.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text;
	bool ok;
	uint32_t kernel;
} versions[] = {
	{"6.7", true, GL_KERNEL(6, 7)},
	{"6.18.44-fc-v657", true, GL_KERNEL(6, 18)},
	{"3.10.0-1160.el7", true, GL_KERNEL(3, 10)},
	{"5.15+", true, GL_KERNEL(5, 15)},
	{"5.15-rc1", true, GL_KERNEL(5, 15)},
	{"6", false, 0},
	{"6.", false, 0},
	{".7", false, 0},
	{"6.7x", false, 0},
	{"", false, 0},
	{"99999.1", false, 0},
	{"6.7 ", false, 0},
};

START_TEST(versions_parse)
{
	uint32_t kernel = 0;

	ck_assert_int_eq(gl_kernel_parse(versions[_i].text, strlen(versions[_i].text), &kernel),
			 versions[_i].ok);
	ck_assert_uint_eq(kernel, versions[_i].kernel);
}
END_TEST

START_TEST(highest_calls)
{
	ck_assert_uint_eq(gl_kernel_highest_call(GL_KERNEL(5, 1)), 427);
	ck_assert_uint_eq(gl_kernel_highest_call(GL_KERNEL(5, 4)), 435); /* none of its own */
	ck_assert_uint_eq(gl_kernel_highest_call(GL_KERNEL(6, 7)), 456);
	ck_assert_uint_eq(gl_kernel_highest_call(gl_kernel_last_known()), 469);
	/* The table is in order, or the search above would stop early. */
	for (uint32_t k = gl_kernel_first_known(); k < gl_kernel_last_known(); k++)
		ck_assert_uint_le(gl_kernel_highest_call(k), gl_kernel_highest_call(k + 1));
}
END_TEST

static bool capability(const char *name, unsigned *ret)
{
	return gl_vocabulary_capability(name, strlen(name), ret);
}

START_TEST(capabilities)
{
	unsigned n = 99;

	ck_assert(capability("SYS_ADMIN", &n));
	ck_assert_uint_eq(n, CAP_SYS_ADMIN);
	ck_assert(capability("cap_chown", &n));
	ck_assert_uint_eq(n, CAP_CHOWN);
	ck_assert(capability("Bpf", &n));
	ck_assert_uint_eq(n, CAP_BPF);
	ck_assert(!capability("", &n));
	ck_assert(!capability("CAP_", &n));
	ck_assert(!capability("SYS_ADMIN ", &n));
	ck_assert(
		!capability("SYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMINSYS_ADMIN", &n));
}
END_TEST

START_TEST(names)
{
	uint32_t value;
	unsigned index;
	int errnum;

	ck_assert(gl_vocabulary_constant("AF_VSOCKX", 8, &value)); /* the length counts, not the NUL */
	ck_assert_uint_eq(value, 40);
	ck_assert(!gl_vocabulary_constant("AF_VSOC", 7, &value));
	ck_assert(gl_vocabulary_errno("ENOSYS", 6, &errnum));
	ck_assert_int_eq(errnum, ENOSYS);
	ck_assert(gl_vocabulary_argument("ioctl", 5, "request", 7, &index));
	ck_assert_uint_eq(index, 1);
	ck_assert(!gl_vocabulary_argument("ioctl", 5, "flags", 5, &index));
}
END_TEST

START_TEST(presets)
{
	const struct gl_preset *preset = gl_preset_find("default");

	ck_assert_ptr_nonnull(preset);
	ck_assert_uint_eq(gl_preset_table_count, 1);
	ck_assert_ptr_null(gl_preset_find("none"));
	ck_assert_ptr_null(gl_preset_find("def"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kernel");
	TCase *c = tcase_create("kernel");

	tcase_add_loop_test(c, versions_parse, 0, (int)GL_ARRAY_SIZE(versions));
	tcase_add_test(c, highest_calls);
	tcase_add_test(c, capabilities);
	tcase_add_test(c, names);
	tcase_add_test(c, presets);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
