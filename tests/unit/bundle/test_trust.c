/*
 * Who could have written a bundle: whose are its files, its folders and what leads
 * to it, and who else may write to them.
 */
#include "bundle/inspect.h"

#include "tests/unit/bundle/look.h"

static const struct gl_bundle_trust anybody = {.check = false};

static const uid_t me = 4711, friend = 4712, stranger = 4713;

/* We are whoever runs the test, which may be root; the program will be somebody else. */
static const struct {
	uid_t owner;
	mode_t mode;
	bool by_user, by_root; /* trusted where neither we nor the program are root, and where one is */
} cases[] = {
	{0, 0644, true, true},		{friend, 0644, true, true},  {friend, 0755 | S_ISVTX, true, true},
	{stranger, 0644, false, false}, {me, 0644, false, false}, /* the program's user is not its owner */
	{0, 0646, false, false},	{0, 0666, false, false},     {0, 01777, false, false},
	{0, 0664, true, false},		{friend, 0775, true, false},
};

START_TEST(owners_and_modes)
{
	const struct gl_bundle_trust trust = {.check = true, .owner = friend};
	const struct stat st = {.st_uid = cases[_i].owner, .st_mode = S_IFREG | cases[_i].mode};
	struct gl_host host = {.root_fd = -1, .uid = me};
	char why[128];

	ck_assert_int_eq(gl_bundle_trusts(&host, &trust, &st, why, sizeof(why)),
			 geteuid() == 0 ? cases[_i].by_root : cases[_i].by_user);
	host.uid = 0;
	ck_assert_int_eq(gl_bundle_trusts(&host, &trust, &st, why, sizeof(why)), cases[_i].by_root);
}
END_TEST

START_TEST(our_own)
{
	const struct gl_bundle_trust trust = {.check = true, .owner = friend};
	const struct stat st = {.st_uid = geteuid(), .st_mode = S_IFREG | 0644};
	const struct gl_host host = {.root_fd = -1, .uid = me};
	char why[128];

	ck_assert(gl_bundle_trusts(&host, &trust, &st, why, sizeof(why)));
}
END_TEST

static const char *const writable[] = {
	"", "lib", "program", "app", "program/app", "lib/libc.so.6", GL_MANIFEST_NAME};

START_TEST(writable_by_everybody)
{
	const struct gl_bundle_trust own = {.check = true, .owner = geteuid()};
	const char *path;
	struct stat st;
	struct kit kit;

	kit_init(&kit);
	path = kit_path(&kit, writable[_i]);
	ck_assert(!stat(path, &st));
	ck_assert(!chmod(path, (st.st_mode & 0777) | 0002));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, writable[_i]);
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
}
END_TEST

/* The directories above, near and far: not even their owner's bundle is safe in them. */
START_TEST(writable_above)
{
	const struct gl_bundle_trust own = {.check = true, .owner = geteuid()};
	char far[PATH_MAX + 8], near[PATH_MAX + 16], bundle[PATH_MAX + 32];
	struct kit kit;

	kit_init(&kit);
	snprintf(far, sizeof(far), "%s/far", kit.root);
	snprintf(near, sizeof(near), "%s/near", far);
	snprintf(bundle, sizeof(bundle), "%s/app.bundle", near);
	ck_assert(!mkdir(far, 0755) && !mkdir(near, 0755));
	ck_assert(!rename(kit.dir, bundle));
	memcpy(kit.dir, bundle, sizeof(bundle));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	ck_assert(!chmod(_i ? far : near, 0777));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, "");
	ck_assert(!chmod(_i ? far : near, 01777));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
}
END_TEST

/* Who owns a directory exchanges what is in it, also where it is sticky. */
START_TEST(anothers_above)
{
	const struct gl_bundle_trust own = {.check = true, .owner = friend};
	char near[PATH_MAX + 8], bundle[PATH_MAX + 32];
	struct kit kit;

	if (geteuid() != 0)
		return; /* nobody else can give files away */
	kit_init(&kit);
	snprintf(near, sizeof(near), "%s/near", kit.root);
	snprintf(bundle, sizeof(bundle), "%s/app.bundle", near);
	ck_assert(!mkdir(near, 0755) && !rename(kit.dir, bundle));
	memcpy(kit.dir, bundle, sizeof(bundle));
	ck_assert(!chown(near, stranger, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, "");
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	ck_assert(!chmod(near, 01777));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, "");
	ck_assert(!chown(near, friend, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
}
END_TEST

/* A link in /tmp may be anybody's, and would choose the bundle. */
START_TEST(anothers_link)
{
	const struct gl_bundle_trust own = {.check = true, .owner = friend};
	char link[PATH_MAX + 8], dir[PATH_MAX + 32];
	struct kit kit;

	if (geteuid() != 0)
		return; /* nobody else can give files away */
	kit_init(&kit);
	snprintf(link, sizeof(link), "%s/link", kit.root);
	ck_assert(!symlink(kit.dir, link));
	memcpy(dir, kit.dir, sizeof(dir));
	snprintf(kit.dir, sizeof(kit.dir), "%s", link);
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	ck_assert(!lchown(link, stranger, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, "");
	CHECK(&kit, &anybody, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	ck_assert(!lchown(link, friend, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	memcpy(kit.dir, dir, sizeof(dir));
	kit_done(&kit);
}
END_TEST

/* Others cannot end a search. */
START_TEST(anothers_loop)
{
	const struct gl_bundle_trust own = {.check = true, .owner = friend};
	char dir[PATH_MAX + 32];
	struct kit kit;

	if (geteuid() != 0)
		return; /* nobody else can give files away */
	kit_init(&kit);
	memcpy(dir, kit.dir, sizeof(dir));
	snprintf(kit.dir, sizeof(kit.dir), "%s/loop", kit.root);
	ck_assert(!symlink("loop", kit.dir));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_CORRUPT, "");
	ck_assert(!lchown(kit.dir, stranger, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, "");
	memcpy(kit.dir, dir, sizeof(dir));
	kit_done(&kit);
}
END_TEST

START_TEST(anothers)
{
	const struct gl_bundle_trust own = {.check = true, .owner = friend};
	struct kit kit;

	if (geteuid() != 0)
		return; /* nobody else can give files away */
	kit_init(&kit);
	ck_assert(!chown(kit_path(&kit, writable[_i]), stranger, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_UNTRUSTED, writable[_i]);
	ck_assert(!chown(kit_path(&kit, writable[_i]), friend, 0));
	CHECK(&kit, &own, GL_BUNDLE_QUICK, GL_BUNDLE_GOOD, "");
	kit_done(&kit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundle/trust");
	TCase *tcase = tcase_create("trust");

	LOOP(owners_and_modes, COUNT(cases));
	tcase_add_test(tcase, our_own);
	LOOP(writable_by_everybody, COUNT(writable));
	LOOP(writable_above, 2);
	LOOP(anothers, COUNT(writable));
	tcase_add_test(tcase, anothers_above);
	tcase_add_test(tcase, anothers_link);
	tcase_add_test(tcase, anothers_loop);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
