/*
 * Is it Go: every form of evidence, and what is made of it.
 */
#include "gobin/gobin.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/gogen.h"
#include "tests/lib/unit.h"

#define DATA_AT 0x401000 /* where elfgen puts the data of a small file */

static const char text[] = "path\texample.com/app/cmd\n"
			   "mod\texample.com/app\tv1.8.2\th1:abc=\n"
			   "dep\texample.com/dep\tv0.1.0\th1:def=\n"
			   "=>\texample.com/fork\tv0.2.0\th1:ghi=\n"
			   "build\t-compiler=gc\n"
			   "build\tCGO_ENABLED=0\n"
			   "build\tGOAMD64=v3\n";

static void read_gobin(struct elfimage *e, struct gl_gobin *ret)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_gobin_read(e->image, ret, &err);

	ck_assert_msg(r == 0, "%s", err.msg);
}

static void assert_app(const struct gl_gobin *g, const char *version)
{
	ck_assert_int_eq(g->kind, GL_GOBIN_YES);
	ck_assert_str_eq(g->version, version);
	ck_assert_str_eq(g->path, "example.com/app/cmd");
	ck_assert_str_eq(g->module, "example.com/app");
	ck_assert_str_eq(g->module_version, "v1.8.2");
	ck_assert_uint_eq(g->setting_count, 3);
	ck_assert_str_eq(gl_gobin_setting(g, "-compiler"), "gc");
	ck_assert_str_eq(gl_gobin_setting(g, "GOAMD64"), "v3");
	ck_assert_ptr_null(gl_gobin_setting(g, "GOAMD"));
	ck_assert_int_eq(g->cgo, GL_CGO_NO);
	ck_assert_uint_eq(gl_gobin_cpu_level(g), 3);
}

/* Makes a program of this data, reads it, and lets go of both. */
static void read_data(struct elfgen *spec, struct gl_buf *data, struct gl_gobin *ret)
{
	struct elfimage e;

	spec->data = gl_buf_text(data);
	spec->data_len = data->len;
	elfimage_init(spec, &e);
	read_gobin(&e, ret);
	elfimage_done(&e);
	gl_buf_done(data);
}

START_TEST(inline_form)
{
	struct elfgen spec = {.data_section = _i & 1 ? ".go.buildinfo" : NULL,
			      .big_endian = _i & 2,
			      .narrow = _i & 4,
			      .machine = _i & 6 ? EM_MIPS : EM_X86_64};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gogen_inline(&data, "go1.22.5", text);
	read_data(&spec, &data, &g);
	assert_app(&g, "go1.22.5");
	gl_gobin_done(&g);
}
END_TEST

/* GNU ld puts the block somewhere inside; other programs hold the magic as well. */
START_TEST(inline_form_inside_other_data)
{
	struct elfgen spec = {.narrow = false};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gogen_inline(&data, "not a version", text);
	gogen_header(&data, 8, 2);
	gl_buf_putc(&data, '\0');
	while (data.len < 70001)
		gl_buf_putc(&data, 'x');
	gogen_inline(&data, "go1.99", text); /* not aligned to 16: none */
	while (data.len < 80000)
		gl_buf_putc(&data, 'x');
	gogen_inline(&data, "go1.22.5", text);
	read_data(&spec, &data, &g);
	assert_app(&g, "go1.22.5");
	gl_gobin_done(&g);
}
END_TEST

static void put_number(struct gl_buf *b, uint64_t value, size_t size, bool big)
{
	for (size_t i = 0; i < size; i++)
		gl_buf_putc(b, (char)(value >> 8 * (big ? size - 1 - i : i)));
}

/*
 * Block, string header of the version, string header of the module text, texts.
 * With `relocated` the one pointer to the version's text is left to a relocation.
 */
static void put_pointers(struct gl_buf *b, size_t size, bool big, bool relocated)
{
	uint64_t headers = DATA_AT + 32, texts = headers + 4 * size;

	gogen_header(b, (unsigned)size, big ? 1 : 0);
	b->len -= 16;
	put_number(b, headers, size, big);
	put_number(b, headers + 2 * size, size, big);
	while (b->len < 32)
		gl_buf_putc(b, '\0');
	put_number(b, relocated ? 0 : texts, size, big);
	put_number(b, strlen("go1.15.15"), size, big);
	put_number(b, texts + strlen("go1.15.15"), size, big);
	put_number(b, sizeof(text) - 1 + 32, size, big);
	gl_buf_puts(b, "go1.15.15");
	gogen_modinfo(b, text);
}

START_TEST(pointer_form)
{
	struct elfgen spec = {.data_section = _i & 1 ? ".go.buildinfo" : NULL,
			      .big_endian = _i & 2,
			      .narrow = _i & 4,
			      .machine = _i & 6 ? EM_MIPS : EM_X86_64};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	put_pointers(&data, spec.narrow ? 4 : 8, spec.big_endian, false);
	read_data(&spec, &data, &g);
	assert_app(&g, "go1.15.15");
	gl_gobin_done(&g);
}
END_TEST

START_TEST(pointer_form_relocated)
{
	struct elfgen spec = {.type = ET_DYN,
			      .machine = _i ? EM_AARCH64 : EM_X86_64,
			      .data_section = ".go.buildinfo",
			      .rela_at = DATA_AT + 32,
			      .rela_value = DATA_AT + 64};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	put_pointers(&data, 8, false, true);
	read_data(&spec, &data, &g);
	assert_app(&g, "go1.15.15");
	gl_gobin_done(&g);
}
END_TEST

START_TEST(pointer_form_of_no_size)
{
	struct elfgen spec = {.data_section = ".go.buildinfo"};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	put_pointers(&data, 8, false, false);
	data.data[14] = (char)200;
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, GL_GOBIN_NO);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(without_module_text)
{
	struct elfgen spec = {.data_section = ".go.buildinfo"};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gogen_inline(&data, "go1.20", "");
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, GL_GOBIN_YES);
	ck_assert_str_eq(g.version, "go1.20");
	ck_assert_ptr_null(g.path);
	ck_assert_uint_eq(g.setting_count, 0);
	ck_assert_int_eq(g.cgo, GL_CGO_NO); /* Go's own linker made it, and it imports nothing */
	gl_gobin_done(&g);
}
END_TEST

/* Blocks whose lengths lie: no build information, or none of its text. */
START_TEST(inline_form_malformed)
{
	static const struct {
		const char *texts;
		size_t len;
		enum gl_gobin_kind kind;
	} rows[] = {
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, GL_GOBIN_NO},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9, GL_GOBIN_NO},
		{"\x40go1.22", 7, GL_GOBIN_NO},
		{"\x00", 1, GL_GOBIN_NO},
		{"", 0, GL_GOBIN_NO},
		{"\x06go1.22", 7, GL_GOBIN_NO},
		{"\x06go1.22\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 16, GL_GOBIN_YES},
		{"\x06go1.22\x21tooshort", 16, GL_GOBIN_YES},
		{"\x06go1.22\x30"
		 "0123456789abcdefpath\tp\n         0123456789abcdef",
		 56, GL_GOBIN_YES},
	};
	struct elfgen spec = {.narrow = false};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gogen_header(&data, 8, 2);
	gl_buf_put(&data, rows[_i].texts, rows[_i].len);
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, rows[_i].kind);
	ck_assert_ptr_null(g.path);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(not_go)
{
	struct elfgen spec = {.data_section = _i ? ".data" : NULL};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gl_buf_puts(&data, "nothing of interest, but 16 bytes aligned");
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, GL_GOBIN_NO);
	ck_assert_int_eq(g.cgo, GL_CGO_UNKNOWN);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(bare_by_note)
{
	static const struct elfgen_note notes[] = {{"Go", 4, "id", 2, false}, {NULL, 0, NULL, 0, false}};
	struct elfgen spec = {.notes = notes};
	struct elfimage e;
	struct gl_gobin g = GL_GOBIN_INIT;

	elfimage_init(&spec, &e);
	read_gobin(&e, &g);
	ck_assert_int_eq(g.kind, GL_GOBIN_BARE);
	ck_assert_ptr_null(g.version);
	gl_gobin_done(&g);
	elfimage_done(&e);
}
END_TEST

/* magic, 0 0, quantum, pointer size, functions */
START_TEST(bare_by_pclntab)
{
	static const struct {
		const char *head;
		const char *section;
		enum gl_gobin_kind kind;
		bool obfuscated;
	} rows[] = {
		{"\xfb\xff\xff\xff\0\0\1\x8\x10\0\0\0\0\0\0\0", ".gopclntab", GL_GOBIN_BARE, false},
		{"\xfa\xff\xff\xff\0\0\1\x8\x10\0\0\0\0\0\0\0", ".data.rel.ro.gopclntab", GL_GOBIN_BARE,
		 false},
		{"\xf1\xff\xff\xff\0\0\4\x8\x10\0\0\0\0\0\0\0", NULL, GL_GOBIN_BARE, false},
		{"\x12\x34\x56\x78\0\0\1\x8\x10\0\0\0\0\0\0\0", ".gopclntab", GL_GOBIN_BARE, true},
		{"\x12\x34\x56\x78\0\0\1\x8\x10\0\0\0\0\0\0\0", NULL, GL_GOBIN_NO, false},
		{"\xf1\xff\xff\xff\0\0\3\x8\x10\0\0\0\0\0\0\0", ".gopclntab", GL_GOBIN_NO, false},
		{"\xf1\xff\xff\xff\0\0\1\x4\x10\0\0\0\0\0\0\0", NULL, GL_GOBIN_NO, false},
		{"\xf1\xff\xff\xff\0\0\1\x8\0\0\0\0\0\0\0\0", NULL, GL_GOBIN_NO, false},
		{"\xf1\xff\xff\xff\0\0\1\x8\0\0\0\0\0\0\0\1", NULL, GL_GOBIN_NO, false},
	};
	struct elfgen spec = {.data_section = rows[_i].section};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gl_buf_put(&data, rows[_i].head, 16);
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, rows[_i].kind);
	ck_assert_int_eq(g.obfuscated, rows[_i].obfuscated);
	gl_gobin_done(&g);
}
END_TEST

/* GNU ld merged it into another section; only a file with a section of Go's is searched for it. */
START_TEST(bare_by_merged_pclntab)
{
	struct elfgen spec = {.data_section = ".data.rel.ro", .empty_section = _i ? ".noptrdata" : ".other"};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gl_buf_put(&data, "0123456789abcdef\xf1\xff\xff\xff\0\0\1\x8\x10\0\0\0\0\0\0\0", 32);
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, _i ? GL_GOBIN_BARE : GL_GOBIN_NO);
	gl_gobin_done(&g);
}
END_TEST

/* What lies behind the limit is not found, and the answer says so. */
START_TEST(limit)
{
	struct elfgen spec = {.narrow = false};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;
	size_t before = _i ? GL_GOBIN_MAX_SCAN : GL_GOBIN_MAX_SCAN - 4096;

	while (data.len < before)
		gl_buf_puts(&data, "0123456789abcdef");
	gogen_inline(&data, "go1.22.5", text);
	read_data(&spec, &data, &g);
	if (_i)
		ck_assert_int_eq(g.kind, GL_GOBIN_UNKNOWN);
	else
		assert_app(&g, "go1.22.5");
	gl_gobin_done(&g);
}
END_TEST

/* A good block among the first sixteen is found; behind as many that are none it is not. */
START_TEST(tries_are_bounded)
{
	struct elfgen spec = {.narrow = false};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	for (int i = 0; i < 15 + _i; i++) {
		gogen_header(&data, 8, 2);
		for (int k = 0; k < 16; k++)
			gl_buf_putc(&data, '\0');
	}
	gogen_inline(&data, "go1.22.5", text);
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, _i ? GL_GOBIN_UNKNOWN : GL_GOBIN_YES);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(packed)
{
	struct elfimage e;
	struct gl_gobin g = GL_GOBIN_INIT;

	elfimage_init(&(struct elfgen){.interp = "/UPX!"}, &e);
	read_gobin(&e, &g);
	ck_assert(g.packed);
	ck_assert_int_eq(g.kind, GL_GOBIN_UNKNOWN);
	gl_gobin_done(&g);
	elfimage_done(&e);
}
END_TEST

START_TEST(obfuscated_version)
{
	struct elfgen spec = {.data_section = ".go.buildinfo"};
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;

	gogen_inline(&data, "unknown", "");
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.kind, GL_GOBIN_YES);
	ck_assert(g.obfuscated);
	gl_gobin_done(&g);
}
END_TEST

static const struct elfgen_symbol imports_threads[] = {{"pthread_create", 0, false}, {NULL, 0, false}};
static const struct elfgen_symbol own_cgo[] = {{"_cgo_panic", 0, true}, {NULL, 0, false}};
static const struct elfgen_symbol own_threads[] = {{"pthread_create", 0, true}, {NULL, 0, false}};
static const struct elfgen_symbol imports_other[] = {{"getenv", 0, false}, {NULL, 0, false}};
static const unsigned char linux_tag[16] = {[4] = 3};
static const struct elfgen_note abi_tag[] = {{"GNU", NT_GNU_ABI_TAG, linux_tag, 16, false},
					     {NULL, 0, NULL, 0, false}};
static const struct elfgen_note go_note[] = {{"Go", 4, "id", 2, false}, {NULL, 0, NULL, 0, false}};
static const char *const libc[] = {"libc.so.6", NULL};

START_TEST(cgo)
{
	static const struct {
		const char *enabled;
		struct elfgen spec; /* without data_section the file has no sections */
		enum gl_gobin_cgo expected;
	} rows[] = {
		/* "0" settles it, whatever else there is */
		{"0", {.needed = libc, .symbols = imports_threads}, GL_CGO_NO},
		{"0", {.notes = abi_tag}, GL_CGO_NO},
		/* "1" does not */
		{"1", {.data_section = ".go.buildinfo"}, GL_CGO_NO},
		{"1", {.data_section = NULL}, GL_CGO_UNKNOWN},
		{"1", {.needed = libc, .symbols = imports_threads}, GL_CGO_YES},
		{"1", {.needed = libc, .symbols = own_cgo}, GL_CGO_YES},
		{"1", {.needed = libc, .symbols = own_threads}, GL_CGO_UNKNOWN},
		{"1", {.needed = libc, .symbols = imports_other}, GL_CGO_UNKNOWN},
		{"1",
		 {.needed = libc, .symbols = imports_other, .data_section = ".go.buildinfo"},
		 GL_CGO_UNKNOWN},
		{"1", {.dynamic = true, .data_section = ".go.buildinfo"}, GL_CGO_NO},
		{"1", {.dynamic = true}, GL_CGO_UNKNOWN},
		{"1", {.notes = abi_tag}, GL_CGO_YES},
		{NULL, {.data_section = ".init_array", .notes = go_note}, GL_CGO_YES},
		/* Go before 1.18 does not say */
		{NULL, {.data_section = ".go.buildinfo"}, GL_CGO_NO},
		{NULL, {.needed = libc, .symbols = imports_threads}, GL_CGO_YES},
	};
	struct elfgen spec = rows[_i].spec;
	struct gl_buf data = GL_BUF_INIT;
	struct gl_gobin g = GL_GOBIN_INIT;
	char line[64] = "path\tx\n";

	if (rows[_i].enabled)
		snprintf(line, sizeof(line), "build\tCGO_ENABLED=%s\n", rows[_i].enabled);
	gogen_inline(&data, "go1.22.5", line);
	read_data(&spec, &data, &g);
	ck_assert_int_eq(g.cgo, rows[_i].expected);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(versions)
{
	static const struct {
		const char *version;
		int expected;
		unsigned major, minor;
	} rows[] = {
		{"go1.22.5", 0, 1, 22},
		{"go1.15", 0, 1, 15},
		{"go1.23rc1", 0, 1, 23},
		{"go1.21.13 X:boringcrypto", 0, 1, 21},
		{"devel go1.20-0123abcd Mon Jan 2", 0, 1, 20},
		{"devel +0123abcd", 1, 0, 0},
		{"go1", 1, 0, 0},
		{"go.1", 1, 0, 0},
		{"1.22", 1, 0, 0},
		{"", 1, 0, 0},
		{NULL, 1, 0, 0},
	};
	struct gl_gobin g = {.version = rows[_i].version ? strdup(rows[_i].version) : NULL};
	unsigned major = 0, minor = 0;

	ck_assert_int_eq(gl_gobin_version(&g, &major, &minor), rows[_i].expected);
	ck_assert_uint_eq(major, rows[_i].major);
	ck_assert_uint_eq(minor, rows[_i].minor);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(kernel_floor)
{
	static const struct {
		const char *version;
		uint16_t machine;
		bool narrow, big_endian;
		const char *floor;
	} rows[] = {
		{"go1.15.15", EM_X86_64, false, false, "2.6.23"},
		{"go1.18.10", EM_X86_64, false, false, "2.6.23"},
		{"go1.19", EM_X86_64, false, false, "2.6.32"},
		{"go1.23.5", EM_AARCH64, false, false, "2.6.32"},
		{"go1.24rc1", EM_X86_64, false, false, "3.2"},
		{"go1.27", EM_X86_64, false, false, "3.2"},
		{"go1.22", 258, false, false, "5.19"},
		{"go1.22", EM_MIPS, false, false, "4.8"},
		{"go1.22", EM_MIPS, false, true, "2.6.32"},
		{"go1.22", EM_MIPS, true, false, "2.6.32"},
		{"devel", EM_X86_64, false, false, NULL},
		{"go2.0", EM_X86_64, false, false, NULL},
	};
	struct gl_gobin g = {.version = strdup(rows[_i].version)};
	struct elfimage e;

	elfimage_init(&(struct elfgen){.machine = rows[_i].machine,
				       .narrow = rows[_i].narrow,
				       .big_endian = rows[_i].big_endian},
		      &e);
	ck_assert_pstr_eq(gl_gobin_kernel_floor(&g, e.image), rows[_i].floor);
	gl_gobin_done(&g);
	elfimage_done(&e);
}
END_TEST

START_TEST(cpu_level)
{
	static const struct {
		const char *value;
		unsigned level;
	} rows[] = {{"v1", 1}, {"v2", 2}, {"v4", 4}, {"v5", 1}, {"v0", 1}, {"", 1}, {"x", 1}};
	char key[] = "GOAMD64", value[8];
	struct gl_gobin_setting setting = {key, value};
	struct gl_gobin g = {.settings = &setting, .setting_count = 1};

	snprintf(value, sizeof(value), "%s", rows[_i].value);
	ck_assert_uint_eq(gl_gobin_cpu_level(&g), rows[_i].level);
	g.setting_count = 0;
	ck_assert_uint_eq(gl_gobin_cpu_level(&g), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin");
	TCase *evidence = tcase_create("evidence"), *answers = tcase_create("answers");

	tcase_add_loop_test(evidence, inline_form, 0, 8);
	tcase_add_test(evidence, inline_form_inside_other_data);
	tcase_add_loop_test(evidence, pointer_form, 0, 8);
	tcase_add_loop_test(evidence, pointer_form_relocated, 0, 2);
	tcase_add_test(evidence, pointer_form_of_no_size);
	tcase_add_test(evidence, without_module_text);
	tcase_add_loop_test(evidence, inline_form_malformed, 0, 9);
	tcase_add_loop_test(evidence, not_go, 0, 2);
	tcase_add_test(evidence, bare_by_note);
	tcase_add_loop_test(evidence, bare_by_pclntab, 0, 9);
	tcase_add_loop_test(evidence, bare_by_merged_pclntab, 0, 2);
	tcase_add_loop_test(evidence, limit, 0, 2);
	tcase_add_loop_test(evidence, tries_are_bounded, 0, 2);
	tcase_add_test(evidence, packed);
	tcase_add_test(evidence, obfuscated_version);
	tcase_add_loop_test(answers, cgo, 0, 15);
	tcase_add_loop_test(answers, versions, 0, 11);
	tcase_add_loop_test(answers, kernel_floor, 0, 12);
	tcase_add_loop_test(answers, cpu_level, 0, 7);
	suite_add_tcase(s, evidence);
	suite_add_tcase(s, answers);
	return gl_unit_main(s);
}
