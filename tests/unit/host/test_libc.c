/*
 * Which libc an interpreter is, by its content, and what a glibc loader has
 * compiled in.
 */
#include "base/fd.h"
#include "host/glibc.h"
#include "tests/unit/host/kit.h"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
}

static void tear_down(void)
{
	kit_done(&kit);
}

static void check_kind(const char *path, enum gl_libc_kind kind, const char *version)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_libc libc;

	ck_assert_msg(!gl_libc_identify(&kit.host, path, &libc, &err), "%s", err.msg);
	ck_assert_str_eq(gl_libc_kind_name(libc.kind), gl_libc_kind_name(kind));
	ck_assert_str_eq(libc.version, version);
	ck_assert_str_eq(libc.interpreter, path);
}

START_TEST(glibc_by_its_tables)
{
	KIT_GLIBC(&kit, "GLIBC_2.31");
	check_kind(GLIBC_LD, GL_LIBC_GLIBC, "2.31");
}
END_TEST

START_TEST(version_is_asked_for_where_it_is_wanted)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_libc libc;

	KIT_GLIBC(&kit, "GLIBC_2.31");
	ck_assert_msg(!gl_libc_identify_kind(&kit.host, GLIBC_LD, &libc, &err), "%s", err.msg);
	ck_assert_int_eq(libc.kind, GL_LIBC_GLIBC);
	ck_assert_str_eq(libc.version, "");
	ck_assert_msg(!gl_libc_ask_version(&kit.host, &libc, &err), "%s", err.msg);
	ck_assert_str_eq(libc.version, "2.31");
	ck_assert_str_eq(libc.interpreter, GLIBC_LD);
	/* It is known now. */
	ck_assert(!unlink(kit_outside(&kit, "/lib/libc.so.6")));
	ck_assert_msg(!gl_libc_ask_version(&kit.host, &libc, &err), "%s", err.msg);
	ck_assert_str_eq(libc.version, "2.31");
}
END_TEST

START_TEST(glibc_without_libc_has_no_version)
{
	KIT_GLIBC(&kit, "GLIBC_2.31");
	ck_assert(!unlink(kit_outside(&kit, "/lib/libc.so.6")));
	check_kind(GLIBC_LD, GL_LIBC_GLIBC, "");
}
END_TEST

/* 2.19 added no version to libc.so.6: the link's name tells more. */
START_TEST(old_glibc_by_the_name_it_links_to)
{
	KIT_GLIBC(&kit, "GLIBC_2.18");
	ck_assert(!rename(kit_outside(&kit, "/lib/libc.so.6"), kit_outside(&kit, "/lib/libc-2.19.so")));
	kit_link(&kit, "/lib/libc.so.6", "libc-2.19.so");
	check_kind(GLIBC_LD, GL_LIBC_GLIBC, "2.19");
}
END_TEST

START_TEST(versions_compare_as_numbers)
{
	KIT_GLIBC(&kit, "GLIBC_2.10");
	check_kind(GLIBC_LD, GL_LIBC_GLIBC, "2.10");
}
END_TEST

START_TEST(musl_by_its_words_wherever_it_stands)
{
	kit_musl(&kit);
	check_kind(MUSL_LD, GL_LIBC_MUSL, "1.2.5");
	/* Alpine's libc6-compat. */
	kit_link(&kit, GLIBC_LD, MUSL_LD);
	check_kind(GLIBC_LD, GL_LIBC_MUSL, "1.2.5");
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	enum gl_libc_kind kind;
	const char *version;
} texts[] = {
#define BYTES(text) text, sizeof(text)
	{BYTES("\0/lib/ld-musl-x86_64.so.1\0/lib/libgcompat.so.0\0--preload\0"), GL_LIBC_GCOMPAT, ""},
	{BYTES("\0https://nix.dev/permalink/stub-ld\0"), GL_LIBC_STUB, ""},
	{BYTES("\0NIX_LD\0NIX_LD_LIBRARY_PATH\0"), GL_LIBC_NIX_LD, ""},
	{BYTES("\0musl libc (aarch64)\0001.1.24\0"), GL_LIBC_MUSL, "1.1.24"},
	{BYTES("\0001.2.5-git-9-gabcdef0\0musl libc (x86_64)\0"), GL_LIBC_MUSL, "1.2.5-git-9-gabcdef0"},
	{BYTES("\0musl libc (x86_64)\0001.2\0001.2.3.4\000127.0.0.1\0001.2.\0"), GL_LIBC_MUSL, ""},
	{BYTES("\0ld.so.1\0"), GL_LIBC_OTHER, ""},
};

START_TEST(shims_by_their_words)
{
	const struct elfgen_note constants[] = {
		{.name = "text", .type = 1, .desc = texts[_i].text, .desc_len = texts[_i].len},
		{.name = NULL}};
	const struct elfgen spec = {.type = ET_DYN, .dynamic = true, .notes = constants};

	kit_elf(&kit, GLIBC_LD, &spec);
	check_kind(GLIBC_LD, texts[_i].kind, texts[_i].version);
}
END_TEST

START_TEST(what_is_there_and_what_is_not)
{
	check_kind(GLIBC_LD, GL_LIBC_NONE, "");
	kit_text(&kit, GLIBC_LD, "#!/bin/sh\n");
	check_kind(GLIBC_LD, GL_LIBC_OTHER, "");
	kit_text(&kit, "/file", "");
	check_kind("/file/ld.so", GL_LIBC_NONE, "");
	check_kind("/file", GL_LIBC_OTHER, "");
	check_kind("/lib64", GL_LIBC_OTHER, "");
}
END_TEST

/* A SONAME alone proves nothing. */
START_TEST(glibc_needs_its_versions)
{
	KIT_LIBRARY(&kit, GLIBC_LD, "ld-linux-x86-64.so.2");
	check_kind(GLIBC_LD, GL_LIBC_OTHER, "");
}
END_TEST

START_TEST(the_host_has_the_first_that_is_there)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_libc libc;

	ck_assert(!gl_libc_of_host(&kit.host, &libc, &err));
	ck_assert_int_eq(libc.kind, GL_LIBC_NONE);
	kit_musl(&kit);
	ck_assert(!gl_libc_of_host(&kit.host, &libc, &err));
	ck_assert_int_eq(libc.kind, GL_LIBC_MUSL);
	KIT_GLIBC(&kit, "GLIBC_2.40");
	ck_assert(!gl_libc_of_host(&kit.host, &libc, &err));
	ck_assert_int_eq(libc.kind, GL_LIBC_GLIBC);
	ck_assert_str_eq(libc.version, "2.40");
}
END_TEST

/* What a loader at path has compiled in. */
struct compiled {
	int fd;
	struct gl_image *image;
	struct gl_glibc glibc;
};

static const struct gl_glibc_paths *read_paths(const char *path, struct compiled *c)
{
	const struct gl_glibc_paths *paths;
	struct gl_err err = GL_ERR_INIT;

	c->fd = gl_root_open(&kit.host, path, O_RDONLY);
	ck_assert_int_ge(c->fd, 0);
	ck_assert(!gl_image_open(c->fd, &c->image, &err));
	gl_glibc_init(&c->glibc, &kit.host, kit.host.arch, path, c->image);
	ck_assert_msg(!gl_glibc_paths(&c->glibc, &paths, &err), "%s", err.msg);
	return paths;
}

static void forget_paths(struct compiled *c)
{
	gl_glibc_done(&c->glibc);
	gl_image_free(c->image);
	gl_fd_close(&c->fd);
}

static const struct {
	const char *bytes;
	size_t len;
	size_t count;
	const char *first, *last, *lib, *cache, *preload;
} compiled[] = {
	{BYTES("\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0/etc/ld.so.cache\0"),
	 4, "/lib/x86_64-linux-gnu/", "/usr/lib/", "lib/x86_64-linux-gnu", "/etc/ld.so.cache",
	 "/etc/ld.so.preload"},
	{BYTES("\0/var/lib/\0x\0/lib64/\0/usr/lib64/\0\0/lib/\0"), 2, "/lib64/", "/usr/lib64/", "lib64",
	 "/etc/ld.so.cache", "/etc/ld.so.preload"},
	{BYTES("\0/nix/store/x-glibc/lib/\0y\0/nix/store/x-glibc/etc/ld.so.cache\0/etc/ld-nix.so.preload\0"),
	 1, "/nix/store/x-glibc/lib/", "/nix/store/x-glibc/lib/", "lib", "/nix/store/x-glibc/etc/ld.so.cache",
	 "/etc/ld-nix.so.preload"},
	{BYTES("\0/usr/lib/\0"), 1, "/usr/lib/", "/usr/lib/", "lib", "/etc/ld.so.cache",
	 "/etc/ld.so.preload"},
	/* nothing to be found: as the distributions have it */
	{BYTES("\0lib/\0/lib\0/lib\1/\0/etc/\0"), 4, "/lib64/", "/usr/lib/", "lib64", "/etc/ld.so.cache",
	 "/etc/ld.so.preload"},
};

START_TEST(directories_are_read_from_the_loader)
{
	const struct gl_glibc_paths *paths;
	const char *cache, *preload;
	struct compiled c;

	kit_glibc(&kit, compiled[_i].bytes, compiled[_i].len, "GLIBC_2.36");
	/* Elsewhere, the loader's file names count too. */
	ck_assert(!rename(kit_outside(&kit, GLIBC_LD), kit_outside(&kit, "/lib/elsewhere.so")));
	paths = read_paths("/lib/elsewhere.so", &c);
	ck_assert_uint_eq(paths->dir_count, compiled[_i].count);
	ck_assert_str_eq(paths->dirs[0], compiled[_i].first);
	ck_assert_str_eq(paths->dirs[paths->dir_count - 1], compiled[_i].last);
	ck_assert_str_eq(paths->lib, compiled[_i].lib);
	ck_assert(!gl_glibc_file(&c.glibc, GL_GLIBC_CACHE, &cache, NULL));
	ck_assert_str_eq(cache, compiled[_i].cache);
	ck_assert(!gl_glibc_file(&c.glibc, GL_GLIBC_PRELOAD, &preload, NULL));
	ck_assert_str_eq(preload, compiled[_i].preload);
	forget_paths(&c);
}
END_TEST

START_TEST(debian_is_known_by_its_directory)
{
	const struct gl_glibc_paths *paths;
	struct compiled c;

	kit_glibc(&kit, "none", 4, "GLIBC_2.36");
	kit_text(&kit, "/usr/lib/x86_64-linux-gnu/x", "");
	paths = read_paths(GLIBC_LD, &c);
	ck_assert_uint_eq(paths->dir_count, 4);
	ck_assert_str_eq(paths->dirs[0], "/lib/x86_64-linux-gnu/");
	ck_assert_str_eq(paths->dirs[3], "/usr/lib/");
	forget_paths(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("libc");
	TCase *tcase = tcase_create("libc");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, glibc_by_its_tables);
	tcase_add_test(tcase, version_is_asked_for_where_it_is_wanted);
	tcase_add_test(tcase, glibc_without_libc_has_no_version);
	tcase_add_test(tcase, old_glibc_by_the_name_it_links_to);
	tcase_add_test(tcase, versions_compare_as_numbers);
	tcase_add_test(tcase, musl_by_its_words_wherever_it_stands);
	tcase_add_loop_test(tcase, shims_by_their_words, 0, (int)GL_ARRAY_SIZE(texts));
	tcase_add_test(tcase, what_is_there_and_what_is_not);
	tcase_add_test(tcase, glibc_needs_its_versions);
	tcase_add_test(tcase, the_host_has_the_first_that_is_there);
	tcase_add_loop_test(tcase, directories_are_read_from_the_loader, 0, (int)GL_ARRAY_SIZE(compiled));
	tcase_add_test(tcase, debian_is_known_by_its_directory);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
