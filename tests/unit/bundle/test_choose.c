/*
 * The choice of launch: see tests/unit/bundle/choice.h.
 */
#include "bundle/choose.h"

#include "tests/unit/bundle/choice.h"

START_TEST(own_bundle_is_run_by_its_stub)
{
	const struct gl_finding *f;

	put_bundle(OWN, NEEDED, true, NULL);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_STUB, OWN);
	ck_assert_str_eq(choice.path, OWN "/app");
	ck_assert_str_eq(choice.program, OWN "/program/app");
	ck_assert_str_eq(choice.lib, OWN "/lib");
	f = gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->severity, GL_SEVERITY_NOTE);
	ck_assert_str_eq(evidence(f, "because"), "GL2001");
	ck_assert_str_eq(evidence(f, "method"), "bundle-stub");
	ck_assert_str_eq(row(f, "differs"), "os.Executable() is " OWN "/app");
}
END_TEST

/* The name it is called by may be a link's; the bundle stands beside the file. */
START_TEST(own_bundle_is_found_behind_a_link)
{
	put_bundle(OWN, NEEDED, true, NULL);
	kit_link(&kit, "/usr/bin/tool", APP);
	choose_for("/usr/bin/tool");
	ck_assert_int_eq(choice.launch, GL_LAUNCH_BUNDLE_STUB);
	ck_assert_str_eq(choice.path, OWN "/app");
}
END_TEST

START_TEST(other_bundles_lend_their_libraries)
{
	const struct gl_finding *f;

	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_MEMFD, OTHER);
	ck_assert_str_eq(choice.program, APP);
	ck_assert_ptr_null(choice.path);
	f = gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED);
	ck_assert(f && strstr(row(f, "differs"), "os.Executable()"));
	ck_assert(f->fix_count == 2 && strstr(f->fixes[0], "golaunch bundle create"));
}
END_TEST

START_TEST(cache_comes_before_the_memfd)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	fallback.cache = "/var/cache/golaunch";
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_CACHE, OTHER);
	ck_assert_str_eq(row(gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED), "differs"),
			 "os.Executable() is that stub, a copy");
}
END_TEST

START_TEST(named_come_first_in_their_order)
{
	put_bundle(OWN, NEEDED, true, NULL);
	put_bundle(OTHER, OLD, false, NULL);
	put_bundle(THIRD, NEEDED, false, NULL);
	name_bundle(OTHER);
	name_bundle(THIRD);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_MEMFD, THIRD);
	/* The one that was passed over is told, and is no reason to refuse. */
	ck_assert_int_eq(gl_findings_find(&x.findings, GL_CODE_BUNDLE_UNSUITABLE)->severity,
			 GL_SEVERITY_WARNING);
}
END_TEST

START_TEST(never)
{
	put_bundle(OWN, NEEDED, true, NULL);
	name_bundle(OTHER);
	fallback.mode = GL_FALLBACK_NEVER;
	choose();
	ck_assert_int_eq(choice.launch, GL_LAUNCH_DIRECT);
	ck_assert_ptr_null(choice.refusal);
	ck_assert_ptr_nonnull(gl_findings_find(&x.findings, GL_CODE_INTERPRETER_MISSING));
	ck_assert_ptr_null(gl_findings_find(&x.findings, GL_CODE_BUNDLE_NOT_FOUND));
}
END_TEST

START_TEST(host_will_do)
{
	put_bundle(OWN, NEEDED, true, NULL);
	KIT_GLIBC(&kit, NEEDED);
	choose();
	ck_assert_int_eq(choice.launch, GL_LAUNCH_DIRECT);
	ck_assert_ptr_null(gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED));
	gl_examination_done(&x);
	fallback.mode = GL_FALLBACK_ALWAYS;
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_STUB, OWN);
	ck_assert_str_eq(evidence(gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED), "because"), "");
}
END_TEST

START_TEST(no_bundle_anywhere)
{
	choose();
	ck_assert_ptr_null(choice.refusal);
	ck_assert_ptr_null(gl_findings_find(&x.findings, GL_CODE_BUNDLE_NOT_FOUND));
	gl_examination_done(&x);
	fallback.mode = GL_FALLBACK_ALWAYS;
	choose();
	assert_refused(GL_CODE_BUNDLE_NOT_FOUND);
}
END_TEST

START_TEST(named_is_not_there)
{
	name_bundle("/no/such.bundle");
	choose();
	assert_refused(GL_CODE_BUNDLE_NOT_FOUND);
	ck_assert_str_eq(evidence(choice.refusal, "bundle"), "/no/such.bundle");
	gl_examination_done(&x);
	put_bundle(OWN, NEEDED, true, NULL);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_STUB, OWN);
}
END_TEST

START_TEST(corrupt_ends_the_search)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	put_bundle(OWN, NEEDED, true, NULL);
	kit_text(&kit, OTHER "/lib/libextra.so", "x");
	name_bundle("/no/such.bundle");
	name_bundle(OTHER);
	choose();
	assert_refused(GL_CODE_BUNDLE_CORRUPT);
	ck_assert_str_eq(evidence(choice.refusal, "file"), "lib/libextra.so");
}
END_TEST

START_TEST(untrusted_is_passed_over)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	ck_assert(!chmod(kit_outside(&kit, OTHER "/lib"), 0777));
	name_bundle(OTHER);
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "lib: "));
	gl_examination_done(&x);
	put_bundle(OWN, NEEDED, true, NULL);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_STUB, OWN);
}
END_TEST

START_TEST(own_bundle_of_another_build)
{
	put_bundle(OWN, NEEDED, true, NULL);
	put_program(APP, "libc.so.6"); /* rebuilt */
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "another build"));
	ck_assert_ptr_nonnull(strstr(choice.refusal->fixes[0], "make it again"));
	/* Asked for by name it lends what it has. */
	gl_examination_done(&x);
	name_bundle(OWN);
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_MEMFD, OWN);
	ck_assert_str_eq(choice.program, APP);
}
END_TEST

START_TEST(bundle_is_too_old)
{
	const json_t *versions;

	put_bundle(OWN, OLD, true, NULL);
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	versions = json_object_get(choice.refusal->evidence, "versions");
	ck_assert_uint_eq(json_array_size(versions), 1);
	ck_assert_str_eq(json_string_value(json_array_get(versions, 0)), NEEDED);
	ck_assert_str_eq(row(choice.refusal, "why"), APP " needs glibc 2.38, the bundle has 2.31");
	ck_assert_str_eq(evidence(choice.refusal, "because"), "GL2001");
}
END_TEST

START_TEST(bundle_lacks_a_library)
{
	const json_t *sonames;

	put_program(APP, "libother.so.1");
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	sonames = json_object_get(choice.refusal->evidence, "sonames");
	ck_assert_uint_eq(json_array_size(sonames), 1);
	ck_assert_str_eq(json_string_value(json_array_get(sonames, 0)), "libother.so.1");
}
END_TEST

static void newer_kernel(struct gl_manifest *m)
{
	m->kernel[0] = 99;
}

static void better_cpu(struct gl_manifest *m)
{
	m->cpu_level = 4;
}

static void of_musl(struct gl_manifest *m)
{
	m->libc = GL_LIBC_MUSL;
}

static void of_arm(struct gl_manifest *m)
{
	m->arch = gl_arch_find(EM_AARCH64, ELFCLASS64);
}

static const struct {
	edit_fn edit;
	const char *why;
} unsuited[] = {
	{newer_kernel, "it needs Linux 99.2.0, this kernel is 5.10.1"},
	{better_cpu, "it needs a CPU of x86-64-v4, this one is x86-64-v3"},
	{of_musl, "it has musl, the program needs glibc"},
	{of_arm, "it is for aarch64, the program for x86-64"},
};

START_TEST(bundle_does_not_suit)
{
	put_bundle(OTHER, NEEDED, false, unsuited[_i].edit);
	name_bundle(OTHER);
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_str_eq(row(choice.refusal, "why"), unsuited[_i].why);
}
END_TEST

/* What is opened below, the program's user opens. */
static const char *const kept_from_user[] = {OTHER, OTHER "/lib", OTHER "/lib/libc.so.6", APP};

START_TEST(user_may_not_read)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	kit.host.uid = geteuid() + 4321;
	kit.host.gid = getegid() + 4321;
	kit.host.group_count = 0;
	choose();
	assert_chosen(GL_LAUNCH_BUNDLE_MEMFD, OTHER);
	gl_examination_done(&x);
	gl_choice_done(&choice);
	ck_assert(!chmod(kit_outside(&kit, kept_from_user[_i]), 0711 & ~(_i < 2 ? 0011u : 0u)));
	kit.host.loader_dir = NULL;
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "may not"));
}
END_TEST

/* As ourselves, too: so far they were only looked at. */
START_TEST(we_may_not_read)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	ck_assert(!chmod(kit_outside(&kit, OTHER "/lib/libc.so.6"), 0200));
	ck_assert(geteuid() != 0 || !seteuid(65534));
	kit.host.uid = geteuid();
	kit.host.gid = getegid();
	choose();
	ck_assert(!seteuid(getuid()));
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "may not read"));
}
END_TEST

/* The stub would refuse: no search path can hold it. */
static const char *const unsearchable[] = {"/srv/a:b", "/srv/a$b"};

START_TEST(path_cannot_be_searched)
{
	put_bundle(unsearchable[_i], NEEDED, false, NULL);
	name_bundle(unsearchable[_i]);
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "no library can be searched for"));
}
END_TEST

START_TEST(program_is_a_stub)
{
	put_bundle(OWN, NEEDED, true, NULL);
	fallback.mode = (enum gl_fallback_mode)_i;
	choose_for(OWN "/app");
	ck_assert_int_eq(choice.launch, GL_LAUNCH_BUNDLE_STUB);
	ck_assert_str_eq(choice.path, OWN "/app");
	ck_assert_str_eq(x.file, OWN "/app");
	ck_assert_str_eq(x.path, OWN "/program/app");
	ck_assert_str_eq(gl_image_interpreter(x.image), GLIBC_LD);
	/* No fallback: it was asked for. */
	ck_assert_ptr_null(gl_findings_find(&x.findings, GL_CODE_FALLBACK_USED));
	ck_assert_int_eq(gl_examination_verdict(&x), GL_VERDICT_RUNS);
}
END_TEST

/* A copy that stands alone says in its slot where all is. */
START_TEST(program_is_a_cached_stub)
{
	const struct gl_stub_config config = {.program = APP, .lib = OTHER "/lib"};
	gl_autofree unsigned char *image = NULL;
	size_t size;

	ck_assert_int_eq(gl_stub_make(&config, &image, &size, &err), 0);
	kit_bytes(&kit, "/var/cache/0/app", image, size);
	put_bundle(OTHER, NEEDED, false, NULL);
	choose_for("/var/cache/0/app");
	ck_assert_int_eq(choice.launch, GL_LAUNCH_BUNDLE_STUB);
	ck_assert_str_eq(x.path, APP);
	ck_assert_str_eq(choice.lib, OTHER "/lib");
	ck_assert_str_eq(choice.path, "/var/cache/0/app");
}
END_TEST

static const struct {
	const char *file; /* removed */
	mode_t mode;	  /* of the bundle's lib */
	enum gl_code code;
} bad_homes[] = {
	{OWN "/lib/libc.so.6", 0755, GL_CODE_BUNDLE_CORRUPT},
	{OWN "/manifest.json", 0755, GL_CODE_BUNDLE_CORRUPT},
	{OWN "/program/app", 0755, GL_CODE_BUNDLE_CORRUPT},
	{NULL, 0777, GL_CODE_BUNDLE_UNSUITABLE},
};

START_TEST(program_is_the_stub_of_a_bad_bundle)
{
	put_bundle(OWN, NEEDED, true, NULL);
	if (bad_homes[_i].file)
		ck_assert(!unlink(kit_outside(&kit, bad_homes[_i].file)));
	ck_assert(!chmod(kit_outside(&kit, OWN "/lib"), bad_homes[_i].mode));
	choose_for(OWN "/app");
	assert_refused(bad_homes[_i].code);
}
END_TEST

/* A bundle mends no file. */
START_TEST(program_is_beyond_a_bundle)
{
	put_bundle(OWN, NEEDED, true, NULL);
	ck_assert(!truncate(kit_outside(&kit, APP), 100));
	choose();
	ck_assert_int_eq(choice.launch, GL_LAUNCH_DIRECT);
	ck_assert_ptr_null(choice.refusal);
}
END_TEST

/* execve would have judged that; a stub does not. */
START_TEST(program_may_not_be_executed)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	ck_assert(!chmod(kit_outside(&kit, APP), 0644));
	choose();
	assert_refused(GL_CODE_BUNDLE_UNSUITABLE);
	ck_assert_ptr_nonnull(strstr(row(choice.refusal, "why"), "may not be executed"));
}
END_TEST

/* Nothing is written where the host is not the one we run on; what is prepared is a stub of that config. */
START_TEST(prepared)
{
	struct gl_stub_slot slot;
	struct gl_image *image = NULL;

	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	choose();
	ck_assert_int_lt(choice.fd, 0);
	ck_assert_msg(!gl_choice_prepare(&choice, &fallback, &err), "%s", err.msg);
	ck_assert_int_ge(choice.fd, 0);
	ck_assert_int_eq(gl_image_open(choice.fd, &image, &err), 0);
	ck_assert_int_eq(gl_stub_read(image, &slot), 1);
	ck_assert_uint_eq(slot.flags, GL_STUB_MEMFD);
	ck_assert_str_eq(slot.program, APP);
	ck_assert_str_eq(slot.lib, OTHER "/lib");
	gl_image_free(image);
}
END_TEST

START_TEST(prepared_without_a_cache)
{
	put_bundle(OTHER, NEEDED, false, NULL);
	name_bundle(OTHER);
	fallback.cache = kit_outside(&kit, "/nothing");
	choose();
	ck_assert_int_eq(choice.launch, GL_LAUNCH_BUNDLE_CACHE);
	ck_assert_int_eq(gl_choice_prepare(&choice, &fallback, &err), 1);
	ck_assert_int_eq(choice.launch, GL_LAUNCH_BUNDLE_MEMFD);
	ck_assert(choice.fd >= 0 && !choice.path);
	ck_assert_ptr_nonnull(strstr(err.msg, "No such file"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundle/choose");
	TCase *tc = tcase_create("choose");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, own_bundle_is_run_by_its_stub);
	tcase_add_test(tc, own_bundle_is_found_behind_a_link);
	tcase_add_test(tc, other_bundles_lend_their_libraries);
	tcase_add_test(tc, cache_comes_before_the_memfd);
	tcase_add_test(tc, named_come_first_in_their_order);
	tcase_add_test(tc, never);
	tcase_add_test(tc, host_will_do);
	tcase_add_test(tc, no_bundle_anywhere);
	tcase_add_test(tc, named_is_not_there);
	tcase_add_test(tc, corrupt_ends_the_search);
	tcase_add_test(tc, untrusted_is_passed_over);
	tcase_add_test(tc, own_bundle_of_another_build);
	tcase_add_test(tc, bundle_is_too_old);
	tcase_add_test(tc, bundle_lacks_a_library);
	tcase_add_loop_test(tc, bundle_does_not_suit, 0, GL_ARRAY_SIZE(unsuited));
	tcase_add_loop_test(tc, user_may_not_read, 0, GL_ARRAY_SIZE(kept_from_user));
	tcase_add_test(tc, we_may_not_read);
	tcase_add_loop_test(tc, path_cannot_be_searched, 0, GL_ARRAY_SIZE(unsearchable));
	tcase_add_loop_test(tc, program_is_a_stub, 0, GL_FALLBACK_MAX);
	tcase_add_test(tc, program_is_a_cached_stub);
	tcase_add_loop_test(tc, program_is_the_stub_of_a_bad_bundle, 0, GL_ARRAY_SIZE(bad_homes));
	tcase_add_test(tc, program_is_beyond_a_bundle);
	tcase_add_test(tc, program_may_not_be_executed);
	tcase_add_test(tc, prepared);
	tcase_add_test(tc, prepared_without_a_cache);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
