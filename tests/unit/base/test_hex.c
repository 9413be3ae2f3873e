/*
 * Hexadecimal digits.
 */
#include "base/hex.h"

#include <string.h>

#include "tests/lib/unit.h"

START_TEST(there_and_back)
{
	const unsigned char bytes[] = {0x00, 0x7f, 0x80, 0xff, 0x0a};
	unsigned char again[sizeof(bytes)];
	char text[2 * sizeof(bytes) + 1];

	gl_hex_text(bytes, sizeof(bytes), text);
	ck_assert_str_eq(text, "007f80ff0a");
	ck_assert(gl_hex_parse(text, again, sizeof(again)));
	ck_assert_mem_eq(again, bytes, sizeof(bytes));
}
END_TEST

START_TEST(of_nothing)
{
	char text[1] = "x";

	gl_hex_text(NULL, 0, text);
	ck_assert_str_eq(text, "");
}
END_TEST

static const char *const wrong[] = {"", "0", "000", "0g", "0A", "0 ", "-1", "0x00", "00\n"};

START_TEST(something_else)
{
	unsigned char byte = 0x55;

	ck_assert(!gl_hex_is(wrong[_i]));
	ck_assert(!gl_hex_parse(wrong[_i], &byte, 1));
	ck_assert_uint_eq(byte, 0x55);
}
END_TEST

START_TEST(of_another_length)
{
	unsigned char bytes[2];

	ck_assert(gl_hex_is("00"));
	ck_assert(!gl_hex_parse("00", bytes, 2));
	ck_assert(!gl_hex_parse("000000", bytes, 2));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hex");
	TCase *tcase = tcase_create("hex");

	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, of_nothing);
	tcase_add_loop_test(tcase, something_else, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, of_another_length);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
