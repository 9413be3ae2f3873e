/*
 * Capability sets: requests, changes of user, what is reachable.
 */
#include "sandbox/capsets.h"

#include <errno.h>
#include <linux/capability.h>

#include "tests/lib/unit.h"

#define BIT(name) (UINT64_C(1) << CAP_##name)
#define CHOWN	  BIT(CHOWN)
#define NET	  BIT(NET_BIND_SERVICE)
#define RAW	  BIT(NET_RAW)
#define ADMIN	  BIT(SYS_ADMIN)
#define ROOT	  (CHOWN | NET | RAW) /* of a container */

static const struct gl_capsets container_root = {ROOT, ROOT, ROOT, 0, 0};
static const struct gl_capsets ordinary = {ROOT, 0, 0, 0, 0};
static const struct gl_capsets service = {ROOT, NET | RAW, NET | RAW, NET | RAW,
					  NET | RAW}; /* AmbientCapabilities= */

static const struct {
	const char *request;
	const struct gl_capsets *current;
	bool changes_user, root;
	struct gl_capsets want; /* bounding, permitted, effective, inheritable, ambient */
} good[] = {
	{"none", &container_root, false, true, {0, 0, 0, 0, 0}},
	{"none,+CHOWN", &container_root, false, true, {CHOWN, CHOWN, CHOWN, 0, 0}},
	{"-NET_RAW", &container_root, false, true, {CHOWN | NET, CHOWN | NET, CHOWN | NET, 0, 0}},
	{"keep", &container_root, false, true, {ROOT, ROOT, ROOT, 0, 0}},
	{"+cap_net_bind_service", &container_root, true, false, {ROOT, NET, NET, NET, NET}},
	{"none,+NET_BIND_SERVICE", &container_root, true, false, {NET, NET, NET, NET, NET}},
	{"keep", &container_root, true, false, {ROOT, ROOT, ROOT, ROOT, ROOT}},
	{"keep,-CHOWN",
	 &container_root,
	 true,
	 false,
	 {NET | RAW, NET | RAW, NET | RAW, NET | RAW, NET | RAW}},
	{"none", &container_root, true, false, {0, 0, 0, 0, 0}},
	{"-CHOWN", &container_root, true, false, {NET | RAW, 0, 0, 0, 0}},
	{"none", &ordinary, false, false, {0, 0, 0, 0, 0}},
	{"-NET_RAW", &service, false, false, {CHOWN | NET, NET, NET, NET, NET}},
	{"none", &service, false, false, {0, 0, 0, 0, 0}},
	{"+NET_RAW,-NET_RAW", &service, false, false, {CHOWN | NET, NET, NET, NET, NET}},
};

static const struct {
	const char *request;
	const struct gl_capsets *current;
	int errnum;
	const char *message;
} bad[] = {
	{"", &container_root, EINVAL, "capability request '' is not +NAME, -NAME, none or keep"},
	{"CHOWN", &container_root, EINVAL, "capability request 'CHOWN' is not +NAME, -NAME, none or keep"},
	{"+", &container_root, EINVAL, "capability request '+' is not +NAME, -NAME, none or keep"},
	{"+CHOWN,", &container_root, EINVAL, "capability request '' is not +NAME, -NAME, none or keep"},
	{"+CHOWN,none", &container_root, EINVAL,
	 "capability request 'none' is not +NAME, -NAME, none or keep"},
	{"+FOO", &container_root, EINVAL, "unknown capability 'FOO'"},
	{"+SYS_ADMIN", &container_root, EPERM,
	 "cannot give capability 'SYS_ADMIN': golaunch does not have it"},
	{"+CHOWN", &ordinary, EPERM, "cannot give capability 'CHOWN': golaunch does not have it"},
};

START_TEST(requests)
{
	struct gl_capsets would_be = *good[_i].current, got;
	struct gl_err err = GL_ERR_INIT;

	if (good[_i].changes_user)
		would_be = gl_capsets_after_setuid(&would_be, true, false);
	ck_assert_msg(gl_capsets_request(good[_i].request, good[_i].current, &would_be, good[_i].root, &got,
					 &err) == 0,
		      "%s", err.msg);
	ck_assert_uint_eq(got.bounding, good[_i].want.bounding);
	ck_assert_uint_eq(got.permitted, good[_i].want.permitted);
	ck_assert_uint_eq(got.effective, good[_i].want.effective);
	ck_assert_uint_eq(got.inheritable, good[_i].want.inheritable);
	ck_assert_uint_eq(got.ambient, good[_i].want.ambient);
}
END_TEST

START_TEST(refused)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_capsets got;

	ck_assert_int_eq(
		gl_capsets_request(bad[_i].request, bad[_i].current, bad[_i].current, true, &got, &err),
		-bad[_i].errnum);
	ck_assert_str_eq(err.msg, bad[_i].message);
}
END_TEST

START_TEST(change_of_user)
{
	const struct gl_capsets file = {ROOT, NET, 0, 0, 0};
	struct gl_capsets after = gl_capsets_after_setuid(&service, true, false);

	ck_assert_uint_eq(after.permitted | after.effective | after.ambient, 0);
	ck_assert_uint_eq(after.inheritable, NET | RAW);
	after = gl_capsets_after_setuid(&service, false, false); /* not from root: nothing is lost */
	ck_assert_uint_eq(after.ambient, NET | RAW);
	after = gl_capsets_after_setuid(&file, false, true);
	ck_assert_uint_eq(after.effective, NET);
}
END_TEST

static const struct {
	struct gl_capsets sets;
	bool no_new_privs;
	uint64_t reachable;
} reach[] = {
	{{ROOT | ADMIN, 0, 0, 0, 0}, false, ROOT | ADMIN}, /* a setuid program may give all of it */
	{{ROOT | ADMIN, 0, 0, 0, 0}, true, 0},		   /* an ordinary user's bounding set says nothing */
	{{ROOT, ROOT, ROOT, 0, 0}, true, ROOT},		   /* root in a container */
	{{CHOWN, CHOWN | ADMIN, CHOWN | ADMIN, 0, 0}, true, CHOWN}, /* execve masks what is out of bounds */
	{{0, NET, NET, NET, 0}, false, NET}, /* inheritable files reach beyond the bounding set */
	{{0, NET, NET, NET, 0}, true, NET},
};

START_TEST(reachable)
{
	ck_assert_uint_eq(gl_capsets_reachable(&reach[_i].sets, reach[_i].no_new_privs), reach[_i].reachable);
}
END_TEST

START_TEST(ours)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_capsets sets;

	ck_assert_int_eq(gl_capsets_read(&sets, &err), 0);
	ck_assert_uint_eq(sets.effective & ~sets.permitted, 0);
	ck_assert_uint_eq(sets.ambient & ~sets.inheritable, 0);
	ck_assert_uint_eq(sets.bounding >> (CAP_LAST_CAP + 8), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capsets");
	TCase *c = tcase_create("capsets");

	tcase_add_loop_test(c, requests, 0, (int)GL_ARRAY_SIZE(good));
	tcase_add_loop_test(c, refused, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_test(c, change_of_user);
	tcase_add_loop_test(c, reachable, 0, (int)GL_ARRAY_SIZE(reach));
	tcase_add_test(c, ours);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
