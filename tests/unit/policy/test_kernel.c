/*
 * Kernel versions as text.
 */
#include "policy/kernel.h"

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

int main(void)
{
	Suite *s = suite_create("kernel");
	TCase *c = tcase_create("kernel");

	tcase_add_loop_test(c, versions_parse, 0, (int)GL_ARRAY_SIZE(versions));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
