/*
 * What files say of themselves, for a manifest.
 */
#include "bundle/facts.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

/* The manifest owns what is filled. */
static struct gl_bundle_file *describe(const struct elfgen *spec, struct gl_manifest *m, int want)
{
	struct gl_bundle_file *file = gl_manifest_add(m, "lib/x.so", GL_ROLE_LIBRARY);
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;

	ck_assert_ptr_nonnull(file);
	elfimage_init(spec, &e);
	ck_assert_msg(gl_facts_describe(e.image, file, &err) == want, "%s", err.msg);
	elfimage_done(&e);
	return file;
}

START_TEST(all_of_it)
{
	static const struct elfgen_note notes[] = {{"GNU", NT_GNU_BUILD_ID, "\xde\xad\x00\x0f", 4, false},
						   {NULL, 0, NULL, 0, false}};
	const struct elfgen spec = {.type = ET_DYN,
				    .soname = "libx.so.1",
				    .defs = (const char *const[]){"X_1", "X_2", NULL},
				    .notes = notes};
	struct gl_manifest m = GL_MANIFEST_INIT;
	const struct gl_bundle_file *file = describe(&spec, &m, 0);

	ck_assert_str_eq(file->soname, "libx.so.1");
	ck_assert_str_eq(file->build_id, "dead000f");
	ck_assert_uint_eq(file->provide_count, 2);
	ck_assert_str_eq(file->provides[0], "X_1");
	ck_assert_str_eq(file->provides[1], "X_2");
	gl_manifest_done(&m);
}
END_TEST

START_TEST(nothing_of_it)
{
	struct gl_manifest m = GL_MANIFEST_INIT;
	const struct gl_bundle_file *file = describe(&(struct elfgen){.dynamic = true}, &m, 0);

	ck_assert_ptr_null(file->soname);
	ck_assert_ptr_null(file->build_id);
	ck_assert_uint_eq(file->provide_count, 0);
	gl_manifest_done(&m);
}
END_TEST

/* More versions than a manifest holds are no half list. */
START_TEST(too_many_versions)
{
	static char names[GL_MANIFEST_MAX_PROVIDES + 1][16];
	static const char *defs[GL_MANIFEST_MAX_PROVIDES + 2];
	struct gl_manifest m = GL_MANIFEST_INIT;

	for (size_t i = 0; i <= GL_MANIFEST_MAX_PROVIDES; i++) {
		snprintf(names[i], sizeof(names[i]), "V_%zu", i);
		defs[i] = names[i];
	}
	describe(&(struct elfgen){.type = ET_DYN, .soname = "x", .defs = defs}, &m, -E2BIG);
	gl_manifest_done(&m);
}
END_TEST

static const struct {
	unsigned before[3], tag[3], after[3];
} floors[] = {
	{{0, 0, 0}, {3, 2, 0}, {3, 2, 0}}, {{3, 2, 0}, {2, 6, 32}, {3, 2, 0}},
	{{3, 2, 0}, {3, 2, 0}, {3, 2, 0}}, {{2, 6, 32}, {3, 0, 0}, {3, 0, 0}},
	{{3, 2, 5}, {3, 3, 0}, {3, 3, 0}}, {{3, 2, 5}, {3, 2, 6}, {3, 2, 6}},
};

START_TEST(kernel_floor)
{
	const uint32_t tag[] = {ELF_NOTE_OS_LINUX, floors[_i].tag[0], floors[_i].tag[1], floors[_i].tag[2]};
	const struct elfgen_note notes[] = {{"GNU", NT_GNU_ABI_TAG, tag, sizeof(tag), false},
					    {NULL, 0, NULL, 0, false}};
	unsigned kernel[3], level = 2;
	struct elfimage e;

	memcpy(kernel, floors[_i].before, sizeof(kernel));
	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	gl_facts_raise_floor(e.image, kernel, &level);
	ck_assert_mem_eq(kernel, floors[_i].after, sizeof(kernel));
	ck_assert_uint_eq(level, 2);
	elfimage_done(&e);
}
END_TEST

/* GNU_PROPERTY_X86_ISA_1_NEEDED: baseline and v3. */
START_TEST(cpu_floor)
{
	static const uint32_t property[] = {0xc0008002, 4, 1 | 4, 0};
	const struct elfgen_note notes[] = {{"GNU", NT_GNU_PROPERTY_TYPE_0, property, sizeof(property), true},
					    {NULL, 0, NULL, 0, false}};
	unsigned kernel[3] = {0}, level = 1;
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	gl_facts_raise_floor(e.image, kernel, &level);
	ck_assert_uint_eq(level, 3);
	ck_assert_uint_eq(kernel[0], 0);
	elfimage_done(&e);
}
END_TEST

#define LATEST 347155200
#define DAY    86400

START_TEST(times)
{
	unsigned char hash[GL_SHA256_BYTES] = {0};

	ck_assert_int_eq(gl_facts_mtime(LATEST, hash), LATEST);
	ck_assert_int_eq(gl_facts_mtime(LATEST + 1, hash), LATEST);
	hash[0] = 1;
	ck_assert_int_eq(gl_facts_mtime(LATEST, hash), LATEST - 2);
	hash[0] = 0;
	hash[2] = 1;
	ck_assert_int_eq(gl_facts_mtime(LATEST, hash), LATEST - 2 * 65536);
	memset(hash, 0xff, sizeof(hash));
	ck_assert_int_ge(gl_facts_mtime(LATEST, hash), LATEST - 195 * DAY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");

	tcase_add_test(tcase, all_of_it);
	tcase_add_test(tcase, nothing_of_it);
	tcase_add_test(tcase, too_many_versions);
	tcase_add_loop_test(tcase, kernel_floor, 0, sizeof(floors) / sizeof(floors[0]));
	tcase_add_test(tcase, cpu_floor);
	tcase_add_test(tcase, times);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
