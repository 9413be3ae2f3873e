/*
 * The escaper: hostile bytes in, harmless text out.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *bytes;
	size_t len;
	const char *want;
} text_rows[] = {
	{"plain", 5, "plain"},
	{"a\x1b[31mb", 7, "a\\x1b[31mb"},
	{"a\nb\tc\rd", 7, "a\\x0ab\\x09c\\x0dd"},
	{"\0", 1, "\\x00"},
	{"\x7f", 1, "\\x7f"},
	{"gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f"},
	{"\xe6\x97\xa5\xf0\x9f\x98\x80", 7, "\xe6\x97\xa5\xf0\x9f\x98\x80"},
	{"\xc2\x9b", 2, "\\x9b"},				     /* C1: a CSI in one character */
	{"\xe2\x80\xae", 3, "\\u{202e}"},			     /* right-to-left override */
	{"\xe2\x80\xa8", 3, "\\u{2028}"},			     /* line separator */
	{"\xff", 1, "\xef\xbf\xbd"},				     /* no UTF-8 */
	{"\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd"},		     /* overlong */
	{"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
	{"\xf4\x90\x80\x80", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* above U+10FFFF */
	{"x\xe2\x82", 3, "x\xef\xbf\xbd\xef\xbf\xbd"},				     /* cut short */
};

START_TEST(test_text)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_escape_text(&b, text_rows[_i].bytes, text_rows[_i].len, 0);
	ck_assert_str_eq(gl_buf_text(&b), text_rows[_i].want);
}
END_TEST

START_TEST(test_limit_cuts_at_a_character)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_escape_text(&b, "ab\xc3\xbc", 4, 3);
	ck_assert_str_eq(gl_buf_text(&b), "ab...");
}
END_TEST

START_TEST(test_lines_keep_newlines)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_escape_lines(&b, "a\n\tb\x1b", 5, 0);
	ck_assert_str_eq(gl_buf_text(&b), "a\n        b\\x1b");
}
END_TEST

START_TEST(test_utf8_keeps_controls_replaces_nul)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_escape_utf8(&b, "a\n\0\xff", 4, 0);
	ck_assert_str_eq(gl_buf_text(&b), "a\n\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

/* Every byte pair: never an escape character, a newline or an invalid sequence in the output. */
START_TEST(test_all_pairs)
{
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		gl_autobuf struct gl_buf b = GL_BUF_INIT;
		gl_autobuf struct gl_buf again = GL_BUF_INIT;
		char bytes[2] = {(char)(pair >> 8), (char)pair};

		gl_escape_text(&b, bytes, 2, 0);
		ck_assert(!strpbrk(gl_buf_text(&b), "\x1b\n\r\t\x7f"));
		gl_escape_utf8(&again, gl_buf_text(&b), b.len, 0);
		ck_assert_str_eq(gl_buf_text(&again), gl_buf_text(&b));
	}
}
END_TEST

START_TEST(test_dup_of_null_is_empty)
{
	gl_autofree char *text = gl_escape_dup(NULL, 0);

	ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escape");
	TCase *tcase = tcase_create("escape");

	tcase_add_loop_test(tcase, test_text, 0, GL_ARRAY_SIZE(text_rows));
	tcase_add_test(tcase, test_limit_cuts_at_a_character);
	tcase_add_test(tcase, test_lines_keep_newlines);
	tcase_add_test(tcase, test_utf8_keeps_controls_replaces_nul);
	tcase_add_test(tcase, test_all_pairs);
	tcase_add_test(tcase, test_dup_of_null_is_empty);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
