/*
 * What glibc's and musl's loaders say when they give up.
 */
#include "report/loader_words.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

static const struct transcript {
	const char *fixture, *program;
	int status; /* 0: the loader did not speak */
	size_t lines;
	const char *first;
} transcripts[] = {
	{"loader-glibc-library", "/tmp/app", 127, 1,
	 "error while loading shared libraries: libanswer.so.1: cannot open shared object file: No such file or directory"},
	{"loader-glibc-symbol", "./app", 127, 1, "symbol lookup error: ./app: undefined symbol: answer"},
	{"loader-glibc-version", "/cgoapp", 1, 2,
	 "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.32' not found (required by /cgoapp)"},
	{"loader-musl-library", "/mapp", 127, 2,
	 "Error loading shared library libanswer.so.1: No such file or directory (needed by /mapp)"},
	/* the words of another program's loader, passed on by ours */
	{"loader-glibc-library", "/bin/sh", 0, 0, NULL},
	{"loader-glibc-version", "cgoap", 0, 0, NULL},
	{"1.27-main-panic", "app", 0, 0, NULL},
};

START_TEST(reads_transcript)
{
	const struct transcript *t = &transcripts[_i];
	struct gl_loader_words words;
	size_t len;
	char *bytes = kit_fixture(t->fixture, &len);
	bool spoke = gl_loader_words_parse(bytes, len, t->program, &words);

	ck_assert_msg(spoke == (t->status != 0), "%s", t->fixture);
	if (spoke) {
		ck_assert_int_eq(words.status, t->status);
		ck_assert_uint_eq(words.line_count, t->lines);
		kit_assert_slice(words.lines[0], t->first, t->fixture);
	}
	free(bytes);
}
END_TEST

static const struct saying {
	const char *text;
	bool spoke;
} sayings[] = {
	{"ERROR: ld.so: object '/x.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.\n"
	 "app: error while loading shared libraries: libx.so: cannot open shared object file\n",
	 true},
	{"app: libx.so: no version information available (required by app)\n"
	 "app: symbol lookup error: app: undefined symbol: f, version V2\n",
	 true},
	/* a warning alone is no end */
	{"app: libx.so: no version information available (required by app)\n", false},
	/* the program spoke first: it was loaded */
	{"hello\napp: error while loading shared libraries: libx.so: cannot open shared object file\n",
	 false},
	{"Fatal glibc error: CPU does not support x86-64-v2\n", true},
	{"FATAL: kernel too old\n", true},
	{"Error relocating /app: __fprintf_chk: symbol not found\n", true},
	{"app: version `V1' not found\n", false},
	{": error while loading shared libraries: x\n", false},
	{"", false},
};

START_TEST(judges_words)
{
	const struct saying *s = &sayings[_i];
	struct gl_loader_words words;

	ck_assert_msg(gl_loader_words_parse(s->text, strlen(s->text), "/usr/bin/app", &words) == s->spoke,
		      "%s", s->text);
}
END_TEST

START_TEST(bounds_lines)
{
	struct gl_buf b = GL_BUF_INIT;
	struct gl_loader_words words;

	for (int i = 0; i < 100; i++)
		gl_buf_printf(&b, "Error relocating /app: f%d: symbol not found\n", i);
	ck_assert(gl_loader_words_parse(b.data, b.len, "app", &words));
	ck_assert_uint_eq(words.line_count, GL_LOADER_MAX_LINES);
	ck_assert_uint_eq(words.lines_left_out, 100 - GL_LOADER_MAX_LINES);
	gl_buf_done(&b);
}
END_TEST

static Suite *loader_words_suite(void)
{
	Suite *suite = suite_create("loader_words");
	TCase *tcase = tcase_create("loader_words");

	tcase_add_loop_test(tcase, reads_transcript, 0, GL_ARRAY_SIZE(transcripts));
	tcase_add_loop_test(tcase, judges_words, 0, GL_ARRAY_SIZE(sayings));
	tcase_add_test(tcase, bounds_lines);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(loader_words_suite());
}
