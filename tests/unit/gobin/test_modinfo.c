/*
 * The module text and Go's quoting.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gobin/private.h"
#include "tests/lib/unit.h"

static void parse(const char *text, struct gl_gobin *ret)
{
	*ret = GL_GOBIN_INIT;
	ck_assert_int_eq(gl_modinfo_parse(text, ret), 0);
}

START_TEST(quoting)
{
	static const struct {
		const char *quoted, *plain; /* NULL: not a quoted string */
	} rows[] = {
		{"\"\"", ""},
		{"``", ""},
		{"\"-s -w\"", "-s -w"},
		{"`a\\n\"b\r`", "a\\n\"b"},
		{"\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\"", "\a\b\f\n\r\t\v\\\""},
		{"\"\\x41\\x7f\\101\\377\"", "A\x7f"
					     "A\xff"},
		{"\"\\u00e9\\u20ac\\U0001f600\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\"\\u0041\"", "A"},
		{"\"a", NULL},
		{"\"", NULL},
		{"a", NULL},
		{"", NULL},
		{"\"a`", NULL},
		{"\"a\"b\"", NULL},
		{"`a`b`", NULL},
		{"\"\\\"", NULL},
		{"\"\\q\"", NULL},
		{"\"\\'\"", NULL},
		{"\"\\x4\"", NULL},
		{"\"\\xg0\"", NULL},
		{"\"\\400\"", NULL},
		{"\"\\08\"", NULL},
		{"\"\\ud800\"", NULL},
		{"\"\\U00110000\"", NULL},
		{"\"\\x00\"", NULL},
		{"\"\\uffff\"", "\xef\xbf\xbf"},
	};
	char *plain = NULL;
	int r = gl_gobin_unquote(rows[_i].quoted, strlen(rows[_i].quoted), &plain);

	ck_assert_int_eq(r, rows[_i].plain ? 0 : 1);
	ck_assert_pstr_eq(plain, rows[_i].plain);
	free(plain);
}
END_TEST

START_TEST(settings)
{
	static const struct {
		const char *line, *key, *value; /* key NULL: left out */
	} rows[] = {
		{"build\tCGO_ENABLED=1\n", "CGO_ENABLED", "1"},
		{"build\tCGO_CFLAGS=\n", "CGO_CFLAGS", ""},
		{"build\t-ldflags=\"-s -w -X main.x=a\\\"b\"\n", "-ldflags", "-s -w -X main.x=a\"b"},
		{"build\t-tags=a=b\n", "-tags", "a=b"},
		{"build\t\"odd key\"=`raw value`\n", "odd key", "raw value"},
		{"build\t\"a\\\"=b\"=c\n", "a\"=b", "c"},
		{"build\tvcs.time=2024-01-02T03:04:05Z", "vcs.time", "2024-01-02T03:04:05Z"},
		{"build\tnothing\n", NULL, NULL},
		{"build\t=1\n", NULL, NULL},
		{"build\t\n", NULL, NULL},
		{"build\n", NULL, NULL},
		{"build\t\"a\n", NULL, NULL},
		{"build\t\"a\"\n", NULL, NULL},
		{"build\t\"a\"b=c\n", NULL, NULL},
		{"build\ta=\"b\n", NULL, NULL},
		{"build\ta=\"\\q\"\n", NULL, NULL},
		{"builds\ta=b\n", NULL, NULL},
		{"BUILD\ta=b\n", NULL, NULL},
	};
	struct gl_gobin g;

	parse(rows[_i].line, &g);
	ck_assert_uint_eq(g.setting_count, rows[_i].key ? 1 : 0);
	if (rows[_i].key) {
		ck_assert_str_eq(g.settings[0].key, rows[_i].key);
		ck_assert_str_eq(g.settings[0].value, rows[_i].value);
	}
	gl_gobin_done(&g);
}
END_TEST

START_TEST(modules)
{
	static const struct {
		const char *text, *path, *module, *version;
	} rows[] = {
		{"path\ta/b\nmod\ta\tv1.0.0\th1:x=\n", "a/b", "a", "v1.0.0"},
		{"path\ta\nmod\ta\t(devel)\t\n", "a", "a", "(devel)"},
		{"path\tcommand-line-arguments\n", "command-line-arguments", NULL, NULL},
		{"mod\ta\n", NULL, "a", NULL},
		{"mod\ta\tv1\npath\tp\nmod\tb\tv2\npath\tq\n", "p", "a", "v1"},
		{"dep\tx\tv9\n=>\ty\tv8\nmod\ta\tv1", NULL, "a", "v1"},
		{"", NULL, NULL, NULL},
		{"\n\n\t\n", NULL, NULL, NULL},
	};
	struct gl_gobin g;

	parse(rows[_i].text, &g);
	ck_assert_pstr_eq(g.path, rows[_i].path);
	ck_assert_pstr_eq(g.module, rows[_i].module);
	ck_assert_pstr_eq(g.module_version, rows[_i].version);
	gl_gobin_done(&g);
}
END_TEST

START_TEST(settings_are_bounded)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_gobin g;

	for (unsigned i = 0; i < GL_GOBIN_MAX_SETTINGS + 10; i++)
		gl_buf_printf(&text, "build\tkey%u=%u\n", i, i);
	parse(gl_buf_text(&text), &g);
	ck_assert_uint_eq(g.setting_count, GL_GOBIN_MAX_SETTINGS);
	ck_assert_str_eq(gl_gobin_setting(&g, "key127"), "127");
	ck_assert_ptr_null(gl_gobin_setting(&g, "key128"));
	gl_gobin_done(&g);
	gl_buf_done(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin/modinfo");
	TCase *c = tcase_create("modinfo");

	tcase_add_loop_test(c, quoting, 0, 26);
	tcase_add_loop_test(c, settings, 0, 18);
	tcase_add_loop_test(c, modules, 0, 8);
	tcase_add_test(c, settings_are_bounded);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
