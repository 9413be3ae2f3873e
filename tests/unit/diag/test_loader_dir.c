/*
 * Examinations with a bundle's loader in place of the host's: which file the
 * findings name, what they do not say, and how the launch is called.
 */
#include <jansson.h>

#include "diag/examine.h"
#include "tests/unit/host/kit.h"

#define APP	   "/opt/app"
#define BUNDLE	   "/opt/app.bundle/lib"
#define BUNDLED_LD BUNDLE "/ld-linux-x86-64.so.2"

static struct kit kit;
static struct gl_examination x;

static void set_up(void)
{
	const struct elfgen program = {.type = ET_DYN,
				       .dynamic = true,
				       .interp = GLIBC_LD,
				       .needed = (const char *const[]){"libc.so.6", NULL}};

	kit_init(&kit);
	kit.host.loader_dir = BUNDLE;
	KIT_GLIBC(&kit, "GLIBC_2.31");
	kit_elf(&kit, APP, &program);
	kit_parents(&kit, BUNDLED_LD);
}

static void tear_down(void)
{
	gl_examination_done(&x);
	kit_done(&kit);
}

static void examine(void)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(!gl_examine(&kit.host, APP, GL_SCOPE_CHECK, &x, &err), "%s", err.msg);
}

static void no_loader(void)
{
}

static void loader_is_a_directory(void)
{
	kit_text(&kit, BUNDLED_LD "/x", "");
}

static void loader_of_another_machine(void)
{
	kit_elf(&kit, BUNDLED_LD, &(struct elfgen){.type = ET_DYN, .machine = EM_AARCH64});
}

static void loader_is_text(void)
{
	kit_text(&kit, BUNDLED_LD,
		 "this is no ELF file, but longer than the header of one would be, you see");
}

/* Nobody executes it: that others may not read it is what counts. */
static void loader_may_not_be_read(void)
{
	loader_is_text();
	ck_assert(!chmod(kit_outside(&kit, "/"), 0755));
	ck_assert(!chmod(kit_outside(&kit, BUNDLED_LD), 0711));
	kit.host.uid = geteuid() + 1;
	kit.host.gid = getegid() + 1;
	kit.host.group_count = 0;
}

static const struct {
	void (*put)(void);
	enum gl_code code;
	const char *message, *state;
} bad[] = {
	{no_loader, GL_CODE_INTERPRETER_MISSING, "needs the glibc loader, the bundle has none", "not here"},
	{loader_is_a_directory, GL_CODE_INTERPRETER_NOT_EXECUTABLE, "may not be", "no regular file"},
	{loader_may_not_be_read, GL_CODE_INTERPRETER_NOT_EXECUTABLE, "may not be", "no read permission"},
	{loader_of_another_machine, GL_CODE_INTERPRETER_WRONG_MACHINE, "another machine", "for aarch64"},
	{loader_is_text, GL_CODE_INTERPRETER_INVALID, "what stands there is none", "no ELF program"},
};

/* The finding as golaunch.check/1 has it, and as text. */
START_TEST(findings_name_the_bundles_loader)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	const struct gl_finding *f;
	json_t *json;

	bad[_i].put();
	examine();
	f = gl_findings_find(&x.findings, bad[_i].code);
	ck_assert_ptr_nonnull(f);
	json = gl_finding_json(f);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(json, "evidence"), "interpreter")),
			 BUNDLED_LD);
	ck_assert_msg(strstr(f->message, bad[_i].message) != NULL, "%s", f->message);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(json, "fixes"), 0)),
			 "make the bundle again: golaunch bundle create");
	gl_finding_text(&text, f, "", false, -1);
	ck_assert_msg(strstr(gl_buf_text(&text), bad[_i].state) != NULL, "%s", gl_buf_text(&text));
	ck_assert_msg(!strstr(gl_buf_text(&text), "execve"), "%s", gl_buf_text(&text));
	json_decref(json);
}
END_TEST

static const char *json_launch(void)
{
	static char launch[32];
	json_t *json = gl_examination_json(&x);

	snprintf(launch, sizeof(launch), "%s", json_string_value(json_object_get(json, "launch")));
	json_decref(json);
	return launch;
}

static const char *const names[GL_LAUNCH_MAX] = {"direct", "bundle-stub", "bundle-memfd", "bundle-cache"};

START_TEST(the_launch_has_a_name)
{
	ck_assert(!rename(kit_outside(&kit, GLIBC_LD), kit_outside(&kit, BUNDLED_LD)));
	ck_assert(!rename(kit_outside(&kit, "/lib/libc.so.6"), kit_outside(&kit, BUNDLE "/libc.so.6")));
	examine();
	ck_assert_int_eq(gl_examination_verdict(&x), GL_VERDICT_RUNS);
	ck_assert_int_eq(x.launch, GL_LAUNCH_DIRECT);
	ck_assert_str_eq(gl_launch_name((enum gl_launch)_i), names[_i]);
	x.launch = (enum gl_launch)_i;
	ck_assert_str_eq(json_launch(), names[_i]);
}
END_TEST

START_TEST(what_is_refused_has_no_launch)
{
	examine();
	ck_assert_int_eq(gl_examination_verdict(&x), GL_VERDICT_REFUSED);
	ck_assert_str_eq(json_launch(), "none");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loader_dir");
	TCase *tcase = tcase_create("loader_dir");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, findings_name_the_bundles_loader, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_loop_test(tcase, the_launch_has_a_name, 0, GL_LAUNCH_MAX);
	tcase_add_test(tcase, what_is_refused_has_no_launch);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
