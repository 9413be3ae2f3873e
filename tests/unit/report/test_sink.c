/*
 * Where the report goes, on real files.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/sink.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

static char dir[] = "/tmp/gl-sink-XXXXXX";
static char path[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/report", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
}

static int open_sink(const char *spec, struct gl_sink *sink)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_sink_open("report", spec, sink, &err);

	if (r < 0)
		ck_assert_msg(err.errnum == -r && err.msg[0], "an error without words");
	return r;
}

static void assert_private(int fd)
{
	ck_assert_int_ge(fd, GL_FD_FLOOR);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

START_TEST(appends_to_a_file)
{
	struct gl_sink sink = GL_SINK_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct stat st;
	size_t len;
	char *bytes;

	umask(0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(open_sink(path, &sink), 0);
		assert_private(sink.fd);
		ck_assert_int_eq(gl_sink_write(&sink, "line\n", 5, &err), 0);
		gl_sink_done(&sink);
		ck_assert_int_eq(sink.fd, -1);
	}
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(gl_file_slurp(path, 100, &bytes, &len, &err), 0);
	ck_assert_str_eq(bytes, "line\nline\n");
	free(bytes);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	struct gl_sink sink = GL_SINK_INIT;

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(open_sink(path, &sink), -ELOOP);
	ck_assert_int_eq(open_sink("/dev/null", &sink), -EINVAL);
	ck_assert_int_eq(open_sink(dir, &sink), -EISDIR);
	ck_assert_int_eq(open_sink("", &sink), -ENOENT);
	ck_assert_int_eq(open_sink("/nonexistent/report", &sink), -ENOENT);
	ck_assert_int_eq(sink.fd, -1);
}
END_TEST

START_TEST(takes_a_fifo_with_a_reader)
{
	struct gl_sink sink = GL_SINK_INIT;
	struct gl_err err = GL_ERR_INIT;
	char line[8] = "";
	int reader;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(open_sink(path, &sink), -ENXIO);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_eq(open_sink(path, &sink), 0);
	ck_assert_int_eq(gl_sink_write(&sink, "line\n", 5, &err), 0);
	ck_assert_int_eq(read(reader, line, sizeof(line)), 5);
	ck_assert_str_eq(line, "line\n");
	/* a full FIFO is an error, never a wait */
	while (gl_sink_write(&sink, "line\n", 5, &err) == 0)
		;
	ck_assert_int_eq(err.errnum, EAGAIN);
	gl_sink_done(&sink);
	close(reader);
}
END_TEST

START_TEST(takes_a_descriptor)
{
	struct gl_sink sink = GL_SINK_INIT;
	struct gl_err err = GL_ERR_INIT;
	char spec[16], line[8] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	snprintf(spec, sizeof(spec), "fd:%d", ends[1]);
	ck_assert_int_eq(open_sink(spec, &sink), 0);
	assert_private(sink.fd);
	ck_assert_int_ne(sink.fd, ends[1]);
	/* the program shall not have it */
	ck_assert_int_eq(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(gl_sink_write(&sink, "line\n", 5, &err), 0);
	ck_assert_int_eq(read(ends[0], line, sizeof(line)), 5);
	gl_sink_done(&sink);

	snprintf(spec, sizeof(spec), "fd:%d", ends[0]);
	ck_assert_int_eq(open_sink(spec, &sink), -EBADF);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(open_sink(spec, &sink), -EBADF);
}
END_TEST

START_TEST(leaves_the_standard_descriptors_to_the_program)
{
	struct gl_sink sink = GL_SINK_INIT;

	ck_assert_int_eq(open_sink("fd:1", &sink), 0);
	ck_assert_int_eq(fcntl(1, F_GETFD), 0);
	gl_sink_done(&sink);
	ck_assert_int_eq(fcntl(1, F_GETFD), 0);
}
END_TEST

static const char *const bad_numbers[] = {
	"fd:", "fd:-1", "fd:+1", "fd: 1", "fd:1x", "fd:99999999999999999999", "fd:x"};

START_TEST(refuses_bad_numbers)
{
	struct gl_sink sink = GL_SINK_INIT;

	ck_assert_int_eq(open_sink(bad_numbers[_i], &sink), -EINVAL);
}
END_TEST

static Suite *sink_suite(void)
{
	Suite *suite = suite_create("sink");
	TCase *tcase = tcase_create("sink");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, appends_to_a_file);
	tcase_add_test(tcase, refuses_what_is_no_file);
	tcase_add_test(tcase, takes_a_fifo_with_a_reader);
	tcase_add_test(tcase, takes_a_descriptor);
	tcase_add_test(tcase, leaves_the_standard_descriptors_to_the_program);
	tcase_add_loop_test(tcase, refuses_bad_numbers, 0, GL_ARRAY_SIZE(bad_numbers));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(sink_suite());
}
