/*
 * Bounded reading.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/lib/unit.h"

static char path[] = "/tmp/golaunch-test-file-XXXXXX";

static void make_file(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gl_file_write_all(fd, "0123456789", 10), 0);
	close(fd);
}

static void remove_file(void)
{
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
}

START_TEST(test_slurp)
{
	gl_autofree char *bytes = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len = 0;

	ck_assert_int_eq(gl_file_slurp(path, 10, &bytes, &len, &err), 0);
	ck_assert_uint_eq(len, 10);
	ck_assert_str_eq(bytes, "0123456789");
}
END_TEST

START_TEST(test_slurp_limit)
{
	gl_autofree char *bytes = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len = 0;

	ck_assert_int_eq(gl_file_slurp(path, 9, &bytes, &len, &err), -EFBIG);
	ck_assert_ptr_null(bytes);
	ck_assert_int_eq(gl_file_slurp("/dev/zero", 9, &bytes, &len, &err), -EINVAL);
}
END_TEST

/* /proc files say they are empty and are not. */
START_TEST(test_slurp_proc)
{
	gl_autofree char *bytes = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len = 0;

	ck_assert_int_eq(gl_file_slurp("/proc/self/status", 1 << 20, &bytes, &len, &err), 0);
	ck_assert_ptr_nonnull(strstr(bytes, "\nPid:"));
	ck_assert_uint_eq(len, strlen(bytes));
}
END_TEST

START_TEST(test_pread_out_of_range)
{
	gl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[4];

	ck_assert_int_eq(gl_file_pread(fd, bytes, 4, 8), 2);
	ck_assert_int_eq(gl_file_pread(fd, bytes, 4, 100), 0);
	ck_assert_int_eq(gl_file_pread(fd, bytes, 4, UINT64_MAX), 0);
	ck_assert_int_eq(gl_file_pread(-1, bytes, 4, 0), -EBADF);
}
END_TEST

START_TEST(test_raise)
{
	gl_autoclose int fd = open(path, O_RDONLY);
	struct gl_err err = GL_ERR_INIT;
	int old = fd;

	ck_assert_int_eq(gl_fd_raise(&fd, &err), 0);
	ck_assert_int_ge(fd, GL_FD_FLOOR);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(old >= GL_FD_FLOOR || !gl_fd_is_open(old));
}
END_TEST

/* A FIFO with nobody behind it must not block, a device not be opened at all. */
START_TEST(test_open_regular)
{
	gl_autoclose int fd = gl_file_open_regular(path);

	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(gl_file_open_regular(path), -ENOENT);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(gl_file_open_regular(path), -EINVAL);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(gl_file_open_regular(path), -EINVAL);
	ck_assert_int_eq(gl_file_open_regular("/"), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, make_file, remove_file);
	tcase_add_test(tcase, test_slurp);
	tcase_add_test(tcase, test_slurp_limit);
	tcase_add_test(tcase, test_slurp_proc);
	tcase_add_test(tcase, test_pread_out_of_range);
	tcase_add_test(tcase, test_raise);
	tcase_add_test(tcase, test_open_regular);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
