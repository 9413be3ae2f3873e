/*
 * Directories that appear whole or not at all.
 */
#include "bundle/tree.h"
#include "base/fd.h"
#include "bundle/manifest.h"
#include "tests/unit/host/kit.h"

#define MTIME 315532800

static const char manifest_head[] =
	"{\"schema\":\"golaunch.bundle/1\",\"golaunch\":\"0\",\"libc\":\"musl\",\"libc_version\":\"1.2.5\","
	"\"machine\":\"x86-64\",\"kernel\":\"3.2.0\",\"cpu_level\":0,\"gconv\":false,\"files\":["
	"{\"path\":\"lib/ld\",\"role\":\"loader\",\"size\":0,\"mtime\":0,\"sha256\":"
	"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}]}";

static void begin(const struct kit *kit, struct gl_tree *tree)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(!gl_tree_begin(kit_outside(kit, "/x.bundle"), tree, &err), "%s", err.msg);
}

static void put(const struct gl_tree *tree, const char *place, const char *text)
{
	struct gl_err err = GL_ERR_INIT;
	int fd = gl_tree_create(tree, place, &err);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(gl_tree_close(place, &fd, 0640, MTIME, &err), 0);
	ck_assert_int_eq(fd, -1);
}

/* How many things are in the root. */
static int count_entries(const struct kit *kit)
{
	char *command;
	FILE *list;
	int count = 0, c;

	ck_assert_int_gt(asprintf(&command, "ls -A '%s'", kit->root), 0);
	list = popen(command, "re");
	while ((c = getc(list)) != EOF)
		count += c == '\n';
	pclose(list);
	free(command);
	return count;
}

static bool is_there(const struct kit *kit, const char *path)
{
	struct stat st;

	return !lstat(kit_outside(kit, path), &st);
}

START_TEST(appears_when_published)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	struct stat st;
	struct kit kit;

	kit_init(&kit);
	begin(&kit, &tree);
	ck_assert(!is_there(&kit, "/x.bundle"));
	ck_assert_int_eq(gl_tree_folder(&tree, "lib", &err), 0);
	ck_assert_int_eq(gl_tree_folder(&tree, "lib", &err), 0);
	put(&tree, "lib/a", "a");
	ck_assert_int_eq(gl_tree_create(&tree, "lib/a", &err), -EEXIST);
	ck_assert_int_eq(gl_tree_close_folder(&tree, "lib", MTIME, &err), 0);
	ck_assert_int_eq(gl_tree_close_folder(&tree, ".", MTIME, &err), 0);
	ck_assert_int_eq(gl_tree_publish(&tree, &err), 0);
	gl_tree_done(&tree);
	ck_assert_int_eq(stat(kit_outside(&kit, "/x.bundle/lib/a"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_mtime, MTIME);
	ck_assert_int_eq(stat(kit_outside(&kit, "/x.bundle/lib"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_int_eq(st.st_mtime, MTIME);
	ck_assert_int_eq(count_entries(&kit), 1);
	kit_done(&kit);
}
END_TEST

START_TEST(leaves_nothing_when_given_up)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	struct kit kit;

	kit_init(&kit);
	kit_text(&kit, "/precious/file", "text");
	begin(&kit, &tree);
	ck_assert_int_eq(gl_tree_folder(&tree, "lib", &err), 0);
	put(&tree, "lib/a", "a");
	/* a link in it is removed, not followed */
	ck_assert_int_eq(symlinkat(kit_outside(&kit, "/precious"), tree.fd, "lib/link"), 0);
	gl_tree_done(&tree);
	ck_assert_int_eq(count_entries(&kit), 1);
	ck_assert(is_there(&kit, "/precious/file"));
	kit_done(&kit);
}
END_TEST

START_TEST(replaces_a_bundle_only)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	struct kit kit;

	kit_init(&kit);
	kit_text(&kit, "/x.bundle/" GL_MANIFEST_NAME, manifest_head);
	kit_text(&kit, "/x.bundle/lib/old", "old");
	begin(&kit, &tree);
	put(&tree, "new", "new");
	ck_assert(is_there(&kit, "/x.bundle/lib/old"));
	ck_assert_int_eq(gl_tree_publish(&tree, &err), 0);
	gl_tree_done(&tree);
	ck_assert(is_there(&kit, "/x.bundle/new"));
	ck_assert(!is_there(&kit, "/x.bundle/lib"));
	ck_assert_int_eq(count_entries(&kit), 1);
	/* new is no bundle: nothing was written into its manifest */
	ck_assert_int_eq(gl_tree_begin(kit_outside(&kit, "/x.bundle"), &tree, &err), -EEXIST);
	ck_assert(is_there(&kit, "/x.bundle/new"));
	ck_assert_int_eq(count_entries(&kit), 1);
	kit_done(&kit);
}
END_TEST

static void refuses(const struct kit *kit, const char *output, int errnum)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	int before = count_entries(kit);

	ck_assert_int_eq(gl_tree_begin(kit_outside(kit, output), &tree, &err), -errnum);
	ck_assert_int_eq(count_entries(kit), before);
}

START_TEST(refuses_all_else)
{
	struct kit kit;

	kit_init(&kit);
	kit_text(&kit, "/file", "text");
	kit_text(&kit, "/real.bundle/" GL_MANIFEST_NAME, manifest_head);
	kit_link(&kit, "/link", "real.bundle");
	kit_link(&kit, "/dangling", "nothing");
	ck_assert(!mkdir(kit_outside(&kit, "/empty"), 0755));
	kit_text(&kit, "/broken/" GL_MANIFEST_NAME, "{");
	kit_link(&kit, "/linked/" GL_MANIFEST_NAME, "../real.bundle/" GL_MANIFEST_NAME);
	ck_assert(!mkdir(kit_outside(&kit, "/fifo"), 0755));
	ck_assert(!mkfifo(kit_outside(&kit, "/fifo/" GL_MANIFEST_NAME), 0644));
	refuses(&kit, "/file", EEXIST);
	refuses(&kit, "/link", EEXIST);
	refuses(&kit, "/dangling", EEXIST);
	refuses(&kit, "/empty", EEXIST);
	refuses(&kit, "/broken", EEXIST);
	refuses(&kit, "/linked", EEXIST);
	refuses(&kit, "/fifo", EEXIST);
	refuses(&kit, "/nowhere/x", ENOENT);
	refuses(&kit, "/empty/..", EINVAL);
	refuses(&kit, "/empty/.", EINVAL);
	kit_done(&kit);
}
END_TEST

START_TEST(slashes_at_the_end)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	struct kit kit;

	kit_init(&kit);
	ck_assert_int_eq(gl_tree_begin(kit_outside(&kit, "/y.bundle//"), &tree, &err), 0);
	ck_assert_int_eq(gl_tree_publish(&tree, &err), 0);
	gl_tree_done(&tree);
	ck_assert(is_there(&kit, "/y.bundle"));
	kit_done(&kit);
}
END_TEST

/* Something took the name meanwhile: it stays. */
START_TEST(never_overwrites)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_tree tree;
	struct kit kit;

	kit_init(&kit);
	begin(&kit, &tree);
	ck_assert(!mkdir(kit_outside(&kit, "/x.bundle"), 0755));
	ck_assert_int_lt(gl_tree_publish(&tree, &err), 0);
	gl_tree_done(&tree);
	ck_assert_int_eq(count_entries(&kit), 1);
	kit_done(&kit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tree");
	TCase *tcase = tcase_create("tree");

	tcase_add_test(tcase, appears_when_published);
	tcase_add_test(tcase, leaves_nothing_when_given_up);
	tcase_add_test(tcase, replaces_a_bundle_only);
	tcase_add_test(tcase, refuses_all_else);
	tcase_add_test(tcase, slashes_at_the_end);
	tcase_add_test(tcase, never_overwrites);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
