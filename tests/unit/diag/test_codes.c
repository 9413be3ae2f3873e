/*
 * The table of findings, and findings as text and JSON.
 */
#include "base/mem.h"
#include "diag/explain.h"
#include "diag/finding.h"
#include "tests/lib/unit.h"

START_TEST(test_table_is_whole)
{
	const struct gl_code_info *info = gl_code_info((enum gl_code)_i);

	ck_assert_uint_eq(strlen(info->code), 6);
	ck_assert_int_eq(strncmp(info->code, "GL", 2), 0);
	ck_assert_uint_eq(strspn(info->code + 2, "0123456789"), 4);
	ck_assert_uint_eq(strspn(info->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(info->name));
	ck_assert(*info->title && *info->why && *info->fix);
	ck_assert_msg(info->title[strlen(info->title) - 1] != '.', "%s: title ends with a full stop",
		      info->code);
	ck_assert_int_eq(gl_code_find(info->code), _i);
	ck_assert_int_eq(gl_code_find(info->name), _i);
	if (_i > GL_CODE_NONE + 1)
		ck_assert_int_gt(strcmp(info->code, gl_code_info((enum gl_code)(_i - 1))->code), 0);
}
END_TEST

START_TEST(test_unknown_code)
{
	ck_assert_int_eq(gl_code_find("GL9999"), GL_CODE_NONE);
	ck_assert_int_eq(gl_code_find(""), GL_CODE_NONE);
}
END_TEST

START_TEST(test_text_block)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_finding *f =
		gl_findings_add(&list, GL_CODE_INTERPRETER_MISSING, "%s needs a loader", "./x");
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_finding_row(f, "needs", "%s", "/lib/ld.so");
	gl_finding_fix(f, "do %d", 1);
	gl_finding_text(&b, f, "golaunch: ", false, 126);
	ck_assert_str_eq(gl_buf_text(&b), "golaunch: error[GL2001]: ./x needs a loader\n"
					  "  needs    /lib/ld.so\n"
					  "  fix      do 1\n"
					  "  more     golaunch explain GL2001\n"
					  "  exit     126 (nothing was started)\n");
	gl_findings_done(&list);
}
END_TEST

START_TEST(test_json_cleans_hostile_text)
{
	char bad[] = {'a', (char)0xff, '\x1b', 'b', 0};
	char *values[] = {bad};
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_finding *f = gl_findings_add(&list, GL_CODE_LIBRARY_MISSING, "m");
	gl_autofree char *text = NULL;
	json_t *json;

	gl_finding_evidence(f, "soname", bad);
	gl_finding_evidence(f, "path", NULL);
	gl_finding_evidence_int(f, "n", -5);
	gl_finding_evidence_list(f, "tried", values, 1);
	json = gl_finding_json(f);
	text = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(
		text,
		"{\"code\":\"GL2101\",\"name\":\"library-missing\",\"severity\":\"error\",\"message\":\"m\","
		"\"evidence\":{\"soname\":\"a\xef\xbf\xbd\\u001Bb\",\"path\":null,\"n\":-5,"
		"\"tried\":[\"a\xef\xbf\xbd\\u001Bb\"]},\"fixes\":[]}");
	json_decref(json);
	gl_findings_done(&list);
}
END_TEST

START_TEST(test_worst_and_limits)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_finding *f = gl_findings_add(&list, GL_CODE_STRIPPED, "note");

	ck_assert_int_eq(gl_findings_worst(&list), GL_SEVERITY_NOTE);
	for (int i = 0; i < 2 * GL_FINDING_MAX_ROWS; i++) {
		gl_finding_row(f, "r", "%d", i);
		gl_finding_fix(f, "%d", i);
	}
	ck_assert_uint_eq(f->row_count, GL_FINDING_MAX_ROWS);
	ck_assert_uint_eq(f->fix_count, GL_FINDING_MAX_FIXES);
	gl_findings_add(&list, GL_CODE_TRUNCATED, "error");
	ck_assert_int_eq(gl_findings_worst(&list), GL_SEVERITY_ERROR);
	ck_assert_ptr_nonnull(gl_findings_find(&list, GL_CODE_TRUNCATED));
	ck_assert_ptr_null(gl_findings_find(&list, GL_CODE_PANIC));
	for (size_t i = list.count; i < GL_FINDINGS_MAX; i++)
		ck_assert_ptr_nonnull(gl_findings_add(&list, GL_CODE_STRIPPED, "x"));
	ck_assert_ptr_null(gl_findings_add(&list, GL_CODE_STRIPPED, "x"));
	ck_assert(list.incomplete);
	gl_finding_row(NULL, "r", "x");
	gl_finding_evidence(NULL, "k", "v");
	gl_findings_done(&list);
}
END_TEST

START_TEST(test_explain_names_every_code)
{
	gl_autobuf struct gl_buf list = GL_BUF_INIT;
	json_t *json = gl_explain_json(GL_CODE_NONE);

	gl_explain_list(&list);
	for (enum gl_code c = GL_CODE_NONE + 1; c < GL_CODE_MAX; c++)
		ck_assert_ptr_nonnull(strstr(gl_buf_text(&list), gl_code_info(c)->code));
	ck_assert_uint_eq(json_array_size(json), GL_CODE_MAX - 1);
	json_decref(json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codes");
	TCase *tcase = tcase_create("codes");

	tcase_add_loop_test(tcase, test_table_is_whole, GL_CODE_NONE + 1, GL_CODE_MAX);
	tcase_add_test(tcase, test_unknown_code);
	tcase_add_test(tcase, test_text_block);
	tcase_add_test(tcase, test_json_cleans_hostile_text);
	tcase_add_test(tcase, test_worst_and_limits);
	tcase_add_test(tcase, test_explain_names_every_code);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
