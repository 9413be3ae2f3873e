/*
 * The JSON line: its fields, its bounds, hostile text in it.
 */
#include <signal.h>

#include "report/json.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

static const char *const fields[] = {
	"schema",      "time",	 "program", "phase",	 "outcome",  "cause",
	"panic",       "frames", "init",    "phases_ms", "denials",  "stderr_tail",
	"fingerprint", "go",	 "host",    "launch",	 "findings",
};

/* The document of a report; checks what holds for every one: one line, every field once, in order. */
static json_t *render(const struct gl_report *report)
{
	size_t len, i = 0;
	char *line = gl_report_json(report, &len);
	json_t *document, *value;
	const char *key;
	json_error_t error;

	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(strlen(line), len);
	ck_assert_ptr_eq(strchr(line, '\n'), line + len - 1);
	document = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(document != NULL, "%s", error.text);
	json_object_foreach(document, key, value)
	{
		ck_assert_uint_lt(i, GL_ARRAY_SIZE(fields));
		ck_assert_str_eq(key, fields[i++]);
	}
	ck_assert_uint_eq(i, GL_ARRAY_SIZE(fields));
	free(line);
	return document;
}

static void assert_json(json_t *document, const char *field, const char *expected)
{
	char *text = json_dumps(json_object_get(document, field), JSON_COMPACT | JSON_ENCODE_ANY);

	ck_assert_msg(strcmp(text, expected) == 0, "%s: %s is not %s", field, text, expected);
	free(text);
}

START_TEST(healthy_exit)
{
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_report report = {
		.time = {.tv_sec = 1795448823, .tv_nsec = 120000000}, .program = "./app", .cause = &cause};
	json_t *document;

	report.outcome = (struct gl_outcome){.kind = GL_OUTCOME_EXIT, .status = 0};
	document = render(&report);
	assert_json(document, "schema", "\"golaunch.report/1\"");
	assert_json(document, "time", "\"2026-11-23T15:47:03.120Z\"");
	assert_json(document, "program", "\"./app\"");
	assert_json(document, "phase", "\"unknown\"");
	assert_json(document, "outcome", "{\"kind\":\"exit\",\"status\":0,\"signal\":null}");
	assert_json(document, "cause", "null");
	assert_json(document, "panic", "null");
	assert_json(document, "frames", "[]");
	assert_json(document, "init", "null");
	assert_json(document, "phases_ms", "{}");
	assert_json(document, "denials", "[]");
	assert_json(document, "stderr_tail", "null");
	assert_json(document, "go", "null");
	assert_json(document, "host", "null");
	assert_json(document, "launch", "\"none\"");
	json_decref(document);
}
END_TEST

START_TEST(init_panic)
{
	struct gl_death death = {.status = 2};
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_err err = GL_ERR_INIT;
	size_t len;
	char *bytes = kit_fixture("1.27-var-nilmap", &len);
	struct kit_text kit = kit_text(bytes, len);
	struct gl_evidence evidence = {.death = &death, .program = "app", .text = &kit.text};
	struct gl_report report = {.program = "app", .cause = &cause, .text = &kit.text, .launch = "direct"};
	json_t *document, *evidence_json;

	report.go = json_pack("{s:s}", "version", "go1.27.4");
	report.outcome = gl_outcome_of_death(&death);
	ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
	document = render(&report);
	assert_json(document, "phase", "\"init\"");
	assert_json(document, "panic",
		    "{\"kind\":\"panic\",\"message\":\"assignment to entry in nil map\",\"goroutine\":1,"
		    "\"source\":\"stderr\"}");
	assert_json(document, "init",
		    "{\"package\":\"example.com/app/conf\",\"function\":\"example.com/app/conf.init\","
		    "\"file\":\"/src/conf/conf.go\",\"line\":9,\"done\":null,\"total\":null}");
	assert_json(document, "go", "{\"version\":\"go1.27.4\"}");
	assert_json(document, "launch", "\"direct\"");
	ck_assert_uint_eq(json_array_size(json_object_get(document, "frames")), 6);
	ck_assert(strncmp(json_string_value(json_object_get(document, "stderr_tail")), bytes, len) == 0);
	evidence_json = json_object_get(json_object_get(document, "cause"), "evidence");
	assert_json(evidence_json, "package", "\"example.com/app/deaths\"");
	assert_json(evidence_json, "function", "\"example.com/app/deaths.(*store).put\"");
	assert_json(evidence_json, "file", "\"/src/deaths/deaths.go\"");
	assert_json(evidence_json, "line", "18");
	assert_json(evidence_json, "source", "\"stderr\"");
	json_decref(document);
	json_decref(report.go);
	gl_cause_done(&cause);
	gl_findings_done(&list);
	kit_text_done(&kit);
	free(bytes);
}
END_TEST

START_TEST(refused)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	const struct gl_finding *finding = gl_findings_add(&list, GL_CODE_INTERPRETER_MISSING, "no loader");
	struct gl_cause cause = gl_cause_of_finding(finding);
	struct gl_report report = {.program = "app", .cause = &cause};
	json_t *document;

	report.outcome = (struct gl_outcome){.kind = GL_OUTCOME_REFUSED, .status = 126};
	document = render(&report);
	assert_json(document, "phase", "\"exec\"");
	assert_json(document, "outcome", "{\"kind\":\"refused\",\"status\":126,\"signal\":null}");
	assert_json(json_object_get(document, "cause"), "code", "\"GL2001\"");
	json_decref(document);
	gl_cause_done(&cause);
	gl_findings_done(&list);
}
END_TEST

START_TEST(killed)
{
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_report report = {.program = "app", .cause = &cause};
	json_t *document;

	report.outcome = (struct gl_outcome){.kind = GL_OUTCOME_SIGNAL, .signal = SIGTERM};
	document = render(&report);
	assert_json(document, "outcome", "{\"kind\":\"signal\",\"status\":null,\"signal\":\"SIGTERM\"}");
	json_decref(document);
}
END_TEST

/* A program's name and words of any bytes: the line stays UTF-8, and its tail within its bound. */
static const char *const fillings[] = {"\x01", "\xff", "\"", "\xc3\xa9", "\xf0\x9f\x98\x80", "a", "\n"};

START_TEST(bounds_hostile_tail)
{
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_buf b = GL_BUF_INIT;
	struct kit_text kit;
	struct gl_report report = {.program = "\xff\x1b\n\"", .cause = &cause};
	json_t *document;
	char *encoded;

	for (int i = 0; i < 30000; i++)
		gl_buf_puts(&b, fillings[_i]);
	gl_buf_puts(&b, "END");
	kit = kit_text(b.data, b.len);
	report.text = &kit.text;
	document = render(&report);
	encoded = json_dumps(json_object_get(document, "stderr_tail"), JSON_ENCODE_ANY);
	ck_assert_uint_le(strlen(encoded), GL_REPORT_MAX_TAIL + 2);
	ck_assert_uint_gt(strlen(encoded), GL_REPORT_MAX_TAIL - 16);
	ck_assert_str_eq(encoded + strlen(encoded) - 4, "END\"");
	/* no character was cut: only the filling that is none gives a replacement */
	ck_assert_int_eq(strstr(encoded, "\xef\xbf\xbd") != NULL, strcmp(fillings[_i], "\xff") == 0);
	free(encoded);
	json_decref(document);
	kit_text_done(&kit);
	gl_buf_done(&b);
}
END_TEST

static Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tcase = tcase_create("json");

	tcase_add_test(tcase, healthy_exit);
	tcase_add_test(tcase, init_panic);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, killed);
	tcase_add_loop_test(tcase, bounds_hostile_tail, 0, GL_ARRAY_SIZE(fillings));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(json_suite());
}
