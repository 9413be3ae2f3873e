/*
 * Tokens and their places; bytes that are refused.
 */
#include "policy/lexer.h"

#include <errno.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/lib/unit.h"

/* The tokens of a text, "kind:text@line:column" joined by blanks; the end of a statement is ";". */
static void spell(const char *text, bool texts, char *out, size_t size)
{
	char name[] = "t", copy[512];
	struct gl_policy_file file = {.name = name, .text = copy};
	struct gl_policy policy = {.files = &file, .file_count = 1};
	struct gl_err err = GL_ERR_INIT;
	struct gl_lexer lexer;
	struct gl_token token;
	size_t used = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	out[0] = '\0';
	gl_lexer_init(&lexer, &policy, 0);
	lexer.texts = texts;
	for (;;) {
		if (gl_lexer_next(&lexer, &token, &err) < 0) {
			snprintf(out + used, size - used, "error %.300s", err.msg);
			return;
		}
		if (token.kind == GL_TOKEN_END)
			return;
		if (token.kind == GL_TOKEN_NEWLINE)
			used += (size_t)snprintf(out + used, size - used, "; ");
		else
			used += (size_t)snprintf(out + used, size - used, "%.*s@%u:%u ", (int)token.len,
						 token.text, token.place.line, token.place.column);
		ck_assert_uint_lt(used, size);
	}
}

static const struct {
	const char *text, *tokens;
} rows[] = {
	{"", ""},
	{"\n\n # only a comment\n\t\n", ""},
	{"deny a", "deny@1:1 a@1:6 ; "},
	{"deny a\n\n\ndeny b # x\n", "deny@1:1 a@1:6 ; deny@4:1 b@4:6 ; "},
	{"deny a \\\n  b\nc", "deny@1:1 a@1:6 b@2:3 ; c@3:1 ; "},
	{"# a comment \\\ndeny a", "deny@2:1 a@2:6 ; "},
	{"deny a # x \\\nb", "deny@1:1 a@1:6 ; b@2:1 ; "},
	{"known-through 6.7", "known-through@1:1 6.7@1:15 ; "},
	{"a&&b&c|d==e!=f", "a@1:1 &&@1:2 b@1:4 &@1:5 c@1:6 |@1:7 d@1:8 ==@1:9 e@1:11 !=@1:12 f@1:14 ; "},
	{"<1>=2{3}(4),", "<@1:1 1@1:2 >=@1:3 2@1:5 {@1:6 3@1:7 }@1:8 (@1:9 4@1:10 )@1:11 ,@1:12 ; "},
	{"# \xc3\xa9\x1b\ndeny", "deny@2:1 ; "},
	{"deny \x1b[1m", "deny@1:1 error t:1:6: byte 0x1b does not belong here\ndeny ?[1m\n     ^"},
	{"\xc2\xa0x", "error t:1:1: byte 0xc2 does not belong here\n??x\n^"},
	{"a > b <= c", "a@1:1 >@1:3 b@1:5 <=@1:7 c@1:10 ; "},
	{"a ! b", "a@1:1 error t:1:3: byte 0x21 does not belong here\na ! b\n  ^"},
	{"a = b", "a@1:1 error t:1:3: '=' is no sign: '==' compares\na = b\n  ^"},
	{"a \\ b", "a@1:1 error t:1:3: byte 0x5c does not belong here\na \\ b\n  ^"},
	{"a\r\n", "a@1:1 error t:1:2: a carriage return: lines end with a line feed alone\na?\n ^"},
};

START_TEST(tokens)
{
	char out[1024];

	spell(rows[_i].text, false, out, sizeof(out));
	ck_assert_str_eq(out, rows[_i].tokens);
}
END_TEST

/* What follows the words of settings; the statement after is made of words again. */
static const struct {
	const char *text, *tokens;
} texts[] = {
	{"a=b /c:d +e,f-g *", "a=b@1:1 /c:d@1:5 +e,f-g@1:10 *@1:17 ; "},
	{"a#b",
	 "error t:1:2: expected a blank here: what holds quotes, '#' or '\\' is quoted as a whole\na#b\n ^"},
	{"a #b", "a@1:1 ; "},
	{"\"a # b\" c", "\"a # b\"@1:1 c@1:9 ; "},
	{"\"\\\"\\\\\\x41\"", "\"\\\"\\\\\\x41\"@1:1 ; "},
	{"a\"b\"",
	 "error t:1:2: expected a blank here: what holds quotes, '#' or '\\' is quoted as a whole\na\"b\"\n ^"},
	{"a \\\n b\nc==d", "a@1:1 b@2:2 ; c@3:1 ==@3:2 d@3:4 ; "},
	{"a\\b",
	 "error t:1:2: expected a blank here: what holds quotes, '#' or '\\' is quoted as a whole\na\\b\n ^"},
	{"a \\b", "a@1:1 error t:1:3: byte 0x5c does not belong here\na \\b\n  ^"},
	{"\x7f", "error t:1:1: byte 0x7f does not belong here\n?\n^"},
	{"\"\xc3\xa9\"", "\"\xc3\xa9\"@1:1 ; "},
	{"\"\x01\"",
	 "error t:1:1: the quotes do not end on this line, or hold what is not allowed in them\n\"?\"\n^"},
	{"\"a\\",
	 "error t:1:1: the quotes do not end on this line, or hold what is not allowed in them\n\"a\\\n^"},
	{"\"\\x4",
	 "error t:1:1: the quotes do not end on this line, or hold what is not allowed in them\n\"\\x4\n^"},
};

START_TEST(text_tokens)
{
	char out[1024];

	spell(texts[_i].text, true, out, sizeof(out));
	ck_assert_str_eq(out, texts[_i].tokens);
}
END_TEST

/* Any value is read as it was written. */
START_TEST(values_come_back)
{
	static const char *const values[] = {"a",  "",	"a b",		"optional", "\"",
					     "\\", "#", "\n\t\x7f\xff", "/x=y:z",   "a\\x41"};
	char name[] = "t";

	for (size_t i = 0; i < GL_ARRAY_SIZE(values); i++) {
		gl_autobuf struct gl_buf b = GL_BUF_INIT;
		struct gl_policy_file file = {.name = name};
		struct gl_policy policy = {.files = &file, .file_count = 1};
		gl_autofree char *value = NULL;
		struct gl_lexer lexer;
		struct gl_token token;

		gl_token_put(&b, values[i]);
		file.text = b.data;
		gl_lexer_init(&lexer, &policy, 0);
		lexer.texts = true;
		ck_assert_int_eq(gl_lexer_next(&lexer, &token, &(struct gl_err){0}), 0);
		ck_assert_uint_eq(token.len, b.len);
		value = gl_token_value(&token);
		ck_assert_str_eq(value, values[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lexer");
	TCase *c = tcase_create("lexer");

	tcase_add_loop_test(c, tokens, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_loop_test(c, text_tokens, 0, (int)GL_ARRAY_SIZE(texts));
	tcase_add_test(c, values_come_back);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
