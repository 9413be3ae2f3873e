/*
 * Version tables and dynamic symbols.
 */
#include "elf/versions.h"

#include <elf.h>
#include <errno.h>
#include <libelf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

static const struct elfgen program = {
	.type = ET_DYN,
	.interp = "/lib64/ld-linux-x86-64.so.2",
	.needed = (const char *const[]){"libc.so.6", "libQt5Core.so.5", NULL},
	.needs = (const struct elfgen_need[]){{"libc.so.6", "GLIBC_2.34", 2, false},
					      {"libc.so.6", "GLIBC_2.2.5", 3, true},
					      {"libQt5Core.so.5", "Qt_5", 4, false},
					      {NULL, NULL, 0, false}},
	.symbols = (const struct elfgen_symbol[]){{"pthread_create", 2, false},
						  {"getenv", 3, false},
						  {"qVersion", 4, false},
						  {"mine", 1, true},
						  {NULL, 0, false}},
};

static const struct elfgen library = {
	.type = ET_DYN,
	.soname = "libself.so.1",
	.defs = (const char *const[]){"SELF_1", "Base", NULL},
};

/* The first Verneed, its Vernaux, the next Verneed. */
#define VERNEED(e, field)                                                                                    \
	((e).file.verneed + offsetof(Elf64_Verneed, field)), sizeof(((Elf64_Verneed *)0)->field)
#define VERNAUX(e, field)                                                                                    \
	((e).file.verneed + 16 + offsetof(Elf64_Vernaux, field)), sizeof(((Elf64_Vernaux *)0)->field)
#define VERDEF(e, field) ((e).file.verdef + offsetof(Elf64_Verdef, field)), sizeof(((Elf64_Verdef *)0)->field)

static void assert_need(const struct gl_version_need *n, const char *file, const char *version,
			unsigned index, bool weak)
{
	ck_assert_str_eq(n->file, file);
	ck_assert_str_eq(n->version, version);
	ck_assert_uint_eq(n->hash, elf_hash(version));
	ck_assert_uint_eq(n->index, index);
	ck_assert_int_eq(n->weak, weak);
}

START_TEST(needs)
{
	struct elfgen spec = program;
	const struct gl_version_need *n = NULL, *again = NULL;
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_MIPS : EM_X86_64;
	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_version_needs(e.image, &n, &count, &err), 0);
	ck_assert_uint_eq(count, 3);
	assert_need(&n[0], "libc.so.6", "GLIBC_2.34", 2, false);
	assert_need(&n[1], "libc.so.6", "GLIBC_2.2.5", 3, true);
	assert_need(&n[2], "libQt5Core.so.5", "Qt_5", 4, false);
	ck_assert_int_eq(gl_image_version_needs(e.image, &again, &count, &err), 0);
	ck_assert_ptr_eq(n, again);
	ck_assert_int_eq(gl_image_version_defs(e.image, &(const struct gl_version_def *){NULL}, &count, &err),
			 0);
	ck_assert_uint_eq(count, 0);
	elfimage_done(&e);
}
END_TEST

START_TEST(defs)
{
	struct elfgen spec = library;
	const struct gl_version_def *d = NULL;
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_MIPS : EM_X86_64;
	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_version_defs(e.image, &d, &count, &err), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(d[0].version, "SELF_1");
	ck_assert_uint_eq(d[0].hash, elf_hash("SELF_1"));
	ck_assert(!d[0].base);
	ck_assert_str_eq(d[1].version, "Base");
	elfimage_done(&e);
}
END_TEST

START_TEST(lone_base_definition_stays)
{
	const struct gl_version_def *d = NULL;
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	elfimage_init(
		&(struct elfgen){.type = ET_DYN, .soname = "libx.so", .defs = (const char *const[]){NULL}},
		&e);
	ck_assert_int_eq(gl_image_version_defs(e.image, &d, &count, &err), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(d[0].version, "libx.so");
	ck_assert(d[0].base);
	elfimage_done(&e);
}
END_TEST

static void assert_needs_fail(struct elfimage *e, int expected, const char *message)
{
	const struct gl_version_need *n = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t count = 0;

	elfimage_open(e);
	ck_assert_int_eq(gl_image_version_needs(e->image, &n, &count, &err), expected);
	ck_assert_str_eq(err.msg, message);
	/* and again: a failure leaves nothing half read */
	ck_assert_int_eq(gl_image_version_needs(e->image, &n, &count, &err), expected);
	ck_assert_ptr_null(n);
	elfimage_done(e);
}

START_TEST(needs_malformed)
{
	struct elfimage e;

	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNEED(e, vn_next), 0xfffffff0);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED is malformed at byte 4294967280: out of the file");
	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNEED(e, vn_aux), 0x10000);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED is malformed at byte 65536: out of the file");
	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNAUX(e, vna_next), 0xffffffff);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED is malformed at byte 4294967311: out of the file");
	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNEED(e, vn_file), 0x7fffffff);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED is malformed at byte 0: out of the file");
	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNAUX(e, vna_name), 0x7fffffff);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED is malformed at byte 16: out of the file");
	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNEED(e, vn_version), 2);
	assert_needs_fail(&e, -EBADMSG, "DT_VERNEED has a record of unknown version 2");
}
END_TEST

/* The counts beside the chains are nobody's business (glibc does not look at them). */
START_TEST(need_counts_are_ignored)
{
	const struct gl_version_need *n = NULL;
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;
	size_t count = 0;

	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, VERNEED(e, vn_cnt), 0xffff);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_version_needs(e.image, &n, &count, &err), 0);
	ck_assert_uint_eq(count, 3);
	elfimage_done(&e);
}
END_TEST

/* A chain cannot run backwards; one of many tiny steps is cut off by a limit. */
START_TEST(endless_chain)
{
	static unsigned char bytes[GL_IMAGE_MAX_VERSIONS * 16 + 64];
	struct elfgen spec = program;
	struct elfimage e;

	/* Vernaux after Vernaux, each with an empty name and the next 16 bytes on. */
	for (size_t i = 0; i + 16 <= sizeof(bytes); i += 16)
		bytes[i + 12] = 16;
	spec.data = bytes;
	spec.data_len = sizeof(bytes);
	elfimage_make(&spec, &e);
	elfgen_poke(&spec, &e.file, VERNEED(e, vn_aux), e.file.data - e.file.verneed);
	/* the data is another segment: let the first one reach over it */
	elfimage_poke_phdr(&e, PT_LOAD, offsetof(Elf64_Phdr, p_filesz), 8, e.file.len);
	elfimage_poke_phdr(&e, PT_LOAD, offsetof(Elf64_Phdr, p_memsz), 8, e.file.len);
	assert_needs_fail(&e, -E2BIG, "DT_VERNEED has more or longer records than golaunch looks at");
}
END_TEST

START_TEST(defs_malformed)
{
	static const struct {
		size_t field, size;
		uint64_t value;
		const char *message;
	} rows[] = {
		{offsetof(Elf64_Verdef, vd_version), 2, 0, "DT_VERDEF has a record of unknown version 0"},
		{offsetof(Elf64_Verdef, vd_aux), 4, 0x70000000,
		 "DT_VERDEF is malformed at byte 1879048192: out of the file"},
		{offsetof(Elf64_Verdef, vd_next), 4, 0x70000000,
		 "DT_VERDEF is malformed at byte 1879048192: out of the file"},
	};
	const struct gl_version_def *d = NULL;
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;
	size_t count = 0;

	elfimage_make(&library, &e);
	elfgen_poke(&library, &e.file, e.file.verdef + rows[_i].field, rows[_i].size, rows[_i].value);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_version_defs(e.image, &d, &count, &err), -EBADMSG);
	ck_assert_str_eq(err.msg, rows[_i].message);
	elfimage_done(&e);
}
END_TEST

struct seen {
	char text[256];
	size_t stop_after;
};

static int list(const char *name, unsigned version_index, bool defined, void *arg)
{
	struct seen *seen = arg;
	size_t have = strlen(seen->text);

	snprintf(seen->text + have, sizeof(seen->text) - have, "%s:%u%s ", name, version_index,
		 defined ? "!" : "");
	return --seen->stop_after == 0 ? 42 : 0;
}

#define ALL "pthread_create:2 getenv:3 qVersion:4 mine:1! "

START_TEST(symbols)
{
	struct elfgen spec = program;
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.gnu_hash = _i & 4;
	spec.machine = _i & 3 ? EM_MIPS : EM_X86_64;
	elfimage_init(&spec, &e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 0);
	ck_assert_str_eq(seen.text, ALL);
	elfimage_done(&e);
}
END_TEST

START_TEST(symbols_until_told_to_stop)
{
	struct seen seen = {.stop_after = 2};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	elfimage_init(&program, &e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 42);
	ck_assert_str_eq(seen.text, "pthread_create:2 getenv:3 ");
	elfimage_done(&e);
}
END_TEST

/* The number is in the section header where there is no DT_HASH. */
START_TEST(symbols_counted_by_section)
{
	struct elfgen spec = program;
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	spec.gnu_hash = true;
	spec.data = "x";
	spec.data_len = 1;
	spec.data_section = ".data";
	elfimage_make(&spec, &e);
	elfgen_poke(&spec, &e.file, e.file.hash, 4, 0xffffffff); /* not looked at */
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 0);
	ck_assert_str_eq(seen.text, ALL);
	elfimage_done(&e);
}
END_TEST

/* A section of that name that is not the table of .dynamic: the hash counts. */
START_TEST(symbols_not_counted_by_a_foreign_section)
{
	struct elfgen spec = program;
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;
	size_t shdr;

	spec.gnu_hash = true;
	spec.data = "x";
	spec.data_len = 1;
	spec.data_section = ".data";
	elfimage_make(&spec, &e);
	shdr = e.file.shoff + 2 * sizeof(Elf64_Shdr);
	elfgen_poke(&spec, &e.file, shdr + offsetof(Elf64_Shdr, sh_addr), 8, ELFGEN_BASE);
	elfgen_poke(&spec, &e.file, shdr + offsetof(Elf64_Shdr, sh_size), 8, 2 * sizeof(Elf64_Sym));
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 0);
	ck_assert_str_eq(seen.text, ALL);
	elfimage_done(&e);
}
END_TEST

/* Local symbols are left out, and the "hidden" bit of a version index. */
START_TEST(symbols_local_and_hidden)
{
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, e.file.symtab + sizeof(Elf64_Sym) + offsetof(Elf64_Sym, st_info), 1,
		    STT_FUNC);
	elfgen_poke(&program, &e.file, e.file.versym + 2 * sizeof(Elf64_Versym), 2, 0x8003);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 0);
	ck_assert_str_eq(seen.text, "getenv:3 qVersion:4 mine:1! ");
	elfimage_done(&e);
}
END_TEST

static int count(const char *name, unsigned version_index, bool defined, void *arg)
{
	(void)name;
	(void)version_index;
	(void)defined;
	++*(size_t *)arg;
	return 0;
}

/* Thousands of symbols of the same very long name. */
START_TEST(symbol_names_are_bounded)
{
	static struct elfgen_symbol many[GL_IMAGE_MAX_SYMBOL_BYTES / (GL_IMAGE_MAX_STRING - 1) + 10];
	static char name[GL_IMAGE_MAX_STRING];
	struct elfgen spec = {.type = ET_DYN, .symbols = many};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;
	size_t n = sizeof(many) / sizeof(many[0]) - 1, seen = 0;

	memset(name, 'n', sizeof(name) - 1);
	for (size_t i = 0; i < n; i++)
		many[i] = (struct elfgen_symbol){.name = i ? "x" : name};
	elfimage_make(&spec, &e);
	for (size_t i = 1; i < n; i++) /* the first name is the first string */
		elfgen_poke(&spec, &e.file, e.file.symtab + (i + 1) * sizeof(Elf64_Sym), 4, 1);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, count, &seen, &err), -E2BIG);
	ck_assert_uint_eq(seen, GL_IMAGE_MAX_SYMBOL_BYTES / (GL_IMAGE_MAX_STRING - 1));
	elfimage_done(&e);
}
END_TEST

START_TEST(no_symbols)
{
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	elfimage_init(&library, &e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), 0);
	ck_assert_str_eq(seen.text, "");
	elfimage_done(&e);
}
END_TEST

/* What lies about the number of symbols: word `at` of the hash becomes `value`. */
START_TEST(lying_hash)
{
	static const struct {
		bool gnu;
		size_t at;
		uint32_t value;
		int expected;
	} rows[] = {
		{false, 1, 0xffffffff, -E2BIG}, {false, 1, 100000, -EBADMSG}, {false, 1, 0, 0},
		{true, 0, 0xffffffff, -E2BIG},	{true, 0, 200000, -EBADMSG},  {true, 2, 0xffffffff, -EBADMSG},
		{true, 6, 0xffffffff, -E2BIG},	{true, 6, 200000, -EBADMSG},  {true, 6, 0, 0},
	};
	struct elfgen spec = program;
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	spec.gnu_hash = rows[_i].gnu;
	elfimage_make(&spec, &e);
	elfgen_poke(&spec, &e.file, e.file.hash + 4 * rows[_i].at, 4, rows[_i].value);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), rows[_i].expected);
	elfimage_done(&e);
}
END_TEST

START_TEST(symbol_name_out_of_the_file)
{
	struct seen seen = {.stop_after = 100};
	struct elfimage e;
	struct gl_err err = GL_ERR_INIT;

	elfimage_make(&program, &e);
	elfgen_poke(&program, &e.file, e.file.symtab + sizeof(Elf64_Sym), 4, 0x40000000);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_symbol(e.image, list, &seen, &err), -EBADMSG);
	ck_assert_str_eq(err.msg, "the dynamic symbol table or its hash leads out of the file");
	elfimage_done(&e);
}
END_TEST

static int list_versioned(const char *name, const char *version, bool defined, void *arg)
{
	struct seen *seen = arg;
	size_t have = strlen(seen->text);

	snprintf(seen->text + have, sizeof(seen->text) - have, "%s@%s%s ", name, version, defined ? "!" : "");
	return --seen->stop_after == 0 ? 42 : 0;
}

/* Imports and exports of one file: as glibc's own libraries have them. */
static const struct elfgen part = {
	.type = ET_DYN,
	.soname = "libpart.so.1",
	.needs = (const struct elfgen_need[]){{"libc.so.6", "GLIBC_PRIVATE", 7, false},
					      {NULL, NULL, 0, false}},
	.defs = (const char *const[]){"PART_1", "GLIBC_PRIVATE", NULL},
	.symbols = (const struct elfgen_symbol[]){{"__libc_single", 7, false},
						  {"part", 2, true},
						  {"__part", 3, true},
						  {"base", 1, true},
						  {"unversioned", 0, false},
						  {"nowhere", 9, true},
						  {NULL, 0, false}},
};

START_TEST(versioned_symbols)
{
	struct elfgen spec = part;
	struct seen seen = {.stop_after = 100};
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_MIPS : EM_X86_64;
	elfimage_init(&spec, &e);
	ck_assert_msg(gl_image_each_versioned_symbol(e.image, list_versioned, &seen, &err) == 0, "%s",
		      err.msg);
	ck_assert_str_eq(seen.text, "__libc_single@GLIBC_PRIVATE part@PART_1! __part@GLIBC_PRIVATE! ");
	elfimage_done(&e);
}
END_TEST

START_TEST(versioned_symbols_until_told_to_stop)
{
	struct seen seen = {.stop_after = 2};
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;

	elfimage_init(&part, &e);
	ck_assert_int_eq(gl_image_each_versioned_symbol(e.image, list_versioned, &seen, &err), 42);
	ck_assert_str_eq(seen.text, "__libc_single@GLIBC_PRIVATE part@PART_1! ");
	elfimage_done(&e);
}
END_TEST

START_TEST(versioned_symbols_need_sound_tables)
{
	struct seen seen = {.stop_after = 100};
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;

	elfimage_make(&part, &e);
	elfgen_poke(&part, &e.file, VERDEF(e, vd_version), 9);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_each_versioned_symbol(e.image, list_versioned, &seen, &err), -EBADMSG);
	ck_assert_str_eq(seen.text, "");
	elfimage_done(&e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/versions");
	TCase *versions = tcase_create("versions"), *symbol = tcase_create("symbols");

	tcase_add_loop_test(versions, needs, 0, 4);
	tcase_add_loop_test(versions, defs, 0, 4);
	tcase_add_test(versions, lone_base_definition_stays);
	tcase_add_test(versions, needs_malformed);
	tcase_add_test(versions, need_counts_are_ignored);
	tcase_add_test(versions, endless_chain);
	tcase_add_loop_test(versions, defs_malformed, 0, 3);
	tcase_add_loop_test(symbol, symbols, 0, 8);
	tcase_add_test(symbol, symbols_until_told_to_stop);
	tcase_add_test(symbol, symbols_counted_by_section);
	tcase_add_test(symbol, symbols_not_counted_by_a_foreign_section);
	tcase_add_test(symbol, symbols_local_and_hidden);
	tcase_add_test(symbol, symbol_names_are_bounded);
	tcase_add_test(symbol, no_symbols);
	tcase_add_loop_test(symbol, lying_hash, 0, 9);
	tcase_add_test(symbol, symbol_name_out_of_the_file);
	suite_add_tcase(s, versions);
	tcase_add_loop_test(versions, versioned_symbols, 0, 4);
	tcase_add_test(versions, versioned_symbols_until_told_to_stop);
	tcase_add_test(versions, versioned_symbols_need_sound_tables);
	suite_add_tcase(s, symbol);
	return gl_unit_main(s);
}
