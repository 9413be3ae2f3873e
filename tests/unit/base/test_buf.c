/*
 * The text buffer, growing arrays, errors, wrapped text.
 */
#include <errno.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "tests/lib/unit.h"

START_TEST(test_grows_and_stays_terminated)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	ck_assert_str_eq(gl_buf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		gl_buf_printf(&b, "%d,", i);
	ck_assert_uint_eq(b.len, strlen(gl_buf_text(&b)));
	ck_assert_int_eq(gl_buf_error(&b), 0);
}
END_TEST

START_TEST(test_limit_sticks)
{
	gl_autobuf struct gl_buf b = {.limit = 4};

	gl_buf_puts(&b, "abcd");
	ck_assert_int_eq(gl_buf_error(&b), 0);
	gl_buf_putc(&b, 'e');
	gl_buf_puts(&b, "");
	ck_assert_int_eq(gl_buf_error(&b), E2BIG);
	ck_assert_str_eq(gl_buf_text(&b), "abcd");
	ck_assert_ptr_null(gl_buf_take(&b));
}
END_TEST

START_TEST(test_take_empties)
{
	struct gl_buf b = GL_BUF_INIT;
	gl_autofree char *text = NULL;

	gl_buf_puts(&b, "x");
	text = gl_buf_take(&b);
	ck_assert_str_eq(text, "x");
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(test_mem_grow_zeroes_and_stops)
{
	gl_autofree int *items = NULL;
	size_t room = 0, count = 0;
	int *item;

	for (; count < 20; count++) {
		item = gl_mem_grow(&items, &room, count, sizeof(int), 20);
		ck_assert_ptr_nonnull(item);
		ck_assert_int_eq(*item, 0);
		*item = (int)count + 1;
	}
	ck_assert_ptr_null(gl_mem_grow(&items, &room, count, sizeof(int), 20));
	ck_assert_int_eq(errno, E2BIG);
	ck_assert_int_eq(items[19], 20);
}
END_TEST

START_TEST(test_err_wraps_and_never_reads_as_success)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_err_set(&err, 0, "x"), -EIO);
	ck_assert_int_eq(gl_err_sys(&err, ENOENT, "cannot open '%s'", "f"), -ENOENT);
	ck_assert_str_eq(err.msg, "cannot open 'f': No such file or directory");
	ck_assert_int_eq(gl_err_wrap(&err, "while %s", "testing"), -ENOENT);
	ck_assert_str_eq(err.msg, "while testing: cannot open 'f': No such file or directory");
	ck_assert_int_eq(gl_err_set(NULL, EPERM, "x"), -EPERM);
}
END_TEST

START_TEST(test_wrap)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	gl_autofree char *long_word =
		strdup("0123456789012345678901234567890123456789012345678901234567890123456789");
	char text[200];

	snprintf(text, sizeof(text), "aa bb %s cc  dd", long_word);
	gl_wrap_text(&b, text, "> ", "  ");
	snprintf(text, sizeof(text), "> aa bb %s\n  cc dd\n", long_word);
	ck_assert_str_eq(gl_buf_text(&b), text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");

	tcase_add_test(tcase, test_grows_and_stays_terminated);
	tcase_add_test(tcase, test_limit_sticks);
	tcase_add_test(tcase, test_take_empties);
	tcase_add_test(tcase, test_mem_grow_zeroes_and_stops);
	tcase_add_test(tcase, test_err_wraps_and_never_reads_as_success);
	tcase_add_test(tcase, test_wrap);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
