/*
 * Joining windows: against the stream they were cut from.
 */
#include "report/windows.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define STREAM "line one\nline two\nline three\nline four\nline five\n"

static const struct cut {
	size_t head, mark_at, mark, tail; /* lengths; mark_at an offset */
	const char *joined;
} cuts[] = {
	{0, 0, 0, 0, ""},
	{0, 0, 0, 49, STREAM},
	{49, 0, 49, 49, STREAM},
	{12, 0, 0, 49, STREAM},
	/* they touch, inside a line */
	{12, 0, 0, 37, STREAM},
	{12, 9, 30, 20, STREAM},
	/* a gap: the line that is cut at its start goes */
	{9, 0, 0, 14, "line one\n\nline five\n"},
	{9, 0, 0, 10, "line one\n\n"},
	{9, 0, 0, 4, "line one\n\n"},
	/* the mark starts a line */
	{4, 18, 11, 3, "line\nline three\n\n"},
	{4, 18, 11, 14, "line\nline three\n\nline five\n"},
	{4, 18, 40, 14, "line\nline three\nline four\nline five\n"},
};

START_TEST(joins)
{
	const struct cut *c = &cuts[_i];
	size_t total = strlen(STREAM), len;
	struct gl_capture_text text = {
		.head = STREAM,
		.head_len = c->head,
		.mark = STREAM + c->mark_at,
		.mark_len = GL_MIN(c->mark, total - c->mark_at),
		.mark_at = c->mark_at,
		.tail = STREAM + (total - GL_MIN(c->tail, total)),
		.tail_len = GL_MIN(c->tail, total),
		.total = c->head || c->tail ? total : 0,
	};
	char *joined;

	ck_assert_int_eq(gl_windows_join(&text, &joined, &len), 0);
	ck_assert_msg(len == strlen(c->joined) && memcmp(joined, c->joined, len) == 0, "'%.*s' is not '%s'",
		      (int)len, joined, c->joined);
	free(joined);
}
END_TEST

START_TEST(bounds_windows)
{
	size_t size = GL_WINDOWS_MAX * 4, len;
	char *bytes = malloc(size), *joined;
	struct gl_capture_text text = {.head = bytes,
				       .head_len = size,
				       .mark = bytes,
				       .mark_len = size,
				       .tail = bytes,
				       .tail_len = size,
				       .total = size};

	memset(bytes, '\n', size);
	bytes[size - 1] = 'e';
	ck_assert_int_eq(gl_windows_join(&text, &joined, &len), 0);
	ck_assert_uint_le(len, 3 * GL_WINDOWS_MAX + 3);
	ck_assert_int_eq(joined[len - 1], 'e');
	free(joined);
	free(bytes);
}
END_TEST

static Suite *windows_suite(void)
{
	Suite *suite = suite_create("windows");
	TCase *tcase = tcase_create("windows");

	tcase_add_loop_test(tcase, joins, 0, GL_ARRAY_SIZE(cuts));
	tcase_add_test(tcase, bounds_windows);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(windows_suite());
}
