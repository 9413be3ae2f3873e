/*
 * Saved records: those that golaunch writes, those of later versions, and hostile ones.
 */
#include <errno.h>
#include <stdlib.h>

#include "report/saved.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define BEGIN "{\"schema\":\"golaunch.report/1\",\"program\":\"./app\","
#define EXIT2 "\"outcome\":{\"kind\":\"exit\",\"status\":2,\"signal\":null}"
#define CAUSE "\"cause\":{\"code\":\"GL6002\",\"severity\":\"error\",\"message\":\"exited 2\"}"

static json_t *parse(const char *text)
{
	struct gl_err err = GL_ERR_INIT;
	json_t *record = NULL;
	int r = gl_saved_parse(text, strlen(text), &record, &err);

	ck_assert_msg(r == 0, "%s: %s", text, err.msg);
	return record;
}

static char *render(const char *text)
{
	struct gl_buf b = GL_BUF_INIT;
	json_t *record = parse(text);

	gl_saved_text(&b, record, "", false);
	json_decref(record);
	return gl_buf_take(&b);
}

static void assert_text(const char *record, const char *expected)
{
	char *text = render(record);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(tells_all_that_there_is)
{
	assert_text(
		BEGIN EXIT2
		",\"time\":\"2026-11-23T15:47:03.120Z\",\"phase\":\"init\",\"launch\":\"direct\",\"cause\":"
		"{\"code\":\"GL6002\",\"name\":\"init-exit\",\"severity\":\"error\",\"message\":\"exited 2\","
		"\"evidence\":{\"function\":\"a/b.check\",\"tried\":[\"x\",\"y\"],\"status\":2,\"none\":null},"
		"\"fixes\":[\"do this\",\"or that\"]},\"panic\":null,\"frames\":["
		"{\"function\":\"os.Exit\",\"file\":\"/go/os/proc.go\",\"line\":66},"
		"{\"function\":\"a/b.check\",\"file\":\"/src/b.go\",\"line\":8},"
		"{\"function\":\"a/b.init\",\"file\":null,\"line\":null}],"
		"\"init\":{\"package\":\"a/b\",\"function\":\"a/b.init.0\",\"file\":\"/src/b.go\",\"line\":5,"
		"\"done\":30,\"total\":44},\"stderr_tail\":\"first\\nlast\\n\\n\","
		"\"go\":{\"version\":\"go1.22.5\",\"module\":\"a\",\"module_version\":\"v1.8.2\"},"
		"\"host\":{\"libc\":\"musl\",\"libc_version\":\"1.2.5\",\"kernel\":\"6.1\",\"machine\":\"x86-64\"}}",
		"error[GL6002]: exited 2\n"
		"  program  ./app, go1.22.5, a v1.8.2\n"
		"  ended    exit status 2, phase init, 2026-11-23T15:47:03.120Z\n"
		"  where    a/b.check b.go:8 <- b.init\n"
		"  init     a/b.init.0 b.go:5, package 31 of 44\n"
		"  facts    tried [\"x\",\"y\"], status 2\n"
		"  stderr   last\n"
		"  host     musl 1.2.5, Linux 6.1, x86-64\n"
		"  fix      do this\n"
		"  fix      or that\n"
		"  more     golaunch explain GL6002\n");
}
END_TEST

#define DENIED(name) "{\"syscall\":\"" name "\",\"count\":1}"

START_TEST(tells_what_was_denied)
{
	assert_text(
		BEGIN EXIT2 "," CAUSE ",\"denials\":[{\"syscall\":\"mount\",\"args\":\"\\\"a\\\", NULL\","
			    "\"errno\":\"EPERM\",\"function\":\"main.f\",\"file\":\"/src/f.go\","
			    "\"line\":3,\"rule\":\"app.policy:8 \\\"default deny\\\"\",\"count\":2},"
			    "{\"syscall\":\"bpf\",\"file\":\"/lib/x.so\"}," DENIED("a") "," DENIED(
				    "b") "," DENIED("c") "," DENIED("d") "]}",
		"error[GL6002]: exited 2\n"
		"  program  ./app\n"
		"  ended    exit status 2\n"
		"  denied   mount(\"a\", NULL) = EPERM, 2 times, by main.f f.go:3, app.policy:8 \"default deny\"\n"
		"  denied   bpf(), by /lib/x.so\n"
		"  denied   a()\n"
		"  denied   b()\n"
		"  denied   2 more: --format json\n"
		"  more     golaunch explain GL6002\n");
	assert_text(BEGIN EXIT2 ",\"denials\":[" DENIED("a") "]}",
		    "./app: exit status 2, 1 denial: --format json\n");
	assert_text(BEGIN EXIT2 ",\"denials\":[" DENIED("a") "," DENIED("b") "]}",
		    "./app: exit status 2, 2 denials: --format json\n");
}
END_TEST

#define FINDING(code, severity, message, more)                                                               \
	"{\"code\":\"" code "\",\"name\":\"n\",\"severity\":\"" severity "\",\"message\":\"" message         \
	"\"" more "}"
#define REPAIR                                                                                                   \
	FINDING("GL5005", "note", "EPERM is now ENOSYS: clone3",                                                 \
		",\"evidence\":{\"calls\":[\"clone3\"],\"by_policy\":[],\"errno\":\"EPERM\",\"obstacle\":null}," \
		"\"fixes\":[\"a newer engine\"]")
#define COMPLAINT                                                                                            \
	FINDING("GL5101", "warning", "mount was denied, says the program",                                   \
		",\"evidence\":{\"denied_by\":\"golaunch\",\"syscall\":\"mount\",\"file\":\"\"}")

/* Behind the block, each as the run said it; what was not saved of its rows is in the evidence. */
START_TEST(tells_the_other_findings)
{
	assert_text(BEGIN EXIT2 "," CAUSE ",\"findings\":[" REPAIR "," COMPLAINT "]}",
		    "error[GL6002]: exited 2\n"
		    "  program  ./app\n"
		    "  ended    exit status 2\n"
		    "  more     golaunch explain GL6002\n"
		    "note[GL5005]: EPERM is now ENOSYS: clone3\n"
		    "  facts    calls [\"clone3\"], errno EPERM\n"
		    "  fix      a newer engine\n"
		    "warning[GL5101]: mount was denied, says the program\n"
		    "  facts    denied_by golaunch, syscall mount\n"
		    "  more     golaunch explain GL5101\n");
	assert_text(BEGIN EXIT2 ",\"findings\":[" REPAIR "]}", "./app: exit status 2\n"
							       "note[GL5005]: EPERM is now ENOSYS: clone3\n"
							       "  facts    calls [\"clone3\"], errno EPERM\n"
							       "  fix      a newer engine\n");
	assert_text(BEGIN EXIT2 ",\"findings\":null}", "./app: exit status 2\n");
	assert_text(BEGIN EXIT2 ",\"findings\":[]}", "./app: exit status 2\n");
}
END_TEST

START_TEST(tells_nothing_twice)
{
	/* the cause itself, and a complaint about what a row shows */
	assert_text(BEGIN EXIT2 "," CAUSE ",\"findings\":[" FINDING(
			    "GL6002", "error", "exited 2",
			    "") "," COMPLAINT "],\"denials\":[{\"syscall\":\"mount\",\"errno\":\"EPERM\"}]}",
		    "error[GL6002]: exited 2\n"
		    "  program  ./app\n"
		    "  ended    exit status 2\n"
		    "  denied   mount() = EPERM\n"
		    "  more     golaunch explain GL6002\n");
	/* where no row shows it, it is told */
	assert_text(BEGIN EXIT2 ",\"findings\":[" COMPLAINT "],\"denials\":[{\"syscall\":\"mount\"}]}",
		    "./app: exit status 2, 1 denial: --format json\n"
		    "warning[GL5101]: mount was denied, says the program\n"
		    "  facts    denied_by golaunch, syscall mount\n"
		    "  more     golaunch explain GL5101\n");
}
END_TEST

/* Rows that forge a finding, and more findings than anybody reads. */
START_TEST(has_bounds_of_findings)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	char *text;

	gl_buf_puts(&b, BEGIN EXIT2 ",\"findings\":[");
	gl_buf_puts(&b, FINDING("GL9999", "note", "\\u001b[2J\\nerror[GL1001]: x%n",
				",\"evidence\":{\"a\\nb\":{\"c\":\"\\u202e\"}},\"fixes\":[\"\\r\"]"));
	for (int i = 0; i < 3000; i++)
		gl_buf_puts(&b, "," REPAIR);
	gl_buf_puts(&b, "]}");
	text = render(gl_buf_text(&b));
	ck_assert_uint_lt(strlen(text), 2000);
	ck_assert_ptr_null(strpbrk(text, "\033\r"));
	ck_assert_ptr_null(strstr(text, "\nerror"));
	ck_assert_ptr_null(strstr(text, "\u202e"));
	ck_assert_ptr_nonnull(strstr(text, "note[GL9999]: \\x1b[2J\\x0aerror[GL1001]: x%n\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n2993 more findings: --format json\n"));
	free(text);
}
END_TEST

START_TEST(tells_little_of_little)
{
	assert_text(BEGIN EXIT2 "}", "./app: exit status 2\n");
	assert_text(BEGIN EXIT2 ",\"cause\":null,\"frames\":null,\"go\":null}", "./app: exit status 2\n");
	assert_text(BEGIN "\"outcome\":{\"kind\":\"signal\",\"signal\":\"SIGKILL\"}," CAUSE "}",
		    "error[GL6002]: exited 2\n  program  ./app\n  ended    SIGKILL\n"
		    "  more     golaunch explain GL6002\n");
}
END_TEST

START_TEST(knows_codes_and_fields_of_later_versions)
{
	assert_text(BEGIN EXIT2 ",\"cause\":{\"code\":\"GL6999\",\"severity\":\"note\",\"message\":\"m\","
				"\"new\":{\"a\":[]}},\"more\":[[]]}",
		    "note[GL6999]: m\n  program  ./app\n  ended    exit status 2\n");
}
END_TEST

START_TEST(escapes)
{
	char *text = render("{\"schema\":\"golaunch.report/1\",\"program\":\"\\u001b[31m\\u202ex\"," EXIT2
			    ",\"cause\":{\"code\":\"GL6002\",\"severity\":\"error\",\"message\":\"a\\nb\","
			    "\"evidence\":{\"\\u001b\":\"\\u001b\"},\"fixes\":[\"%s%n\\r\"]}}");

	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strchr(text, '\r'));
	ck_assert_ptr_nonnull(strstr(text, "]: a\\x0ab\n"));
	ck_assert_ptr_nonnull(strstr(text, "%s%n\\x0d"));
	free(text);
}
END_TEST

static const struct {
	const char *line, *words;
} wrong[] = {
	{"", "not JSON"},
	{"{", "not JSON"},
	{"[]", "not a record"},
	{"{}", "'schema' is missing"},
	{"{\"schema\":1}", "'schema' must be a string"},
	{"{\"schema\":null}", "'schema' must be a string"},
	{"{\"schema\":\"golaunch.check/1\",\"program\":\"p\"," EXIT2 "}", "cannot be 'golaunch.check/1'"},
	{BEGIN "\"x\":1}", "'outcome' is missing"},
	{BEGIN "\"outcome\":[]}", "'outcome' must be an object"},
	{BEGIN "\"outcome\":{}}", "'outcome.kind' is missing"},
	{BEGIN "\"outcome\":{\"kind\":\"exit\",\"status\":\"2\"}}",
	 "'outcome.status' must be a whole number"},
	{BEGIN "\"outcome\":{\"kind\":\"exit\",\"status\":2.5}}", "'outcome.status' must be a whole number"},
	{BEGIN EXIT2 ",\"cause\":\"x\"}", "'cause' must be an object"},
	{BEGIN EXIT2 ",\"cause\":{}}", "'cause.code' is missing"},
	{BEGIN EXIT2 ",\"cause\":{\"code\":\"GL1; x\",\"severity\":\"error\",\"message\":\"m\"}}",
	 "'code' cannot be 'GL1; x'"},
	{BEGIN EXIT2 ",\"cause\":{\"code\":\"GL6002\",\"severity\":\"fatal\",\"message\":\"m\"}}",
	 "'severity' cannot be 'fatal'"},
	{BEGIN EXIT2
	 ",\"cause\":{\"code\":\"GL6002\",\"severity\":\"error\",\"message\":\"m\",\"fixes\":[\"a\",7]}}",
	 "'cause.fixes[1]' must be a string"},
	{BEGIN EXIT2 ",\"frames\":{}}", "'frames' must be an array"},
	{BEGIN EXIT2 ",\"frames\":[{},7]}", "'frames[1]' must be an object"},
	{BEGIN EXIT2 ",\"frames\":[{\"line\":\"8\"}]}", "'frames[0].line' must be a whole number"},
	{BEGIN EXIT2 ",\"denials\":{}}", "'denials' must be an array"},
	{BEGIN EXIT2 ",\"denials\":[\"mount\"]}", "'denials[0]' must be an object"},
	{BEGIN EXIT2 ",\"denials\":[{\"count\":1}]}", "'denials[0].syscall' is missing"},
	{BEGIN EXIT2 ",\"denials\":[{\"syscall\":\"a\",\"count\":\"b\"}]}",
	 "'denials[0].count' must be a whole number"},
	{BEGIN EXIT2 ",\"findings\":{}}", "'findings' must be an array"},
	{BEGIN EXIT2 ",\"findings\":[7]}", "'findings[0]' must be an object"},
	{BEGIN EXIT2 ",\"findings\":[{}]}", "'findings[0].code' is missing"},
	{BEGIN EXIT2 ",\"findings\":[" REPAIR "," FINDING("GL5005", "note", "m", ",\"fixes\":[[]]") "]}",
	 "'findings[1].fixes[0]' must be a string"},
	{BEGIN EXIT2 ",\"findings\":[" FINDING("GL5005", "note", "m", ",\"evidence\":[]") "]}",
	 "'findings[0].evidence' must be an object"},
	{BEGIN EXIT2 ",\"findings\":[" FINDING("GL5", "note", "m", "") "]}",
	 "'findings[0]': 'code' cannot be 'GL5'"},
	{BEGIN EXIT2 ",\"findings\":[" FINDING("GL5005", "dire", "m", "") "]}",
	 "'findings[0]': 'severity' cannot be 'dire'"},
	{BEGIN EXIT2 ",\"program\":\"q\"}", "not JSON"}, /* twice */
	{BEGIN "\"a\":\"\\u0000\"," EXIT2 "}", "not JSON"},
};

START_TEST(says_what_is_wrong)
{
	struct gl_err err = GL_ERR_INIT;
	json_t *record = NULL;

	ck_assert_int_eq(gl_saved_parse(wrong[_i].line, strlen(wrong[_i].line), &record, &err), -EINVAL);
	ck_assert_ptr_null(record);
	ck_assert_msg(strstr(err.msg, wrong[_i].words), "'%s' does not say '%s'", err.msg, wrong[_i].words);
}
END_TEST

/* Nested deeper than any parser's stack, longer than a line may be, more frames than are kept. */
START_TEST(has_bounds)
{
	size_t len = GL_SAVED_MAX_LINE + 1;
	struct gl_err err = GL_ERR_INIT;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	char *bytes = malloc(len), *text;
	json_t *record = NULL;

	memset(bytes, '[', len);
	ck_assert_int_eq(gl_saved_parse(bytes, len, &record, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.msg, "longer than"));
	ck_assert_int_eq(gl_saved_parse(bytes, len - 1, &record, &err), -EINVAL);
	free(bytes);

	gl_buf_puts(&b, BEGIN EXIT2 "," CAUSE ",\"frames\":[{}");
	for (int i = 0; i < 1000; i++)
		gl_buf_printf(&b, ",{\"function\":\"f%d\",\"line\":-1}", i);
	gl_buf_puts(&b, "]}");
	text = render(gl_buf_text(&b));
	ck_assert_uint_lt(strlen(text), 1000);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("saved");
	TCase *tc = tcase_create("saved");

	tcase_add_test(tc, tells_all_that_there_is);
	tcase_add_test(tc, tells_little_of_little);
	tcase_add_test(tc, tells_what_was_denied);
	tcase_add_test(tc, tells_the_other_findings);
	tcase_add_test(tc, tells_nothing_twice);
	tcase_add_test(tc, has_bounds_of_findings);
	tcase_add_test(tc, knows_codes_and_fields_of_later_versions);
	tcase_add_test(tc, escapes);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, (int)GL_ARRAY_SIZE(wrong));
	tcase_add_test(tc, has_bounds);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
