/*
 * Parts in their places, and what the manifest says of them.
 */
#include "bundle/copy.h"

#include "base/fd.h"
#include "bundle/facts.h"
#include "bundle/stub.h"
#include "elf/image.h"
#include "tests/unit/host/kit.h"

#define MTIME 1234567890

struct site {
	struct kit kit;
	struct gl_collection c;
	struct gl_manifest m;
	struct gl_tree tree;
};

static void site_init(struct site *site)
{
	struct gl_err err = GL_ERR_INIT;

	kit_init(&site->kit);
	site->c = GL_COLLECTION_INIT;
	site->m = GL_MANIFEST_INIT;
	ck_assert_int_eq(gl_tree_begin(kit_outside(&site->kit, "/x.bundle"), &site->tree, &err), 0);
	ck_assert_int_eq(gl_tree_folder(&site->tree, "lib", &err), 0);
	ck_assert_int_eq(gl_tree_folder(&site->tree, "lib/gconv", &err), 0);
	ck_assert_int_eq(gl_tree_folder(&site->tree, "program", &err), 0);
}

static void site_done(struct site *site)
{
	gl_tree_done(&site->tree);
	gl_manifest_done(&site->m);
	gl_collection_done(&site->c);
	kit_done(&site->kit);
}

static struct gl_part_origin origin_of(const struct site *site, const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(kit_outside(&site->kit, path), &st), 0);
	return (struct gl_part_origin){
		.host = &site->kit.host, .path = path, .dev = st.st_dev, .ino = st.st_ino};
}

static void add(struct site *site, const char *place, enum gl_bundle_role role, const char *path)
{
	struct gl_part_origin origin = origin_of(site, path);
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_collection_add(&site->c, place, role, &origin, NULL, &err), 0);
}

/* Copies the last part that was added. */
static int copy(struct site *site)
{
	const struct gl_copy how = {
		.tree = &site->tree, .manifest = &site->m, .mtime = MTIME, .flags = GL_STUB_GCONV};
	struct gl_err err = GL_ERR_INIT;

	return gl_copy_part(&how, &site->c, site->c.count - 1, &err);
}

static const struct gl_bundle_file *last(const struct site *site)
{
	return &site->m.files[site->m.count - 1];
}

static struct stat stat_of(const struct site *site, const char *place)
{
	struct stat st;

	ck_assert_int_eq(fstatat(site->tree.fd, place, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* The run path of the copy, "" if it has none; static memory. */
static const char *run_path_of(const struct site *site, const char *place)
{
	static char text[256];
	const struct gl_image_dynamic *dynamic;
	struct gl_err err = GL_ERR_INIT;
	struct gl_image *image;
	int fd = openat(site->tree.fd, place, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(gl_image_open(fd, &image, &err), 0);
	dynamic = gl_image_dynamic(image);
	snprintf(text, sizeof(text), "%s%s", dynamic->runpath ? dynamic->runpath : "",
		 dynamic->rpath ? dynamic->rpath : "");
	gl_image_free(image);
	close(fd);
	return text;
}

static void put_library(const struct site *site, const char *path)
{
	static const unsigned char id[] = {0xde, 0xad, 0xbe, 0xef};
	static const uint32_t abi[] = {0, 3, 17, 0};
	const struct elfgen library = {
		.type = ET_DYN,
		.soname = "libone.so.1",
		.runpath = "/opt/lib",
		.defs = (const char *const[]){"ONE_1.0", "ONE_1.1", NULL},
		.notes =
			(const struct elfgen_note[]){
				{.name = "GNU", .type = 3, .desc = id, .desc_len = sizeof(id)},
				{.name = "GNU", .type = 1, .desc = abi, .desc_len = sizeof(abi)},
				{.name = NULL}},
	};

	kit_elf(&site->kit, path, &library);
}

START_TEST(library)
{
	struct site site;
	struct stat st;

	site_init(&site);
	put_library(&site, "/lib/libone.so.1");
	add(&site, "lib/libone.so.1", GL_ROLE_LIBRARY, "/lib/libone.so.1");
	ck_assert_int_eq(copy(&site), 0);
	ck_assert_str_eq(last(&site)->path, "lib/libone.so.1");
	ck_assert_str_eq(last(&site)->soname, "libone.so.1");
	ck_assert_str_eq(last(&site)->build_id, "deadbeef");
	ck_assert_uint_eq(last(&site)->provide_count, 2);
	ck_assert_str_eq(last(&site)->provides[1], "ONE_1.1");
	ck_assert_int_eq(last(&site)->mtime, gl_facts_mtime(MTIME, last(&site)->sha256));
	ck_assert_uint_eq(site.m.kernel[0], 3);
	ck_assert_uint_eq(site.m.kernel[1], 17);
	st = stat_of(&site, "lib/libone.so.1");
	ck_assert_uint_eq(last(&site)->size, (uint64_t)st.st_size);
	ck_assert_int_eq(st.st_mtime, last(&site)->mtime);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_str_eq(run_path_of(&site, "lib/libone.so.1"), "");
	site_done(&site);
}
END_TEST

START_TEST(further_names_are_links)
{
	struct site site;
	struct stat first, second;

	site_init(&site);
	put_library(&site, "/lib/ld.so");
	add(&site, "lib/ld.so", GL_ROLE_LOADER, "/lib/ld.so");
	ck_assert_int_eq(copy(&site), 0);
	add(&site, "lib/other.so", GL_ROLE_LIBRARY, "/lib/ld.so");
	ck_assert_int_eq(copy(&site), 0);
	first = stat_of(&site, "lib/ld.so");
	second = stat_of(&site, "lib/other.so");
	ck_assert_uint_eq(first.st_ino, second.st_ino);
	ck_assert_uint_eq(first.st_mode & 07777, 0755);
	ck_assert_uint_eq(site.m.count, 2);
	ck_assert_int_eq(memcmp(site.m.files[0].sha256, site.m.files[1].sha256, GL_SHA256_BYTES), 0);
	site_done(&site);
}
END_TEST

/* Program and gconv modules are copied to the byte; a library of the same file is not the same copy. */
START_TEST(others_stay_as_they_are)
{
	unsigned char hash[GL_SHA256_BYTES];
	struct site site;
	int fd;

	site_init(&site);
	put_library(&site, "/app/one");
	add(&site, "lib/one", GL_ROLE_LIBRARY, "/app/one");
	ck_assert_int_eq(copy(&site), 0);
	fd = open(kit_outside(&site.kit, "/app/one"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(gl_sha256_fd(fd, UINT64_MAX, hash), 0);
	close(fd);
	ck_assert_int_ne(memcmp(last(&site)->sha256, hash, sizeof(hash)), 0);
	add(&site, "program/one", GL_ROLE_PROGRAM, "/app/one");
	ck_assert_int_eq(copy(&site), 0);
	ck_assert_int_eq(memcmp(last(&site)->sha256, hash, sizeof(hash)), 0);
	ck_assert_uint_eq(stat_of(&site, "program/one").st_mode & 07777, 0755);
	add(&site, "lib/gconv/ONE.so", GL_ROLE_GCONV, "/app/one");
	ck_assert_int_eq(copy(&site), 0);
	ck_assert_str_eq(run_path_of(&site, "lib/gconv/ONE.so"), "/opt/lib");
	site_done(&site);
}
END_TEST

START_TEST(stubs_are_made)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_stub_slot slot;
	struct gl_image *image;
	struct site site;
	int fd;

	site_init(&site);
	ck_assert_int_eq(gl_collection_add(&site.c, "one", GL_ROLE_STUB, NULL, NULL, &err), 0);
	ck_assert_int_eq(copy(&site), 0);
	ck_assert_uint_eq(stat_of(&site, "one").st_mode & 07777, 0755);
	fd = openat(site.tree.fd, "one", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(gl_image_open(fd, &image, &err), 0);
	ck_assert_int_eq(gl_stub_read(image, &slot), 1);
	ck_assert_uint_eq(slot.flags, GL_STUB_GCONV);
	ck_assert_str_eq(slot.lib, "");
	gl_image_free(image);
	close(fd);
	site_done(&site);
}
END_TEST

START_TEST(lists_are_joined)
{
	static const char want[] = "module A\nmodule B";
	struct gl_err err = GL_ERR_INIT;
	struct gl_part_origin more;
	unsigned char hash[GL_SHA256_BYTES];
	struct site site;

	site_init(&site);
	kit_text(&site.kit, "/gconv-modules", "module A");
	kit_text(&site.kit, "/more.conf", "module B");
	add(&site, "lib/gconv/gconv-modules", GL_ROLE_GCONV, "/gconv-modules");
	ck_assert_int_eq(copy(&site), 0);
	more = origin_of(&site, "/more.conf");
	ck_assert_int_eq(gl_collection_append(&site.c, "lib/gconv/gconv-modules", GL_ROLE_GCONV, &more, &err),
			 0);
	ck_assert_int_eq(copy(&site), 0);
	ck_assert_uint_eq(site.m.count, 1);
	ck_assert_uint_eq(last(&site)->size, strlen(want));
	gl_sha256(want, strlen(want), hash);
	ck_assert_int_eq(memcmp(last(&site)->sha256, hash, sizeof(hash)), 0);
	ck_assert_int_eq(stat_of(&site, "lib/gconv/gconv-modules").st_mtime, last(&site)->mtime);
	site_done(&site);
}
END_TEST

START_TEST(another_file_meanwhile)
{
	struct site site;

	site_init(&site);
	put_library(&site, "/lib/libone.so.1");
	add(&site, "lib/libone.so.1", GL_ROLE_LIBRARY, "/lib/libone.so.1");
	put_library(&site, "/lib/new");
	ck_assert(!rename(kit_outside(&site.kit, "/lib/new"), kit_outside(&site.kit, "/lib/libone.so.1")));
	ck_assert_int_eq(copy(&site), -ESTALE);
	ck_assert_uint_eq(site.m.count, 0);
	site_done(&site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("copy");
	TCase *tcase = tcase_create("copy");

	tcase_add_test(tcase, library);
	tcase_add_test(tcase, further_names_are_links);
	tcase_add_test(tcase, others_stay_as_they_are);
	tcase_add_test(tcase, stubs_are_made);
	tcase_add_test(tcase, lists_are_joined);
	tcase_add_test(tcase, another_file_meanwhile);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
