/*
 * musl's search, rule by rule.
 */
#include "host/search.h"
#include "tests/unit/host/kit.h"

#define APP "/opt/app/bin/app"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
	kit_musl(&kit);
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
	kit_elf(&kit, APP, &(struct elfgen){.type = ET_DYN, .dynamic = true, .interp = MUSL_LD, __VA_ARGS__})

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

static const struct {
	const char *name;
	bool builtin;
} names[] = {
	{"libc.so", true},
	{"libc.so.6", true},
	{"libc.musl-x86_64.so.1", true},
	{"libpthread.so.0", true},
	{"libm.so.6", true},
	{"librt.so.1", true},
	{"libdl.so.2", true},
	{"libutil.so.1", true},
	{"libxnet.so", true},
	{"libresolv.so.2", false},
	{"libgcc_s.so.1", false},
	{"libcrypt.so.1", false},
	{"libmvec.so.1", false},
	{"libc", false},
	{"c.so", false},
	{"", false},
};

START_TEST(musl_answers_to_reserved_names)
{
	ck_assert_int_eq(gl_musl_is_builtin(names[_i].name), names[_i].builtin);
}
END_TEST

START_TEST(a_glibc_program_finds_its_libc)
{
	struct kit_run run;

	PROGRAM(NEEDS("libc.so.6", "libpthread.so.0", "libresolv.so.2", "libc.so.6"));
	kit_resolve(&kit, APP, &run);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_MUSL);
	ck_assert_str_eq(run.closure.libc.version, "1.2.5");
	KIT_FOUND(&run, "libc.so.6", MUSL_LD, GL_VIA_BUILTIN);
	KIT_FOUND(&run, "libpthread.so.0", MUSL_LD, GL_VIA_BUILTIN);
	KIT_STATUS(&run, "libresolv.so.2", GL_LIBRARY_MISSING);
	ck_assert_uint_eq(run.closure.count, 5); /* the program, musl, two names of it, and libresolv */
	kit_run_done(&run);
}
END_TEST

START_TEST(the_order_of_places)
{
	static char env[] = "LD_LIBRARY_PATH=/nope::/env";
	static const char *const files[] = {"/env/liba.so", "/run/liba.so", "/lib/liba.so",
					    "/usr/local/lib/liba.so", "/usr/lib/liba.so"};
	static const enum gl_via vias[] = {GL_VIA_ENV, GL_VIA_RUNPATH, GL_VIA_DEFAULT, GL_VIA_DEFAULT,
					   GL_VIA_DEFAULT};

	PROGRAM(NEEDS("liba.so"), .runpath = "/run", .rpath = "/rpath");
	put_a("/rpath");
	kit.env[0] = env;
	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++)
		KIT_LIBRARY(&kit, files[i], "liba.so");
	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++) {
		check_a(files[i], vias[i]);
		ck_assert(!unlink(kit_outside(&kit, files[i])));
	}
	check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

/* RUNPATH is inherited here, and one on the way cuts off nothing. */
START_TEST(run_paths_are_inherited)
{
	kit_elf(&kit, "/lib/libmid.so",
		&(struct elfgen){.type = ET_DYN, .dynamic = true, .runpath = "/nope", NEEDS("liba.so")});
	put_a("/opt/app/lib");
	PROGRAM(NEEDS("libmid.so"), .runpath = "$ORIGIN/../lib");
	check_a("/opt/app/bin/../lib/liba.so", GL_VIA_RUNPATH);
}
END_TEST

static const struct {
	const char *runpath;
	const char *where; /* NULL: the path is dropped, and the library missing */
} tokens[] = {
	{"$ORIGIN", "/opt/app/bin/liba.so"}, {"${ORIGIN}/../bin", "/opt/app/bin/../bin/liba.so"},
	{"$ORIGIN/$LIB:/a", NULL},	     {"/a:$PLATFORM", NULL},
	{"/nope:\n/a", "/a/liba.so"},
};

START_TEST(any_other_token_drops_the_whole_path)
{
	put_a("/a");
	put_a("/opt/app/bin");
	PROGRAM(NEEDS("liba.so"), .runpath = tokens[_i].runpath);
	if (tokens[_i].where)
		check_a(tokens[_i].where, GL_VIA_RUNPATH);
	else
		check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

START_TEST(the_path_file_replaces_the_default)
{
	PROGRAM(NEEDS("liba.so"));
	put_a("/lib");
	put_a("/other");
	kit_text(&kit, "/etc/ld-musl-x86_64.path", "/nope\n\n/other:/lib\n");
	check_a("/other/liba.so", GL_VIA_DEFAULT);
	kit_text(&kit, "/etc/ld-musl-x86_64.path", "");
	check_a_status(GL_LIBRARY_MISSING);
}
END_TEST

/* It stands beside the loader that the program names. */
START_TEST(the_path_file_belongs_to_the_loader)
{
	kit_link(&kit, "/opt/b/lib/ld-musl-x86_64.so.1", MUSL_LD);
	kit_text(&kit, "/opt/b/etc/ld-musl-x86_64.path", "/opt/b/libs");
	put_a("/opt/b/libs");
	kit_elf(&kit, APP,
		&(struct elfgen){.type = ET_DYN,
				 .dynamic = true,
				 .interp = "/opt/b/lib/ld-musl-x86_64.so.1",
				 NEEDS("liba.so")});
	check_a("/opt/b/libs/liba.so", GL_VIA_DEFAULT);
}
END_TEST

/* A SONAME is not looked at, the file is. */
START_TEST(the_same_file_is_loaded_once)
{
	struct kit_run run;

	PROGRAM(NEEDS("liba.so", "libalias.so", "libsoname.so"));
	KIT_LIBRARY(&kit, "/lib/liba.so", "libsoname.so");
	kit_link(&kit, "/lib/libalias.so", "liba.so");
	kit_resolve(&kit, APP, &run);
	ck_assert_ptr_eq(kit_find(&run, "libalias.so")->same, kit_find(&run, "liba.so"));
	KIT_STATUS(&run, "libsoname.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
}
END_TEST

START_TEST(foreign_and_bad_files_end_the_search)
{
	static char env[] = "LD_LIBRARY_PATH=/bad:/lib";
	struct kit_run run;

	kit.env[0] = env;
	PROGRAM(NEEDS("liba.so", "libb.so"));
	put_a("/lib");
	KIT_LIBRARY(&kit, "/lib/libb.so", "libb.so");
	kit_elf(&kit, "/bad/liba.so",
		&(struct elfgen){.type = ET_DYN, .dynamic = true, .machine = EM_AARCH64});
	kit_text(&kit, "/bad/libb.so", "text");
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", GL_LIBRARY_WRONG_MACHINE);
	KIT_STATUS(&run, "libb.so", GL_LIBRARY_CORRUPT);
	kit_run_done(&run);
}
END_TEST

START_TEST(preloading)
{
	static char env[] = "LD_PRELOAD=liba.so\t/none/x.so libc.so";
	struct kit_run run;

	kit.env[0] = env;
	put_a("/lib");
	PROGRAM(NEEDS("libc.so"));
	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, "liba.so", "/lib/liba.so", GL_VIA_PRELOAD);
	KIT_STATUS(&run, "/none/x.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
	kit.host.secure = true;
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.count, 3);
	kit_run_done(&run);
}
END_TEST

/* The shim at glibc's path hands the program to musl. */
START_TEST(gcompat_searches_as_musl)
{
	static const char text[] = "\0/lib/libgcompat.so.0\0";
	const struct elfgen_note constants[] = {
		{.name = "text", .type = 1, .desc = text, .desc_len = sizeof(text)}, {.name = NULL}};

	kit_elf(&kit, GLIBC_LD, &(struct elfgen){.type = ET_DYN, .dynamic = true, .notes = constants});
	kit_elf(&kit, APP,
		&(struct elfgen){
			.type = ET_DYN, .dynamic = true, .interp = GLIBC_LD, NEEDS("libc.so.6", "liba.so")});
	put_a("/usr/lib");
	check_a("/usr/lib/liba.so", GL_VIA_DEFAULT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search_musl");
	TCase *tcase = tcase_create("search_musl");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, musl_answers_to_reserved_names, 0, (int)GL_ARRAY_SIZE(names));
	tcase_add_test(tcase, a_glibc_program_finds_its_libc);
	tcase_add_test(tcase, the_order_of_places);
	tcase_add_test(tcase, run_paths_are_inherited);
	tcase_add_loop_test(tcase, any_other_token_drops_the_whole_path, 0, (int)GL_ARRAY_SIZE(tokens));
	tcase_add_test(tcase, the_path_file_replaces_the_default);
	tcase_add_test(tcase, the_path_file_belongs_to_the_loader);
	tcase_add_test(tcase, the_same_file_is_loaded_once);
	tcase_add_test(tcase, foreign_and_bad_files_end_the_search);
	tcase_add_test(tcase, preloading);
	tcase_add_test(tcase, gcompat_searches_as_musl);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
