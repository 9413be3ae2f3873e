/*
 * Cuts a policy text into tokens: see policy/lexer.h.  Reads up to the text's
 * NUL and keeps no state besides the place.
 */
#include "policy/lexer.h"

#include <errno.h>

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-"

/* Two-byte signs first, or they would be read as their first byte. */
static const char *const signs[] = {"==", "!=", "&&", ">=", "{", "}", "(", ")", "<", "&", "|", ","};

void gl_lexer_init(struct gl_lexer *lexer, const struct gl_policy *policy)
{
	*lexer = (struct gl_lexer){
		.policy = policy, .next = policy->text, .line = 1, .line_start = policy->text};
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

int gl_lexer_next(struct gl_lexer *lexer, struct gl_token *ret_token, struct gl_err *err)
{
	struct gl_token token = {.kind = GL_TOKEN_END};
	size_t word, sign;

	skip_nothing(lexer);
	token.text = lexer->next;
	token.place.line = lexer->line;
	token.place.column = (unsigned)(lexer->next - lexer->line_start) + 1;
	word = strspn(lexer->next, WORD_CHARS);
	sign = sign_length(lexer->next);
	if (word > 0)
		cut(lexer, GL_TOKEN_WORD, word, &token);
	else if (sign > 0)
		cut(lexer, GL_TOKEN_SIGN, sign, &token);
	else if (lexer->statement && (*lexer->next == '\n' || *lexer->next == '\0'))
		end_statement(lexer, &token);
	else if (*lexer->next != '\0')
		return gl_policy_complain(lexer->policy, token.place, EINVAL, err,
					  "byte 0x%02x does not belong here", (unsigned char)*lexer->next);
	*ret_token = token;
	return 0;
}
