/*
 * The host's record and its operating system's name.
 */
#include "tests/unit/host/kit.h"

START_TEST(the_machine_we_run_on)
{
	char *const env[] = {(char[]){"A=1"}, (char[]){"PATHX=no"}, (char[]){"PATH=/bin"}, (char[]){"EMPTY="},
			     NULL};
	struct gl_err err = GL_ERR_INIT;
	struct gl_host host;

	ck_assert_msg(!gl_host_init(&host, env, &err), "%s", err.msg);
	ck_assert(host.live && host.root_fd == -1 && host.arch == gl_arch_native());
	ck_assert_uint_eq(host.uid, geteuid());
	ck_assert_uint_gt(host.kernel[0], 2);
	ck_assert_uint_eq(host.group_count, (size_t)getgroups(0, NULL));
	ck_assert_str_eq(gl_host_env(&host, "PATH"), "/bin");
	ck_assert_str_eq(gl_host_env(&host, "EMPTY"), "");
	ck_assert_ptr_null(gl_host_env(&host, "PAT"));
	ck_assert_uint_eq(gl_host_cpu_level(&host), gl_arch_cpu_level());
	gl_host_done(&host);
}
END_TEST

START_TEST(no_environment_has_no_variables)
{
	struct gl_host host = {.env = NULL};

	ck_assert_ptr_null(gl_host_env(&host, "PATH"));
}
END_TEST

START_TEST(kernels_compare_by_number)
{
	struct gl_host host = {.kernel = {5, 10, 0}};

	ck_assert(!gl_host_kernel_is_below(&host, (const unsigned[3]){5, 10, 0}));
	ck_assert(!gl_host_kernel_is_below(&host, (const unsigned[3]){5, 9, 1}));
	ck_assert(!gl_host_kernel_is_below(&host, (const unsigned[3]){4, 20, 0}));
	ck_assert(gl_host_kernel_is_below(&host, (const unsigned[3]){5, 10, 1}));
	ck_assert(gl_host_kernel_is_below(&host, (const unsigned[3]){5, 11, 0}));
	ck_assert(gl_host_kernel_is_below(&host, (const unsigned[3]){6, 0, 0}));
}
END_TEST

START_TEST(a_root_must_be_a_directory)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_host host;

	ck_assert_int_eq(gl_host_init_root(&host, "/proc/self/status", NULL, &err), -ENOTDIR);
	ck_assert_int_eq(gl_host_init_root(&host, "/nonexistent/root", NULL, &err), -ENOENT);
}
END_TEST

static const struct {
	const char *etc, *usr, *name;
} systems[] = {
	{"NAME=x\nPRETTY_NAME=\"Alpine Linux v3.20\"\nID=alpine\n", NULL, "Alpine Linux v3.20"},
	{"PRETTY_NAME='It''s'\n", NULL, "It"},
	{"PRETTY_NAME=Bare\n", NULL, "Bare"},
	{"PRETTY_NAME=\"Say \\\"hi\\\" \\$x\"", NULL, "Say \"hi\" $x"},
	{"XPRETTY_NAME=no\n\n\nPRETTY_NAME=yes", NULL, "yes"},
	{NULL, "PRETTY_NAME=\"From usr\"\n", "From usr"},
	{"PRETTY_NAME=\"\033[31mred\"\n", NULL, "\\x1b[31mred"},
	{"ID=none\n", "PRETTY_NAME=not asked\n", ""},
	{"PRETTY_NAME=\"no end\\", NULL, "no end\\"},
	{NULL, NULL, ""},
};

START_TEST(operating_systems_have_names)
{
	char name[64];
	struct kit kit;

	kit_init(&kit);
	if (systems[_i].etc)
		kit_text(&kit, "/etc/os-release", systems[_i].etc);
	if (systems[_i].usr)
		kit_text(&kit, "/usr/lib/os-release", systems[_i].usr);
	gl_host_os_name(&kit.host, name, sizeof(name));
	ck_assert_str_eq(name, systems[_i].name);
	gl_host_os_name(&kit.host, name, 4);
	ck_assert_uint_lt(strlen(name), 4);
	kit_done(&kit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("host");

	tcase_add_test(tcase, the_machine_we_run_on);
	tcase_add_test(tcase, no_environment_has_no_variables);
	tcase_add_test(tcase, kernels_compare_by_number);
	tcase_add_test(tcase, a_root_must_be_a_directory);
	tcase_add_loop_test(tcase, operating_systems_have_names, 0, (int)GL_ARRAY_SIZE(systems));
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
