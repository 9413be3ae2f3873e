/*
 * The termination log, on real files.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/termination_log.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

static char dir[] = "/tmp/gl-termination-XXXXXX";
static char path[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
}

static int open_log(const char *spec, struct gl_termination_log *log)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_termination_log_open(spec, log, &err);

	if (r < 0)
		ck_assert_msg(err.errnum == -r && err.msg[0], "an error without words");
	return r;
}

static void assert_content(const char *expected)
{
	struct gl_err err = GL_ERR_INIT;
	char *bytes;
	size_t len;

	ck_assert_int_eq(gl_file_slurp(path, 1 << 20, &bytes, &len, &err), 0);
	ck_assert_str_eq(bytes, expected);
	free(bytes);
}

START_TEST(writes_once)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(open_log(path, &log), 0);
	ck_assert_int_ge(log.fd, GL_FD_FLOOR);
	ck_assert_int_eq(fcntl(log.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(gl_termination_log_write(&log, "cause", 5, &err), 0);
	ck_assert_int_eq(gl_termination_log_write(&log, "again", 5, &err), 1);
	gl_termination_log_done(&log);
	assert_content("cause");
}
END_TEST

START_TEST(leaves_the_programs_words)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT;
	struct gl_err err = GL_ERR_INIT;
	int fd;

	ck_assert_int_eq(open_log(path, &log), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "own", 3), 3);
	close(fd);
	ck_assert_int_eq(gl_termination_log_write(&log, "cause", 5, &err), 1);
	gl_termination_log_done(&log);
	assert_content("own");
}
END_TEST

/* 2048 bytes at most, and no half of a character at the end. */
START_TEST(cuts_at_a_character)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct gl_buf b = GL_BUF_INIT;
	struct stat st;

	gl_buf_putc(&b, 'x');
	for (int i = 0; i < 2000; i++)
		gl_buf_puts(&b, "\xe2\x82\xac");
	ck_assert_int_eq(open_log(path, &log), 0);
	ck_assert_int_eq(gl_termination_log_write(&log, b.data, b.len, &err), 0);
	gl_termination_log_done(&log);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 1 + 3 * ((GL_TERMINATION_LOG_MAX - 1) / 3));
	gl_buf_done(&b);
}
END_TEST

START_TEST(off_and_auto)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(open_log("off", &log), 0);
	ck_assert_int_eq(log.fd, -1);
	ck_assert_int_eq(gl_termination_log_write(&log, "cause", 5, &err), 1);
	ck_assert_int_eq(open_log("auto", &log), 0);
	ck_assert_int_eq(log.fd >= 0, access(GL_TERMINATION_LOG_DEFAULT, W_OK) == 0);
	gl_termination_log_done(&log);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT;

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(open_log(path, &log), -ELOOP);
	ck_assert_int_eq(open_log("/dev/null", &log), -EINVAL);
	ck_assert_int_eq(open_log(dir, &log), -EISDIR);
	ck_assert_int_eq(open_log("/nonexistent/log", &log), -ENOENT);
	ck_assert_int_eq(log.fd, -1);
}
END_TEST

/* A note is taken back, makes room for the real words, and never touches the program's. */
START_TEST(notes_may_be_taken_back)
{
	struct gl_termination_log log = GL_TERMINATION_LOG_INIT, none = GL_TERMINATION_LOG_INIT;
	struct gl_err err = GL_ERR_INIT;
	int fd;

	ck_assert_int_eq(open_log(path, &log), 0);
	gl_termination_log_withdraw(&log); /* nothing was noted */
	gl_termination_log_note(&log, "note", 4);
	assert_content("note");
	gl_termination_log_note(&log, "again", 5);
	assert_content("note");
	gl_termination_log_withdraw(&log);
	assert_content("");
	gl_termination_log_note(&log, "note", 4);
	gl_termination_log_withdraw(&log);
	ck_assert_int_eq(gl_termination_log_write(&log, "cause", 5, &err), 0);
	gl_termination_log_withdraw(&log);
	assert_content("cause");
	gl_termination_log_done(&log);

	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_eq(open_log(path, &log), 0);
	gl_termination_log_note(&log, "note", 4);
	fd = open(path, O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "!", 1), 1);
	close(fd);
	gl_termination_log_withdraw(&log);
	assert_content("note!");
	gl_termination_log_done(&log);
	gl_termination_log_note(&none, "note", 4);
	gl_termination_log_withdraw(&none);
}
END_TEST

static Suite *termination_log_suite(void)
{
	Suite *suite = suite_create("termination_log");
	TCase *tcase = tcase_create("termination_log");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, notes_may_be_taken_back);
	tcase_add_test(tcase, writes_once);
	tcase_add_test(tcase, leaves_the_programs_words);
	tcase_add_test(tcase, cuts_at_a_character);
	tcase_add_test(tcase, off_and_auto);
	tcase_add_test(tcase, refuses_what_is_no_file);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(termination_log_suite());
}
