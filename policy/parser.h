/*
 * What the two halves of the parser share (parse.c: statements, condition.c:
 * what follows "if" and "unless").  Nobody else includes this.
 */
#pragma once

#include "policy/lexer.h"

struct gl_parser {
	struct gl_policy *policy;
	struct gl_lexer lexer;
	struct gl_token token; /* the one to be looked at */
	struct gl_err *err;
};

/* Goes on to the next token. */
int gl_parser_advance(struct gl_parser *parser) GL_MUST_CHECK GL_NONNULL;
/* Goes on if the token is this text, else complains that it was expected. */
int gl_parser_expect(struct gl_parser *parser, const char *text) GL_MUST_CHECK GL_NONNULL;
/* Complains about the current token; fmt is followed by ": 'TOKEN'". */
int gl_parser_complain(const struct gl_parser *parser, const char *what) GL_NONNULL;

/* The conditions of a rule up to the end of the statement; the calls are known already. */
int gl_parser_conditions(struct gl_parser *parser, struct gl_policy_rule *rule) GL_MUST_CHECK GL_NONNULL;
/* A kernel version: the current token. */
int gl_parser_kernel(struct gl_parser *parser, uint32_t *ret_kernel) GL_MUST_CHECK GL_NONNULL;
