/*
 * --user against files that are like real ones, and like broken ones.
 */
#include "sandbox/users.h"

#include <errno.h>

#include "tests/lib/unit.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "# a comment: that: has: many: colons: in: it\n"
			     "+::::::\n"
			     "broken:x:1\n"
			     "nonumber:x:12a:5:x:/x:/x\n"
			     "app:x:1000:1000:,,,:/home/app:/bin/sh\n"
			     "second:x:1000:1001::/home/second:/bin/sh\n"
			     "nohome:x:7:7:::\n"
			     "huge:x:4294967296:0::/:\n"
			     "minus:x:4294967295:0::/:\n"
			     "last:x:9:9::/l:/bin/sh"; /* no newline */
static const char group[] = "root:x:0:\n"
			    "short\n"
			    "app:x:1000:\n"
			    "dialout:x:20:root,app\n"
			    "apple:x:21:apple,applet\n"
			    "audio:x:29:app\n"
			    "again:x:29:app\n"
			    "own:x:1000:app\n"
			    "tail:x:31:last";

static const struct {
	const char *spec;
	uid_t uid;
	const char *groups; /* the first is the gid */
	const char *name, *home;
} good[] = {
	{"app", 1000, "1000 20 29", "app", "/home/app"},
	{"1000", 1000, "1000 20 29", "app", "/home/app"}, /* the first entry of that number */
	{"second", 1000, "1001", "second", "/home/second"},
	{"app:audio", 1000, "29", "app", "/home/app"}, /* U:G gets only G */
	{"app:5", 1000, "5", "app", "/home/app"},
	{"4242:4243", 4242, "4243", NULL, "/"},
	{"4242:dialout", 4242, "20", NULL, "/"},
	{"root", 0, "0 20", "root", "/root"},
	{"0", 0, "0 20", "root", "/root"},
	{"nohome", 7, "7", "nohome", "/"},
	{"last", 9, "9 31", "last", "/l"},
	{"4294967294:0", 4294967294, "0", NULL, "/"},
};

static const struct {
	const char *spec;
	int errnum;
	const char *message;
} bad[] = {
	{"", EINVAL, "user '' is not of the form USER[:GROUP]"},
	{":", EINVAL, "user ':' is not of the form USER[:GROUP]"},
	{"app:", EINVAL, "user 'app:' is not of the form USER[:GROUP]"},
	{":app", EINVAL, "user ':app' is not of the form USER[:GROUP]"},
	{"nobody", ENOENT, "no user 'nobody' in /etc/passwd"},
	{"+", ENOENT, "no user '+' in /etc/passwd"},
	{"broken", ENOENT, "no user 'broken' in /etc/passwd"},
	{"nonumber", ENOENT, "no user 'nonumber' in /etc/passwd"},
	{"minus", ENOENT, "no user 'minus' in /etc/passwd"}, /* (uid_t)-1 */
	{"4242", ENOENT, "user 4242 is not in /etc/passwd, so say its group too: 4242:GROUP"},
	{"4294967295:0", EINVAL, "user number '4294967295' is too big"},
	{"app:4294967295", EINVAL, "group number '4294967295' is too big"},
	{"app:wheel", ENOENT, "no group 'wheel' in /etc/group"},
	{"app:audio:x", ENOENT, "no group 'audio:x' in /etc/group"},
};

START_TEST(resolved)
{
	struct gl_user user = GL_USER_INIT;
	struct gl_err err = GL_ERR_INIT;
	char groups[128] = "";
	size_t used = 0;

	ck_assert_msg(gl_user_resolve(good[_i].spec, passwd, group, &user, &err) == 0, "%s", err.msg);
	for (size_t i = 0; i < user.group_count; i++)
		used += (size_t)snprintf(groups + used, sizeof(groups) - used, "%s%u", i ? " " : "",
					 user.groups[i]);
	ck_assert_uint_eq(user.uid, good[_i].uid);
	ck_assert_str_eq(groups, good[_i].groups);
	ck_assert_uint_eq(user.gid, user.groups[0]);
	ck_assert_pstr_eq(user.name, good[_i].name);
	ck_assert_pstr_eq(user.home, good[_i].home);
	gl_user_done(&user);
}
END_TEST

START_TEST(refused)
{
	struct gl_user user = GL_USER_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_user_resolve(bad[_i].spec, passwd, group, &user, &err), -bad[_i].errnum);
	ck_assert_str_eq(err.msg, bad[_i].message);
	ck_assert_ptr_null(user.home);
}
END_TEST

START_TEST(empty_files)
{
	struct gl_user user = GL_USER_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_user_resolve("root", "", "", &user, &err), -ENOENT);
	ck_assert_int_eq(gl_user_resolve("5:6", "", "", &user, &err), 0);
	gl_user_done(&user);
}
END_TEST

START_TEST(this_machine)
{
	struct gl_user user = GL_USER_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_user_resolve_here("0:0", &user, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(user.group_count, 1);
	gl_user_done(&user);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("users");
	TCase *c = tcase_create("users");

	tcase_add_loop_test(c, resolved, 0, (int)GL_ARRAY_SIZE(good));
	tcase_add_loop_test(c, refused, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_test(c, empty_files);
	tcase_add_test(c, this_machine);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
