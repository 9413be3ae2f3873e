/*
 * Words and signs of a policy text.
 *
 * Comments, blanks and joined lines vanish here; the end of a statement is a
 * token.  Control characters and bytes above ASCII are refused outside
 * comments and quotes, so a policy cannot look like another one.
 */
#pragma once

#include "policy/policy.h"

enum gl_token_kind {
	GL_TOKEN_END,	  /* of the text; again and again */
	GL_TOKEN_NEWLINE, /* of a statement; never twice in a row, never first */
	GL_TOKEN_WORD,	  /* names, statement words, numbers: [A-Za-z0-9_.@-]+ */
	GL_TOKEN_SIGN,	  /* == != && <= >= < > { } ( ) & | , */
	GL_TOKEN_TEXT,	  /* of a setting: anything printable up to a blank; or "quoted" */
	GL_TOKEN_KIND_MAX
};

struct gl_token {
	enum gl_token_kind kind;
	const char *text; /* in the policy's text, not NUL-terminated; with its quotes */
	size_t len;
	struct gl_policy_place place;
};

struct gl_lexer {
	const struct gl_policy *policy; /* whose text is read, for messages */
	uint16_t file;			/* which of its texts */
	const char *next;
	unsigned line;
	const char *line_start;
	bool statement; /* something stands on this line already */
	bool texts;	/* set by the parser: the rest of this statement is GL_TOKEN_TEXT */
};

/* Starts at the beginning of that text of the policy. */
void gl_lexer_init(struct gl_lexer *lexer, const struct gl_policy *policy, uint16_t file) GL_NONNULL;

/* The next token.  Returns 0 or -EINVAL with a message about the place. */
int gl_lexer_next(struct gl_lexer *lexer, struct gl_token *ret_token,
		  struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* Is the token this word or sign?  Quoted texts are none. */
bool gl_token_is(const struct gl_token *token, const char *text) GL_NONNULL;

/*
 * What a token stands for: its bytes, or those within quotes with \" \\ \xNN
 * replaced.  A fresh string (free() it), or NULL: no memory.  Quotes were
 * checked by gl_lexer_next(): no NUL is among the bytes.
 */
char *gl_token_value(const struct gl_token *token) GL_MUST_CHECK GL_NONNULL;

/* Appends a text so that it is read as one GL_TOKEN_TEXT of the same value: quoted where it must be. */
struct gl_buf;
void gl_token_put(struct gl_buf *b, const char *value) GL_NONNULL;
