/*
 * The stub in a cache directory: found again, repaired, and refused where
 * others could put theirs.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "bundle/stub.h"
#include "tests/lib/unit.h"

#define RACERS 8

static const struct gl_stub_config config = {.program = "/srv/app", .lib = "/opt/x.bundle/lib"};
static struct gl_err err;
static char dir[PATH_MAX];

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");
	char made[PATH_MAX];

	snprintf(made, sizeof(made), "%s/golaunch-cache.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(made));
	ck_assert_ptr_nonnull(realpath(made, dir));
	ck_assert(!chmod(dir, 0755));
	umask(077);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *cached(void)
{
	char *path = NULL;

	ck_assert_msg(!gl_stub_cache(dir, &config, "app", &path, &err), "%s", err.msg);
	return path;
}

static void assert_whole(const char *path)
{
	gl_autofree unsigned char *want = NULL;
	gl_autofree char *got = NULL;
	size_t want_size, got_size;

	ck_assert_int_eq(gl_stub_make(&config, &want, &want_size, &err), 0);
	ck_assert_msg(!gl_file_slurp(path, 1 << 20, &got, &got_size, &err), "%s", err.msg);
	ck_assert_uint_eq(got_size, want_size);
	ck_assert(!memcmp(got, want, got_size));
}

/* Names below DIR/KEY other than app's. */
static int others_beside(const char *path)
{
	gl_autofree char *key = strndup(path, (size_t)(strrchr(path, '/') - path)), *command = NULL;
	FILE *list;
	int n = 0;

	ck_assert_int_gt(asprintf(&command, "ls -A '%s' | grep -vxc app", key), 0);
	list = popen(command, "r");
	ck_assert_int_eq(fscanf(list, "%d", &n), 1);
	pclose(list);
	return n;
}

START_TEST(test_made_and_found_again)
{
	gl_autofree char *first = cached(), *second = NULL;
	struct stat before, after;

	ck_assert_str_eq(strrchr(first, '/'), "/app");
	ck_assert_int_eq(strncmp(first, dir, strlen(dir)), 0);
	assert_whole(first);
	ck_assert(!stat(first, &before));
	/* Whatever the umask: the program may run as somebody else. */
	ck_assert_uint_eq(before.st_mode & 07777, 0755);
	second = cached();
	ck_assert_str_eq(second, first);
	ck_assert(!stat(second, &after));
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_int_eq(others_beside(first), 0);
}
END_TEST

START_TEST(test_key_follows_from_the_config)
{
	const struct gl_stub_config other = {.program = "/srv/app", .lib = "/opt/y.bundle/lib"};
	gl_autofree char *first = cached(), *second = NULL;

	ck_assert_int_eq(gl_stub_cache(dir, &other, "app", &second, &err), 0);
	ck_assert_str_ne(first, second);
}
END_TEST

/* What is there and is not it. */
static void damage(const char *path, int how)
{
	int fd;

	switch (how) {
	case 0: /* a byte */
		fd = open(path, O_WRONLY | O_CLOEXEC);
		ck_assert_int_eq(pwrite(fd, "?", 1, 100), 1);
		close(fd);
		return;
	case 1:
		ck_assert(!truncate(path, 100));
		return;
	case 2:
		ck_assert(!chmod(path, 0600));
		return;
	case 3:
		ck_assert(!unlink(path) && !symlink("/bin/sh", path));
		return;
	case 4:
		ck_assert(!unlink(path) && !mkfifo(path, 0755));
		return;
	default:
		ck_assert(!chmod(path, 0777));
	}
}

START_TEST(test_replaced)
{
	gl_autofree char *first = cached(), *second = NULL;
	struct stat st;

	damage(first, _i);
	second = cached();
	ck_assert_str_eq(second, first);
	ck_assert(!lstat(second, &st) && S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	assert_whole(second);
	ck_assert_int_eq(others_beside(second), 0);
}
END_TEST

START_TEST(test_key_is_no_link)
{
	gl_autofree char *first = cached();
	char *slash = strrchr(first, '/'), *path = NULL, elsewhere[PATH_MAX + 16];

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	*slash = '\0';
	ck_assert(!rename(first, elsewhere) && !symlink("elsewhere", first));
	ck_assert_int_lt(gl_stub_cache(dir, &config, "app", &path, &err), 0);
	ck_assert_ptr_null(path);
}
END_TEST

START_TEST(test_directory_of_others)
{
	char *path = NULL;

	ck_assert(!chmod(dir, 0777));
	ck_assert_int_eq(gl_stub_cache(dir, &config, "app", &path, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.msg, "other users"));
	ck_assert_int_eq(gl_stub_cache_check(dir, &config, "app", &err), -EPERM);
	/* A sticky one lets others put things there that we would take for ours. */
	ck_assert(!chmod(dir, 01777));
	ck_assert_int_eq(gl_stub_cache_check(dir, &config, "app", &err), -EPERM);
	ck_assert(!chmod(dir, 0755));
	ck_assert_int_eq(gl_stub_cache_check(dir, &config, "app", &err), 0);
	if (geteuid() == 0) {
		ck_assert(!chmod(dir, 0775));
		ck_assert_int_eq(gl_stub_cache_check(dir, &config, "app", &err), -EPERM);
		ck_assert(!chmod(dir, 0755) && !chown(dir, 4321, 4321));
		ck_assert_int_eq(gl_stub_cache_check(dir, &config, "app", &err), -EPERM);
		ck_assert_ptr_nonnull(strstr(err.msg, "another user"));
	}
}
END_TEST

START_TEST(test_directory_below_one_of_others)
{
	char inner[PATH_MAX + 16];

	snprintf(inner, sizeof(inner), "%s/inner", dir);
	ck_assert(!mkdir(inner, 0755) && !chmod(inner, 0755));
	ck_assert_int_eq(gl_stub_cache_check(inner, &config, "app", &err), 0);
	ck_assert(!chmod(dir, 0777));
	ck_assert_int_eq(gl_stub_cache_check(inner, &config, "app", &err), -EPERM);
	ck_assert(!chmod(dir, 01777));
	ck_assert_int_eq(gl_stub_cache_check(inner, &config, "app", &err), 0);
}
END_TEST

START_TEST(test_no_directory)
{
	char path[PATH_MAX + 16], *got = NULL;

	snprintf(path, sizeof(path), "%s/nothing", dir);
	ck_assert_int_eq(gl_stub_cache(path, &config, "app", &got, &err), -ENOENT);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	ck_assert_int_eq(gl_stub_cache(path, &config, "app", &got, &err), -ENOTDIR);
	ck_assert_ptr_null(got);
}
END_TEST

/* Launches at the same time: all get a whole file, and nothing else is left. */
START_TEST(test_race)
{
	gl_autofree char *path = NULL;
	int status;

	for (int i = 0; i < RACERS; i++)
		if (fork() == 0) {
			assert_whole(cached());
			_exit(0);
		}
	for (int i = 0; i < RACERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	path = cached();
	assert_whole(path);
	ck_assert_int_eq(others_beside(path), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundle/cache");
	TCase *tc = tcase_create("cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_made_and_found_again);
	tcase_add_test(tc, test_key_follows_from_the_config);
	tcase_add_loop_test(tc, test_replaced, 0, 6);
	tcase_add_test(tc, test_key_is_no_link);
	tcase_add_test(tc, test_directory_of_others);
	tcase_add_test(tc, test_directory_below_one_of_others);
	tcase_add_test(tc, test_no_directory);
	tcase_add_test(tc, test_race);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
