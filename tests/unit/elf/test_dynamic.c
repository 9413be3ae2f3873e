/*
 * The dynamic section, and relative relocations.
 */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

static const unsigned char data[] = "0123456789abcdef";

static const struct elfgen library = {
	.type = ET_DYN,
	.needed = (const char *const[]){"libc.so.6", "libm.so.6", NULL},
	.soname = "libself.so.1",
	.rpath = "/a:/b",
	.runpath = "$ORIGIN/../lib",
	.data = data,
	.data_len = sizeof(data),
};

/* Offsets of entries of the section above. */
enum { NEEDED_0, NEEDED_1, SONAME, RPATH, RUNPATH, STRTAB, STRSZ, RELASZ, END };

static size_t entry(const struct elfimage *e, size_t index)
{
	return e->file.dynamic + index * sizeof(Elf64_Dyn);
}

static void poke_tag(struct elfimage *e, size_t index, uint64_t tag)
{
	elfgen_poke(&e->spec, &e->file, entry(e, index), 8, tag);
}

static void poke_value(struct elfimage *e, size_t index, uint64_t value)
{
	elfgen_poke(&e->spec, &e->file, entry(e, index) + 8, 8, value);
}

START_TEST(everything)
{
	struct elfgen spec = library;
	const struct gl_image_dynamic *d;
	struct elfimage e;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_PPC : EM_X86_64;
	elfimage_init(&spec, &e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert(gl_image_has_dynamic(e.image));
	d = gl_image_dynamic(e.image);
	ck_assert_uint_eq(d->needed_count, 2);
	ck_assert_str_eq(d->needed[0], "libc.so.6");
	ck_assert_str_eq(d->needed[1], "libm.so.6");
	ck_assert_str_eq(d->soname, "libself.so.1");
	ck_assert_str_eq(d->rpath, "/a:/b");
	ck_assert_str_eq(d->runpath, "$ORIGIN/../lib");
	ck_assert(!d->bind_now);
	ck_assert(!d->has_relr);
	elfimage_done(&e);
}
END_TEST

START_TEST(flags)
{
	static const struct {
		uint64_t tag, value;
		bool bind_now, has_relr;
	} rows[] = {
		{DT_FLAGS, DF_BIND_NOW, true, false},
		{DT_FLAGS_1, DF_1_NOW, true, false},
		{DT_BIND_NOW, 0, true, false},
		{36 /* DT_RELR */, 0, false, true},
		{DT_FLAGS_1, DF_1_NODEFLIB, false, false},
	};
	const struct gl_image_dynamic *d;
	struct elfimage e;

	elfimage_make(&library, &e);
	poke_tag(&e, RPATH, rows[_i].tag);
	poke_value(&e, RPATH, rows[_i].value);
	elfimage_open(&e);
	d = gl_image_dynamic(e.image);
	ck_assert_int_eq(d->bind_now, rows[_i].bind_now);
	ck_assert_int_eq(d->has_relr, rows[_i].has_relr);
	ck_assert_ptr_null(d->rpath);
	ck_assert_uint_eq(d->flags_1, rows[_i].tag == DT_FLAGS_1 ? rows[_i].value : 0);
	elfimage_done(&e);
}
END_TEST

START_TEST(the_last_of_equal_tags_counts)
{
	struct elfimage e;

	elfimage_make(&library, &e);
	poke_tag(&e, RUNPATH, DT_RPATH);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_dynamic(e.image)->rpath, "$ORIGIN/../lib");
	elfimage_done(&e);
}
END_TEST

/* Loaders add offset and DT_STRTAB modulo 2^64 and do not look at DT_STRSZ; patched programs rely on it. */
START_TEST(strings_outside_of_strsz)
{
	struct elfimage e;

	elfimage_make(&library, &e);
	poke_value(&e, STRSZ, 1);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert_str_eq(gl_image_dynamic(e.image)->needed[1], "libm.so.6");
	elfimage_done(&e);
	elfimage_make(&library, &e);
	poke_value(&e, SONAME, UINT64_MAX - 0x10 + 1);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert_ptr_nonnull(gl_image_dynamic(e.image)->soname);
	elfimage_done(&e);
}
END_TEST

#define NO_STRINGS "the dynamic section at address 0x400120 names strings that are not in the file"
#define NO_END	   "the dynamic section at address 0x400120 is not in the file or does not end"

START_TEST(invalid)
{
	static const struct {
		size_t index;
		uint64_t tag, value;
		const char *text;
	} rows[] = {
		{NEEDED_1, DT_NEEDED, 0x100000, NO_STRINGS},
		{NEEDED_0, DT_NEEDED, UINT64_MAX / 2, NO_STRINGS},
		{STRTAB, DT_STRTAB, 0, NO_STRINGS},
		{STRTAB, DT_DEBUG, 0, NO_STRINGS},
		{END, DT_DEBUG, 0, NO_END},
	};
	struct elfimage e;

	elfimage_make(&library, &e);
	poke_tag(&e, rows[_i].index, rows[_i].tag);
	poke_value(&e, rows[_i].index, rows[_i].value);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), rows[_i].text);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_DYNAMIC_INVALID);
	ck_assert_uint_le(gl_image_dynamic(e.image)->needed_count, 1);
	elfimage_done(&e);
}
END_TEST

START_TEST(out_of_the_file)
{
	struct elfimage e;

	elfimage_make(&library, &e);
	elfimage_poke_phdr(&e, PT_DYNAMIC, offsetof(Elf64_Phdr, p_vaddr), 8, 0x900000);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_DYNAMIC_INVALID);
	ck_assert_uint_eq(gl_image_dynamic(e.image)->needed_count, 0);
	elfimage_done(&e);
}
END_TEST

/* Nobody reads the section of a fixed-address program without interpreter. */
START_TEST(unread_section_is_sound)
{
	struct elfgen spec = library;
	struct elfimage e;

	spec.type = ET_EXEC;
	elfimage_make(&spec, &e);
	poke_value(&e, NEEDED_0, UINT64_MAX / 2);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	elfimage_done(&e);
}
END_TEST

/* A string of the longest kind that is taken, and one that is longer: nothing is wrong with that. */
START_TEST(string_too_long)
{
	static char name[GL_IMAGE_MAX_STRING + 1];
	struct elfimage e;

	memset(name, 'x', sizeof(name) - 1);
	elfimage_init(&(struct elfgen){.type = ET_DYN, .soname = name}, &e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	ck_assert(gl_image_is_partial(e.image));
	ck_assert_ptr_null(gl_image_dynamic(e.image)->soname);
	elfimage_done(&e);
	name[sizeof(name) - 2] = '\0';
	elfimage_init(&(struct elfgen){.type = ET_DYN, .soname = name}, &e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	ck_assert(!gl_image_is_partial(e.image));
	ck_assert_str_eq(gl_image_dynamic(e.image)->soname, name);
	elfimage_done(&e);
}
END_TEST

/* A string that ends behind its segment does not end. */
START_TEST(string_beyond_its_segment)
{
	struct elfgen spec = library;
	struct elfimage e;

	spec.data = "unterminated";
	spec.data_len = strlen("unterminated");
	spec.data_section = ".data"; /* whose table follows, and starts with a NUL */
	elfimage_make(&spec, &e);
	poke_value(&e, STRTAB, ELFGEN_BASE + e.file.data);
	for (size_t i = NEEDED_0; i <= RUNPATH; i++)
		poke_value(&e, i, 0);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_DYNAMIC_INVALID);
	elfimage_done(&e);
}
END_TEST

START_TEST(too_many_needed)
{
	static const char *many[GL_IMAGE_MAX_NEEDED + 2];
	struct elfimage e;

	for (size_t i = 0; i < GL_IMAGE_MAX_NEEDED + 1; i++)
		many[i] = "libx.so";
	elfimage_init(&(struct elfgen){.type = ET_DYN, .needed = many}, &e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	ck_assert(gl_image_is_partial(e.image));
	elfimage_done(&e);
}
END_TEST

START_TEST(relative_relocation)
{
	struct elfgen spec = {.type = ET_DYN,
			      .machine = _i ? EM_AARCH64 : EM_X86_64,
			      .rela_at = 0x401008,
			      .rela_value = 0x401234};
	struct elfimage e;
	uint64_t value = 0;

	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_relative(e.image, 0x401008, &value), 0);
	ck_assert_uint_eq(value, 0x401234);
	ck_assert_int_eq(gl_image_relative(e.image, 0x401010, &value), 1);
	elfimage_done(&e);
}
END_TEST

/* Number 8, which elfgen writes, is something else there. */
START_TEST(relocation_of_another_kind)
{
	struct elfgen spec = {.type = ET_DYN, .machine = EM_RISCV, .rela_at = 0x401008, .rela_value = 1};
	struct elfimage e;
	uint64_t value = 0;

	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_relative(e.image, 0x401008, &value), 1);
	elfimage_done(&e);
}
END_TEST

START_TEST(relocation_table_out_of_the_file)
{
	struct elfgen spec = {.type = ET_DYN, .rela_at = 0x401008, .rela_value = 0x401234};
	struct elfimage e;
	uint64_t value = 0;

	elfimage_make(&spec, &e);
	/* entries: STRSZ, RELA, RELASZ */
	ck_assert_uint_eq(e.file.bytes[entry(&e, 1)], DT_RELA);
	poke_value(&e, 2, UINT64_MAX);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_relative(e.image, 1, &value), -ERANGE);
	elfimage_done(&e);
	elfimage_make(&spec, &e);
	poke_value(&e, 1, 0x900000);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_relative(e.image, 1, &value), -ERANGE);
	elfimage_done(&e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/dynamic");
	TCase *c = tcase_create("dynamic");

	tcase_add_loop_test(c, everything, 0, 4);
	tcase_add_loop_test(c, flags, 0, 5);
	tcase_add_test(c, the_last_of_equal_tags_counts);
	tcase_add_test(c, strings_outside_of_strsz);
	tcase_add_loop_test(c, invalid, 0, 5);
	tcase_add_test(c, out_of_the_file);
	tcase_add_test(c, unread_section_is_sound);
	tcase_add_test(c, string_too_long);
	tcase_add_test(c, string_beyond_its_segment);
	tcase_add_test(c, too_many_needed);
	tcase_add_loop_test(c, relative_relocation, 0, 2);
	tcase_add_test(c, relocation_of_another_kind);
	tcase_add_test(c, relocation_table_out_of_the_file);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
