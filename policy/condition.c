/*
 * Conditions: "if TERM && TERM ..." and "unless cap NAME, ...", each at most
 * once, in any order.
 */
#include "policy/parser.h"

#include <errno.h>

#include "policy/kernel.h"
#include "policy/vocabulary.h"

/* Decimal or 0x hexadecimal, up to 32 bits. */
static bool parse_number(const char *text, size_t len, uint32_t *ret_value)
{
	unsigned base = len > 2 && text[0] == '0' && text[1] == 'x' ? 16 : 10;
	uint64_t value = 0;
	size_t i = base == 16 ? 2 : 0;

	for (; i < len; i++) {
		unsigned digit = text[i] >= 'a' ? (unsigned)(text[i] - 'a') + 10 : (unsigned)(text[i] - '0');

		if (digit >= base || (value = value * base + digit) > UINT32_MAX)
			return false;
	}
	*ret_value = (uint32_t)value;
	return len > 0;
}

/* A constant or a number. */
static int parse_atom(struct gl_parser *parser, uint32_t *ret_value)
{
	const struct gl_token *token = &parser->token;

	if (token->kind != GL_TOKEN_WORD)
		return gl_parser_complain(parser, "expected a constant or a number");
	if (!gl_vocabulary_constant(token->text, token->len, ret_value) &&
	    !parse_number(token->text, token->len, ret_value))
		return gl_parser_complain(parser, "unknown constant");
	return gl_parser_advance(parser);
}

/* ATOM | ATOM ... */
static int parse_joined(struct gl_parser *parser, uint32_t *ret_value)
{
	uint32_t value = 0, atom = 0;
	int r;

	for (;;) {
		r = parse_atom(parser, &atom);
		if (r < 0)
			return r;
		value |= atom;
		if (!gl_token_is(&parser->token, "|"))
			break;
		r = gl_parser_advance(parser);
		if (r < 0)
			return r;
	}
	*ret_value = value;
	return 0;
}

/* After "&": one value, or several in parentheses, as C would bind them. */
static int parse_bits(struct gl_parser *parser, struct gl_policy_test *test)
{
	int r;

	test->op = GL_POLICY_ANY_BIT;
	test->value_count = 1;
	if (!gl_token_is(&parser->token, "("))
		return parse_atom(parser, &test->values[0]);
	r = gl_parser_advance(parser);
	if (r == 0)
		r = parse_joined(parser, &test->values[0]);
	return r < 0 ? r : gl_parser_expect(parser, ")");
}

/* After "in": {VALUE, ...} */
static int parse_set(struct gl_parser *parser, struct gl_policy_test *test)
{
	int r = gl_parser_expect(parser, "{");

	while (r == 0) {
		if (test->value_count == GL_POLICY_MAX_VALUES)
			return gl_parser_complain(parser, "too many values");
		r = parse_joined(parser, &test->values[test->value_count]);
		if (r < 0)
			return r;
		test->value_count++;
		if (!gl_token_is(&parser->token, ","))
			return gl_parser_expect(parser, "}");
		r = gl_parser_advance(parser);
	}
	return r;
}

static int parse_equal(struct gl_parser *parser, struct gl_policy_test *test)
{
	test->value_count = 1;
	return parse_atom(parser, &test->values[0]);
}

static int parse_not_equal(struct gl_parser *parser, struct gl_policy_test *test)
{
	test->op = GL_POLICY_NOT_IN;
	return parse_equal(parser, test);
}

static int parse_not_in(struct gl_parser *parser, struct gl_policy_test *test)
{
	int r = gl_parser_expect(parser, "in");

	test->op = GL_POLICY_NOT_IN;
	return r < 0 ? r : parse_set(parser, test);
}

static const struct {
	const char *text;
	int (*parse)(struct gl_parser *parser, struct gl_policy_test *test);
} operators[] = {
	{"==", parse_equal}, {"!=", parse_not_equal}, {"&", parse_bits},
	{"in", parse_set},   {"not", parse_not_in},
};

/* The argument that the current token names: the same one in all calls of the rule, which is the last so far. */
static int resolve_argument(const struct gl_parser *parser, unsigned *ret_index)
{
	const struct gl_policy *policy = parser->policy;
	const struct gl_token *token = &parser->token;
	unsigned index, first = 0;
	bool seen = false;

	for (size_t i = 0; i < policy->call_count; i++) {
		const struct gl_policy_call *call = &policy->calls[i];

		if (call->rule != policy->rule_count - 1)
			continue;
		if (!gl_vocabulary_argument(call->name, call->name_len, token->text, token->len, &index))
			return gl_policy_complain(
				policy, token->place, EINVAL, parser->err,
				"'%.*s' has no argument of this name that a filter can test",
				(int)GL_MIN(call->name_len, 64u), call->name);
		if (seen && index != first)
			return gl_parser_complain(parser, "the calls have this argument in different places");
		first = index;
		seen = true;
	}
	*ret_index = first;
	return 0;
}

static int parse_test(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	struct gl_policy_test *test = &rule->tests[rule->test_count];
	int r;

	if (rule->test_count == GL_POLICY_MAX_TESTS)
		return gl_parser_complain(parser, "too many tests in one rule");
	r = resolve_argument(parser, &test->argument);
	if (r == 0)
		r = gl_parser_advance(parser);
	if (r < 0)
		return r;
	for (size_t i = 0; i < GL_ARRAY_SIZE(operators); i++) {
		if (!gl_token_is(&parser->token, operators[i].text))
			continue;
		r = gl_parser_advance(parser);
		if (r == 0)
			r = operators[i].parse(parser, test);
		rule->test_count++;
		return r;
	}
	return gl_parser_complain(parser, "expected '==', '!=', '&', 'in' or 'not in'");
}

int gl_parser_kernel(struct gl_parser *parser, uint32_t *ret_kernel)
{
	if (parser->token.kind != GL_TOKEN_WORD ||
	    !gl_kernel_parse(parser->token.text, parser->token.len, ret_kernel))
		return gl_parser_complain(parser, "expected a kernel version such as 6.7");
	return gl_parser_advance(parser);
}

/* After "kernel": "< VERSION" or ">= VERSION" */
static int parse_kernel_range(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	bool below = gl_token_is(&parser->token, "<");
	uint32_t *bound = below ? &rule->if_kernel_below : &rule->if_kernel_from;
	int r;

	if (!below && !gl_token_is(&parser->token, ">="))
		return gl_parser_complain(parser, "expected '<' or '>='");
	if (*bound != 0)
		return gl_parser_complain(parser, "the kernel is compared twice");
	r = gl_parser_advance(parser);
	return r < 0 ? r : gl_parser_kernel(parser, bound);
}

static int parse_term(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	int r;

	if (parser->token.kind != GL_TOKEN_WORD)
		return gl_parser_complain(parser, "expected an argument's name or 'kernel'");
	if (!gl_token_is(&parser->token, "kernel"))
		return parse_test(parser, rule);
	r = gl_parser_advance(parser);
	return r < 0 ? r : parse_kernel_range(parser, rule);
}

static int parse_if(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	int r;

	if (rule->test_count > 0 || rule->if_kernel_below != 0 || rule->if_kernel_from != 0)
		return gl_parser_complain(parser, "a second condition; join them with '&&'");
	do {
		r = gl_parser_advance(parser);
		if (r == 0)
			r = parse_term(parser, rule);
	} while (r == 0 && gl_token_is(&parser->token, "&&"));
	return r;
}

static int parse_capability(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	unsigned capability;

	if (parser->token.kind != GL_TOKEN_WORD)
		return gl_parser_complain(parser, "expected a capability");
	if (!gl_vocabulary_capability(parser->token.text, parser->token.len, &capability))
		return gl_parser_complain(parser, "unknown capability");
	rule->unless_caps |= UINT64_C(1) << capability;
	return gl_parser_advance(parser);
}

static int parse_unless(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	int r;

	if (rule->unless_caps != 0)
		return gl_parser_complain(parser, "a second 'unless'; name all capabilities in one");
	r = gl_parser_advance(parser);
	if (r == 0 && !gl_token_is(&parser->token, "cap"))
		return gl_parser_complain(parser, "expected 'cap'");
	do {
		if (r == 0)
			r = gl_parser_advance(parser);
		if (r == 0)
			r = parse_capability(parser, rule);
	} while (r == 0 && gl_token_is(&parser->token, ","));
	return r;
}

int gl_parser_conditions(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	int r = 0;

	while (r == 0 && parser->token.kind != GL_TOKEN_NEWLINE) {
		if (gl_token_is(&parser->token, "if"))
			r = parse_if(parser, rule);
		else if (gl_token_is(&parser->token, "unless"))
			r = parse_unless(parser, rule);
		else
			return gl_parser_complain(parser, "expected 'if', 'unless' or the end of the line");
	}
	return r;
}
