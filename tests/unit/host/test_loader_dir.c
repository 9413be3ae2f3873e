/*
 * Programs under a bundle's loader (gl_host.loader_dir), and libraries for any
 * CPU only (gl_host.baseline).
 */
#include "host/hwcaps.h"
#include "host/libc.h"
#include "tests/unit/host/kit.h"

#define APP	   "/opt/app/bin/app"
#define BUNDLE	   "/opt/app.bundle/lib"
#define BUNDLED_LD BUNDLE "/ld-linux-x86-64.so.2"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
	kit.host.loader_dir = BUNDLE;
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

static void put(const char *path, const struct elfgen *spec)
{
	struct elfgen full = *spec;

	full.type = ET_DYN;
	full.dynamic = true;
	kit_elf(&kit, path, &full);
}

#define PROGRAM(...)	  put(APP, &(struct elfgen){.interp = GLIBC_LD, __VA_ARGS__})
#define MUSL_PROGRAM(...) put(APP, &(struct elfgen){.interp = MUSL_LD, __VA_ARGS__})

/* The host's glibc goes into the bundle; a host of another one, or none, may follow. */
static void bundle_glibc(const char *version)
{
	KIT_GLIBC(&kit, version);
	kit_parents(&kit, BUNDLED_LD);
	ck_assert(!rename(kit_outside(&kit, GLIBC_LD), kit_outside(&kit, BUNDLED_LD)));
	ck_assert(!rename(kit_outside(&kit, "/lib/libc.so.6"), kit_outside(&kit, BUNDLE "/libc.so.6")));
}

static void put_a(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/liba.so", dir);
	KIT_LIBRARY(&kit, path, "liba.so");
}

static void check_found(const char *name, const char *where, enum gl_via via)
{
	struct kit_run run;

	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, name, where, via);
	kit_run_done(&run);
}

START_TEST(the_bundles_loader_and_libc_stand_for_the_hosts)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.43");
	if (_i)
		KIT_GLIBC(&kit, "GLIBC_2.31"); /* a host that has its own must not matter */
	PROGRAM(NEEDS("libc.so.6"), .needs = (const struct elfgen_need[]){
					    {"libc.so.6", "GLIBC_2.43", 2, false}, {NULL, NULL, 0, false}});
	kit_resolve(&kit, APP, &run);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_GLIBC);
	ck_assert_str_eq(run.closure.libc.interpreter, BUNDLED_LD);
	ck_assert_str_eq(run.closure.libc.version, "2.43");
	KIT_FOUND(&run, "libc.so.6", BUNDLE "/libc.so.6", GL_VIA_RPATH);
	KIT_FOUND(&run, "ld-linux-x86-64.so.2", BUNDLED_LD, GL_VIA_LOADED);
	ck_assert_uint_eq(run.closure.missing_version_count, 0);
	ck_assert(!run.closure.incomplete);
	kit_run_done(&run);
}
END_TEST

START_TEST(a_bundle_without_a_loader_has_no_libraries)
{
	struct kit_run run;

	KIT_GLIBC(&kit, "GLIBC_2.31");
	PROGRAM(NEEDS("libc.so.6"));
	kit_resolve(&kit, APP, &run);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_NONE);
	ck_assert_str_eq(run.closure.libc.interpreter, BUNDLED_LD);
	ck_assert(run.closure.incomplete);
	kit_run_done(&run);
}
END_TEST

START_TEST(a_version_the_bundle_has_not_is_missing)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.36");
	KIT_GLIBC(&kit, "GLIBC_2.43");
	PROGRAM(NEEDS("libc.so.6"), .needs = (const struct elfgen_need[]){
					    {"libc.so.6", "GLIBC_2.43", 2, false}, {NULL, NULL, 0, false}});
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.missing_version_count, 1);
	ck_assert_str_eq(run.closure.missing_versions[0].have, "2.36");
	kit_run_done(&run);
}
END_TEST

/* The version of a loader is that of the libc it would take, the host's row of a finding must not show the bundle's. */
START_TEST(versions_are_each_loaders_own)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_libc libc;

	bundle_glibc("GLIBC_2.43");
	KIT_GLIBC(&kit, "GLIBC_2.31");
	kit.host.loader_dir = _i ? BUNDLE "/" : BUNDLE;
	ck_assert(!gl_libc_identify(&kit.host, BUNDLED_LD, &libc, &err));
	ck_assert_str_eq(libc.version, "2.43");
	ck_assert(!gl_libc_of_host(&kit.host, &libc, &err));
	ck_assert_str_eq(libc.interpreter, GLIBC_LD);
	ck_assert_str_eq(libc.version, "2.31");
}
END_TEST

/* A program's DT_RUNPATH counts as DT_RPATH; what the host has comes behind, by the bundled loader's own rules. */
START_TEST(the_order_of_places)
{
	static char env[] = "LD_LIBRARY_PATH=/env";
	static const struct {
		const char *dir;
		enum gl_via via;
	} places[] = {{BUNDLE, GL_VIA_RPATH},
		      {"/own", GL_VIA_RPATH},
		      {"/env", GL_VIA_ENV},
		      {"/lib", GL_VIA_DEFAULT},
		      {"/usr/lib", GL_VIA_DEFAULT}};
	char path[PATH_MAX];

	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS("liba.so"), .runpath = _i ? NULL : "/own", .rpath = _i ? "/own" : "/void");
	kit.env[0] = env;
	put_a("/void");
	for (size_t i = 0; i < GL_ARRAY_SIZE(places); i++)
		put_a(places[i].dir);
	for (size_t i = 0; i < GL_ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/liba.so", places[i].dir);
		check_found("liba.so", path, places[i].via);
		ck_assert(!unlink(kit_outside(&kit, path)));
	}
}
END_TEST

/* As an empty DT_RPATH is none: an empty element behind the bundle would be the current directory. */
START_TEST(an_empty_run_path_adds_no_directory)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS("liba.so"), .runpath = "");
	put_a("/");
	kit_resolve(&kit, APP, &run);
	KIT_STATUS(&run, "liba.so", GL_LIBRARY_MISSING);
	ck_assert_str_eq(kit_find(&run, "liba.so")->tried[0], BUNDLE "/liba.so");
	ck_assert_str_eq(kit_find(&run, "liba.so")->tried[1], "/lib/liba.so");
	kit_run_done(&run);
}
END_TEST

START_TEST(libraries_inherit_it_unless_they_have_a_runpath)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS("libmid.so"), .runpath = "/mid");
	put("/mid/libmid.so",
	    &(struct elfgen){.soname = "libmid.so", .runpath = _i ? "/nope" : NULL, NEEDS("liba.so")});
	put_a(BUNDLE);
	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, "libmid.so", "/mid/libmid.so", GL_VIA_RPATH);
	if (_i)
		KIT_STATUS(&run, "liba.so", GL_LIBRARY_MISSING);
	else
		KIT_FOUND(&run, "liba.so", BUNDLE "/liba.so", GL_VIA_RPATH);
	kit_run_done(&run);
}
END_TEST

START_TEST(preloaded_libraries_are_searched_there_too)
{
	static char env[] = "LD_PRELOAD=liba.so";

	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS("libc.so.6"));
	kit.env[0] = env;
	put_a(BUNDLE);
	put_a("/lib");
	check_found("liba.so", BUNDLE "/liba.so", GL_VIA_PRELOAD);
}
END_TEST

START_TEST(origin_stays_the_programs)
{
	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS("liba.so"), .runpath = "$ORIGIN/../lib");
	put_a("/opt/app/lib");
	check_found("liba.so", "/opt/app/bin/../lib/liba.so", GL_VIA_RPATH);
}
END_TEST

/* By the path in the program the loader is known as well as by its soname (and by its file). */
START_TEST(the_loader_has_the_name_that_the_program_has_for_it)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.43");
	PROGRAM(NEEDS(GLIBC_LD, "ld-linux-x86-64.so.2", BUNDLED_LD));
	kit_resolve(&kit, APP, &run);
	KIT_FOUND(&run, GLIBC_LD, BUNDLED_LD, GL_VIA_LOADED);
	KIT_STATUS(&run, "ld-linux-x86-64.so.2", GL_LIBRARY_FOUND);
	KIT_STATUS(&run, BUNDLED_LD, GL_LIBRARY_FOUND);
	kit_run_done(&run);
}
END_TEST

/* NixOS: only the name's last part counts. */
START_TEST(the_loader_is_looked_for_by_its_last_name)
{
	struct kit_run run;

	bundle_glibc("GLIBC_2.43");
	put(APP,
	    &(struct elfgen){.interp = "/nix/store/x-glibc/lib/ld-linux-x86-64.so.2", NEEDS("libc.so.6")});
	kit_resolve(&kit, APP, &run);
	ck_assert_str_eq(run.closure.libc.interpreter, BUNDLED_LD);
	KIT_FOUND(&run, "libc.so.6", BUNDLE "/libc.so.6", GL_VIA_RPATH);
	kit_run_done(&run);
}
END_TEST

static void bundle_musl(void)
{
	kit_musl(&kit);
	kit_parents(&kit, BUNDLE "/x");
	ck_assert(!rename(kit_outside(&kit, MUSL_LD), kit_outside(&kit, BUNDLE "/ld-musl-x86_64.so.1")));
}

/* musl: LD_LIBRARY_PATH comes first, and a DT_RPATH is inherited whatever there is on the way. */
START_TEST(musl_by_its_own_rules)
{
	static char env[] = "LD_LIBRARY_PATH=/env";
	struct kit_run run;

	bundle_musl();
	MUSL_PROGRAM(NEEDS("libmid.so", "libc.so"), .runpath = "/own");
	put(BUNDLE "/libmid.so",
	    &(struct elfgen){.soname = "libmid.so", .runpath = "/nope", NEEDS("liba.so")});
	put_a("/env");
	put_a(BUNDLE);
	put_a("/own");
	kit_resolve(&kit, APP, &run);
	ck_assert_int_eq(run.closure.libc.kind, GL_LIBC_MUSL);
	KIT_FOUND(&run, "libmid.so", BUNDLE "/libmid.so", GL_VIA_RPATH);
	KIT_FOUND(&run, "libc.so", BUNDLE "/ld-musl-x86_64.so.1", GL_VIA_BUILTIN);
	KIT_FOUND(&run, "liba.so", BUNDLE "/liba.so", GL_VIA_RPATH);
	kit_run_done(&run);
	kit.env[0] = env;
	check_found("liba.so", "/env/liba.so", GL_VIA_ENV);
}
END_TEST

/* A token that musl does not know voids the program's own path, not the bundle's. */
START_TEST(musl_finds_the_bundle_beside_unknown_tokens)
{
	bundle_musl();
	MUSL_PROGRAM(NEEDS("liba.so"), .runpath = "/own:$LIB/x");
	put_a("/own");
	put_a("/lib");
	check_found("liba.so", "/lib/liba.so", GL_VIA_DEFAULT);
	put_a(BUNDLE);
	check_found("liba.so", BUNDLE "/liba.so", GL_VIA_RPATH);
}
END_TEST

START_TEST(musl_has_the_programs_path_behind_the_bundle)
{
	bundle_musl();
	MUSL_PROGRAM(NEEDS("liba.so"), .runpath = "$ORIGIN/../lib");
	put_a("/opt/app/lib");
	put_a("/lib");
	check_found("liba.so", "/opt/app/bin/../lib/liba.so", GL_VIA_RPATH);
}
END_TEST

/* musl takes its own path from the program's PT_INTERP, and from that where its list of directories is. */
START_TEST(musl_reads_the_hosts_path_file)
{
	bundle_musl();
	MUSL_PROGRAM(NEEDS("liba.so"));
	kit_text(&kit, "/etc/ld-musl-x86_64.path", "/listed");
	kit_text(&kit, "/opt/etc/ld-musl-x86_64.path", "/wrong");
	put_a("/listed");
	put_a("/wrong");
	check_found("liba.so", "/listed/liba.so", GL_VIA_DEFAULT);
}
END_TEST

START_TEST(the_baseline_has_no_better_libraries)
{
	kit.host.loader_dir = NULL;
	KIT_GLIBC(&kit, _i ? "GLIBC_2.36" : "GLIBC_2.43");
	PROGRAM(NEEDS("liba.so"), .runpath = "/a");
	put_a("/a");
	put_a("/a/glibc-hwcaps/x86-64-v2");
	if (_i)
		put_a("/a/tls");
	check_found("liba.so", "/a/glibc-hwcaps/x86-64-v2/liba.so", GL_VIA_RUNPATH);
	kit.host.baseline = true;
	check_found("liba.so", "/a/liba.so", GL_VIA_RUNPATH);
}
END_TEST

START_TEST(the_baseline_takes_plain_cache_entries_only)
{
	static const struct gl_ld_cache_want wants[] = {
		{.named = true, .name = "x86-64-v2", .isa_bit = 1},
		{.named = false, .legacy = UINT64_C(1) << 63},
	};
	const struct gl_arch *arch = kit.host.arch;

	ck_assert_uint_ne(gl_hwcaps_rank(&kit.host, arch, 36, &wants[_i]), 0);
	kit.host.baseline = true;
	ck_assert_uint_eq(gl_hwcaps_rank(&kit.host, arch, 36, &wants[_i]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loader_dir");
	TCase *tcase = tcase_create("loader_dir");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, the_bundles_loader_and_libc_stand_for_the_hosts, 0, 2);
	tcase_add_test(tcase, a_bundle_without_a_loader_has_no_libraries);
	tcase_add_test(tcase, a_version_the_bundle_has_not_is_missing);
	tcase_add_loop_test(tcase, versions_are_each_loaders_own, 0, 2);
	tcase_add_loop_test(tcase, the_order_of_places, 0, 2);
	tcase_add_test(tcase, an_empty_run_path_adds_no_directory);
	tcase_add_loop_test(tcase, libraries_inherit_it_unless_they_have_a_runpath, 0, 2);
	tcase_add_test(tcase, preloaded_libraries_are_searched_there_too);
	tcase_add_test(tcase, origin_stays_the_programs);
	tcase_add_test(tcase, the_loader_has_the_name_that_the_program_has_for_it);
	tcase_add_test(tcase, the_loader_is_looked_for_by_its_last_name);
	tcase_add_test(tcase, musl_by_its_own_rules);
	tcase_add_test(tcase, musl_finds_the_bundle_beside_unknown_tokens);
	tcase_add_test(tcase, musl_has_the_programs_path_behind_the_bundle);
	tcase_add_test(tcase, musl_reads_the_hosts_path_file);
	tcase_add_loop_test(tcase, the_baseline_has_no_better_libraries, 0, 2);
	tcase_add_loop_test(tcase, the_baseline_takes_plain_cache_entries_only, 0, 2);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
