/*
 * Opening bundles: what is as the manifest says, and what is not.
 */
#include "bundle/bundle.h"

#include "tests/unit/bundle/look.h"

static const struct gl_bundle_trust anybody = {.check = false};

#define CHECK_CORRUPT(kit, what)                                                                             \
	do {                                                                                                 \
		CHECK((kit), &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_CORRUPT, (what));                          \
		CHECK((kit), &anybody, GL_BUNDLE_FULL, GL_BUNDLE_CORRUPT, (what));                           \
	} while (0)

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(good)
{
	const struct gl_bundle_trust own = {.check = true, .owner = geteuid()};
	int before = count_descriptors();
	struct gl_bundle bundle;
	struct kit kit;
	char *path;

	kit_init(&kit);
	ck_assert_int_eq(look(&kit, &own, GL_BUNDLE_FULL, &bundle), GL_BUNDLE_GOOD);
	ck_assert_str_eq(bundle.dir, kit.dir);
	ck_assert_uint_eq(bundle.manifest.count, 5);
	path = gl_bundle_path(&bundle, "lib/libc.so.6");
	ck_assert_str_eq(path, kit_path(&kit, "lib/libc.so.6"));
	free(path);
	gl_bundle_done(&bundle);
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(absent)
{
	struct kit kit;

	kit_init(&kit);
	snprintf(kit.dir, sizeof(kit.dir), "%s/none", kit.root);
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_ABSENT, "");
	snprintf(kit.dir, sizeof(kit.dir), "%s/app.bundle/app", kit.root);
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_ABSENT, "");
	kit_done(&kit);
}
END_TEST

/* A link leads to a bundle, which then has its own path; a relative path counts from here. */
START_TEST(by_other_names)
{
	struct gl_bundle bundle;
	char link[PATH_MAX + 32];
	struct kit kit;
	struct gl_err err;

	kit_init(&kit);
	snprintf(link, sizeof(link), "%s/link", kit.root);
	ck_assert(!symlink("./app.bundle", link));
	ck_assert_int_eq(gl_bundle_open(&kit.host, link, &anybody, GL_BUNDLE_QUICK, &bundle, &err), 0);
	ck_assert_str_eq(bundle.dir, kit.dir);
	gl_bundle_done(&bundle);
	ck_assert(!chdir(kit.root));
	ck_assert_int_eq(gl_bundle_open(&kit.host, "app.bundle/", &anybody, GL_BUNDLE_QUICK, &bundle, &err),
			 0);
	ck_assert_str_eq(bundle.dir, kit.dir);
	gl_bundle_done(&bundle);
	ck_assert(!chdir("/"));
	ck_assert(!remove(link));
	ck_assert(!symlink("link", link));
	ck_assert_int_eq(gl_bundle_open(&kit.host, link, &anybody, GL_BUNDLE_QUICK, &bundle, &err),
			 GL_BUNDLE_CORRUPT);
	gl_bundle_done(&bundle);
	kit_done(&kit);
}
END_TEST

/* Inside another root: its links and paths are that root's. */
START_TEST(inside_a_root)
{
	static char *env[] = {NULL};
	struct gl_bundle bundle;
	struct gl_host host;
	struct gl_err err;
	struct kit kit;
	char link[PATH_MAX + 32];

	kit_init(&kit);
	snprintf(link, sizeof(link), "%s/link", kit.root);
	ck_assert(!symlink("/app.bundle", link));
	ck_assert(!gl_host_init_root(&host, kit.root, env, &err));
	ck_assert_int_eq(gl_bundle_open(&host, "/link", &(struct gl_bundle_trust){true, geteuid()},
					GL_BUNDLE_FULL, &bundle, &err),
			 GL_BUNDLE_GOOD);
	ck_assert_str_eq(bundle.dir, "/app.bundle");
	gl_bundle_done(&bundle);
	gl_host_done(&host);
	kit_done(&kit);
}
END_TEST

/* --- what can be wrong with a file --------------------------------------------- */

static const char *const all[] = {"app",	   "program/app",     "lib/" KIT_LOADER,
				  "lib/libc.so.6", "lib/libfoo.so.1", GL_MANIFEST_NAME};

static void take_away(const struct kit *kit, const char *path)
{
	ck_assert(!unlink(kit_path(kit, path)));
}

static void empty_it(const struct kit *kit, const char *path)
{
	kit_write(kit, path, "", 0);
}

static void cut_it(const struct kit *kit, const char *path)
{
	ck_assert(!truncate(kit_path(kit, path), 10));
	kit_set_time(kit_path(kit, path), KIT_MTIME);
}

static void make_directory(const struct kit *kit, const char *path)
{
	take_away(kit, path);
	kit_folder(kit, path);
}

static void make_fifo(const struct kit *kit, const char *path)
{
	take_away(kit, path);
	ck_assert(!mkfifo(kit_path(kit, path), 0644));
}

/* To the very same bytes: nothing but the link is wrong. */
static void make_link(const struct kit *kit, const char *path)
{
	char away[PATH_MAX + 32];

	snprintf(away, sizeof(away), "%s/away", kit->root);
	ck_assert(!rename(kit_path(kit, path), away));
	ck_assert(!symlink(away, kit_path(kit, path)));
}

static void make_link_to_a_device(const struct kit *kit, const char *path)
{
	take_away(kit, path);
	ck_assert(!symlink("/dev/null", kit_path(kit, path)));
}

static void change_a_byte(const struct kit *kit, const char *path)
{
	int fd = open(kit_path(kit, path), O_RDWR | O_CLOEXEC);
	unsigned char byte;

	ck_assert_int_eq(pread(fd, &byte, 1, 40), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, 40), 1);
	close(fd);
}

static void (*const damages[])(const struct kit *, const char *) = {
	take_away,     empty_it, cut_it, make_directory, make_fifo, make_link, make_link_to_a_device,
	change_a_byte,
};
#define DAMAGES (sizeof(damages) / sizeof(damages[0]))

START_TEST(each_file_spoilt)
{
	const char *path = all[(size_t)_i / DAMAGES];
	struct kit kit;

	kit_init(&kit);
	damages[(size_t)_i % DAMAGES](&kit, path);
	CHECK_CORRUPT(&kit, path);
	kit_done(&kit);
}
END_TEST

static void swap(const struct kit *kit, const char *a, const char *b)
{
	char away[PATH_MAX + 32];

	snprintf(away, sizeof(away), "%s/away", kit->root);
	ck_assert(!rename(kit_path(kit, a), away));
	ck_assert(!rename(kit_path(kit, b), kit_path(kit, a)));
	ck_assert(!rename(away, kit_path(kit, b)));
}

START_TEST(two_swapped)
{
	const char *first = all[(size_t)_i / 5], *second = all[(size_t)_i % 5];
	struct gl_bundle bundle;
	struct kit kit;

	if (first == second)
		return;
	kit_init(&kit);
	swap(&kit, first, second);
	ck_assert_int_eq(look(&kit, &anybody, GL_BUNDLE_QUICK, &bundle), GL_BUNDLE_CORRUPT);
	ck_assert_msg(!strcmp(bundle.file, first) || !strcmp(bundle.file, second), "%s", bundle.file);
	gl_bundle_done(&bundle);
	kit_done(&kit);
}
END_TEST

/* What the time does not show a full look sees; what only the time shows is no harm. */
START_TEST(times_and_hashes)
{
	struct kit kit;

	kit_init(&kit);
	change_a_byte(&kit, "lib/libfoo.so.1");
	kit_set_time(kit_path(&kit, "lib/libfoo.so.1"), KIT_MTIME);
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	CHECK(&kit, &anybody, GL_BUNDLE_FULL, GL_BUNDLE_CORRUPT, "lib/libfoo.so.1");
	change_a_byte(&kit, "lib/libfoo.so.1");
	kit_set_time(kit_path(&kit, "lib/libfoo.so.1"), KIT_MTIME + 1);
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
}
END_TEST

/* --- what should not be there ---------------------------------------------------- */

static const struct {
	const char *path;
	bool folder;
	bool harmless; /* where no loader looks */
} planted[] = {
	{"lib/evil.so", false, false},	 {"lib/.hidden", false, false}, {"lib/glibc-hwcaps", true, false},
	{"lib/gconv", true, false},	 {"lib/tls", true, false},	{"README", false, true},
	{"program/README", false, true},
};

START_TEST(something_planted)
{
	struct kit kit;

	kit_init(&kit);
	if (planted[_i].folder)
		kit_folder(&kit, planted[_i].path);
	else
		kit_write(&kit, planted[_i].path, "x", 1);
	if (planted[_i].harmless)
		CHECK(&kit, &anybody, GL_BUNDLE_FULL, GL_BUNDLE_GOOD, "");
	else
		CHECK_CORRUPT(&kit, planted[_i].path);
	kit_done(&kit);
}
END_TEST

START_TEST(gconv)
{
	struct kit kit;

	kit_init(&kit);
	kit_folder(&kit, "lib/gconv");
	kit_add(&kit, "lib/gconv/gconv-modules", GL_ROLE_GCONV, "module\n", 7);
	kit.manifest.gconv = true;
	kit_seal(&kit);
	CHECK(&kit, &anybody, GL_BUNDLE_FULL, GL_BUNDLE_GOOD, "");
	kit_write(&kit, "lib/gconv/EVIL.so", "x", 1);
	CHECK_CORRUPT(&kit, "lib/gconv/EVIL.so");
	kit_done(&kit);
}
END_TEST

static const char *const folders[] = {"lib", "program"};

START_TEST(a_folder_is_a_link)
{
	char away[PATH_MAX + 32];
	struct kit kit;

	kit_init(&kit);
	snprintf(away, sizeof(away), "%s/away", kit.root);
	ck_assert(!rename(kit_path(&kit, folders[_i]), away));
	ck_assert(!symlink(away, kit_path(&kit, folders[_i])));
	CHECK_CORRUPT(&kit, folders[_i]);
	take_away(&kit, folders[_i]);
	CHECK_CORRUPT(&kit, folders[_i]);
	ck_assert(!mkfifo(kit_path(&kit, folders[_i]), 0644));
	CHECK_CORRUPT(&kit, folders[_i]);
	kit_done(&kit);
}
END_TEST

START_TEST(no_manifest)
{
	struct kit kit;

	kit_init(&kit);
	kit_write(&kit, GL_MANIFEST_NAME, "{}", 2);
	CHECK_CORRUPT(&kit, GL_MANIFEST_NAME);
	ck_assert(!truncate(kit_path(&kit, GL_MANIFEST_NAME), 100 << 20));
	CHECK_CORRUPT(&kit, GL_MANIFEST_NAME);
	kit_done(&kit);
}
END_TEST

/* A name that would do something to a terminal is told in words that do not. */
START_TEST(hostile_names)
{
	struct kit kit;

	kit_init(&kit);
	kit_write(&kit, "lib/a\x1b[31m\n", "x", 1);
	CHECK_CORRUPT(&kit, "lib/a\\x1b[31m\\x0a");
	kit_done(&kit);
}
END_TEST

START_TEST(long_name)
{
	char dir[PATH_MAX + 32];
	struct kit kit;

	kit_init(&kit);
	memcpy(dir, kit.dir, sizeof(dir));
	memset(strrchr(kit.dir, '/') + 1, 'x', NAME_MAX + 1);
	strrchr(kit.dir, '/')[NAME_MAX + 2] = '\0';
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_ABSENT, "");
	memcpy(kit.dir, dir, sizeof(dir));
	kit_done(&kit);
}
END_TEST

/* --- its files ------------------------------------------------------------------------ */

START_TEST(open_file)
{
	struct gl_bundle bundle;
	const struct gl_bundle_file *file;
	struct kit kit;
	int fd;

	kit_init(&kit);
	ck_assert_int_eq(look(&kit, &anybody, GL_BUNDLE_QUICK, &bundle), GL_BUNDLE_GOOD);
	file = gl_manifest_find(&bundle.manifest, "lib/libc.so.6");
	fd = gl_bundle_open_file(&bundle, file);
	ck_assert_int_ge(fd, 0);
	close(fd);
	make_link(&kit, "lib/libc.so.6");
	ck_assert_int_eq(gl_bundle_open_file(&bundle, file), -ELOOP);
	take_away(&kit, "lib/libc.so.6");
	ck_assert(!mkfifo(kit_path(&kit, "lib/libc.so.6"), 0644));
	ck_assert_int_eq(gl_bundle_open_file(&bundle, file), -EINVAL);
	gl_bundle_done(&bundle);
	kit_done(&kit);
}
END_TEST

static int find_program(const struct gl_bundle *bundle, const char *name, int fd)
{
	const struct gl_bundle_file *file = NULL;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_bundle_find_program(bundle, name, fd, &file, &err);

	ck_assert_msg(r >= 0, "%s", err.msg);
	ck_assert_int_eq(r, file != NULL);
	return r;
}

/* The descriptor of a program made like the kit's, but with these notes. */
static int program_fd(const struct elfgen_note *notes, size_t ballast)
{
	struct elfgen spec = {KIT_SPEC_PROGRAM, .notes = notes, .data = "ballast", .data_len = ballast};
	struct elfgen_file file;
	int fd;

	elfgen_make(&spec, &file);
	fd = elfgen_fd(file.bytes, file.len);
	elfgen_done(&file);
	return fd;
}

#define ID(id, data, go)                                                                                     \
	{                                                                                                    \
		{"GNU", NT_GNU_BUILD_ID, id, 4, false}, {"Go", 4, go, 4, false}, {"pad", 1, data, 4, false}, \
			{NULL, 0, NULL, 0, false},                                                           \
	}

START_TEST(program_by_build_id)
{
	static const struct elfgen_note ours[] = ID("\1\2\3\4", "aaaa", "go/1"),
					rebuilt[] = ID("\1\2\3\4", "bbbb", "go/1"),
					other[] = ID("\1\2\3\5", "aaaa", "go/1"),
					other_go[] = ID("\1\2\3\4", "aaaa", "go/2");
	const struct elfgen spec = {KIT_SPEC_PROGRAM, .notes = ours, .data = "ballast", .data_len = 7};
	const struct {
		const struct elfgen_note *notes;
		size_t ballast;
		int want;
	} programs[] = {{ours, 7, 1}, {rebuilt, 7, 1}, {other, 7, 0}, {other_go, 7, 0}, {ours, 6, 0}};
	struct gl_bundle bundle;
	struct kit kit;

	kit_init(&kit);
	kit_replace_elf(&kit, "program/app", &spec);
	kit_seal(&kit);
	ck_assert_int_eq(look(&kit, &anybody, GL_BUNDLE_QUICK, &bundle), GL_BUNDLE_GOOD);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		int fd = program_fd(programs[i].notes, programs[i].ballast);

		ck_assert_msg(find_program(&bundle, "app", fd) == programs[i].want, "program %zu", i);
		ck_assert_int_eq(find_program(&bundle, "other", fd), 0);
		ck_assert_int_eq(find_program(&bundle, "../app", fd), 0);
		close(fd);
	}
	gl_bundle_done(&bundle);
	kit_done(&kit);
}
END_TEST

/* Without ids the bytes tell; the very file needs no look at them. */
START_TEST(program_by_bytes)
{
	static const struct elfgen_note ours[] = {{"pad", 1, "aaaa", 4, false}, {NULL, 0, NULL, 0, false}},
					other[] = {{"pad", 1, "aaab", 4, false}, {NULL, 0, NULL, 0, false}};
	const struct elfgen spec = {KIT_SPEC_PROGRAM, .notes = ours, .data = "ballast", .data_len = 7};
	struct gl_bundle bundle;
	struct kit kit;
	int same, differs, itself;

	kit_init(&kit);
	kit_replace_elf(&kit, "program/app", &spec);
	kit_seal(&kit);
	ck_assert_int_eq(look(&kit, &anybody, GL_BUNDLE_QUICK, &bundle), GL_BUNDLE_GOOD);
	same = program_fd(ours, 7);
	differs = program_fd(other, 7);
	itself = open(kit_path(&kit, "program/app"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(find_program(&bundle, "app", same), 1);
	ck_assert_int_eq(find_program(&bundle, "app", differs), 0);
	ck_assert_int_eq(find_program(&bundle, "app", itself), 1);
	close(same);
	close(differs);
	close(itself);
	gl_bundle_done(&bundle);
	kit_done(&kit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundle");
	TCase *tcase = tcase_create("bundle");

	tcase_add_test(tcase, good);
	tcase_add_test(tcase, absent);
	tcase_add_test(tcase, by_other_names);
	tcase_add_test(tcase, inside_a_root);
	LOOP(each_file_spoilt, COUNT(all) * (int)DAMAGES);
	LOOP(two_swapped, 25);
	tcase_add_test(tcase, times_and_hashes);
	LOOP(something_planted, COUNT(planted));
	tcase_add_test(tcase, gconv);
	LOOP(a_folder_is_a_link, COUNT(folders));
	tcase_add_test(tcase, no_manifest);
	tcase_add_test(tcase, hostile_names);
	tcase_add_test(tcase, long_name);
	tcase_add_test(tcase, open_file);
	tcase_add_test(tcase, program_by_build_id);
	tcase_add_test(tcase, program_by_bytes);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
