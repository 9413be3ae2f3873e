/*
 * Verifying bundles: all that is wrong with one, and with what code.
 */
#include "bundle/verify.h"

#include "tests/unit/bundle/kit.h"

#define NEEDED(...) ((const char *const[]){__VA_ARGS__, NULL})

struct result {
	struct gl_bundle bundle;
	struct gl_findings findings;
};

static void verify(const struct kit *kit, struct result *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ret->findings = GL_FINDINGS_INIT;
	ck_assert_msg(!gl_bundle_verify(kit->dir, &ret->bundle, &ret->findings, &err), "%s", err.msg);
	for (size_t i = 0; i < ret->findings.count; i++)
		ck_assert_msg(strstr(ret->findings.items[i]->message, "app.bundle"), "%s",
			      ret->findings.items[i]->message);
}

static void result_done(struct result *result)
{
	gl_bundle_done(&result->bundle);
	gl_findings_done(&result->findings);
}

/* All messages, for a failed test. */
static const char *list(const struct result *result)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < result->findings.count && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s\n",
					gl_code_info(result->findings.items[i]->code)->code,
					result->findings.items[i]->message);
	return text;
}

static const char *evidence(const struct gl_finding *f, const char *key)
{
	const char *text = json_string_value(json_object_get(f->evidence, key));

	return text ? text : "";
}

/* The one finding that there is. */
static const struct gl_finding *only(const struct result *result, enum gl_code code, const char *words)
{
	ck_assert_msg(result->findings.count == 1, "%zu findings:\n%s", result->findings.count, list(result));
	ck_assert_int_eq(result->findings.items[0]->code, code);
	ck_assert_msg(strstr(result->findings.items[0]->message, words), "%s", list(result));
	return result->findings.items[0];
}

static void check_only(const struct kit *kit, enum gl_code code, const char *words)
{
	struct result result;

	verify(kit, &result);
	only(&result, code, words);
	result_done(&result);
}

START_TEST(good)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 0, "%s", list(&result));
	ck_assert_uint_eq(result.bundle.manifest.count, 5);
	result_done(&result);
	kit_done(&kit);
}
END_TEST

START_TEST(absent)
{
	struct kit kit;

	kit_init(&kit);
	memcpy(kit.dir + strlen(kit.dir), "x", 2);
	check_only(&kit, GL_CODE_BUNDLE_NOT_FOUND, "is not there");
	kit_done(&kit);
}
END_TEST

/* Who may write to it is no matter here: it is not used. */
START_TEST(anybodys)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	ck_assert(!chmod(kit.dir, 0777));
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 0, "%s", list(&result));
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* Not the first alone. */
START_TEST(all_that_is_corrupt)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	kit_write(&kit, "lib/libc.so.6", "x", 1);
	kit_write(&kit, "lib/evil.so", "x", 1);
	ck_assert(!unlink(kit_path(&kit, "program/app")));
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 3, "%s", list(&result));
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(result.findings.items[i]->code, GL_CODE_BUNDLE_CORRUPT);
	ck_assert_str_eq(evidence(result.findings.items[0], "file"), "lib/libc.so.6");
	ck_assert_str_eq(evidence(result.findings.items[1], "file"), "program/app");
	ck_assert_str_eq(evidence(result.findings.items[1], "problem"), "is missing");
	ck_assert_str_eq(evidence(result.findings.items[2], "file"), "lib/evil.so");
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* A folder is told once, not for each file in it. */
START_TEST(no_folder)
{
	struct kit kit;
	char away[PATH_MAX + 32];

	kit_init(&kit);
	snprintf(away, sizeof(away), "%s/away", kit.root);
	ck_assert(!rename(kit_path(&kit, "lib"), away));
	check_only(&kit, GL_CODE_BUNDLE_CORRUPT, "lib is missing");
	kit_done(&kit);
}
END_TEST

/* --- the manifest says something else than the file --------------------------------- */

static void claim(struct kit *kit, const char *field)
{
	struct gl_bundle_file *file = kit_entry(kit, "lib/libc.so.6");

	if (!strcmp(field, "soname")) {
		file->soname[3] = 'C';
	} else if (!strcmp(field, "build_id")) {
		file->build_id = strdup("00ff");
	} else if (!strcmp(field, "provides")) {
		free(file->provides[--file->provide_count]);
	} else if (!strcmp(field, "kernel")) {
		kit->manifest.kernel[0]++;
	} else if (!strcmp(field, "cpu_level")) {
		kit->manifest.cpu_level = 2;
	} else if (!strcmp(field, "libc_version")) {
		kit->manifest.libc_version[3] = '5';
	} else {
		kit->manifest.libc = GL_LIBC_MUSL;
	}
}

static const struct {
	const char *field, *words;
} claims[] = {
	{"soname", "has the soname libc.so.6, the manifest says libC.so.6"},
	{"build_id", "has the build id none, the manifest says 00ff"},
	{"kernel", "says that Linux 1.0.0 will do, the files need 0.0.0"},
	{"cpu_level", "says that a CPU of level 2 will do, the files need 0"},
	{"libc_version", "is glibc 2.34, the manifest says glibc 2.35"},
};

START_TEST(false_claims)
{
	struct kit kit;

	kit_init(&kit);
	claim(&kit, claims[_i].field);
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_CORRUPT, claims[_i].words);
	kit_done(&kit);
}
END_TEST

/* These make more than one thing wrong. */
START_TEST(more_false_claims)
{
	static const struct {
		const char *field, *words;
	} more[] = {{"provides", "provides other versions"},
		    {"libc", "is glibc 2.34, the manifest says musl"}};
	struct result result;
	struct kit kit;

	kit_init(&kit);
	claim(&kit, more[_i].field);
	kit_seal(&kit);
	verify(&kit, &result);
	ck_assert_msg(strstr(list(&result), more[_i].words), "%s", list(&result));
	result_done(&result);
	kit_done(&kit);
}
END_TEST

START_TEST(floors)
{
	static const uint32_t tag[] = {0, 4, 19, 0};
	static const struct elfgen_note notes[] = {{"GNU", NT_GNU_ABI_TAG, tag, sizeof(tag), false},
						   {NULL, 0, NULL, 0, false}};
	struct result result;
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(&kit, "lib/libfoo.so.1", &(struct elfgen){KIT_SPEC_LIBRARY, .notes = notes});
	kit_seal(&kit);
	ck_assert_uint_eq(kit.manifest.kernel[1], 19);
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 0, "%s", list(&result));
	result_done(&result);
	kit.manifest.kernel[1] = 18;
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_CORRUPT, "says that Linux 4.18.0 will do, the files need 4.19.0");
	kit_done(&kit);
}
END_TEST

/* --- files that the manifest describes truly and that are of no use ------------------ */

static const struct {
	const char *path;
	struct elfgen spec;
	enum gl_code code;
	const char *words;
} replacements[] = {
	{"lib/libfoo.so.1",
	 {KIT_SPEC_LIBRARY, .machine = EM_AARCH64},
	 GL_CODE_BUNDLE_CORRUPT,
	 "is for aarch64, the bundle for x86-64"},
	{"lib/libfoo.so.1",
	 {KIT_SPEC_LIBRARY, .runpath = "/opt/lib"},
	 GL_CODE_BUNDLE_UNSUITABLE,
	 "has a DT_RUNPATH of its own: /opt/lib"},
	{"lib/libfoo.so.1",
	 {KIT_SPEC_LIBRARY, .rpath = "$ORIGIN"},
	 GL_CODE_BUNDLE_UNSUITABLE,
	 "has a DT_RPATH of its own"},
	{"app", {.needed = NULL}, GL_CODE_BUNDLE_UNSUITABLE, "app is no stub of golaunch's"},
	{"program/app",
	 {.interp = "/lib/ld-musl-x86_64.so.1", .dynamic = true},
	 GL_CODE_BUNDLE_UNSUITABLE,
	 "names the loader /lib/ld-musl-x86_64.so.1, the bundle has " KIT_LOADER},
	{"program/app", {.needed = NULL}, GL_CODE_BUNDLE_UNSUITABLE, "names the loader none"},
};

START_TEST(replaced)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	/* What the program needs of the library is not what is asked here. */
	if (replacements[_i].spec.machine)
		kit_replace_elf(&kit, "program/app",
				&(struct elfgen){.interp = "/lib64/" KIT_LOADER, .dynamic = true});
	kit_replace_elf(&kit, replacements[_i].path, &replacements[_i].spec);
	kit_seal(&kit);
	verify(&kit, &result);
	ck_assert_str_eq(evidence(only(&result, replacements[_i].code, replacements[_i].words), "file"),
			 replacements[_i].path);
	result_done(&result);
	kit_done(&kit);
}
END_TEST

START_TEST(no_elf_file)
{
	struct kit kit;

	kit_init(&kit);
	kit_add(&kit, "lib/libtext.so", GL_ROLE_LIBRARY, "text", 4);
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_CORRUPT, "lib/libtext.so is no sound ELF file");
	kit_done(&kit);
}
END_TEST

/* gconv has texts, and its modules find one another. */
START_TEST(gconv)
{
	const struct elfgen module = {.type = ET_DYN, .runpath = "$ORIGIN", .needed = NEEDED("libJIS.so")};
	struct result result;
	struct kit kit;

	kit_init(&kit);
	kit_folder(&kit, "lib/gconv");
	kit_add(&kit, "lib/gconv/gconv-modules", GL_ROLE_GCONV, "text", 4);
	kit_add_elf(&kit, "lib/gconv/EUC-JP.so", GL_ROLE_GCONV, &module);
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "needs libJIS.so");
	kit_add_elf(&kit, "lib/gconv/libJIS.so", GL_ROLE_GCONV,
		    &(struct elfgen){.type = ET_DYN, .soname = "libJIS.so"});
	kit_seal(&kit);
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 0, "%s", list(&result));
	result_done(&result);
	kit.manifest.gconv = true;
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "app has the flags 0, a bundle like this needs 0x2");
	kit_done(&kit);
}
END_TEST

static void replace_stub(struct kit *kit, const struct gl_stub_config *config, unsigned version)
{
	struct gl_bundle_file *file = kit_entry(kit, "app");
	struct gl_err err = GL_ERR_INIT;
	unsigned char *stub, *name;
	size_t size;

	ck_assert_msg(!gl_stub_make(config, &stub, &size, &err), "%s", err.msg);
	/* The slot follows the owner's name, padded to 4 bytes. */
	name = memmem(stub, size, GL_STUB_NOTE_NAME, sizeof(GL_STUB_NOTE_NAME));
	ck_assert_ptr_nonnull(name);
	memcpy(name + 12, &version, sizeof(version));
	kit_write(kit, "app", stub, size);
	kit_describe(kit, file);
	free(stub);
	kit_seal(kit);
}

START_TEST(stubs)
{
	struct kit kit;

	kit_init(&kit);
	replace_stub(&kit, &(struct gl_stub_config){.program = "/bin/sh"}, GL_STUB_VERSION);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "app leads out of the bundle");
	replace_stub(&kit, &(struct gl_stub_config){.lib = "/lib"}, GL_STUB_VERSION);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "app leads out of the bundle");
	replace_stub(&kit, &(struct gl_stub_config){.flags = GL_STUB_MEMFD}, GL_STUB_VERSION);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "app has the flags 0x1");
	replace_stub(&kit, &(struct gl_stub_config){.flags = 0}, GL_STUB_VERSION + 1);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "app was made by another version");
	kit_done(&kit);
}
END_TEST

/* --- what is not enough ---------------------------------------------------------------- */

START_TEST(library_missing)
{
	struct result result;
	const struct gl_finding *f;
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(&kit, "program/app",
			&(struct elfgen){.interp = "/lib64/" KIT_LOADER,
					 .needed = NEEDED("libfoo.so.1", "libbar.so.2", "libc.so.6")});
	kit_seal(&kit);
	verify(&kit, &result);
	f = only(&result, GL_CODE_BUNDLE_UNSUITABLE, "program/app needs libbar.so.2");
	ck_assert_str_eq(evidence(f, "soname"), "libbar.so.2");
	ck_assert_str_eq(evidence(f, "needed_by"), "program/app");
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* Told once, though the program's closure and the library itself both show it. */
START_TEST(library_of_a_library_missing)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(
		&kit, "lib/libfoo.so.1",
		&(struct elfgen){.type = ET_DYN, .soname = "libfoo.so.1", .needed = NEEDED("libbar.so.2")});
	kit_seal(&kit);
	verify(&kit, &result);
	ck_assert_str_eq(
		evidence(only(&result, GL_CODE_BUNDLE_UNSUITABLE, "lib/libfoo.so.1 needs libbar.so.2"),
			 "needed_by"),
		"lib/libfoo.so.1");
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* A module that libc loads by name is in no program's closure. */
START_TEST(module_lacks)
{
	const struct elfgen_need needs[] = {{"libc.so.6", "GLIBC_2.99", 2, false}, {NULL, NULL, 0, false}};
	const struct elfgen module = {
		.type = ET_DYN, .soname = "libnss_x.so.2", .needed = NEEDED("libc.so.6"), .needs = needs};
	struct result result;
	const struct gl_finding *f;
	struct kit kit;

	kit_init(&kit);
	kit_add_elf(&kit, "lib/libnss_x.so.2", GL_ROLE_LIBRARY, &module);
	kit_seal(&kit);
	verify(&kit, &result);
	f = only(&result, GL_CODE_BUNDLE_UNSUITABLE, "lib/libnss_x.so.2 needs GLIBC_2.99 of libc.so.6");
	ck_assert_str_eq(evidence(f, "version"), "GLIBC_2.99");
	ck_assert_str_eq(evidence(f, "library"), "libc.so.6");
	result_done(&result);
	kit_done(&kit);
}
END_TEST

START_TEST(version_missing)
{
	const struct elfgen_need needs[] = {{"libc.so.6", "GLIBC_2.38", 2, false}, {NULL, NULL, 0, false}};
	const struct elfgen_symbol symbols[] = {{"strtol", 2, false}, {NULL, 0, false}};
	struct result result;
	const struct gl_finding *f;
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(&kit, "program/app",
			&(struct elfgen){.interp = "/lib64/" KIT_LOADER,
					 .needed = NEEDED("libc.so.6"),
					 .needs = needs,
					 .symbols = symbols});
	kit_seal(&kit);
	verify(&kit, &result);
	f = only(&result, GL_CODE_BUNDLE_UNSUITABLE, "program/app needs GLIBC_2.38 of libc.so.6");
	ck_assert_str_eq(evidence(f, "have"), "2.34");
	ck_assert_uint_eq(json_array_size(json_object_get(f->evidence, "symbols")), 1);
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* The host that the test runs on has a libc; a bundle without must not find that. */
START_TEST(nothing_of_the_host)
{
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(&kit, "program/app",
			&(struct elfgen){.interp = "/lib64/" KIT_LOADER, .needed = NEEDED("libm.so.6")});
	kit_seal(&kit);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE, "needs libm.so.6");
	kit_done(&kit);
}
END_TEST

/* A bundle to be installed has no program. */
START_TEST(without_a_program)
{
	struct result result;
	struct kit kit;

	kit_init(&kit);
	kit_forget(&kit, "program/app");
	kit_forget(&kit, "app");
	ck_assert(!rmdir(kit_path(&kit, "program")));
	kit_seal(&kit);
	verify(&kit, &result);
	ck_assert_msg(result.findings.count == 0, "%s", list(&result));
	result_done(&result);
	kit_done(&kit);
}
END_TEST

/* --- one build --------------------------------------------------------------------------- */

static int is_one_build(struct kit *kit, struct gl_err *err)
{
	static const struct gl_bundle_trust anybody = {.check = false};
	struct gl_bundle bundle;
	int r;

	kit_seal(kit);
	ck_assert_int_eq(gl_bundle_open(&kit->host, kit->dir, &anybody, GL_BUNDLE_QUICK, &bundle, err), 0);
	*err = GL_ERR_INIT;
	r = gl_bundle_is_one_build(&bundle, err);
	gl_bundle_done(&bundle);
	return r;
}

START_TEST(private_symbols)
{
	const struct elfgen_symbol symbols[] = {{"_dl_new", 9, false}, {"puts", 2, true}, {NULL, 0, false}};
	struct gl_err err = GL_ERR_INIT;
	struct kit kit;

	kit_init(&kit);
	ck_assert_int_eq(is_one_build(&kit, &err), 1);
	kit_replace_elf(&kit, "lib/libc.so.6", &(struct elfgen){KIT_SPEC_LIBC_OF(symbols)});
	ck_assert_int_eq(is_one_build(&kit, &err), 0);
	ck_assert_msg(strstr(err.msg, "_dl_new"), "%s", err.msg);
	check_only(&kit, GL_CODE_BUNDLE_UNSUITABLE,
		   "is not of one build of libc: a part needs the private symbol");
	kit_done(&kit);
}
END_TEST

#define LD_BANNER   "\nld.so (Distro GLIBC 2.34-1) stable release version 2.34.\nCopyright"
#define LIBC_BANNER "\nGNU C Library (Distro GLIBC 2.34-%d) stable release version 2.34.\nCopyright"

START_TEST(banners)
{
	char text[128];
	struct elfgen_note loader[] = {{"text", 1, LD_BANNER, sizeof(LD_BANNER), false},
				       {NULL, 0, NULL, 0, false}};
	struct elfgen_note libc[] = {{"text", 1, text, sizeof(text), false}, {NULL, 0, NULL, 0, false}};
	struct gl_err err = GL_ERR_INIT;
	struct kit kit;

	kit_init(&kit);
	memset(text, 0, sizeof(text));
	snprintf(text, sizeof(text), LIBC_BANNER, 1 + _i);
	kit_replace_elf(&kit, "lib/" KIT_LOADER, &(struct elfgen){KIT_SPEC_LOADER, .notes = loader});
	ck_assert_int_eq(is_one_build(&kit, &err), 1);
	kit_replace_elf(&kit, "lib/libc.so.6", &(struct elfgen){KIT_SPEC_LIBC, .notes = libc});
	ck_assert_int_eq(is_one_build(&kit, &err), _i == 0);
	if (_i)
		ck_assert_msg(strstr(err.msg, "2.34-1") && strstr(err.msg, "2.34-2"), "%s", err.msg);
	kit_done(&kit);
}
END_TEST

/* What no manifest that was read can be. */
START_TEST(no_libc)
{
	struct gl_bundle bundle = GL_BUNDLE_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_ptr_nonnull(gl_manifest_add(&bundle.manifest, "lib/ld.so", GL_ROLE_LOADER));
	bundle.manifest.libc = GL_LIBC_MUSL;
	ck_assert_int_eq(gl_bundle_is_one_build(&bundle, &err), 1); /* which is one file */
	bundle.manifest.libc = GL_LIBC_GLIBC;
	ck_assert_int_eq(gl_bundle_is_one_build(&bundle, &err), 0);
	ck_assert_msg(strstr(err.msg, "libc.so.6"), "%s", err.msg);
	gl_bundle_done(&bundle);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("verify");
	TCase *tcase = tcase_create("verify");

	tcase_add_test(tcase, good);
	tcase_add_test(tcase, absent);
	tcase_add_test(tcase, anybodys);
	tcase_add_test(tcase, all_that_is_corrupt);
	tcase_add_test(tcase, no_folder);
	LOOP(false_claims, claims);
	tcase_add_loop_test(tcase, more_false_claims, 0, 2);
	tcase_add_test(tcase, floors);
	LOOP(replaced, replacements);
	tcase_add_test(tcase, no_elf_file);
	tcase_add_test(tcase, gconv);
	tcase_add_test(tcase, stubs);
	tcase_add_test(tcase, library_missing);
	tcase_add_test(tcase, library_of_a_library_missing);
	tcase_add_test(tcase, module_lacks);
	tcase_add_test(tcase, version_missing);
	tcase_add_test(tcase, nothing_of_the_host);
	tcase_add_test(tcase, without_a_program);
	tcase_add_test(tcase, private_symbols);
	tcase_add_loop_test(tcase, banners, 0, 2);
	tcase_add_test(tcase, no_libc);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
