/*
 * The record: what is kept does not depend on how the stream was cut.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "proc/record.h"
#include "tests/lib/unit.h"

static struct gl_record record;
static struct gl_capture_text text;

/* Feeds a stream in pieces of cut bytes. */
static void feed(const char *bytes, size_t len, size_t cut)
{
	gl_record_init(&record);
	for (size_t at = 0; at < len; at += cut)
		gl_record_feed(&record, bytes + at, GL_MIN(cut, len - at));
	gl_record_text(&record, &text);
}

static void feed_text(const char *bytes, size_t cut)
{
	feed(bytes, strlen(bytes), cut);
}

static char *random_lines(size_t len)
{
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	srandom(7);
	for (size_t i = 0; i < len; i++)
		bytes[i] = random() % 40 ? (char)(random() % 256) : '\n';
	return bytes;
}

static const size_t cuts[] = {1, 2, 7, 4096, 65536, 65537, 200000, 1 << 20};

START_TEST(short_stream_is_kept_whole)
{
	feed_text("hello\nworld\n", 3);
	ck_assert_uint_eq(text.total, 12);
	ck_assert_uint_eq(text.head_len, 12);
	ck_assert_mem_eq(text.head, "hello\nworld\n", 12);
	ck_assert_uint_eq(text.tail_len, 12);
	ck_assert_mem_eq(text.tail, "hello\nworld\n", 12);
	ck_assert_uint_eq(text.mark_len, 0);
}
END_TEST

START_TEST(nothing_written)
{
	feed_text("", 1);
	ck_assert_uint_eq(text.total, 0);
	ck_assert_uint_eq(text.head_len + text.tail_len + text.mark_len, 0);
}
END_TEST

START_TEST(long_stream_keeps_both_ends)
{
	size_t len = (1 << 20) + 12345;
	char *bytes = random_lines(len);

	feed(bytes, len, cuts[_i]);
	ck_assert_uint_eq(text.total, len);
	ck_assert_uint_eq(text.head_len, GL_RECORD_HEAD);
	ck_assert_mem_eq(text.head, bytes, GL_RECORD_HEAD);
	ck_assert_uint_eq(text.tail_len, GL_RECORD_TAIL);
	ck_assert_mem_eq(text.tail, bytes + len - GL_RECORD_TAIL, GL_RECORD_TAIL);
	free(bytes);
}
END_TEST

static const char *const crashes[] = {
	"panic: boom",
	"fatal error: all goroutines are asleep - deadlock!",
	"runtime: out of memory: cannot allocate 4194304-byte block",
	"runtime/cgo: pthread_create failed: Operation not permitted",
	"SIGSEGV: segmentation violation",
	"SIGABRT: abort",
};

START_TEST(crash_line_is_marked_at_any_cut)
{
	char stream[400];

	snprintf(stream, sizeof(stream), "log one\n\nlog two\n%s\n\ngoroutine 1 [running]:\n", crashes[_i]);
	for (size_t cut = 1; cut < sizeof(stream); cut++) {
		feed_text(stream, cut);
		ck_assert_uint_eq(text.mark_at, 17);
		ck_assert_uint_eq(text.mark_len, strlen(stream) - 17);
		ck_assert_mem_eq(text.mark, stream + 17, text.mark_len);
	}
}
END_TEST

static const char *const harmless[] = {
	"log: panic: boom\n", " panic: boom\n",
	"panic:boom\n",	      "pani\nc: boom\n",
	"runtime error: x\n", "SIG: x\n",
	"SIGsegv: x\n",	      "SIGSEGV:x\n",
	"SIGSEGV\n: x\n",     "SIGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA: x\n",
	"fatal error:",	      "goroutine 1 [running]:\n",
};

START_TEST(other_lines_are_not)
{
	for (size_t cut = 1; cut < 60; cut++) {
		feed_text(harmless[_i], cut);
		ck_assert_uint_eq(text.mark_len, 0);
	}
}
END_TEST

START_TEST(window_is_bounded_and_survives_megabytes)
{
	size_t len = 3 << 20;
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'g', len);
	for (size_t i = 99; i < len; i += 100)
		bytes[i] = '\n';
	memcpy(bytes + 500, "panic: far ahead", 16);
	feed(bytes, len, cuts[_i]);
	ck_assert_uint_eq(text.mark_at, 500);
	ck_assert_uint_eq(text.mark_len, GL_RECORD_MARK);
	ck_assert_mem_eq(text.mark, bytes + 500, GL_RECORD_MARK);
	free(bytes);
}
END_TEST

/* A recovered panic that was logged long before must not hide the real one. */
START_TEST(last_crash_wins_when_far)
{
	char stream[3 * GL_RECORD_MARK];
	size_t second = GL_RECORD_MARK / 4 + 10;

	memset(stream, '\n', sizeof(stream));
	memcpy(stream, "panic: one", 10);
	memcpy(stream + second, "panic: two", 10);
	feed(stream, sizeof(stream), 11);
	ck_assert_uint_eq(text.mark_at, second);
	ck_assert_mem_eq(text.mark, "panic: two", 10);
	ck_assert_uint_eq(text.mark_len, GL_RECORD_MARK);
}
END_TEST

/* GOTRACEBACK=crash: each thread's dump begins with SIGQUIT, far behind the panic. */
START_TEST(dump_of_other_threads_takes_no_window)
{
	static const char *const companions[] = {"SIGQUIT: quit\n", "runtime: g 5: unexpected return pc\n"};
	gl_autofree char *filler = malloc(GL_RECORD_MARK);

	memset(filler, 'x', GL_RECORD_MARK - 1);
	filler[GL_RECORD_MARK - 1] = '\n';
	for (size_t i = 0; i < GL_ARRAY_SIZE(companions); i++) {
		gl_record_init(&record);
		gl_record_feed(&record, "panic: first\n", 13);
		gl_record_feed(&record, filler, GL_RECORD_MARK);
		gl_record_feed(&record, companions[i], strlen(companions[i]));
		gl_record_text(&record, &text);
		ck_assert_uint_eq(text.mark_at, 0);
		gl_record_feed(&record, "fatal error: second\n", 20);
		gl_record_text(&record, &text);
		ck_assert_uint_eq(text.mark_at, record.total - 20);
	}
}
END_TEST

START_TEST(near_crash_lines_share_a_window)
{
	const char *stream =
		"runtime/cgo: pthread_create failed: Operation not permitted\nSIGABRT: abort\nPC=0x1\n";

	feed_text(stream, 5);
	ck_assert_uint_eq(text.mark_at, 0);
	ck_assert_uint_eq(text.mark_len, strlen(stream));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc/record");
	TCase *tc = tcase_create("record");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, short_stream_is_kept_whole);
	tcase_add_test(tc, nothing_written);
	tcase_add_loop_test(tc, long_stream_keeps_both_ends, 0, GL_ARRAY_SIZE(cuts));
	tcase_add_loop_test(tc, crash_line_is_marked_at_any_cut, 0, GL_ARRAY_SIZE(crashes));
	tcase_add_loop_test(tc, other_lines_are_not, 0, GL_ARRAY_SIZE(harmless));
	tcase_add_loop_test(tc, window_is_bounded_and_survives_megabytes, 0, GL_ARRAY_SIZE(cuts));
	tcase_add_test(tc, last_crash_wins_when_far);
	tcase_add_test(tc, dump_of_other_threads_takes_no_window);
	tcase_add_test(tc, near_crash_lines_share_a_window);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
