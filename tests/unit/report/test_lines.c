/*
 * Lines and slices.
 */
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

START_TEST(walks_lines)
{
	static const char text[] = "one\r\n\ntwo\0three\nlast";
	static const char *const lines[] = {"one", "", NULL, "last"};
	const char *at = text, *end = text + sizeof(text) - 1;
	struct gl_slice line;

	for (size_t i = 0; i < GL_ARRAY_SIZE(lines); i++) {
		ck_assert(gl_lines_next(&at, end, &line));
		if (lines[i])
			kit_assert_slice(line, lines[i], "line");
		else
			ck_assert_uint_eq(line.len, strlen("two") + 1 + strlen("three"));
	}
	ck_assert(!gl_lines_next(&at, end, &line));
	ck_assert_ptr_eq(at, end);
}
END_TEST

START_TEST(ends_without_a_last_line)
{
	static const char text[] = "\n";
	const char *at = text, *end = text + 1;
	struct gl_slice line;

	ck_assert(gl_lines_next(&at, end, &line));
	ck_assert_uint_eq(line.len, 0);
	ck_assert(!gl_lines_next(&at, end, &line));
}
END_TEST

static struct gl_slice slice(const char *text)
{
	return (struct gl_slice){.text = text, .len = strlen(text)};
}

START_TEST(compares)
{
	ck_assert(gl_slice_starts(slice("panic: x"), "panic: "));
	ck_assert(!gl_slice_starts(slice("pan"), "panic: "));
	ck_assert(gl_slice_ends(slice("f(...)"), ")"));
	ck_assert(!gl_slice_ends(slice(""), ")"));
	ck_assert(gl_slice_equals(slice(""), ""));
	ck_assert(!gl_slice_equals(slice("ab"), "abc"));
	ck_assert_int_eq(gl_slice_find(slice("a: b: c"), ": "), 1);
	ck_assert_int_eq(gl_slice_find(slice("a"), ": "), -1);
	ck_assert_uint_eq(gl_slice_skip(slice("abc"), 9).len, 0);
}
END_TEST

static const struct number {
	const char *text;
	size_t taken;
	unsigned long value;
} numbers[] = {
	{"", 0, 0},
	{"x1", 0, 0},
	{"0", 1, 0},
	{"42 +0x1", 2, 42},
	{"18446744073709551615", 20, 18446744073709551615u},
	{"18446744073709551616", 0, 0},
	{"99999999999999999999999999", 0, 0},
};

START_TEST(takes_number)
{
	const struct number *n = &numbers[_i];
	struct gl_slice s = slice(n->text);
	unsigned long value = 0;

	ck_assert_uint_eq(gl_slice_take_number(&s, &value), n->taken);
	ck_assert_uint_eq(value, n->value);
	ck_assert_uint_eq(s.len, strlen(n->text) - n->taken);
}
END_TEST

static Suite *lines_suite(void)
{
	Suite *suite = suite_create("lines");
	TCase *tcase = tcase_create("lines");

	tcase_add_test(tcase, walks_lines);
	tcase_add_test(tcase, ends_without_a_last_line);
	tcase_add_test(tcase, compares);
	tcase_add_loop_test(tcase, takes_number, 0, GL_ARRAY_SIZE(numbers));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(lines_suite());
}
