/*
 * Manifests: what is read, what is written, what is refused.
 */
#include "bundle/manifest.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/lib/unit.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char good[] =
	"{\"schema\":\"golaunch.bundle/1\",\"golaunch\":\"0.1.0\",\"libc\":\"glibc\",\"libc_version\":\"2.36\","
	"\"machine\":\"x86-64\",\"kernel\":\"3.2.0\",\"cpu_level\":1,\"gconv\":true,\"later\":[{\"x\":null}],"
	"\"files\":["
	"{\"path\":\"program/app\",\"role\":\"program\",\"size\":7,\"mtime\":-5,\"sha256\":\"" HASH "\"},"
	"{\"path\":\"app\",\"role\":\"stub\",\"size\":7,\"mtime\":1,\"sha256\":\"" HASH "\",\"later\":1},"
	"{\"path\":\"lib/libc.so.6\",\"role\":\"library\",\"size\":4294967281,\"mtime\":9007199254740993,\"sha256\":\"" HASH
	"\","
	"\"soname\":\"libc.so.6\",\"build_id\":\"00ff\",\"provides\":[\"GLIBC_2.2.5\",\"GLIBC_2.36\"],"
	"\"package\":\"libc6\",\"package_version\":\"2.36-9\",\"licence\":\"LGPL-2.1\"},"
	"{\"path\":\"lib/gconv/UTF-16.so\",\"role\":\"gconv\",\"size\":1,\"mtime\":1,\"sha256\":\"" HASH
	"\"},"
	"{\"path\":\"lib/ld.so\",\"role\":\"loader\",\"size\":0,\"mtime\":1,\"sha256\":\"" HASH "\"}"
	"]}";

static int parse(const char *text, size_t len, struct gl_manifest *m, struct gl_err *err)
{
	*m = GL_MANIFEST_INIT;
	*err = GL_ERR_INIT;
	return gl_manifest_parse(text, len, m, err);
}

START_TEST(all_fields)
{
	const struct gl_bundle_file *file;
	struct gl_manifest m;
	struct gl_err err;

	ck_assert_msg(!parse(good, strlen(good), &m, &err), "%s", err.msg);
	ck_assert_str_eq(m.golaunch, "0.1.0");
	ck_assert_int_eq(m.libc, GL_LIBC_GLIBC);
	ck_assert_str_eq(m.libc_version, "2.36");
	ck_assert_uint_eq(m.arch->elf_machine, EM_X86_64);
	ck_assert_uint_eq(m.kernel[0] * 100 + m.kernel[1] * 10 + m.kernel[2], 320);
	ck_assert_uint_eq(m.cpu_level, 1);
	ck_assert(m.gconv);
	ck_assert_uint_eq(m.count, 5);
	ck_assert_str_eq(gl_manifest_loader(&m), "lib/ld.so");
	file = gl_manifest_find(&m, "lib/libc.so.6");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(file->role, GL_ROLE_LIBRARY);
	ck_assert_uint_eq(file->size, 4294967281);	 /* with the others GL_MANIFEST_MAX_TOTAL */
	ck_assert_int_eq(file->mtime, 9007199254740993); /* no double holds it */
	ck_assert_uint_eq(file->sha256[1], 0x11);
	ck_assert_uint_eq(file->sha256[31], 0xff);
	ck_assert_str_eq(file->soname, "libc.so.6");
	ck_assert_str_eq(file->build_id, "00ff");
	ck_assert_uint_eq(file->provide_count, 2);
	ck_assert_str_eq(file->provides[1], "GLIBC_2.36");
	ck_assert_str_eq(file->package, "libc6");
	ck_assert_str_eq(file->package_version, "2.36-9");
	ck_assert_str_eq(file->licence, "LGPL-2.1");
	file = gl_manifest_find(&m, "program/app");
	ck_assert_int_eq(file->mtime, -5);
	ck_assert_ptr_null(file->soname);
	ck_assert_ptr_null(gl_manifest_find(&m, "lib/libc.so"));
	gl_manifest_done(&m);
}
END_TEST

/* Sorted by path whatever the order was, and the same bytes when read and written again. */
START_TEST(text_is_stable)
{
	struct gl_manifest m, again;
	struct gl_err err;
	char *first, *second;

	ck_assert_int_eq(parse(good, strlen(good), &m, &err), 0);
	for (size_t i = 1; i < m.count; i++)
		ck_assert_int_lt(strcmp(m.files[i - 1].path, m.files[i].path), 0);
	first = gl_manifest_text(&m);
	ck_assert_ptr_nonnull(first);
	ck_assert(!strncmp(first, "{\n \"schema\": \"golaunch.bundle/1\",\n", 34));
	ck_assert_int_eq(first[strlen(first) - 1], '\n');
	ck_assert_msg(!parse(first, strlen(first), &again, &err), "%s", err.msg);
	second = gl_manifest_text(&again);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	gl_manifest_done(&m);
	gl_manifest_done(&again);
}
END_TEST

/* Written sorted even where nobody sorted. */
START_TEST(text_sorts)
{
	struct gl_manifest m = {.golaunch = strdup("1"), .libc = GL_LIBC_MUSL, .libc_version = "1.2.5"};
	char *text;

	m.arch = gl_arch_named("x86-64");
	ck_assert_ptr_nonnull(gl_manifest_add(&m, "lib/z.so", GL_ROLE_LIBRARY));
	ck_assert_ptr_nonnull(gl_manifest_add(&m, "lib/a.so", GL_ROLE_LOADER));
	text = gl_manifest_text(&m);
	ck_assert_ptr_nonnull(text);
	ck_assert(strstr(text, "lib/a.so") < strstr(text, "lib/z.so"));
	ck_assert_ptr_nonnull(strstr(text, "\"libc\": \"musl\""));
	free(text);
	gl_manifest_done(&m);
}
END_TEST

/* Names of files come from hosts: they are no text until somebody looked. */
START_TEST(foreign_text)
{
	struct gl_manifest m = {.golaunch = strdup("1"), .libc = GL_LIBC_MUSL, .libc_version = "1"}, again;
	struct gl_bundle_file *file;
	struct gl_err err;
	char *text;

	m.arch = gl_arch_named("aarch64");
	file = gl_manifest_add(&m, "lib/ld.so", GL_ROLE_LOADER);
	ck_assert_ptr_nonnull(file);
	file->soname = strdup("a\"\\\x01\xff.so");
	text = gl_manifest_text(&m);
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(!parse(text, strlen(text), &again, &err), "%s", err.msg);
	ck_assert_str_eq(again.files[0].soname, "a\"\\\x01\xef\xbf\xbd.so");
	free(text);
	gl_manifest_done(&m);
	gl_manifest_done(&again);
}
END_TEST

/* One thing changed in the good one: in the manifest itself (file < 0) or in files[file]. */
static const struct {
	int file;
	const char *field;
	const char *value; /* JSON; NULL: taken out */
	const char *message;
} changes[] = {
	{-1, "schema", "\"golaunch.bundle/2\"", "schema: must be golaunch.bundle/1"},
	{-1, "schema", NULL, "schema: is missing"},
	{-1, "golaunch", "1", "golaunch: must be a text"},
	{-1, "golaunch", "\"\"", "golaunch: must be a text"},
	{-1, "libc", "\"none\"", "libc: must be glibc or musl"},
	{-1, "libc", "null", "libc: must be glibc or musl"},
	{-1, "libc_version", "\"0123456789012345678901234567890123456789\"",
	 "libc_version: must be a version"},
	{-1, "machine", "\"pdp-11\"", "machine: is none that golaunch knows"},
	{-1, "kernel", "\"3.2\"", "kernel: must be three numbers"},
	{-1, "kernel", "\"3.2.0.1\"", "kernel: must be three numbers"},
	{-1, "kernel", "\"3.-2.0\"", "kernel: must be three numbers"},
	{-1, "kernel", "\"3.99999.0\"", "kernel: must be three numbers"},
	{-1, "kernel", "3.2", "kernel: must be three numbers"},
	{-1, "cpu_level", "-1", "cpu_level: must be a small number"},
	{-1, "cpu_level", "10", "cpu_level: must be a small number"},
	{-1, "cpu_level", "1.0", "cpu_level: must be a small number"},
	{-1, "gconv", "1", "gconv: must be true or false"},
	{-1, "files", "{}", "files: must be a list"},
	{-1, "files", "[]", "files: must have one loader"},
	{-1, "files", "[1]", "files[0].role: is none"},
	{0, "path", NULL, "files[0].path: "},
	{0, "path", "7", "files[0].path: "},
	{0, "path", "\"program/\"", "files[0].path: "},
	{0, "path", "\"program/..\"", "files[0].path: "},
	{0, "path", "\"program/../app\"", "files[0].path: "},
	{0, "path", "\"/program/app\"", "files[0].path: "},
	{0, "path", "\"program//app\"", "files[0].path: "},
	{0, "path", "\"lib/app\"", "files[0].path: "},
	{0, "path", "\"program/a\\npp\"", "files[0].path: "},
	{0, "path", "\"program/other\"", "files: a program without its stub"},
	{1, "path", "\"other\"", "files: a program without its stub"},
	{1, "path", "\"manifest.json\"", "files[1].path: "},
	{1, "path", "\"lib\"", "files[1].path: "},
	{1, "path", "\"a/b\"", "files[1].path: "},
	{1, "path", "\"..\"", "files[1].path: "},
	{2, "path", "\"lib/gconv\"", "files[2].path: "},
	{2, "path", "\"lib/gconv/libc.so.6\"", "files[2].path: "},
	{2, "path", "\"lib/../libc.so.6\"", "files[2].path: "},
	{2, "path", "\"lib/ld.so\"", "files: two of one path"},
	{2, "path", "\"lib/libc.so\"", "files: must have lib/libc.so.6"},
	{2, "role", "\"loader\"", "files: must have one loader"},
	{4, "role", "\"library\"", "files: must have one loader"},
	{2, "role", "\"data\"", "files[2].role: is none"},
	{2, "role", NULL, "files[2].role: is none"},
	{2, "role", "3", "files[2].role: is none"},
	{2, "size", NULL, "files[2].size: is missing"},
	{2, "size", "4294967282", "files: must be of 4 GiB together"},
	{2, "size", "9223372036854775807", "files: must be of 4 GiB together"},
	{2, "size", "-1", "files[2].size: must be a number"},
	{2, "size", "1.5", "files[2].size: must be a number"},
	{2, "size", "\"1\"", "files[2].size: must be a number"},
	{2, "mtime", NULL, "files[2].mtime: is missing"},
	{2, "mtime", "\"1\"", "files[2].mtime: must be a number"},
	{2, "sha256", NULL, "files[2].sha256: is missing"},
	{2, "sha256", "\"00\"", "files[2].sha256: must be 64"},
	{2, "sha256", "\"" HASH "00\"", "files[2].sha256: must be 64"},
	{2, "sha256", "\"G0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"",
	 "files[2].sha256: must be 64"},
	{2, "soname", "7", "files[2].soname: must be a text"},
	{2, "build_id", "\"0f0\"", "files[2].build_id: must be bytes"},
	{2, "build_id", "\"0F\"", "files[2].build_id: must be bytes"},
	{2, "provides", "\"GLIBC_2.36\"", "files[2].provides: must be a list"},
	{2, "provides", "[7]", "files[2].provides: must be a list"},
	{2, "package", "[]", "files[2].package: must be a text"},
};

START_TEST(one_thing_wrong)
{
	json_t *document = json_loads(good, 0, NULL), *at = document;
	struct gl_manifest m;
	struct gl_err err;
	char *text;
	int r;

	if (changes[_i].file >= 0)
		at = json_array_get(json_object_get(document, "files"), (size_t)changes[_i].file);
	if (changes[_i].value)
		json_object_set_new(at, changes[_i].field,
				    json_loads(changes[_i].value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(at, changes[_i].field);
	text = json_dumps(document, 0);
	json_decref(document);
	r = parse(text, strlen(text), &m, &err);
	ck_assert_msg(r == -EBADMSG, "%s %s: %d", changes[_i].field, changes[_i].value, r);
	ck_assert_msg(!strncmp(err.msg, changes[_i].message, strlen(changes[_i].message)), "%s", err.msg);
	ck_assert_uint_eq(m.count, 0);
	free(text);
}
END_TEST

/* Texts that are no manifest at all; len 0: that of the string. */
static const struct {
	const char *text;
	size_t len;
} texts[] = {
	{"", 0},
	{" ", 0},
	{"[]", 0},
	{"7", 0},
	{"null", 0},
	{"{", 0},
	{"{}", 0},
	{"{\"schema\":\"golaunch.bundle/1\"", 0},
	{"{\"schema\":\"golaunch.bundle/1\",\"schema\":\"golaunch.bundle/1\"}", 0},
	{"\"\\", 0},
	{"{\"a\":\"\\ud800\"}", 0},
	{"{\"a\":\"\xff\"}", 0},
	{"\177ELF", 0},
	{"{\"schema\":\"golaunch.bundle/1\\u0000\"}", 0},
	{"{\"schema\":\"golaunch.bundle/1\0\"}", 31},
	{"{}\0", 3},
	{"{\"a\":99999999999999999999999999}", 0},
};

START_TEST(no_manifest)
{
	size_t len = texts[_i].len ? texts[_i].len : strlen(texts[_i].text);
	char *exact = malloc(len + 1); /* so that a sanitizer sees a read too far */
	struct gl_manifest m;
	struct gl_err err;

	memcpy(exact, texts[_i].text, len);
	exact = realloc(exact, len ? len : 1);
	ck_assert_int_eq(parse(exact, len, &m, &err), -EBADMSG);
	ck_assert_str_ne(err.msg, "");
	free(exact);
}
END_TEST

/* count times a piece, between a head and a tail. */
static char *repeat(const char *head, const char *piece, size_t count, const char *tail, size_t *ret_len)
{
	struct gl_buf b = {.limit = 64u << 20};

	gl_buf_puts(&b, head);
	for (size_t i = 0; i < count; i++)
		gl_buf_puts(&b, piece);
	gl_buf_puts(&b, tail);
	*ret_len = b.len;
	return gl_buf_take(&b);
}

static const struct {
	const char *head, *piece, *tail;
	size_t count;
	const char *message;
} bombs[] = {
	{"", "[", "", 100000, "nested more than 16 deep"},
	{"", "{\"a\":", "", 100000, "nested more than 16 deep"},
	{"[", "[],", "0]", 1000000, "more than 131072 values"},
	{"{\"files\":[", "{},", "{}]}", 1000000, "more than 131072 values"},
	{"\"", "a", "\"", 5 << 20, "more than 4194304 bytes"},
	{"\"", "\\\"", "", 2000000, "line 1: "},
};

START_TEST(too_much)
{
	struct gl_manifest m;
	struct gl_err err;
	size_t len;
	char *text;

	text = repeat(bombs[_i].head, bombs[_i].piece, bombs[_i].count, bombs[_i].tail, &len);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(parse(text, len, &m, &err), -EBADMSG);
	ck_assert_msg(strstr(err.msg, bombs[_i].message), "%s", err.msg);
	free(text);
}
END_TEST

/* A manifest with one list too long; the counts around the limit. */
START_TEST(too_long_lists)
{
	json_t *document = json_loads(good, 0, NULL), *files = json_object_get(document, "files");
	json_t *provides = json_array();
	struct gl_manifest m;
	struct gl_err err;
	size_t count = GL_MANIFEST_MAX_PROVIDES + (size_t)_i;
	char *text;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(provides, json_string("V"));
	json_object_set_new(json_array_get(files, 2), "provides", provides);
	text = json_dumps(document, 0);
	ck_assert_int_eq(parse(text, strlen(text), &m, &err), _i ? -EBADMSG : 0);
	gl_manifest_done(&m);
	free(text);
	json_decref(document);
}
END_TEST

START_TEST(too_many_files)
{
	struct gl_manifest m = GL_MANIFEST_INIT;
	char path[64];

	for (size_t i = 0; i < GL_MANIFEST_MAX_FILES; i++) {
		snprintf(path, sizeof(path), "lib/%zu.so", i);
		ck_assert_ptr_nonnull(gl_manifest_add(&m, path, GL_ROLE_LIBRARY));
	}
	errno = 0;
	ck_assert_ptr_null(gl_manifest_add(&m, "lib/one.so", GL_ROLE_LIBRARY));
	ck_assert_int_eq(errno, E2BIG);
	gl_manifest_done(&m);
}
END_TEST

/* All roles that take a path. */
static const struct {
	const char *path;
	int role; /* GL_ROLE_MAX: none */
} paths[] = {
	{"app", GL_ROLE_STUB},
	{"a b;c", GL_ROLE_STUB},
	{"\xc3\xa4pp", GL_ROLE_STUB},
	{"program/app", GL_ROLE_PROGRAM},
	{"program/lib", GL_ROLE_PROGRAM},
	{"lib/libc.so.6", GL_ROLE_LIBRARY},
	{"lib/...", GL_ROLE_LIBRARY},
	{"lib/gconv/gconv-modules", GL_ROLE_GCONV},
	{"", GL_ROLE_MAX},
	{".", GL_ROLE_MAX},
	{"..", GL_ROLE_MAX},
	{"/", GL_ROLE_MAX},
	{"/app", GL_ROLE_MAX},
	{"lib", GL_ROLE_MAX},
	{"lib/", GL_ROLE_MAX},
	{"lib/.", GL_ROLE_MAX},
	{"lib/..", GL_ROLE_MAX},
	{"lib//x", GL_ROLE_MAX},
	{"lib/gconv", GL_ROLE_MAX},
	{"lib/gconv/", GL_ROLE_MAX},
	{"lib/gconv/..", GL_ROLE_MAX},
	{"lib/gconv/a/b", GL_ROLE_MAX},
	{"lib/glibc-hwcaps/libc.so.6", GL_ROLE_MAX},
	{"program", GL_ROLE_MAX},
	{"program/..", GL_ROLE_MAX},
	{"manifest.json", GL_ROLE_MAX},
	{"a\n", GL_ROLE_MAX},
	{"a\x7f", GL_ROLE_MAX},
	{"a\x1b[31m", GL_ROLE_MAX},
	{"a\xff", GL_ROLE_MAX},
	{"a\xc0\xaf", GL_ROLE_MAX},
};

START_TEST(paths_of_roles)
{
	for (int role = 0; role < GL_ROLE_MAX; role++) {
		bool want = paths[_i].role == role ||
			    (paths[_i].role == GL_ROLE_LIBRARY && role == GL_ROLE_LOADER);

		ck_assert_msg(gl_bundle_role_takes((enum gl_bundle_role)role, paths[_i].path) == want,
			      "%s as %s", paths[_i].path, gl_bundle_role_name((enum gl_bundle_role)role));
	}
}
END_TEST

START_TEST(long_paths)
{
	char path[GL_MANIFEST_MAX_TEXT + 2];

	memset(path, 'a', sizeof(path));
	path[GL_MANIFEST_MAX_TEXT + 1] = '\0';
	ck_assert(!gl_bundle_role_takes(GL_ROLE_STUB, path));
	path[GL_MANIFEST_MAX_TEXT] = '\0';
	ck_assert(gl_bundle_role_takes(GL_ROLE_STUB, path));
}
END_TEST

START_TEST(refused_to_add)
{
	struct gl_manifest m = GL_MANIFEST_INIT;

	errno = 0;
	ck_assert_ptr_null(gl_manifest_add(&m, "lib/../x", GL_ROLE_LIBRARY));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_uint_eq(m.count, 0);
	gl_manifest_done(&m);
}
END_TEST

START_TEST(roles)
{
	for (int i = 0; i < GL_ROLE_MAX; i++) {
		enum gl_bundle_role role = (enum gl_bundle_role)i;
		unsigned mode = gl_bundle_role_mode(role);

		ck_assert_str_ne(gl_bundle_role_name(role), "");
		ck_assert_ptr_nonnull(gl_bundle_role_folder(role));
		ck_assert(mode == 0755 || mode == 0644);
	}
	ck_assert_uint_eq(gl_bundle_role_mode(GL_ROLE_STUB), 0755);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tcase = tcase_create("manifest");

	tcase_add_test(tcase, all_fields);
	tcase_add_test(tcase, text_is_stable);
	tcase_add_test(tcase, text_sorts);
	tcase_add_test(tcase, foreign_text);
	LOOP(one_thing_wrong, changes);
	LOOP(no_manifest, texts);
	LOOP(too_much, bombs);
	tcase_add_loop_test(tcase, too_long_lists, 0, 2);
	tcase_add_test(tcase, too_many_files);
	LOOP(paths_of_roles, paths);
	tcase_add_test(tcase, long_paths);
	tcase_add_test(tcase, refused_to_add);
	tcase_add_test(tcase, roles);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
