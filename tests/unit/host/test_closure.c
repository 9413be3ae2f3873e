/*
 * The closure as a whole: order, names, versions, and hostile programs.
 */
#include "host/versions_check.h"
#include "tests/unit/host/kit.h"

#define APP "/app"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
	KIT_GLIBC(&kit, "GLIBC_2.31");
}

static void tear_down(void)
{
	kit_done(&kit);
}

#define NEEDS(...)                                                                                           \
	.needed = (const char *const[])                                                                      \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define PROGRAM(...)                                                                                         \
	kit_elf(&kit, APP, &(struct elfgen){.type = ET_DYN, .dynamic = true, .interp = GLIBC_LD, __VA_ARGS__})

START_TEST(breadth_first)
{
	static const char *const order[] = {
		APP, "liba.so", "libb.so", "libc.so.6", "liba1.so", "libb1.so", "ld-linux-x86-64.so.2"};
	struct kit_run run;

	PROGRAM(NEEDS("liba.so", "libb.so", "libc.so.6"));
	KIT_LIBRARY(&kit, "/lib/liba.so", "liba.so", "liba1.so", "libc.so.6");
	KIT_LIBRARY(&kit, "/lib/libb.so", "libb.so", "libb1.so", "liba.so");
	KIT_LIBRARY(&kit, "/lib/liba1.so", "liba1.so", "liba.so");
	KIT_LIBRARY(&kit, "/lib/libb1.so", "libb1.so");
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.count, GL_ARRAY_SIZE(order));
	for (size_t i = 0; i < GL_ARRAY_SIZE(order); i++) {
		ck_assert_str_eq(run.closure.libraries[i]->name, order[i]);
		ck_assert_uint_eq(run.closure.libraries[i]->index, i);
	}
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_GLIBC);
	ck_assert_str_eq(run.closure.libc.version, "2.31");
	ck_assert_uint_eq(run.closure.missing_version_count, 0);
	ck_assert(!run.closure.incomplete);
	KIT_FOUND(&run, "ld-linux-x86-64.so.2", GLIBC_LD, GL_VIA_LOADED);
	ck_assert_uint_eq(kit_find(&run, "ld-linux-x86-64.so.2")->needed_by, 3);
	kit_run_done(&run);
}
END_TEST

START_TEST(one_object_has_many_names)
{
	struct kit_run run;

	PROGRAM(NEEDS("libfile.so", "libsoname.so", "/lib/libfile.so", "liblink.so", "libsoname.so",
		      GLIBC_LD));
	KIT_LIBRARY(&kit, "/lib/libfile.so", "libsoname.so");
	kit_link(&kit, "/lib/liblink.so", "libfile.so");
	/* never looked at: the name is taken */
	KIT_LIBRARY(&kit, "/lib/libsoname.so", "libsoname.so");
	kit_resolve(&kit, APP, &run);
	ck_assert_ptr_eq(kit_find(&run, "libsoname.so")->same, kit_find(&run, "libfile.so"));
	ck_assert_ptr_eq(kit_find(&run, "/lib/libfile.so")->same, kit_find(&run, "libfile.so"));
	ck_assert_ptr_eq(kit_find(&run, "liblink.so")->same, kit_find(&run, "libfile.so"));
	KIT_FOUND(&run, "libsoname.so", "/lib/libfile.so", GL_VIA_LOADED);
	KIT_FOUND(&run, "liblink.so", "/lib/liblink.so", GL_VIA_DEFAULT);
	KIT_FOUND(&run, GLIBC_LD, GLIBC_LD, GL_VIA_LOADED);
	kit_run_done(&run);
}
END_TEST

START_TEST(programs_without_loader_have_no_libraries)
{
	struct kit_run run;

	kit_elf(&kit, APP, &(struct elfgen){.type = ET_EXEC});
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.count, 1);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_NONE);
	ck_assert(!run.closure.incomplete);
	kit_run_done(&run);
}
END_TEST

START_TEST(unknown_loaders_leave_it_incomplete)
{
	struct kit_run run;

	kit_text(&kit, GLIBC_LD, "what is this?");
	PROGRAM(NEEDS("libc.so.6"));
	kit_resolve(&kit, APP, &run);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_OTHER);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_eq(run.closure.count, 1);
	kit_run_done(&run);
}
END_TEST

/* A machine golaunch has no record of. */
START_TEST(unknown_machines_leave_it_incomplete)
{
	struct kit_run run;

	PROGRAM(.machine = EM_ALPHA, NEEDS("libc.so.6"));
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	kit_run_done(&run);
}
END_TEST

static const struct elfgen_need needs[] = {
	{.file = "libc.so.6", .version = "GLIBC_2.4", .index = 2},
	{.file = "libc.so.6", .version = "GLIBC_2.34", .index = 3},
	{.file = "libc.so.6", .version = "GLIBC_2.32", .index = 4},
	{.file = "libc.so.6", .version = "GLIBC_ABI_DT_RELR", .index = 5},
	{.file = "libc.so.6", .version = "GLIBC_2.99", .index = 6, .weak = true},
	{.file = "libplain.so", .version = "PLAIN_1.0", .index = 7},
	{.file = "libgone.so", .version = "GONE_1.0", .index = 8},
	{.file = NULL},
};
static const struct elfgen_symbol symbols[] = {
	{.name = "printf", .version = 2},
	{.name = "pthread_create", .version = 3},
	{.name = "pthread_sigmask", .version = 4},
	{.name = "dlsym", .version = 3},
	{.name = "own", .version = 3, .defined = true},
	{.name = "plain", .version = 0},
	{.name = NULL},
};

static const struct {
	const char *version, *have;
	const char *symbols[3];
	bool weak;
} missing[] = {
	{"GLIBC_2.34", "2.31", {"pthread_create", "dlsym"}, false},
	{"GLIBC_2.32", "2.31", {"pthread_sigmask"}, false},
	{"GLIBC_ABI_DT_RELR", "", {NULL}, false},
	{"GLIBC_2.99", "2.31", {NULL}, true},
};

/* By equality, not by order; a provider without versions passes, one that is missing is another matter. */
START_TEST(versions_that_are_not_there)
{
	struct kit_run run;

	PROGRAM(NEEDS("libc.so.6", "libplain.so", "libgone.so"), .needs = needs, .symbols = symbols);
	KIT_LIBRARY(&kit, "/lib/libplain.so", "libplain.so");
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.missing_version_count, GL_ARRAY_SIZE(missing));
	for (size_t i = 0; i < GL_ARRAY_SIZE(missing); i++) {
		const struct gl_missing_version *m = &run.closure.missing_versions[i];
		size_t count = 0;

		ck_assert_str_eq(m->version, missing[i].version);
		ck_assert_str_eq(m->have, missing[i].have);
		ck_assert_int_eq(m->weak, missing[i].weak);
		ck_assert_uint_eq(m->needed_by, 0);
		ck_assert_str_eq(run.closure.libraries[m->provider]->name, "libc.so.6");
		for (; count < 3 && missing[i].symbols[count]; count++)
			ck_assert_str_eq(m->symbols[count], missing[i].symbols[count]);
		ck_assert_uint_eq(m->symbol_count, count);
		ck_assert_uint_eq(m->symbol_total, count);
	}
	kit_run_done(&run);
}
END_TEST

/* 2.36 of a libc says nothing of its 2.34. */
START_TEST(a_higher_version_is_no_lower_one)
{
	struct kit_run run;

	KIT_GLIBC(&kit, "GLIBC_2.36");
	PROGRAM(NEEDS("libc.so.6"),
		.needs = (const struct elfgen_need[]){
			{.file = "libc.so.6", .version = "GLIBC_2.34", .index = 2}, {.file = NULL}});
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.missing_version_count, 1);
	ck_assert_str_eq(run.closure.missing_versions[0].have, "2.36");
	kit_run_done(&run);
}
END_TEST

START_TEST(libraries_need_versions_too)
{
	struct kit_run run;

	PROGRAM(NEEDS("libx.so"));
	kit_elf(&kit, "/lib/libx.so",
		&(struct elfgen){.type = ET_DYN,
				 .soname = "libx.so",
				 NEEDS("libc.so.6"),
				 .needs = (const struct elfgen_need[]){
					 {.file = "ld-linux-x86-64.so.2", .version = "GLIBC_2.3", .index = 2},
					 {.file = "libc.so.6", .version = "GLIBC_PRIVATE", .index = 3},
					 {.file = "libc.so.6", .version = "GLIBC_2.40", .index = 4},
					 {.file = NULL}}});
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.missing_version_count, 1);
	ck_assert_str_eq(run.closure.missing_versions[0].version, "GLIBC_2.40");
	ck_assert_uint_eq(run.closure.missing_versions[0].needed_by, kit_find(&run, "libx.so")->index);
	kit_run_done(&run);
}
END_TEST

static const struct {
	const char *a, *b;
	int order;
} orders[] = {
	{"GLIBC_2.4", "GLIBC_2.34", -1},
	{"GLIBC_2.34", "GLIBC_2.4", 1},
	{"GLIBC_2.2.5", "GLIBC_2.2", 1},
	{"GLIBC_2.34", "GLIBC_2.34", 0},
	{"GLIBCXX_3.4.9", "GLIBCXX_3.4.30", -1},
	{"A", "A", 0},
	{"X_1a", "X_1b", -1},
	{"X_1..2", "X_1..3", -1},
};

START_TEST(version_names_compare_by_numbers)
{
	int order = gl_version_compare(orders[_i].a, orders[_i].b);

	ck_assert_int_eq((order > 0) - (order < 0), orders[_i].order);
}
END_TEST

#define CROWD 1000

static void put_crowd(const char *path, int number, const char *runpath)
{
	static char names[CROWD][24];
	const char *needed[CROWD + 1] = {NULL};

	for (int i = 0; i < CROWD; i++) {
		snprintf(names[i], sizeof(names[i]), "lib%d-%d.so", number, i);
		needed[i] = names[i];
	}
	kit_elf(&kit, path,
		&(struct elfgen){.type = ET_DYN,
				 .dynamic = true,
				 .interp = GLIBC_LD,
				 .needed = needed,
				 .runpath = runpath});
}

/* Thousands of names in hundreds of directories: it ends soon, and says that it is not the whole truth. */
START_TEST(crowds_are_bounded)
{
	char runpath[8192] = "/d", path[64];
	struct kit_run run;

	for (int i = 0; i < 700; i++) {
		snprintf(path, sizeof(path), "/d%d/x", i);
		if (i < 300)
			kit_text(&kit, path, "");
		snprintf(runpath + strlen(runpath), sizeof(runpath) - strlen(runpath), ":/d%d", i);
	}
	put_crowd(APP, 0, runpath);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/d0/lib0-%d.so", i);
		put_crowd(path, i + 1, runpath);
	}
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_le(run.closure.count, GL_CLOSURE_MAX_LIBRARIES + 1);
	ck_assert_uint_le(kit_find(&run, "lib0-5.so")->tried_count, GL_CLOSURE_MAX_TRIED);
	ck_assert_uint_gt(kit_find(&run, "lib0-5.so")->tried_total, GL_CLOSURE_MAX_TRIED);
	/* What was not looked for to the end is not called missing. */
	KIT_STATUS(&run, "lib0-999.so", GL_LIBRARY_UNREADABLE);
	kit_run_done(&run);
}
END_TEST

/* Every prefix of a program, a library and a loader: no crash, no read out of bounds. */
START_TEST(cut_short_anywhere)
{
	static const char *const paths[] = {APP, "/lib/libc.so.6", GLIBC_LD};
	struct stat st;
	struct kit_run run;

	PROGRAM(NEEDS("libc.so.6"), .needs = needs, .symbols = symbols);
	ck_assert(!stat(kit_outside(&kit, paths[_i]), &st));
	for (off_t len = st.st_size; len-- > 0;) {
		ck_assert(!truncate(kit_outside(&kit, paths[_i]), len));
		kit_resolve(&kit, APP, &run);
		kit_run_done(&run);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("closure");
	TCase *tcase = tcase_create("closure");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, breadth_first);
	tcase_add_test(tcase, one_object_has_many_names);
	tcase_add_test(tcase, programs_without_loader_have_no_libraries);
	tcase_add_test(tcase, unknown_loaders_leave_it_incomplete);
	tcase_add_test(tcase, unknown_machines_leave_it_incomplete);
	tcase_add_test(tcase, versions_that_are_not_there);
	tcase_add_test(tcase, a_higher_version_is_no_lower_one);
	tcase_add_test(tcase, libraries_need_versions_too);
	tcase_add_loop_test(tcase, version_names_compare_by_numbers, 0, (int)GL_ARRAY_SIZE(orders));
	tcase_add_test(tcase, crowds_are_bounded);
	tcase_add_loop_test(tcase, cut_short_anywhere, 0, 3);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
