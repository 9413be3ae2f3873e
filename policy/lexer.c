/*
 * Cuts a policy text into tokens: see policy/lexer.h.  Reads up to the text's
 * NUL and keeps no state besides the place.
 */
#include "policy/lexer.h"

#include <errno.h>

#include "base/buf.h"
#include "base/hex.h"

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-"

/* Two-byte signs first, or they would be read as their first byte. */
static const char *const signs[] = {"==", "!=", "&&", "<=", ">=", "{", "}",
				    "(",  ")",	"<",  ">",  "&",  "|", ","};

void gl_lexer_init(struct gl_lexer *lexer, const struct gl_policy *policy, uint16_t file)
{
	const char *text = policy->files[file].text;

	*lexer = (struct gl_lexer){
		.policy = policy, .file = file, .next = text, .line = 1, .line_start = text};
}

bool gl_token_is(const struct gl_token *token, const char *text)
{
	return token->len == strlen(text) && !memcmp(token->text, text, token->len);
}

static void begin_line(struct gl_lexer *lexer)
{
	lexer->next++;
	lexer->line++;
	lexer->line_start = lexer->next;
}

/* Skips blanks, comments, joined lines, and the ends of lines on which nothing stands. */
static void skip_nothing(struct gl_lexer *lexer)
{
	for (;;) {
		lexer->next += strspn(lexer->next, " \t");
		if (*lexer->next == '#')
			lexer->next += strcspn(lexer->next, "\n");
		if (lexer->next[0] == '\\' && lexer->next[1] == '\n')
			lexer->next++;
		else if (*lexer->next != '\n' || lexer->statement)
			return;
		begin_line(lexer);
	}
}

static struct gl_policy_place here(const struct gl_lexer *lexer)
{
	size_t column = (size_t)(lexer->next - lexer->line_start) + 1;

	return (struct gl_policy_place){lexer->file, (uint16_t)GL_MIN(column, (size_t)UINT16_MAX),
					lexer->line};
}

static void cut(struct gl_lexer *lexer, enum gl_token_kind kind, size_t len, struct gl_token *token)
{
	token->kind = kind;
	token->len = len;
	lexer->statement = true;
	lexer->next += len;
}

/* The end of a line, or of a text whose last line has none. */
static void end_statement(struct gl_lexer *lexer, struct gl_token *token)
{
	token->kind = GL_TOKEN_NEWLINE;
	lexer->statement = false;
	lexer->texts = false;
	if (*lexer->next)
		begin_line(lexer);
}

static size_t sign_length(const char *text)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(signs); i++)
		if (!strncmp(text, signs[i], strlen(signs[i])))
			return strlen(signs[i]);
	return 0;
}

/* A backslash within quotes: how long what it begins is, and the byte that is meant; 0: nothing. */
static size_t escape_length(const char *text, unsigned char *ret_byte)
{
	char digits[3] = {text[1] == 'x' ? text[2] : '\0', '\0', '\0'};

	if (text[1] == '"' || text[1] == '\\') {
		*ret_byte = (unsigned char)text[1];
		return 2;
	}
	digits[1] = digits[0] ? text[3] : '\0';
	return gl_hex_parse(digits, ret_byte, 1) && *ret_byte != '\0' ? 4 : 0;
}

/* The length of what stands in quotes, with them; 0: it does not end on its line, or holds what it must not. */
static size_t quoted_length(const char *text)
{
	unsigned char byte;
	size_t i = 1, step;

	for (; text[i] != '"'; i += step) {
		step = text[i] == '\\' ? escape_length(text + i, &byte) : 1;
		if (step == 0 || (unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return 0;
	}
	return i + 1;
}

/* Printable ASCII but blanks, quotes, comments and the backslash that joins lines. */
static size_t plain_length(const char *text)
{
	size_t n = 0;

	while (text[n] > ' ' && text[n] < 0x7f && !strchr("\"#\\", text[n]))
		n++;
	return n;
}

/* Is this the end of a text?  "a#b", "a"b and the like would be read as something else than they seem. */
static bool ends_text(const char *text)
{
	return !*text || strchr(" \t\n", *text) || (text[0] == '\\' && text[1] == '\n');
}

static int refuse_end(struct gl_lexer *lexer, size_t len, struct gl_err *err)
{
	lexer->next += len;
	return gl_policy_complain(
		lexer->policy, here(lexer), EINVAL, err,
		"expected a blank here: what holds quotes, '#' or '\\' is quoted as a whole");
}

static int refuse(const struct gl_lexer *lexer, const struct gl_token *token, struct gl_err *err)
{
	unsigned char byte = (unsigned char)*lexer->next;

	if (byte == '"' && lexer->texts)
		return gl_policy_complain(
			lexer->policy, token->place, EINVAL, err,
			"the quotes do not end on this line, or hold what is not allowed in them");
	if (byte == '\r')
		return gl_policy_complain(lexer->policy, token->place, EINVAL, err,
					  "a carriage return: lines end with a line feed alone");
	if (!strncmp(lexer->next, "\xef\xbb\xbf", 3))
		return gl_policy_complain(lexer->policy, token->place, EINVAL, err,
					  "a byte order mark: the text must begin without one");
	if (byte == '=')
		return gl_policy_complain(lexer->policy, token->place, EINVAL, err,
					  "'=' is no sign: '==' compares");
	return gl_policy_complain(lexer->policy, token->place, EINVAL, err,
				  "byte 0x%02x does not belong here", byte);
}

int gl_lexer_next(struct gl_lexer *lexer, struct gl_token *ret_token, struct gl_err *err)
{
	struct gl_token token = {.kind = GL_TOKEN_END};
	size_t text, word, sign;

	skip_nothing(lexer);
	token.text = lexer->next;
	token.place = here(lexer);
	text = !lexer->texts	     ? 0
	       : *lexer->next == '"' ? quoted_length(lexer->next)
				     : plain_length(lexer->next);
	word = lexer->texts ? 0 : strspn(lexer->next, WORD_CHARS);
	sign = lexer->texts ? 0 : sign_length(lexer->next);
	if (text > 0 && !ends_text(lexer->next + text))
		return refuse_end(lexer, text, err);
	if (text > 0)
		cut(lexer, GL_TOKEN_TEXT, text, &token);
	else if (word > 0)
		cut(lexer, GL_TOKEN_WORD, word, &token);
	else if (sign > 0)
		cut(lexer, GL_TOKEN_SIGN, sign, &token);
	else if (lexer->statement && (*lexer->next == '\n' || *lexer->next == '\0'))
		end_statement(lexer, &token);
	else if (*lexer->next != '\0')
		return refuse(lexer, &token, err);
	*ret_token = token;
	return 0;
}

char *gl_token_value(const struct gl_token *token)
{
	char *value;
	size_t n = 0, step;

	if (*token->text != '"' || token->kind != GL_TOKEN_TEXT)
		return strndup(token->text, token->len);
	value = malloc(token->len);
	for (size_t i = 1; value && i < token->len - 1; i += step) {
		unsigned char byte = (unsigned char)token->text[i];

		step = byte == '\\' ? escape_length(token->text + i, &byte) : 1;
		value[n++] = (char)byte;
	}
	if (value)
		value[n] = '\0';
	return value;
}

void gl_token_put(struct gl_buf *b, const char *value)
{
	if (*value && plain_length(value) == strlen(value) && strcmp(value, "optional") != 0) {
		gl_buf_puts(b, value);
		return;
	}
	gl_buf_putc(b, '"');
	for (; *value; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte == '"' || byte == '\\')
			gl_buf_printf(b, "\\%c", byte);
		else if (byte < ' ' || byte > 0x7e)
			gl_buf_printf(b, "\\x%02x", byte);
		else
			gl_buf_putc(b, (char)byte);
	}
	gl_buf_putc(b, '"');
}
