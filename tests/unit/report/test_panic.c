/*
 * The panic parser on what Go programs of five releases really wrote, and on
 * what nobody should write.
 */
#include "report/panic.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define DEATHS	  "example.com/app/deaths."
#define DEATHS_GO "/src/deaths/deaths.go"
#define DEADLOCK  "all goroutines are asleep - deadlock!"
#define NIL_DEREF "runtime error: invalid memory address or nil pointer dereference"

/* Short names for the table. */
enum { PANIC = GL_PANIC_PANIC, FATAL = GL_PANIC_FATAL_ERROR, SIGNAL = GL_PANIC_SIGNAL };
enum { UNKNOWN = GL_PHASE_UNKNOWN, RUNTIME = GL_PHASE_RUNTIME, INIT = GL_PHASE_INIT, MAIN = GL_PHASE_MAIN };

static const struct transcript {
	const char *name;
	int kind, phase;
	const char *message;
	unsigned long goroutine; /* 0: no trace */
	const char *function, *file;
	unsigned long line;
	const char *init; /* the init function that ran */
	const char *last; /* of nested panics */
} transcripts[] = {
	/* panics, by place and release */
	{"1.15-main-panic", PANIC, MAIN, "boom", 1, DEATHS "fill.func1", DEATHS_GO, 83, NULL, NULL},
	{"1.27-main-panic", PANIC, MAIN, "boom", 1, DEATHS "fill.func1", DEATHS_GO, 83, NULL, NULL},
	{"1.19-var-panic", PANIC, INIT, "boom", 1, DEATHS "fill.func1", DEATHS_GO, 83,
	 "example.com/app/conf.init", NULL},
	{"1.15-var-nilmap", PANIC, INIT, "assignment to entry in nil map", 1, DEATHS "(*store).put",
	 DEATHS_GO, 18, "example.com/app/conf.init", NULL},
	{"1.27-var-nilmap", PANIC, INIT, "assignment to entry in nil map", 1, DEATHS "(*store).put",
	 DEATHS_GO, 18, "example.com/app/conf.init", NULL},
	{"1.27-init-nilmap", PANIC, INIT, "assignment to entry in nil map", 1, DEATHS "(*store).put",
	 DEATHS_GO, 18, "main.init.0", NULL},
	/* values */
	{"1.19-main-lines", PANIC, MAIN, "line1\nline2\n\nline4", 1, DEATHS "fill.func2", DEATHS_GO, 84, NULL,
	 NULL},
	{"1.27-main-lines", PANIC, MAIN, "line1\nline2\n\nline4", 1, DEATHS "fill.func2", DEATHS_GO, 84, NULL,
	 NULL},
	{"1.27-main-crlf", PANIC, MAIN, "one\ntwo", 1, DEATHS "fill.func23", DEATHS_GO, 111, NULL, NULL},
	{"1.19-main-error", PANIC, MAIN, "cannot load", 1, DEATHS "fill.func3", DEATHS_GO, 85, NULL, NULL},
	{"1.27-main-kind", PANIC, MAIN, "deaths.myStr(\"text\")", 1, DEATHS "fill.func4", DEATHS_GO, 86, NULL,
	 NULL},
	{"1.22-main-struct", PANIC, MAIN, "(deaths.T) {...}", 1, DEATHS "fill.func5", DEATHS_GO, 87, NULL,
	 NULL},
	{"1.15-main-nil", PANIC, MAIN, "nil", 1, DEATHS "fill.func6", DEATHS_GO, 88, NULL, NULL},
	{"1.27-main-nil", PANIC, MAIN, "nil", 1, DEATHS "fill.func6", DEATHS_GO, 88, NULL, NULL},
	{"1.24-main-index", PANIC, MAIN, "runtime error: index out of range [5] with length 1", 1,
	 DEATHS "index", DEATHS_GO, 66, NULL, NULL},
	{"1.27-main-esc", PANIC, MAIN, "\x1b[31mred\xff\xfe", 1, DEATHS "fill.func21", DEATHS_GO, 108, NULL,
	 NULL},
	{"1.27-main-nilderef", PANIC, MAIN, NIL_DEREF, 1, DEATHS "fill.func9", DEATHS_GO, 91, NULL, NULL},
	/* GOTRACEBACK */
	{"1.15-var-panic-none", PANIC, UNKNOWN, "boom", 0, NULL, NULL, 0, NULL, NULL},
	{"1.27-var-nilderef-none", PANIC, UNKNOWN, NIL_DEREF, 0, NULL, NULL, 0, NULL, NULL},
	{"1.27-var-panic-all", PANIC, INIT, "boom", 1, DEATHS "fill.func1", DEATHS_GO, 83,
	 "example.com/app/conf.init", NULL},
	{"1.27-var-nilderef-system", PANIC, INIT, NIL_DEREF, 1, DEATHS "fill.func9", DEATHS_GO, 91,
	 "example.com/app/conf.init", NULL},
	{"1.19-var-nilderef-crash", PANIC, INIT, NIL_DEREF, 1, DEATHS "fill.func9", DEATHS_GO, 91,
	 "example.com/app/conf.init", NULL},
	{"1.22-var-deadlock-system", FATAL, INIT, DEADLOCK, 1, DEATHS "fill.func12", DEATHS_GO, 97,
	 "example.com/app/conf.init", NULL},
	/* nested, recovered, thrown again: the first is told, and where it came from */
	{"1.19-main-nested", PANIC, MAIN, "first", 1, DEATHS "nested", DEATHS_GO, 24, NULL, "second"},
	{"1.27-main-nested", PANIC, MAIN, "first", 1, DEATHS "nested", DEATHS_GO, 24, NULL, "second"},
	{"1.19-init-reother", PANIC, INIT, "first", 1, DEATHS "repanicOther", DEATHS_GO, 32, "main.init.0",
	 "re:first"},
	{"1.24-main-resame", PANIC, MAIN, "first", 1, DEATHS "repanicSame", DEATHS_GO, 40, NULL, "first"},
	{"1.27-main-resame", PANIC, MAIN, "first", 1, DEATHS "repanicSame", DEATHS_GO, 40, NULL, NULL},
	{"1.15-main-badvalue", FATAL, MAIN, "panic while printing panic value", 1, DEATHS "bad.Error",
	 DEATHS_GO, 62, NULL, NULL},
	{"1.27-main-badvalue", FATAL, MAIN, "panic while printing panic value: while printing", 1,
	 DEATHS "bad.Error", DEATHS_GO, 62, NULL, NULL},
	/* other goroutines: they say nothing of the phase unless goroutine 1 is printed too */
	{"1.27-main-goroutine", PANIC, UNKNOWN, "in a goroutine", 6, DEATHS "inGoroutine.func1", DEATHS_GO,
	 56, NULL, NULL},
	{"1.15-main-races", FATAL, MAIN, "concurrent map writes", 25, DEATHS "races.func1", DEATHS_GO, 48,
	 NULL, NULL},
	{"1.27-main-races", FATAL, UNKNOWN, "concurrent map writes", 25, DEATHS "races.func1", DEATHS_GO, 48,
	 NULL, NULL},
	{"1.19-init-races", FATAL, INIT, "concurrent map writes", 20, DEATHS "races.func1", DEATHS_GO, 48,
	 "main.init.0", NULL},
	/* fatal errors */
	{"1.15-main-goexit", FATAL, UNKNOWN, "no goroutines (main called runtime.Goexit) - deadlock!", 0,
	 NULL, NULL, 0, NULL, NULL},
	{"1.27-main-goexit", FATAL, UNKNOWN, "no goroutines (main called runtime.Goexit) - deadlock!", 0,
	 NULL, NULL, 0, NULL, NULL},
	{"1.19-init-deadlock", FATAL, INIT, DEADLOCK, 1, DEATHS "fill.func12", DEATHS_GO, 97, "main.init.0",
	 NULL},
	{"1.27-var-deadlock", FATAL, INIT, DEADLOCK, 1, DEATHS "fill.func12", DEATHS_GO, 97,
	 "example.com/app/conf.init", NULL},
	{"1.27-main-deadlock", FATAL, MAIN, DEADLOCK, 1, DEATHS "fill.func12", DEATHS_GO, 97, NULL, NULL},
	{"1.27-main-chan", FATAL, MAIN, DEADLOCK, 1, DEATHS "fill.func13", DEATHS_GO, 98, NULL, NULL},
	{"1.27-main-waitgroup", FATAL, MAIN, DEADLOCK, 1, DEATHS "fill.func15", DEATHS_GO, 101, NULL, NULL},
	{"1.19-main-mutex", FATAL, MAIN, "sync: unlock of unlocked mutex", 1, DEATHS "fill.func14", DEATHS_GO,
	 100, NULL, NULL},
	{"1.27-main-mutex", FATAL, MAIN, "sync: unlock of unlocked mutex", 1, DEATHS "fill.func14", DEATHS_GO,
	 100, NULL, NULL},
	/* Go before 1.21 leaves the outer half of a deep stack out */
	{"1.19-main-overflow", FATAL, UNKNOWN, "stack overflow", 1, DEATHS "recurse", DEATHS_GO, 20, NULL,
	 NULL},
	{"1.27-init-overflow", FATAL, INIT, "stack overflow", 1, DEATHS "recurse", DEATHS_GO, 20,
	 "main.init.0", NULL},
	{"1.19-main-oom", FATAL, MAIN, "runtime: out of memory", 1, DEATHS "fill.func22", DEATHS_GO, 109,
	 NULL, NULL},
	{"1.27-main-badptr", FATAL, MAIN, "fault", 1, DEATHS "badPointer", "/src/deaths/ptr.go", 7, NULL,
	 NULL},
	{"1.19-newosproc", FATAL, RUNTIME, "newosproc", 1, NULL, NULL, 0, NULL, NULL},
	{"1.27-newosproc", FATAL, RUNTIME, "newosproc", 1, NULL, NULL, 0, NULL, NULL},
	/* signals */
	{"1.27-main-quit", SIGNAL, MAIN, "SIGQUIT: quit", 1, DEATHS "kill", DEATHS_GO, 116, NULL, NULL},
	{"1.19-main-abort", SIGNAL, MAIN, "SIGABRT: abort", 1, DEATHS "kill", DEATHS_GO, 116, NULL, NULL},
	{"1.15-cgo-abort", SIGNAL, MAIN, "SIGABRT: abort", 1, "main.main", "/src/main.go", 19, NULL, NULL},
	{"1.19-cgo-main", FATAL, MAIN, "unexpected signal during runtime execution", 1, "main.main",
	 "/src/main.go", 21, NULL, NULL},
	{"1.27-cgo-main", SIGNAL, MAIN, "SIGSEGV: segmentation violation", 1, "main.main", "/src/main.go", 21,
	 NULL, NULL},
	{"1.27-cgo-init", SIGNAL, INIT, "SIGSEGV: segmentation violation", 1, "main.init.0", "/src/main.go",
	 13, "main.init.0", NULL},
	{"1.27-pthread", SIGNAL, RUNTIME, "SIGABRT: abort", 1, NULL, NULL, 0, NULL, NULL},
	/* names and paths */
	{"1.27-generic-main", PANIC, MAIN, "runtime error: index out of range [3] with length 0", 1,
	 "main.(*List[...]).At", "/src/main.go", 6, NULL, NULL},
	{"1.27-generic-init", PANIC, INIT, "no key", 1, "main.Pick[...].func1", "/src/main.go", 10,
	 "main.init.0", NULL},
	{"1.27-space", PANIC, MAIN, "boom", 1, "main.main", "/src/my app/main.go", 3, NULL, NULL},
	{"1.27-trim", PANIC, MAIN, "boom", 1, "main.main", "example.com/app/main.go", 3, NULL, NULL},
	/* other text on the same stream */
	{"1.27-main-logpanic", PANIC, MAIN, "log 1", 1, DEATHS "fill.func17", DEATHS_GO, 104, NULL, NULL},
	{"1.27-main-forged", PANIC, MAIN, "real", 1, DEATHS "fill.func18", DEATHS_GO, 105, NULL, NULL},
};

static void parse(const char *bytes, size_t len, struct gl_panic *panic)
{
	struct kit_text kit = kit_text(bytes, len);

	ck_assert_int_eq(gl_panic_parse(&kit.text, panic), 0);
	kit_text_done(&kit);
}

static bool finds(const char *bytes, size_t len)
{
	struct kit_text kit = kit_text(bytes, len);
	struct gl_panic panic = GL_PANIC_INIT;
	int r = gl_panic_parse(&kit.text, &panic);

	kit_text_done(&kit);
	ck_assert_int_ge(r, 0);
	if (r == 0)
		gl_panic_done(&panic);
	return r == 0;
}

static void check_culprit(const struct transcript *t, const struct gl_panic *panic)
{
	const struct gl_frame *culprit = gl_trace_culprit(&panic->trace, panic->kind == GL_PANIC_PANIC);

	ck_assert_msg(panic->trace.goroutine == t->goroutine, "%s: goroutine %lu", t->name,
		      panic->trace.goroutine);
	if (!t->function) {
		ck_assert_msg(!culprit, "%s: a culprit", t->name);
		return;
	}
	ck_assert_msg(culprit, "%s: no culprit", t->name);
	kit_assert_slice(culprit->function, t->function, t->name);
	kit_assert_slice(culprit->file, t->file, t->name);
	ck_assert_msg(culprit->line == t->line, "%s: line %lu", t->name, culprit->line);
}

/* "(deaths.T) {...}" in the table: Go before 1.18 and since prints addresses there. */
static void check_message(const struct transcript *t, const struct gl_panic *panic)
{
	struct gl_slice message = {.text = panic->message, .len = panic->message_len};

	if (strcmp(t->name, "1.22-main-struct") == 0)
		ck_assert(gl_slice_starts(message, "(deaths.T) "));
	else
		kit_assert_slice(message, t->message, t->name);
}

START_TEST(reads_transcript)
{
	const struct transcript *t = &transcripts[_i];
	struct gl_panic panic = GL_PANIC_INIT;
	size_t len;
	char *bytes = kit_fixture(t->name, &len);

	parse(bytes, len, &panic);
	free(bytes);
	ck_assert_msg((int)panic.kind == t->kind, "%s: kind %d", t->name, (int)panic.kind);
	ck_assert_msg((int)panic.phase == t->phase, "%s: phase %s", t->name, gl_phase_name(panic.phase));
	check_message(t, &panic);
	kit_assert_slice(panic.last, t->last, t->name);
	kit_assert_slice(panic.init.function, t->init, t->name);
	ck_assert_msg(panic.has_trace == (t->goroutine != 0), "%s: trace", t->name);
	if (panic.has_trace)
		check_culprit(t, &panic);
	gl_panic_done(&panic);
}
END_TEST

/* The same, whatever stood on the stream before, with either line end. */
START_TEST(reads_transcript_after_other_text)
{
	const struct transcript *t = &transcripts[_i];
	struct gl_buf b = GL_BUF_INIT;
	struct gl_panic panic = GL_PANIC_INIT;
	size_t len;
	char *bytes = kit_fixture(t->name, &len);

	for (int i = 0; i < 20000; i++)
		gl_buf_printf(&b, "2026/11/23 16:01:%02d request %d served; panic: none\r\n", i % 60, i);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			gl_buf_putc(&b, '\r');
		gl_buf_putc(&b, bytes[i]);
	}
	parse(b.data, b.len, &panic);
	ck_assert_msg((int)panic.kind == t->kind && (int)panic.phase == t->phase, "%s: kind %d, phase %s",
		      t->name, (int)panic.kind, gl_phase_name(panic.phase));
	check_message(t, &panic);
	if (panic.has_trace)
		check_culprit(t, &panic);
	gl_panic_done(&panic);
	gl_buf_done(&b);
	free(bytes);
}
END_TEST

START_TEST(reads_remarks)
{
	struct gl_panic panic = GL_PANIC_INIT;
	size_t len;
	char *bytes = kit_fixture("1.27-cgo-main", &len);

	parse(bytes, len, &panic);
	ck_assert(panic.in_c);
	ck_assert(gl_slice_starts(panic.signal, "PC=0x"));
	gl_panic_done(&panic);
	free(bytes);

	bytes = kit_fixture("1.19-cgo-main", &len);
	parse(bytes, len, &panic);
	ck_assert(panic.in_c);
	ck_assert(gl_slice_starts(panic.signal, "SIGSEGV: segmentation violation code=0x1 addr=0x8"));
	ck_assert(!gl_slice_ends(panic.signal, "]"));
	gl_panic_done(&panic);
	free(bytes);

	bytes = kit_fixture("1.27-main-badptr", &len);
	parse(bytes, len, &panic);
	ck_assert(!panic.in_c);
	kit_assert_slice(panic.context, "unexpected fault address 0xdead00000", "context");
	gl_panic_done(&panic);
	free(bytes);

	bytes = kit_fixture("1.27-init-overflow", &len);
	parse(bytes, len, &panic);
	kit_assert_slice(panic.context, "runtime: goroutine stack exceeds 1000000000-byte limit", "context");
	ck_assert(panic.trace.elided);
	ck_assert_uint_eq(panic.trace.frame_count, GL_TRACE_MAX_FRAMES);
	ck_assert_uint_gt(panic.trace.frames_left_out, 0);
	gl_panic_done(&panic);
	free(bytes);
}
END_TEST

#define TRACE "\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1\n"

static const struct words {
	const char *text;
	bool found;
	const char *message;
} sayings[] = {
	{"", false, NULL},
	{"all is well\n", false, NULL},
	/* a header alone has to be nearly the last */
	{"panic: boom", true, "boom"},
	{"panic: ", true, ""},
	{"panic: boom\nand then\n", true, "boom"},
	{"panic: x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n", false, NULL},
	/* a trace alone is nobody's death */
	{"goroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1\n", false, NULL},
	/* a line that is not ended */
	{"loading... panic: boom\n" TRACE, true, "boom"},
	{"loading... fatal error: all goroutines are asleep - deadlock!\n" TRACE, true, DEADLOCK},
	{"x panic: boom\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n" TRACE, true,
	 "boom"},
	{"http: panic serving 1.2.3.4:5: boom\ngoroutine 34 [running]:\nmain.f()\n\t/src/main.go:3 +0x1\n",
	 false, NULL},
	{"quoted panic: old\nmore\n" TRACE, false, NULL},
	/* the last one with a trace */
	{"panic: one\n" TRACE "panic: two\n" TRACE, true, "two"},
	{"panic: logged\nfatal error: real\n" TRACE, true, "real"},
	/* interleaved by others */
	{"panic: boom\n\ngoroutine 1 [running]:\nmain.f(\nrequest served (ok)\nmain.main()\n\t/src/main.go:3 +0x1\n",
	 true, "boom"},
	/* the start of a signal dump without its second line */
	{"SIGSEGV: segmentation violation\nsaid the log\n" TRACE, false, NULL},
	/* threads that dump themselves after the death (GOTRACEBACK=crash) are not the death */
	{"SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1\n" TRACE
	 "\n-----\n\nSIGQUIT: quit\nPC=0x2 m=1 sigcode=0\n\ngoroutine 7 [running]:\nmain.g()\n\t/src/main.go:9 +0x1\n",
	 true, "SIGSEGV: segmentation violation"},
	{"This program can only be run on AMD64 processors with v3 microarchitecture support.\n", true,
	 "This program can only be run on AMD64 processors with v3 microarchitecture support."},
};

START_TEST(judges_words)
{
	const struct words *w = &sayings[_i];
	struct gl_panic panic = GL_PANIC_INIT;

	if (!w->found) {
		ck_assert_msg(!finds(w->text, strlen(w->text)), "found in '%s'", w->text);
		return;
	}
	parse(w->text, strlen(w->text), &panic);
	kit_assert_slice(((struct gl_slice){.text = panic.message, .len = panic.message_len}), w->message,
			 w->text);
	gl_panic_done(&panic);
}
END_TEST

/* A program that recovers, logs what it recovered, and goes on has not died of it. */
START_TEST(lives_on_after_a_logged_panic)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_buf_puts(&b, "panic: boom\n" TRACE);
	for (int i = 0; i < 100; i++)
		gl_buf_printf(&b, "request %d\n", i);
	ck_assert(finds(b.data, b.len));
	gl_buf_puts(&b, "one more\n");
	ck_assert(!finds(b.data, b.len));
	gl_buf_done(&b);
}
END_TEST

/* The header is in the mark, the trace in the tail, and megabytes of message between them. */
START_TEST(message_longer_than_all_windows)
{
	struct gl_buf b = GL_BUF_INIT;
	struct gl_panic panic = GL_PANIC_INIT;

	b.limit = (size_t)32 << 20;
	gl_buf_puts(&b, "starting\npanic: ");
	for (int i = 0; i < 10 << 20; i++)
		gl_buf_putc(&b, 'x');
	gl_buf_puts(&b, "\n" TRACE);
	ck_assert_int_eq(gl_buf_error(&b), 0);
	parse(b.data, b.len, &panic);
	ck_assert_uint_eq(panic.message_len, GL_PANIC_MAX_MESSAGE);
	ck_assert_int_eq(panic.message[0], 'x');
	ck_assert_int_eq(panic.phase, GL_PHASE_MAIN);
	gl_panic_done(&panic);
	gl_buf_done(&b);
}
END_TEST

/* The death stands in the mark, ten thousand goroutines follow it. */
START_TEST(dump_longer_than_all_windows)
{
	struct gl_buf b = GL_BUF_INIT;
	struct gl_panic panic = GL_PANIC_INIT;

	gl_buf_puts(&b, "panic: boom\n\ngoroutine 1 [running]:\nmain.init.0()\n\t/src/main.go:3 +0x1\n");
	for (int i = 2; i < 10000; i++)
		gl_buf_printf(&b, "\ngoroutine %d [chan receive]:\nmain.worker()\n\t/src/w.go:5 +0x2\n", i);
	parse(b.data, b.len, &panic);
	ck_assert_int_eq(panic.phase, GL_PHASE_INIT);
	ck_assert_uint_eq(panic.trace.goroutine, 1);
	gl_panic_done(&panic);
	gl_buf_done(&b);
}
END_TEST

/* A message is cut between characters. */
START_TEST(cuts_message_at_a_character)
{
	struct gl_buf b = GL_BUF_INIT;
	struct gl_panic panic = GL_PANIC_INIT;

	gl_buf_puts(&b, "panic: x");
	for (int i = 0; i < 2000; i++)
		gl_buf_puts(&b, "\xc3\xa9");
	gl_buf_puts(&b, "\n" TRACE);
	parse(b.data, b.len, &panic);
	ck_assert_uint_eq(panic.message_len, GL_PANIC_MAX_MESSAGE - 1);
	gl_panic_done(&panic);
	gl_buf_done(&b);
}
END_TEST

static Suite *panic_suite(void)
{
	Suite *suite = suite_create("panic");
	TCase *tcase = tcase_create("panic");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, reads_transcript, 0, GL_ARRAY_SIZE(transcripts));
	tcase_add_loop_test(tcase, reads_transcript_after_other_text, 0, GL_ARRAY_SIZE(transcripts));
	tcase_add_test(tcase, reads_remarks);
	tcase_add_loop_test(tcase, judges_words, 0, GL_ARRAY_SIZE(sayings));
	tcase_add_test(tcase, lives_on_after_a_logged_panic);
	tcase_add_test(tcase, message_longer_than_all_windows);
	tcase_add_test(tcase, dump_longer_than_all_windows);
	tcase_add_test(tcase, cuts_message_at_a_character);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(panic_suite());
}
