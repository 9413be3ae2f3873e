/*
 * The whole way from words to record on text that nobody should write: real
 * transcripts with bytes changed, lines cut out, doubled and joined, and text
 * of the shapes that make a careless parser slow.  Run it under ASan and UBSan.
 */
#include <signal.h>
#include <time.h>

#include "report/cause.h"
#include "report/json.h"
#include "report/text.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define SEED	20261123
#define SECONDS 2.0

static const char *const seeds[] = {
	"1.15-main-races",  "1.19-cgo-main",	    "1.19-main-nested",	   "1.22-var-deadlock-system",
	"1.27-cgo-init",    "1.27-generic-init",    "1.27-main-badvalue",  "1.27-main-esc",
	"1.27-main-forged", "1.27-main-lines",	    "1.27-newosproc",	   "1.27-space",
	"1.27-var-nilmap",  "loader-glibc-version", "loader-musl-library",
};

static const char *const pieces[] = {
	"panic: ",
	"\n\tpanic: ",
	"fatal error: ",
	"\n\ngoroutine 1 [running]:\n",
	"goroutine 18446744073709551616 [",
	"[signal ",
	"SIGSEGV: x\nPC=",
	"\r\n",
	"\n",
	"(",
	")",
	"\t:1",
	"\t/a.go:1\n",
	"created by ",
	"%2e",
	"\xff",
	"\x1b[2J",
	"runtime stack:\n",
	"main.init.0()\n\t/a:1\n",
	" [recovered]",
	"-----\n",
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every status that lets words count, so that every parser sees the text; checks the bounds of what comes out. */
static void tell(const char *bytes, size_t len)
{
	static const struct gl_death deaths[] = {
		{.status = 2},
		{.status = 1},
		{.status = 127},
		{.by_signal = true, .status = SIGABRT},
		{.by_signal = true, .status = SIGSEGV},
	};
	struct kit_text kit = kit_text(bytes, len);

	for (size_t i = 0; i < GL_ARRAY_SIZE(deaths); i++) {
		struct gl_evidence evidence = {.death = &deaths[i], .program = "cgoapp", .text = &kit.text};
		struct gl_findings list = GL_FINDINGS_INIT;
		struct gl_cause cause = GL_CAUSE_INIT;
		struct gl_report report = {.program = "cgoapp", .cause = &cause, .text = &kit.text};
		struct gl_err err = GL_ERR_INIT;
		struct gl_buf b = GL_BUF_INIT;
		size_t line_len;
		char *line;

		ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
		report.outcome = gl_outcome_of_death(&deaths[i]);
		line = gl_report_json(&report, &line_len);
		ck_assert_ptr_nonnull(line);
		ck_assert_ptr_eq(memchr(line, '\n', line_len), line + line_len - 1);
		gl_report_termination_text(&b, &cause, &kit.text);
		ck_assert_ptr_null(strpbrk(gl_buf_text(&b), "\x1b\r\x07"));
		gl_buf_done(&b);
		free(line);
		gl_cause_done(&cause);
		gl_findings_done(&list);
	}
	kit_text_done(&kit);
}

static void mutate(struct gl_buf *b, const char *bytes, size_t len)
{
	size_t from = (size_t)random() % (len + 1), to = from + (size_t)random() % (len - from + 1);
	const char *piece = pieces[(size_t)random() % GL_ARRAY_SIZE(pieces)];

	gl_buf_put(b, bytes, from);
	switch (random() % 4) {
	case 0: /* put in */
		gl_buf_puts(b, piece);
		gl_buf_put(b, bytes + from, len - from);
		break;
	case 1: /* cut out */
		gl_buf_put(b, bytes + to, len - to);
		break;
	case 2: /* double */
		gl_buf_put(b, bytes + from, to - from);
		gl_buf_put(b, bytes + from, len - from);
		break;
	default: /* change a byte */
		gl_buf_put(b, bytes + from, len - from);
		if (b->len)
			b->data[(size_t)random() % b->len] = (char)random();
		break;
	}
}

START_TEST(mutated_transcripts)
{
	double end = now() + SECONDS;
	unsigned rounds = 0;

	srandom(SEED);
	do {
		size_t len;
		char *bytes = kit_fixture(seeds[(size_t)random() % GL_ARRAY_SIZE(seeds)], &len);

		for (long i = random() % 8; i >= 0; i--) {
			struct gl_buf b = GL_BUF_INIT;

			mutate(&b, bytes, len);
			free(bytes);
			len = b.len;
			bytes = gl_buf_take(&b);
			ck_assert_ptr_nonnull(bytes);
		}
		tell(bytes, len);
		free(bytes);
		rounds++;
	} while (now() < end);
	ck_assert_uint_gt(rounds, 20);
}
END_TEST

/* One shape, ten megabytes of it. */
static const char *const shapes[] = {
	"panic: \n",
	"panic: ",
	"\tpanic: ",
	"goroutine 1 [running]:\n",
	"goroutine ",
	"main.f()\n",
	"main.f()\n\t:::::::::::\n",
	"\t",
	":",
	"[signal ",
	"SIGABRT: abort\nPC=1\n",
	"((((((((",
	"created by x.",
	"\xff",
	"\x1b]0;title\x07",
	"\r",
	"panic: x\n\ngoroutine 1 [running]:\nmain.init.0()\n\t/a.go:1\n",
	"cgoapp: ",
	"Error relocating /x: y\n",
	"runtime: \n",
};

START_TEST(ten_megabytes)
{
	struct gl_buf b = GL_BUF_INIT;
	double start;

	while (b.len < (size_t)10 << 20)
		gl_buf_puts(&b, shapes[_i]);
	ck_assert_int_eq(gl_buf_error(&b), 0);
	start = now();
	tell(b.data, b.len);
	/* linear time takes a fraction of a second, sanitizers on a busy machine included */
	ck_assert_msg(now() - start < 10, "%s took %.1f s", shapes[_i], now() - start);
	gl_buf_done(&b);
}
END_TEST

/* The parser alone on windows of its largest size: nothing in it may be quadratic. */
START_TEST(largest_windows)
{
	size_t size = (size_t)256 << 10, n = strlen(shapes[_i]);
	char *bytes = malloc(size);
	struct gl_capture_text text = {.head = bytes,
				       .head_len = size,
				       .mark = bytes,
				       .mark_len = size,
				       .mark_at = size,
				       .tail = bytes,
				       .tail_len = size,
				       .total = 3 * size};
	struct gl_panic panic = GL_PANIC_INIT;
	double start;
	int r;

	for (size_t i = 0; i < size; i++)
		bytes[i] = shapes[_i][i % n];
	start = now();
	r = gl_panic_parse(&text, &panic);
	ck_assert_msg(now() - start < 2, "%s took %.1f s", shapes[_i], now() - start);
	ck_assert_int_ge(r, 0);
	if (r == 0)
		gl_panic_done(&panic);
	free(bytes);
}
END_TEST

static Suite *hostile_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("hostile");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, mutated_transcripts);
	tcase_add_loop_test(tcase, ten_megabytes, 0, GL_ARRAY_SIZE(shapes));
	tcase_add_loop_test(tcase, largest_windows, 0, GL_ARRAY_SIZE(shapes));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(hostile_suite());
}
