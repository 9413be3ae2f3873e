/*
 * What the parts of the parser share: parse.c (statements), rule.c (statements
 * about calls), condition.c (what follows "if" and "unless"), setting.c (the
 * other lines), include.c (other texts) and finish.c (what is known only at the
 * end).  Nobody else includes this.
 */
#pragma once

#include "policy/lexer.h"
#include "policy/suggest.h"
#include "policy/vocabulary.h"

/* A call that a statement names itself, not by a group. */
struct gl_parser_name {
	uint16_t call;
	struct gl_policy_place place;
};

struct gl_parser {
	struct gl_policy *policy;
	struct gl_lexer lexer;
	struct gl_token token;		  /* the one to be looked at */
	struct gl_policy_place statement; /* where the current one begins */
	gl_policy_reader *reader;
	void *arg;
	unsigned depth;
	uint16_t open[GL_POLICY_MAX_DEPTH + 1]; /* the texts being read, outermost first */
	bool *members;				/* owned; by call: those of the current rule */
	size_t call_total;			/* in all rules */
	struct gl_parser_name *names;		/* owned; calls since 3.0 alone: see finish.c */
	size_t name_count, name_room;
	struct gl_err *err;
};

/* --- parse.c ------------------------------------------------------------------------- */

/* Goes on to the next token. */
int gl_parser_advance(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
/* Goes on if the token is this text, else complains that it was expected. */
int gl_parser_expect(struct gl_parser *parser, const char *text) GL_MUST_CHECK GL_NONNULL;
/* Complains about the current token: "WHAT: 'TOKEN'". */
int gl_parser_complain(const struct gl_parser *parser, const char *what) GL_NONNULL;
/* The same for a name that is unknown, with what it may have meant. */
int gl_parser_unknown(const struct gl_parser *parser, const char *what, const char *suggestion) GL_MUST_CHECK;
/* A GL_SUGGEST for the current token. */
struct gl_suggest gl_parser_suggest(const struct gl_parser *parser) GL_NONNULL;

/* A kernel version: the current token. */
int gl_parser_kernel(struct gl_parser *parser, uint32_t *ret_kernel) GL_MUST_CHECK GL_NONNULL;
/* One of two words: the current token.  Returns 0 with *ret_second. */
int gl_parser_choice(struct gl_parser *parser, const char *first, const char *second,
		     bool *ret_second) GL_MUST_CHECK GL_NONNULL;
/* All statements of the text that the lexer stands in. */
int gl_parser_text(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;

/* Adds a text (is_file: policy/policy.h) to the policy and begins to read it.  name and text are taken, also on failure. */
int gl_parser_open(struct gl_parser *parser, char *name, char *text, bool is_file) GL_MUST_CHECK GL_NONNULL;

/* --- the others ------------------------------------------------------------------------ */

/* "deny" may be followed by what it answers. */
int gl_parser_answer(struct gl_parser *parser, enum gl_policy_action action,
		     struct gl_policy_answer *ret_answer) GL_MUST_CHECK GL_NONNULL;
/* Calls and conditions of a statement whose action is known. */
int gl_parser_rule(struct gl_parser *parser, enum gl_policy_action action) GL_MUST_CHECK GL_NONNULL;
/* The conditions of a rule up to the end of the statement; parser->members are its calls. */
int gl_parser_conditions(struct gl_parser *parser, struct gl_policy_rule *rule) GL_MUST_CHECK GL_NONNULL;

/* The words of a setting. */
int gl_parser_capabilities(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
int gl_parser_limit(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
int gl_parser_env(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
int gl_parser_user(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
int gl_parser_paths(struct gl_parser *parser, enum gl_policy_setting_kind kind) GL_MUST_CHECK GL_NONNULL;
int gl_parser_ports(struct gl_parser *parser, enum gl_policy_setting_kind kind) GL_MUST_CHECK GL_NONNULL;

int gl_parser_include(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
/* Once all texts are read. */
int gl_parser_finish(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
