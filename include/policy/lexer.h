/*
 * Words and signs of a policy text.
 *
 * Comments, blanks and joined lines vanish here; the end of a statement is a
 * token.  Control characters and bytes above ASCII are refused outside
 * comments, so a policy cannot look like another one.
 */
#pragma once

#include "policy/policy.h"

enum gl_token_kind {
	GL_TOKEN_END,	  /* of the text; again and again */
	GL_TOKEN_NEWLINE, /* of a statement; never twice in a row, never first */
	GL_TOKEN_WORD,	  /* names, statement words, numbers: [A-Za-z0-9_.@-]+ */
	GL_TOKEN_SIGN,	  /* == != && >= { } ( ) < & | , */
	GL_TOKEN_KIND_MAX
};

struct gl_token {
	enum gl_token_kind kind;
	const char *text; /* in the policy's text, not NUL-terminated */
	size_t len;
	struct gl_policy_place place;
};

struct gl_lexer {
	const struct gl_policy *policy; /* whose text is read, for messages */
	const char *next;
	unsigned line;
	const char *line_start;
	bool statement; /* something stands on this line already */
};

/* Starts at the beginning of policy->text. */
void gl_lexer_init(struct gl_lexer *lexer, const struct gl_policy *policy) GL_NONNULL;

/* The next token.  Returns 0 or -EINVAL with a message about the place. */
int gl_lexer_next(struct gl_lexer *lexer, struct gl_token *ret_token,
		  struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Is the token this word or sign? */
bool gl_token_is(const struct gl_token *token, const char *text) GL_NONNULL;
