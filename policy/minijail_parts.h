/*
 * What the parts of the reader of minijail policies share: minijail.c (lines),
 * minijail_lexer.c (words and signs) and minijail_filter.c (filters on
 * arguments).  Nobody else includes this.
 */
#pragma once

#include "policy/minijail.h"
#include "policy/suggest.h"

#define GL_MINIJAIL_MAX_VALUES 64 /* atoms in one constant */

enum gl_minijail_kind {
	GL_MINIJAIL_END, /* of the text */
	GL_MINIJAIL_NEWLINE,
	GL_MINIJAIL_WORD, /* [A-Za-z0-9_@./+-]+ */
	GL_MINIJAIL_SIGN, /* : ; == != <= >= < > && || & | ~ { } ( ) , [ ] */
	GL_MINIJAIL_KIND_MAX
};

struct gl_minijail_token {
	enum gl_minijail_kind kind;
	const char *text; /* in the source, not NUL-terminated */
	size_t len;
	struct gl_policy_place place;
};

/* argN OP VALUE */
struct gl_minijail_term {
	uint8_t argument;
	enum gl_policy_op op; /* MASKED_EQUAL: "in", argument & ~value == 0 */
	uint64_t value;
};

struct gl_minijail {
	const struct gl_machine_calls *machine;
	struct gl_policy source; /* only its one file, for messages; borrowed strings */
	struct gl_policy_file file;
	const char *next, *line_start;
	unsigned line;
	struct gl_minijail_token token; /* the one to be looked at */
	unsigned *said;			/* owned; by call: the line that says it, 0: none */
	struct gl_policy_answer fallback;
	enum gl_policy_toggle exec, execveat; /* NO: denied */
	unsigned exec_line;
	size_t term_total;
	unsigned nested; /* parentheses that are open in a value */
	struct gl_converted *converted;
	struct gl_err *err;
};

/* --- minijail_lexer.c ---------------------------------------------------------------------- */

/* Goes on to the next token. */
int gl_minijail_advance(struct gl_minijail *mj) GL_MUST_CHECK GL_NONNULL;
/* Is the current token this text? */
bool gl_minijail_at(const struct gl_minijail *mj, const char *text) GL_NONNULL;
/* Goes on if the token is this text, else complains that it was expected. */
int gl_minijail_expect(struct gl_minijail *mj, const char *text) GL_MUST_CHECK GL_NONNULL;
/* Complains about the current token: "WHAT: 'TOKEN'"; with suggestion: an unknown name. */
int gl_minijail_complain(const struct gl_minijail *mj, int errnum, const char *what, const char *suggestion);
struct gl_suggest gl_minijail_suggest(const struct gl_minijail *mj) GL_NONNULL;

/* --- minijail_filter.c ------------------------------------------------------------------------ */

/*
 * A filter, "TERM && TERM || TERM ...": for each alternative "ANSWER NAME if TERM
 * && TERM" goes into the converted text.
 */
int gl_minijail_filter(struct gl_minijail *mj, uint16_t call, unsigned line) GL_MUST_CHECK GL_NONNULL;
