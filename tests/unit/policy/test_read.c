/*
 * Policies from files: includes beside them, whose files are trusted.
 */
#include "policy/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "tests/lib/unit.h"

static char folder[] = "/tmp/golaunch-policy-XXXXXX";

static void enter(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	umask(022);
}

static void put(const char *path, const char *text, mode_t mode)
{
	gl_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gl_file_write_all(fd, text, strlen(text)), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
}

static void leave(void)
{
	static const char *const paths[] = {"app.policy",   "link", "sub/b.policy",
					    "sub/c.policy", "sub",  "default"};

	ck_assert_int_eq(chdir(folder), 0);
	for (size_t i = 0; i < GL_ARRAY_SIZE(paths); i++)
		remove(paths[i]);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

static int read_as(uid_t owner, bool check, const char *path, struct gl_policy *ret, struct gl_buf *warnings,
		   struct gl_err *err)
{
	const struct gl_policy_reading reading = {gl_machine_calls(), check, owner, warnings, NULL};

	return gl_policy_read(&reading, path, ret, err);
}

static void expect_error(const char *path, int errnum, const char *message)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(read_as(geteuid(), true, path, &p, NULL, &err), -errnum);
	ck_assert_str_eq(err.msg, message);
}

START_TEST(beside_the_file)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put("app.policy", "default allow\ninclude ./sub/b.policy\n", 0644);
	put("sub/b.policy", "deny read\ninclude ./c.policy\n", 0644); /* seen from its own folder */
	put("sub/c.policy", "deny write\n", 0644);
	ck_assert_msg(read_as(geteuid(), true, "app.policy", &p, NULL, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(p.rule_count, 2);
	ck_assert_str_eq(p.files[0].name, "app.policy");
	ck_assert_str_eq(p.files[1].name, "sub/b.policy");
	ck_assert_str_eq(p.files[2].name, "sub/c.policy");
}
END_TEST

/* However it is written, a name beside the file is told as one, and not as one of the root. */
START_TEST(beside_the_file_by_slashes)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put("app.policy", "default allow\ninclude .//sub/b.policy\n", 0644);
	put("sub/b.policy", "include ././//c.policy\n", 0644);
	put("sub/c.policy", "deny write\n", 0644);
	ck_assert_msg(read_as(geteuid(), true, "app.policy", &p, NULL, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(p.files[1].name, "sub/b.policy");
	ck_assert_str_eq(p.files[2].name, "sub/c.policy");
}
END_TEST

START_TEST(by_absolute_path)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char path[200], text[300];

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	snprintf(text, sizeof(text), "default allow\ninclude %s/sub/c.policy\n", folder);
	put("app.policy", text, 0644);
	put("sub/c.policy", "deny write\n", 0644);
	snprintf(path, sizeof(path), "%s/app.policy", folder);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_msg(read_as(geteuid(), true, path, &p, NULL, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(p.rule_count, 1);
}
END_TEST

START_TEST(presets_by_name)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT, other = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	put("default", "default kill\n", 0644);
	ck_assert_int_eq(read_as(geteuid(), true, "default", &p, NULL, &err), 0);
	ck_assert_int_eq(p.fallback.action, GL_POLICY_ALLOW); /* the preset, not the file */
	ck_assert_int_eq(read_as(geteuid(), true, "./default", &other, NULL, &err), 0);
	ck_assert_int_eq(other.fallback.action, GL_POLICY_KILL);
	expect_error("go-serve", ENOENT,
		     "no preset and no file is called 'go-serve'; did you mean 'go-server'?");
	expect_error("frob", ENOENT, "no preset and no file is called 'frob'");
	expect_error("./frob", ENOENT, "cannot open './frob': No such file or directory");
}
END_TEST

START_TEST(loops)
{
	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put("app.policy", "include ./sub/b.policy", 0644);
	put("sub/b.policy", "include ././b.policy", 0644);
	expect_error("app.policy", ELOOP,
		     "sub/b.policy:1:1: 'sub/b.policy' includes itself\ninclude ././b.policy\n^");
	/* By names that differ at every turn. */
	put("sub/b.policy", "include ../sub/b.policy", 0644);
	expect_error(
		"app.policy", ELOOP,
		"sub/../sub/../sub/../sub/../sub/../sub/../sub/../sub/b.policy:1:1: includes are nested more "
		"than 8 deep\ninclude ../sub/b.policy\n^");
}
END_TEST

START_TEST(what_is_no_policy)
{
	gl_autoclose int fd = -1;

	expect_error("/", EINVAL, "'/' is not a regular file");
	put("app.policy", "", 0644);
	fd = open("app.policy", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(gl_file_write_all(fd, "default allow\n\0kill read", 24), 0);
	expect_error("app.policy", EINVAL, "'app.policy' is no text: it holds a NUL byte");
	ck_assert_int_eq(ftruncate(fd, (off_t)GL_POLICY_MAX_BYTES + 1), 0);
	expect_error("app.policy", EFBIG, "'app.policy': more than 1048576 bytes");
	put("app.policy", "default allow\ninclude ./nothing\n", 0644);
	expect_error(
		"app.policy", ENOENT,
		"app.policy:2:9: cannot open 'nothing': No such file or directory\ninclude ./nothing\n        ^");
}
END_TEST

START_TEST(writable_by_others)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put("app.policy", "default allow\ninclude ./sub/b.policy", 0644);
	put("sub/b.policy", "deny read", 0666);
	expect_error(
		"app.policy", EACCES,
		"app.policy:2:9: 'sub/b.policy' can be written by everybody\ninclude ./sub/b.policy\n        ^");
	ck_assert_int_eq(read_as(geteuid(), false, "app.policy", &p, NULL, &err), 0);
	gl_policy_done(&p);
	/* A link is as good as the file behind it. */
	ck_assert_int_eq(symlink("sub/b.policy", "link"), 0);
	expect_error("link", EACCES, "'link' can be written by everybody");
}
END_TEST

START_TEST(writable_by_the_group)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	char expected[100];

	put("app.policy", "default allow\n", 0664);
	ck_assert_int_eq(read_as(geteuid(), true, "app.policy", &p, &warnings, &err), 0);
	snprintf(expected, sizeof(expected), "'app.policy' can be written by its group, %u\n",
		 (unsigned)getegid());
	ck_assert_str_eq(gl_buf_text(&warnings), expected);
}
END_TEST

START_TEST(whose)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	put("app.policy", "default allow\n", 0644);
	if (geteuid() != 0) { /* somebody else's, seen by another user */
		ck_assert_int_eq(read_as(geteuid() + 1, true, "app.policy", &p, NULL, &err), -EACCES);
		return;
	}
	ck_assert_int_eq(chown("app.policy", 4242, 4242), 0);
	expect_error("app.policy", EACCES,
		     "'app.policy' belongs to user 4242, neither root nor who runs golaunch");
	ck_assert_int_eq(read_as(4242, true, "app.policy", &p, NULL, &err), 0);
	ck_assert(gl_policy_owner_matters());
}
END_TEST

int main(void)
{
	Suite *s = suite_create("read");
	TCase *c = tcase_create("read");

	tcase_add_checked_fixture(c, enter, leave);
	tcase_add_test(c, beside_the_file);
	tcase_add_test(c, beside_the_file_by_slashes);
	tcase_add_test(c, by_absolute_path);
	tcase_add_test(c, presets_by_name);
	tcase_add_test(c, loops);
	tcase_add_test(c, what_is_no_policy);
	tcase_add_test(c, writable_by_others);
	tcase_add_test(c, writable_by_the_group);
	tcase_add_test(c, whose);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
