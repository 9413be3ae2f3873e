/*
 * Notes.
 */
#include "elf/notes.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

struct seen {
	char text[512];
	size_t stop_after;
};

static int list(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	struct seen *seen = arg;
	size_t have = strlen(seen->text);

	snprintf(seen->text + have, sizeof(seen->text) - have, "%s/%u/%.*s ", name, type, (int)desc_len,
		 (const char *)desc);
	return --seen->stop_after == 0 ? -ECANCELED : 0;
}

static const struct elfgen_note systems[] = {
	{"Go", 4, "build/id", 8, false},  {"FreeBSD", 1, "xyz", 3, false}, {"NetBSD", 1, "", 0, false},
	{"OpenBSD", 1, "abcd", 4, false}, {NULL, 0, NULL, 0, false},
};

#define ALL "Go/4/build/id FreeBSD/1/xyz NetBSD/1/ OpenBSD/1/abcd "

START_TEST(every_note)
{
	struct elfgen spec = {.notes = systems,
			      .narrow = _i & 1,
			      .big_endian = _i & 2,
			      .machine = _i ? EM_MIPS : EM_X86_64};
	struct seen seen = {.stop_after = 100};
	struct elfimage e;

	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), 0);
	ck_assert_str_eq(seen.text, ALL);
	elfimage_done(&e);
}
END_TEST

START_TEST(until_told_to_stop)
{
	struct seen seen = {.stop_after = 2};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = systems}, &e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), -ECANCELED);
	ck_assert_str_eq(seen.text, "Go/4/build/id FreeBSD/1/xyz ");
	elfimage_done(&e);
}
END_TEST

/* Sizes that do not fit end the walk; the second note's header is at byte 24. */
START_TEST(malformed_tail)
{
	static const size_t at[] = {24, 28};
	static const uint32_t sizes[] = {0xffffffff, 0x7ffffff0, 200};
	struct seen seen = {.stop_after = 100};
	struct elfimage e;

	elfimage_make(&(struct elfgen){.notes = systems}, &e);
	elfgen_poke(&e.spec, &e.file, e.file.notes + at[_i % 2], 4, sizes[_i / 2]);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), 0);
	ck_assert_str_eq(seen.text, "Go/4/build/id ");
	elfimage_done(&e);
}
END_TEST

START_TEST(out_of_the_file)
{
	struct seen seen = {.stop_after = 100};
	struct elfimage e;

	elfimage_make(&(struct elfgen){.notes = systems}, &e);
	elfimage_poke_phdr(&e, PT_NOTE, offsetof(Elf64_Phdr, p_filesz), 8, UINT64_MAX);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), 0);
	ck_assert_str_eq(seen.text, "");
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	elfimage_done(&e);
}
END_TEST

/* In segments aligned to 8 the padding is of 8 bytes. */
START_TEST(wide_padding)
{
	static const struct elfgen_note notes[] = {
		{"GNU", 5, "abcdefghijkl", 12, true},
		{"GNU", 6, "mnop", 4, true},
		{NULL, 0, NULL, 0, false},
	};
	struct seen seen = {.stop_after = 100};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), 0);
	ck_assert_str_eq(seen.text, "GNU/5/abcdefghijkl GNU/6/mnop ");
	elfimage_done(&e);
}
END_TEST

/* A note that lies behind the limit is not seen. */
START_TEST(limit)
{
	static unsigned char filler[GL_IMAGE_MAX_NOTES];
	const struct elfgen_note notes[] = {
		{"X", 1, filler, GL_IMAGE_MAX_NOTES - 16 - 12 - 4 - (_i ? 0 : 4), false},
		{"Y", 2, "!", 1, false},
		{NULL, 0, NULL, 0, false},
	};
	struct seen seen = {.stop_after = 100};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_each_note(e.image, list, &seen), 0);
	ck_assert_str_eq(seen.text, _i ? "X/1/ " : "X/1/ Y/2/! ");
	elfimage_done(&e);
}
END_TEST

START_TEST(abi_tag)
{
	static const unsigned char little[16] = {[4] = 3, [8] = 2, [12] = 9};
	static const unsigned char hurd[16] = {[0] = 1, [4] = 3};
	const struct elfgen_note notes[] = {
		{"GNU", 3, "build-id", 8, false},
		{"GNU", NT_GNU_ABI_TAG, hurd, 16, false},
		{"GNU", NT_GNU_ABI_TAG, little, _i ? 12 : 16, false},
		{NULL, 0, NULL, 0, false},
	};
	unsigned version[3] = {0};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_abi_kernel(e.image, version), _i ? 1 : 0);
	if (!_i) {
		ck_assert_uint_eq(version[0], 3);
		ck_assert_uint_eq(version[1], 2);
		ck_assert_uint_eq(version[2], 9);
	}
	elfimage_done(&e);
}
END_TEST

/* A property that does not matter, then the one that does. */
START_TEST(isa_level)
{
	static const struct {
		uint16_t machine;
		unsigned char bits, size;
		unsigned level;
	} rows[] = {
		{EM_X86_64, 0x1, 4, 1}, {EM_X86_64, 0x3, 4, 2},	 {EM_X86_64, 0x4, 4, 3},
		{EM_X86_64, 0xf, 4, 4}, {EM_X86_64, 0x1f, 4, 4}, {EM_X86_64, 0x0, 4, 0},
		{EM_X86_64, 0xf, 9, 0}, {EM_AARCH64, 0xf, 4, 0},
	};
	const unsigned char desc[32] = {[0] = 0x02,
					[2] = 0x00,
					[3] = 0xc0,
					[4] = 4,
					[8] = 3,
					[16] = 0x02,
					[17] = 0x80,
					[19] = 0xc0,
					[20] = rows[_i].size,
					[24] = rows[_i].bits};
	const struct elfgen_note notes[] = {
		{"GNU", NT_GNU_PROPERTY_TYPE_0, desc, sizeof(desc), true},
		{NULL, 0, NULL, 0, false},
	};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes, .machine = rows[_i].machine}, &e);
	ck_assert_uint_eq(gl_image_isa_level(e.image), rows[_i].level);
	elfimage_done(&e);
}
END_TEST

/* The room's size, and the one and the other id in front of it decide. */
START_TEST(gnu_build_id)
{
	static const struct {
		const char *owner;
		uint32_t type;
		size_t len, room;
		int r;
	} rows[] = {
		{"GNU", NT_GNU_BUILD_ID, 20, GL_BUILD_ID_MAX, 0},
		{"GNU", NT_GNU_BUILD_ID, 20, 20, 0},
		{"GNU", NT_GNU_BUILD_ID, 20, 19, 1},
		{"GNU", NT_GNU_BUILD_ID, 0, 20, 1},
		{"GNU", NT_GNU_BUILD_ID, 1, 20, 0},
		{"GNU", NT_GNU_ABI_TAG, 20, 20, 1},
		{"Go", NT_GNU_BUILD_ID, 20, 20, 1},
	};
	static const unsigned char id[] = "0123456789abcdefghij";
	const struct elfgen_note notes[] = {
		{"GNU", NT_GNU_ABI_TAG, id, 4, false},
		{rows[_i].owner, rows[_i].type, id, rows[_i].len, false},
		{NULL, 0, NULL, 0, false},
	};
	unsigned char bytes[GL_BUILD_ID_MAX];
	size_t len = 77;
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_build_id(e.image, bytes, rows[_i].room, &len), rows[_i].r);
	ck_assert_uint_eq(len, rows[_i].r ? 77 : rows[_i].len);
	if (!rows[_i].r)
		ck_assert_mem_eq(bytes, id, len);
	elfimage_done(&e);
}
END_TEST

START_TEST(go_build_id)
{
	static const struct {
		const char *desc;
		size_t len, room;
		const char *text; /* NULL: none of use */
	} rows[] = {
		{"action/content", 14, GL_GO_BUILD_ID_MAX, "action/content"},
		{"action/content", 14, 15, "action/content"},
		{"action/content", 14, 14, NULL},
		{"action/content", 14, 0, NULL},
		{"action\0content", 14, 15, NULL},
		{"", 0, 15, NULL},
	};
	const struct elfgen_note notes[] = {
		{"GNU", 4, "other", 5, false},
		{"Go", 4, rows[_i].desc, rows[_i].len, false},
		{NULL, 0, NULL, 0, false},
	};
	char text[GL_GO_BUILD_ID_MAX] = "as it was";
	struct elfimage e;

	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_go_build_id(e.image, text, rows[_i].room), !rows[_i].text);
	ck_assert_str_eq(text, rows[_i].text ? rows[_i].text : "as it was");
	elfimage_done(&e);
}
END_TEST

/* One longer than any room that is given it. */
START_TEST(go_build_id_is_bounded)
{
	static unsigned char desc[GL_GO_BUILD_ID_MAX + 1];
	const struct elfgen_note notes[] = {{"Go", 4, desc, sizeof(desc), false}, {NULL, 0, NULL, 0, false}};
	char text[2 * GL_GO_BUILD_ID_MAX];
	struct elfimage e;

	memset(desc, 'x', sizeof(desc));
	elfimage_init(&(struct elfgen){.notes = notes}, &e);
	ck_assert_int_eq(gl_image_go_build_id(e.image, text, sizeof(text)), 1);
	elfimage_done(&e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/notes");
	TCase *c = tcase_create("notes");

	tcase_add_loop_test(c, every_note, 0, 4);
	tcase_add_test(c, until_told_to_stop);
	tcase_add_loop_test(c, malformed_tail, 0, 6);
	tcase_add_test(c, out_of_the_file);
	tcase_add_test(c, wide_padding);
	tcase_add_loop_test(c, limit, 0, 2);
	tcase_add_loop_test(c, abi_tag, 0, 2);
	tcase_add_loop_test(c, isa_level, 0, 8);
	tcase_add_loop_test(c, gnu_build_id, 0, 7);
	tcase_add_loop_test(c, go_build_id, 0, 6);
	tcase_add_test(c, go_build_id_is_bounded);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
