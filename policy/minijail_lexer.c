/*
 * Words and signs of a minijail policy.  A "\" at the end of a line joins it with
 * the next, "#" begins a comment.
 */
#include <errno.h>

#include "policy/minijail_parts.h"

#define SHOWN_TOKEN 48

static const char *const signs[] = {"==", "!=", "<=", ">=", "&&", "||", "<", ">", ":", ";", "&",
				    "|",  "~",	"{",  "}",  "(",  ")",	",", "[", "]", "="};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_@./+-", c));
}

/* Passes over blanks, comments and joined lines. */
static void skip(struct gl_minijail *mj)
{
	for (;;) {
		mj->next += strspn(mj->next, " \t\r");
		if (*mj->next == '#')
			mj->next += strcspn(mj->next, "\n");
		if (mj->next[0] != '\\' || mj->next[1] != '\n')
			return;
		mj->next += 2;
		mj->line++;
		mj->line_start = mj->next;
	}
}

static size_t sign_length(const char *text)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(signs); i++)
		if (!strncmp(text, signs[i], strlen(signs[i])))
			return strlen(signs[i]);
	return 0;
}

int gl_minijail_advance(struct gl_minijail *mj)
{
	struct gl_minijail_token *token = &mj->token;
	size_t column;

	skip(mj);
	column = (size_t)(mj->next - mj->line_start) + 1;
	*token = (struct gl_minijail_token){
		.text = mj->next,
		.place = {.line = mj->line, .column = column <= UINT16_MAX ? (uint16_t)column : 0}};
	if (!*mj->next)
		return 0;
	if (*mj->next == '\n') {
		token->kind = GL_MINIJAIL_NEWLINE;
		mj->line_start = ++mj->next;
		mj->line++;
		return 0;
	}
	while (is_word(token->text[token->len]))
		token->len++;
	token->kind = token->len ? GL_MINIJAIL_WORD : GL_MINIJAIL_SIGN;
	if (!token->len)
		token->len = sign_length(token->text);
	if (!token->len)
		return gl_policy_complain(&mj->source, token->place, EINVAL, mj->err, "unexpected character");
	mj->next += token->len;
	return 0;
}

bool gl_minijail_at(const struct gl_minijail *mj, const char *text)
{
	return mj->token.len == strlen(text) && !memcmp(mj->token.text, text, mj->token.len);
}

int gl_minijail_complain(const struct gl_minijail *mj, int errnum, const char *what, const char *suggestion)
{
	const struct gl_minijail_token *token = &mj->token;
	int len = (int)GL_MIN(token->len, (size_t)SHOWN_TOKEN);

	if (token->len == 0)
		return gl_policy_complain(&mj->source, token->place, errnum, mj->err, "%s", what);
	if (suggestion)
		return gl_policy_complain(&mj->source, token->place, errnum, mj->err,
					  "%s: '%.*s'; did you mean '%s'?", what, len, token->text,
					  suggestion);
	return gl_policy_complain(&mj->source, token->place, errnum, mj->err, "%s: '%.*s'", what, len,
				  token->text);
}

int gl_minijail_expect(struct gl_minijail *mj, const char *text)
{
	char what[32];

	if (gl_minijail_at(mj, text))
		return gl_minijail_advance(mj);
	snprintf(what, sizeof(what), "expected '%s'", text);
	return gl_minijail_complain(mj, EINVAL, what, NULL);
}

struct gl_suggest gl_minijail_suggest(const struct gl_minijail *mj)
{
	return GL_SUGGEST(mj->token.text, mj->token.len);
}
