/*
 * glibc's search, rule by rule, in a root of generated libraries.
 */
#include "tests/unit/host/kit.h"

#define APP "/opt/app/bin/app"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
	KIT_GLIBC(&kit, "GLIBC_2.36");
}

static void tear_down(void)
{
	kit_done(&kit);
}

/* An object that needs these; .needed is to be NULL-terminated. */
static void put(const char *path, const struct elfgen *spec)
{
	struct elfgen full = *spec;

	full.type = ET_DYN;
	full.dynamic = true;
	kit_elf(&kit, path, &full);
}

#define NEEDS(...)                                                                                           \
	.needed = (const char *const[])                                                                      \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define PROGRAM(...) put(APP, &(struct elfgen){.interp = GLIBC_LD, __VA_ARGS__})

/* Turns the DT_SONAME of the file at path into DT_FLAGS_1. */
static void set_flags_1(const char *path, uint64_t flags)
{
	Elf64_Dyn dyn;
	FILE *f = fopen(kit_outside(&kit, path), "r+e");
	long at = 0;

	ck_assert_ptr_nonnull(f);
	/* .dynamic is aligned to 8; a DT_SONAME's value is small, which tells it from most else. */
	while (!fseek(f, at, SEEK_SET) && fread(&dyn, sizeof(dyn), 1, f) == 1) {
		if (dyn.d_tag == DT_SONAME && dyn.d_un.d_val < 4096)
			break;
		at += 8;
	}
	ck_assert_int_eq(dyn.d_tag, DT_SONAME);
	dyn.d_tag = DT_FLAGS_1;
	dyn.d_un.d_val = flags;
	ck_assert(!fseek(f, at, SEEK_SET));
	ck_assert_uint_eq(fwrite(&dyn, sizeof(dyn), 1, f), 1);
	ck_assert(!fclose(f));
}

/* /etc/ld.so.cache with one library; sizes and layout: see test_ld_cache.c. */
static void put_cache(const char *name, const char *path)
{
	unsigned char bytes[512] = "glibc-ld.so.cache1.1";
	const uint32_t head[] = {1, 0, 2, 0, 0, 0, 0},
		       entry[] = {0x0303, 72, 72 + (uint32_t)strlen(name) + 1, 0, 0, 0};

	memcpy(bytes + 20, head, sizeof(head));
	memcpy(bytes + 48, entry, sizeof(entry));
	memcpy(bytes + 72, name, strlen(name) + 1);
	memcpy(bytes + entry[2], path, strlen(path) + 1);
	kit_bytes(&kit, "/etc/ld.so.cache", bytes, sizeof(bytes));
}

/* A directory with a library of that name. */
static void put_a(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/liba.so", dir);
	KIT_LIBRARY(&kit, path, "liba.so");
}

static void check_a(const char *where, enum gl_via via)
{
	struct kit_run run;

	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, "liba.so", where, via);
	kit_run_done(&run);
}

static void check_a_status(enum gl_library_status status)
{
	struct kit_run run;

	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", status);
	kit_run_done(&run);
}

START_TEST(the_order_of_places)
{
	static char env[] = "LD_LIBRARY_PATH=/env";
	static const char *const files[] = {"/rpath/liba.so", "/env/liba.so", "/cached/liba.so",
					    "/lib/liba.so", "/usr/lib/liba.so"};
	static const enum gl_via vias[] = {GL_VIA_RPATH, GL_VIA_ENV, GL_VIA_CACHE, GL_VIA_DEFAULT,
					   GL_VIA_DEFAULT};

	PROGRAM(NEEDS("liba.so"), .rpath = "/nope:/rpath");
	kit.env[0] = env;
	put_cache("liba.so", "/cached/liba.so");
	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++)
		KIT_LIBRARY(&kit, files[i], "liba.so");
	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++) {
		check_a(files[i], vias[i]);
		ck_assert(!unlink(kit_outside(&kit, files[i])));
	}
	check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

START_TEST(runpath_comes_after_the_environment_and_voids_rpath)
{
	static char env[] = "LD_LIBRARY_PATH=/env";

	PROGRAM(NEEDS("liba.so"), .rpath = "/rpath", .runpath = "/runpath");
	put_a("/rpath");
	put_a("/runpath");
	check_a("/runpath/liba.so", GL_VIA_RUNPATH);
	kit.env[0] = env;
	put_a("/env");
	check_a("/env/liba.so", GL_VIA_ENV);
}
END_TEST

START_TEST(rpath_is_inherited_and_runpath_is_not)
{
	struct kit_run run;

	put("/rpath/libmid.so", &(struct elfgen){.soname = "libmid.so", NEEDS("liba.so")});
	put_a("/rpath");
	PROGRAM(NEEDS("libmid.so"), .rpath = "/rpath");
	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, "liba.so", "/rpath/liba.so", GL_VIA_RPATH);
	ck_assert_uint_eq(kit_find(&run, "liba.so")->needed_by, kit_find(&run, "libmid.so")->index);
	kit_run_done(&run);
	PROGRAM(NEEDS("libmid.so"), .runpath = "/rpath");
	check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

/* One RUNPATH in a library cuts off the program's RPATH for what that library needs. */
START_TEST(a_runpath_on_the_way_voids_the_chain)
{
	put("/rpath/libmid.so",
	    &(struct elfgen){.soname = "libmid.so", .runpath = "/nope", NEEDS("liba.so")});
	put_a("/rpath");
	PROGRAM(NEEDS("libmid.so"), .rpath = "/rpath");
	check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

START_TEST(origin_is_the_objects_own_directory)
{
	struct kit_run run;

	put("/opt/app/lib/libmid.so",
	    &(struct elfgen){.soname = "libmid.so", .runpath = "$ORIGIN/deep", NEEDS("liba.so")});
	put_a("/opt/app/lib/deep");
	PROGRAM(NEEDS("libmid.so"), .runpath = "${ORIGIN}/../lib");
	kit_link(&kit, "/usr/bin/app", APP);
	/* Started by a link: the kernel shows the loader the file itself. */
	kit_resolve(&kit, "/usr/bin/app", &run);
	KIT_FOUND(&run, "libmid.so", "/opt/app/bin/../lib/libmid.so", GL_VIA_RUNPATH);
	KIT_FOUND(&run, "liba.so", "/opt/app/bin/../lib/deep/liba.so", GL_VIA_RUNPATH);
	kit_run_done(&run);
}
END_TEST

START_TEST(other_tokens_are_the_machines)
{
	PROGRAM(NEEDS("liba.so"), .runpath = "/x/$LIB/$PLATFORM");
	put_a("/x/lib/x86_64");
	check_a("/x/lib/x86_64/liba.so", GL_VIA_RUNPATH);
}
END_TEST

static const struct {
	const char *env, *where;
} lists[] = {
	{"LD_LIBRARY_PATH=/nope;/a", "/a/liba.so"},
	{"LD_LIBRARY_PATH=/a//", "/a/liba.so"},
	{"LD_LIBRARY_PATH=:", "/liba.so"},
	{"LD_LIBRARY_PATH=/nope:", "/liba.so"},
	{"LD_LIBRARY_PATH=a", "/a/liba.so"},
	{"LD_LIBRARY_PATH=$ORIGIN/../../../a", "/opt/app/bin/../../../a/liba.so"},
	{"LD_LIBRARY_PATH=", NULL},
	{"LD_LIBRARY_PATH=/nope", NULL},
};

/* A root that is not ours has "/" as its current directory. */
START_TEST(lists_of_the_environment)
{
	char env[256];

	PROGRAM(NEEDS("liba.so"));
	put_a("/a");
	put_a("/");
	snprintf(env, sizeof(env), "%s", lists[_i].env);
	kit.env[0] = env;
	if (lists[_i].where)
		check_a(lists[_i].where, GL_VIA_ENV);
	else
		check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

START_TEST(secure_programs_ignore_the_environment)
{
	static char path[] = "LD_LIBRARY_PATH=/a", preload[] = "LD_PRELOAD=/a/liba.so:libp.so";
	struct kit_run run;

	PROGRAM(NEEDS("liba.so"));
	put_a("/a");
	KIT_LIBRARY(&kit, "/lib/libp.so", "libp.so");
	kit.env[0] = path;
	kit.env[1] = preload;
	kit.host.secure = true;
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", GL_LIBRARY_MISSING);
	KIT_STATUS(&run, "libp.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
	/* A preloaded one must be set-user-id. */
	ck_assert(!chmod(kit_outside(&kit, "/lib/libp.so"), 04755));
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "libp.so", GL_LIBRARY_FOUND);
	kit_run_done(&run);
}
END_TEST

START_TEST(nodeflib_leaves_out_the_system)
{
	PROGRAM(.soname = "app", NEEDS("liba.so"));
	set_flags_1(APP, DF_1_NODEFLIB);
	put_a("/lib");
	check_a_status(GL_LIBRARY_MISSING);
	put_cache("liba.so", "/lib/liba.so");
	check_a_status(GL_LIBRARY_MISSING);
	put_cache("liba.so", "/cached/liba.so");
	put_a("/cached");
	check_a("/cached/liba.so", GL_VIA_CACHE);
}
END_TEST

START_TEST(what_was_tried_is_told)
{
	static const char *const tried[] = {"/run/liba.so", "/lib/liba.so", "/usr/lib/liba.so"};
	const struct gl_library *a;
	struct kit_run run;

	PROGRAM(NEEDS("liba.so"), .runpath = "/run");
	kit_resolve(&kit, APP, &run);
	a = kit_find(&run, "liba.so");
	ck_assert_uint_eq(a->tried_total, GL_ARRAY_SIZE(tried));
	for (size_t i = 0; i < GL_ARRAY_SIZE(tried); i++)
		ck_assert_str_eq(a->tried[i], tried[i]);
	ck_assert_ptr_null(a->path);
	ck_assert(!run.closure.incomplete);
	kit_run_done(&run);
}
END_TEST

START_TEST(libraries_for_a_better_cpu_come_first)
{
	PROGRAM(NEEDS("liba.so"), .runpath = "/a");
	put_a("/a");
	put_a("/a/glibc-hwcaps/x86-64-v4");
	put_a("/a/glibc-hwcaps/x86-64-v2");
	put_a("/a/tls");
	check_a("/a/glibc-hwcaps/x86-64-v2/liba.so", GL_VIA_RUNPATH);
	kit.host.cpu_level = 1;
	check_a("/a/tls/liba.so", GL_VIA_RUNPATH);
	KIT_GLIBC(&kit, "GLIBC_2.37");
	check_a("/a/liba.so", GL_VIA_RUNPATH);
	kit.host.cpu_level = 4;
	check_a("/a/glibc-hwcaps/x86-64-v4/liba.so", GL_VIA_RUNPATH);
	KIT_GLIBC(&kit, "GLIBC_2.32");
	check_a("/a/tls/liba.so", GL_VIA_RUNPATH);
}
END_TEST

static const struct elfgen foreign[] = {
	{.type = ET_DYN, .dynamic = true, .machine = EM_AARCH64},
	{.type = ET_DYN, .dynamic = true, .machine = EM_386, .narrow = true},
};

START_TEST(foreign_libraries_are_passed_over)
{
	struct kit_run run;

	PROGRAM(NEEDS("liba.so"), .runpath = "/foreign:/a");
	kit_elf(&kit, "/foreign/liba.so", &foreign[_i]);
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", GL_LIBRARY_WRONG_MACHINE);
	ck_assert_str_eq(kit_find(&run, "liba.so")->path, "/foreign/liba.so");
	ck_assert_msg(strstr(kit_find(&run, "liba.so")->defect, "not x86-64") != NULL, "%s",
		      kit_find(&run, "liba.so")->defect);
	kit_run_done(&run);
	put_a("/a");
	check_a("/a/liba.so", GL_VIA_RUNPATH);
}
END_TEST

static void corrupt_text(void)
{
	kit_text(&kit, "/bad/liba.so",
		 "this is no ELF file, but it is longer than the header of one would be, see?");
}

static void corrupt_short(void)
{
	kit_bytes(&kit, "/bad/liba.so", "\177ELF\2\1\1", 7);
}

static void corrupt_empty(void)
{
	kit_text(&kit, "/bad/liba.so", "");
}

static void corrupt_directory(void)
{
	kit_text(&kit, "/bad/liba.so/file", "");
}

static void corrupt_object(void)
{
	kit_elf(&kit, "/bad/liba.so", &(struct elfgen){.type = ET_REL, .dynamic = true});
}

static void corrupt_program(void)
{
	kit_elf(&kit, "/bad/liba.so", &(struct elfgen){.type = ET_EXEC, .dynamic = true});
}

static void corrupt_pie(void)
{
	KIT_LIBRARY(&kit, "/bad/liba.so", "liba.so");
	set_flags_1("/bad/liba.so", DF_1_PIE);
}

static void corrupt_static(void)
{
	kit_elf(&kit, "/bad/liba.so", &(struct elfgen){.type = ET_DYN});
}

static void corrupt_osabi(void)
{
	kit_elf(&kit, "/bad/liba.so",
		&(struct elfgen){.type = ET_DYN, .dynamic = true, .osabi = ELFOSABI_FREEBSD});
}

static void corrupt_order(void)
{
	kit_elf(&kit, "/bad/liba.so", &(struct elfgen){.type = ET_DYN, .dynamic = true, .big_endian = true});
}

static void corrupt_truncated(void)
{
	KIT_LIBRARY(&kit, "/bad/liba.so", "liba.so", "libc.so.6");
	ck_assert(!truncate(kit_outside(&kit, "/bad/liba.so"), 300));
}

static void (*const corruptions[])(void) = {
	corrupt_text, corrupt_short,  corrupt_empty, corrupt_directory, corrupt_object,	   corrupt_program,
	corrupt_pie,  corrupt_static, corrupt_osabi, corrupt_order,	corrupt_truncated,
};

/* The loader does not look further. */
START_TEST(bad_files_end_the_search)
{
	struct kit_run run;

	PROGRAM(NEEDS("liba.so"), .runpath = "/bad:/a");
	put_a("/a");
	corruptions[_i]();
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", GL_LIBRARY_CORRUPT);
	ck_assert_str_eq(kit_find(&run, "liba.so")->path, "/bad/liba.so");
	ck_assert_uint_gt(strlen(kit_find(&run, "liba.so")->defect), 0);
	kit_run_done(&run);
}
END_TEST

START_TEST(gnu_abi_is_fine)
{
	kit_elf(&kit, "/lib/liba.so",
		&(struct elfgen){.type = ET_DYN, .dynamic = true, .osabi = ELFOSABI_GNU});
	PROGRAM(NEEDS("liba.so"));
	check_a("/lib/liba.so", GL_VIA_DEFAULT);
}
END_TEST

/* The program's user is not ours: what it may not read is not there for its loader. */
START_TEST(libraries_the_user_cannot_read_are_not_there)
{
	PROGRAM(NEEDS("liba.so"), .runpath = "/secret:/a");
	put_a("/secret");
	put_a("/a");
	ck_assert(!chmod(kit_outside(&kit, "/"), 0755));
	ck_assert(!chmod(kit_outside(&kit, "/secret/liba.so"), 0700));
	kit.host.uid = geteuid() + 1;
	kit.host.gid = getegid() + 1;
	kit.host.group_count = 0;
	check_a("/a/liba.so", GL_VIA_RUNPATH);
}
END_TEST

START_TEST(directories_the_user_cannot_search_are_passed_over)
{
	PROGRAM(NEEDS("liba.so"), .runpath = "/secret/lib:/a");
	put_a("/secret/lib");
	put_a("/a");
	ck_assert(!chmod(kit_outside(&kit, "/"), 0755));
	ck_assert(!chmod(kit_outside(&kit, "/secret"), 0700));
	kit.host.uid = geteuid() + 1;
	kit.host.gid = getegid() + 1;
	kit.host.group_count = 0;
	check_a("/a/liba.so", GL_VIA_RUNPATH);
}
END_TEST

START_TEST(links_that_loop_end_a_list_only)
{
	PROGRAM(NEEDS("liba.so"), .runpath = "/loop:/a");
	kit_link(&kit, "/loop/liba.so", "liba.so");
	put_a("/a");
	put_a("/lib");
	check_a("/lib/liba.so", GL_VIA_DEFAULT);
}
END_TEST

START_TEST(names_with_a_slash_are_paths)
{
	struct kit_run run;

	PROGRAM(NEEDS("/x/libp.so", "$ORIGIN/libo.so", "sub/librel.so", "/none/libn.so"));
	KIT_LIBRARY(&kit, "/x/libp.so", "libother.so");
	KIT_LIBRARY(&kit, "/opt/app/bin/libo.so", "libo.so");
	KIT_LIBRARY(&kit, "/sub/librel.so", "librel.so");
	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, "/x/libp.so", "/x/libp.so", GL_VIA_PATH);
	KIT_FOUND(&run, "$ORIGIN/libo.so", "/opt/app/bin/libo.so", GL_VIA_PATH);
	KIT_FOUND(&run, "sub/librel.so", "/sub/librel.so", GL_VIA_PATH);
	KIT_STATUS(&run, "/none/libn.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
}
END_TEST

START_TEST(preloaded_libraries_come_first)
{
	static char env[] = "LD_PRELOAD=libenv.so  /none/libmissing.so:libenv.so";
	static const char *const order[] = {APP,	  "libenv.so",	   "/none/libmissing.so",
					    "libfile.so", "/x/libpath.so", "liba.so",
					    "libdep.so"};
	struct kit_run run;

	PROGRAM(NEEDS("liba.so", "libfile.so"));
	put_a("/lib");
	put("/lib/libenv.so", &(struct elfgen){.soname = "libenv.so", NEEDS("libdep.so")});
	KIT_LIBRARY(&kit, "/lib/libdep.so", "libdep.so");
	KIT_LIBRARY(&kit, "/lib/libfile.so", "libfile.so");
	KIT_LIBRARY(&kit, "/x/libpath.so", "libpath.so");
	kit_text(&kit, "/etc/ld.so.preload", "# libno.so\nlibfile.so\t# libno.so\n\n/x/libpath.so");
	kit.env[0] = env;
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.count, GL_ARRAY_SIZE(order));
	for (size_t i = 0; i < GL_ARRAY_SIZE(order); i++)
		ck_assert_str_eq(run.closure.libraries[i]->name, order[i]);
	ck_assert_int_eq(run.closure.libraries[2]->via, GL_VIA_PRELOAD);
	KIT_STATUS(&run, "/none/libmissing.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
}
END_TEST

/* The loader forgets a preload that failed, and looks again for one who has another run path. */
START_TEST(a_failed_preload_is_looked_for_again)
{
	static char env[] = "LD_PRELOAD=liba.so";
	struct kit_run run;

	kit.env[0] = env;
	put("/lib/libmid.so", &(struct elfgen){.soname = "libmid.so", .runpath = "/mid", NEEDS("liba.so")});
	put_a("/mid");
	PROGRAM(NEEDS("libmid.so"));
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.count, 4);
	ck_assert_int_eq(run.closure.libraries[1]->status, GL_LIBRARY_MISSING);
	ck_assert_str_eq(run.closure.libraries[3]->path, "/mid/liba.so");
	kit_run_done(&run);
}
END_TEST

START_TEST(old_loaders_pass_over_libraries_for_newer_kernels)
{
	static const uint32_t tag[] = {0, 6, 1, 0};
	const struct elfgen_note notes[] = {
		{.name = "GNU", .type = NT_GNU_ABI_TAG, .desc = tag, .desc_len = sizeof(tag)},
		{.name = NULL}};

	kit_elf(&kit, "/lib/liba.so", &(struct elfgen){.type = ET_DYN, .dynamic = true, .notes = notes});
	PROGRAM(NEEDS("liba.so"));
	check_a("/lib/liba.so", GL_VIA_DEFAULT);
	KIT_GLIBC(&kit, "GLIBC_2.35");
	check_a_status(GL_LIBRARY_WRONG_MACHINE);
	kit.host.kernel[0] = 6;
	kit.host.kernel[1] = 1;
	check_a("/lib/liba.so", GL_VIA_DEFAULT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search_glibc");
	TCase *tcase = tcase_create("search_glibc");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_order_of_places);
	tcase_add_test(tcase, runpath_comes_after_the_environment_and_voids_rpath);
	tcase_add_test(tcase, rpath_is_inherited_and_runpath_is_not);
	tcase_add_test(tcase, a_runpath_on_the_way_voids_the_chain);
	tcase_add_test(tcase, origin_is_the_objects_own_directory);
	tcase_add_test(tcase, other_tokens_are_the_machines);
	tcase_add_loop_test(tcase, lists_of_the_environment, 0, (int)GL_ARRAY_SIZE(lists));
	tcase_add_test(tcase, secure_programs_ignore_the_environment);
	tcase_add_test(tcase, nodeflib_leaves_out_the_system);
	tcase_add_test(tcase, what_was_tried_is_told);
	tcase_add_test(tcase, libraries_for_a_better_cpu_come_first);
	tcase_add_loop_test(tcase, foreign_libraries_are_passed_over, 0, (int)GL_ARRAY_SIZE(foreign));
	tcase_add_loop_test(tcase, bad_files_end_the_search, 0, (int)GL_ARRAY_SIZE(corruptions));
	tcase_add_test(tcase, gnu_abi_is_fine);
	tcase_add_test(tcase, libraries_the_user_cannot_read_are_not_there);
	tcase_add_test(tcase, directories_the_user_cannot_search_are_passed_over);
	tcase_add_test(tcase, links_that_loop_end_a_list_only);
	tcase_add_test(tcase, names_with_a_slash_are_paths);
	tcase_add_test(tcase, preloaded_libraries_come_first);
	tcase_add_test(tcase, a_failed_preload_is_looked_for_again);
	tcase_add_test(tcase, old_loaders_pass_over_libraries_for_newer_kernels);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
