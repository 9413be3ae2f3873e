/*
 * Conditions: "if TERM && TERM ..." and "unless cap NAME, ...", each at most
 * once, in any order.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"

/* A test in the making: what its values may be hangs on the argument. */
struct term {
	struct gl_parser *parser;
	struct gl_policy_test *test;
	const struct gl_argument *argument; /* NULL: argN */
	uint64_t values[GL_POLICY_MAX_VALUES];
};

/* --- numbers and constants ------------------------------------------------------------ */

/* As C writes them: 0x hexadecimal, 0 octal, decimal; up to 64 bits. */
static bool parse_magnitude(const char *text, size_t len, uint64_t *ret_value)
{
	unsigned base = len > 1 && text[0] == '0' ? 8 : 10;
	uint64_t value = 0;
	size_t i = 0;

	if (base == 8 && len > 2 && text[1] == 'x') {
		base = 16;
		i = 2;
	}
	for (; i < len; i++) {
		char c = text[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: base;

		if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret_value = value;
	return len > 0;
}

/* With a sign, as the register of that width holds it. */
static bool parse_number(const char *text, size_t len, bool wide, uint64_t *ret_value)
{
	bool negative = len > 0 && *text == '-';
	uint64_t value = 0, most = wide ? UINT64_MAX : UINT32_MAX;

	if (!parse_magnitude(text + negative, len - negative, &value))
		return false;
	if (negative)
		most = most / 2 + 1;
	if (value > most)
		return false;
	value = negative ? -value : value;
	*ret_value = wide ? value : (uint32_t)value;
	return true;
}

static int refuse_family(struct term *term, const struct gl_constant *constant)
{
	const char *families = gl_argument_families(term->argument);

	return gl_policy_complain(term->parser->policy, term->parser->token.place, EINVAL, term->parser->err,
				  "'%s' is no value of '%s', which takes %s%s", gl_constant_name(constant),
				  gl_argument_name(term->argument),
				  *families ? "constants of " : "plain numbers", families);
}

static int refuse_value(struct term *term)
{
	const struct gl_token *token = &term->parser->token;
	struct gl_suggest suggest = gl_parser_suggest(term->parser);
	uint64_t value;

	if (parse_number(token->text, token->len, true, &value))
		return gl_parser_complain(term->parser, "the kernel reads 32 bits of this argument");
	if (*token->text == '-' || (*token->text >= '0' && *token->text <= '9'))
		return gl_parser_complain(term->parser, "not a number of 64 bits");
	gl_vocabulary_suggest_constant(term->parser->policy->machine, &suggest);
	return gl_parser_unknown(term->parser, "unknown constant", suggest.best);
}

static int parse_atom(struct term *term, uint64_t *ret_value)
{
	struct gl_parser *parser = term->parser;
	const struct gl_token *token = &parser->token;
	const struct gl_constant *constant;

	if (token->kind != GL_TOKEN_WORD)
		return gl_parser_complain(parser, "expected a constant or a number");
	constant = gl_vocabulary_constant(parser->policy->machine, token->text, token->len);
	if (constant && term->argument && !gl_vocabulary_takes(term->argument, gl_constant_family(constant)))
		return refuse_family(term, constant);
	if (constant)
		*ret_value = constant->value;
	else if (!parse_number(token->text, token->len, term->test->wide, ret_value))
		return refuse_value(term);
	return gl_parser_advance(parser);
}

/* ATOM | ATOM ... */
static int parse_joined(struct term *term, uint64_t *ret_value)
{
	uint64_t value = 0, atom = 0;
	int r;

	for (;;) {
		r = parse_atom(term, &atom);
		if (r < 0)
			return r;
		value |= atom;
		if (!gl_token_is(&term->parser->token, "|"))
			break;
		r = gl_parser_advance(term->parser);
		if (r < 0)
			return r;
	}
	*ret_value = value;
	return 0;
}

/* One atom, or several in parentheses, as C would bind them. */
static int parse_value(struct term *term, uint64_t *ret_value)
{
	int r;

	if (!gl_token_is(&term->parser->token, "("))
		return parse_atom(term, ret_value);
	r = gl_parser_advance(term->parser);
	if (r == 0)
		r = parse_joined(term, ret_value);
	return r < 0 ? r : gl_parser_expect(term->parser, ")");
}

/* --- operators ----------------------------------------------------------------------------- */

static int parse_one(struct term *term)
{
	term->test->value_count = 1;
	return parse_value(term, &term->values[0]);
}

/* {VALUE, ...} */
static int parse_set(struct term *term)
{
	struct gl_policy_test *test = term->test;
	int r = gl_parser_expect(term->parser, "{");

	while (r == 0) {
		if (test->value_count == GL_POLICY_MAX_VALUES)
			return gl_parser_complain(term->parser, "too many values");
		r = gl_token_is(&term->parser->token, "(")
			    ? parse_value(term, &term->values[test->value_count])
			    : parse_joined(term, &term->values[test->value_count]);
		if (r < 0)
			return r;
		test->value_count++;
		if (!gl_token_is(&term->parser->token, ","))
			return gl_parser_expect(term->parser, "}");
		r = gl_parser_advance(term->parser);
	}
	return r;
}

static int parse_not_in(struct term *term)
{
	int r = gl_parser_expect(term->parser, "in");

	return r < 0 ? r : parse_set(term);
}

/* BITS [== VALUE] */
static int parse_bits(struct term *term)
{
	struct gl_parser *parser = term->parser;
	struct gl_policy_test *test = term->test;
	struct gl_policy_place place = parser->token.place;
	int r = parse_value(term, &test->mask);

	if (r == 0 && test->mask == 0)
		return gl_policy_complain(parser->policy, place, EINVAL, parser->err,
					  "no bits: this can never hold");
	if (r < 0 || !gl_token_is(&parser->token, "=="))
		return r;
	test->op = GL_POLICY_MASKED_EQUAL;
	r = gl_parser_advance(parser);
	place = parser->token.place;
	if (r == 0)
		r = parse_one(term);
	if (r == 0 && term->values[0] & ~test->mask)
		return gl_policy_complain(parser->policy, place, EINVAL, parser->err,
					  "has bits that '&' takes away: this can never hold");
	return r;
}

static const struct {
	const char *text;
	enum gl_policy_op op;
	int (*parse)(struct term *term);
} operators[] = {
	{"==", GL_POLICY_IN, parse_one},	 {"!=", GL_POLICY_NOT_IN, parse_one},
	{"<", GL_POLICY_LESS, parse_one},	 {"<=", GL_POLICY_LESS_EQUAL, parse_one},
	{">", GL_POLICY_GREATER, parse_one},	 {">=", GL_POLICY_GREATER_EQUAL, parse_one},
	{"&", GL_POLICY_ANY_BIT, parse_bits},	 {"in", GL_POLICY_IN, parse_set},
	{"not", GL_POLICY_NOT_IN, parse_not_in},
};

static int parse_operator(struct term *term)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(operators); i++) {
		int r;

		if (!gl_token_is(&term->parser->token, operators[i].text))
			continue;
		if (term->argument && term->argument->kind == GL_ARGUMENT_SHORT &&
		    operators[i].op != GL_POLICY_ANY_BIT)
			return gl_parser_complain(term->parser, "the kernel reads 16 bits of this argument: "
								"expected '& BITS' or '& BITS == VALUE'");
		term->test->op = operators[i].op;
		r = gl_parser_advance(term->parser);
		return r < 0 ? r : operators[i].parse(term);
	}
	return gl_parser_complain(term->parser,
				  "expected '==', '!=', '<', '<=', '>', '>=', '&', 'in' or 'not in'");
}

/* --- arguments --------------------------------------------------------------------------------- */

/* arg0 to arg5: the register */
static bool is_register(const struct gl_token *token, uint8_t *ret_index)
{
	if (token->len != 4 || memcmp(token->text, "arg", 3) != 0 || token->text[3] < '0' ||
	    token->text[3] > '5')
		return false;
	*ret_index = (uint8_t)(token->text[3] - '0');
	return true;
}

static int refuse_argument(struct gl_parser *parser, uint16_t call)
{
	struct gl_suggest suggest = gl_parser_suggest(parser);
	char what[96];

	gl_vocabulary_suggest_argument(parser->policy->machine, call, &suggest);
	snprintf(what, sizeof(what), "'%.48s' has no argument of this name",
		 parser->policy->machine->calls[call].name);
	return gl_parser_unknown(parser, what, suggest.best);
}

/* The argument that the current token names in this call; as in the calls before. */
static int resolve_in(struct term *term, uint16_t call)
{
	struct gl_parser *parser = term->parser;
	const struct gl_token *token = &parser->token;
	const struct gl_argument *argument =
		gl_vocabulary_argument(parser->policy->machine, call, token->text, token->len);
	const struct gl_argument *other = term->argument;

	if (!argument)
		return refuse_argument(parser, call);
	if (argument->kind == GL_ARGUMENT_POINTER)
		return gl_policy_complain(
			parser->policy, token->place, EINVAL, parser->err,
			"'%s' of '%s' is a pointer: a filter sees an address, never what is there",
			gl_argument_name(argument), parser->policy->machine->calls[call].name);
	if (other && (other->index != argument->index || other->kind != argument->kind ||
		      other->families != argument->families))
		return gl_policy_complain(
			parser->policy, token->place, EINVAL, parser->err,
			"'%s' is not the same in '%s' and '%s': give each a line of its own",
			gl_argument_name(argument), parser->policy->machine->calls[other->call].name,
			parser->policy->machine->calls[call].name);
	term->argument = argument;
	return 0;
}

static int resolve_argument(struct term *term)
{
	struct gl_parser *parser = term->parser;
	int r = 0;

	if (is_register(&parser->token, &term->test->argument)) {
		term->test->wide = true;
		return gl_parser_advance(parser);
	}
	for (size_t i = 0; i < parser->policy->machine->call_count && r == 0; i++)
		if (parser->members[i])
			r = resolve_in(term, (uint16_t)i);
	if (r < 0)
		return r;
	if (!term->argument)
		return gl_parser_complain(parser, "the rule names no call that could have this argument");
	term->test->argument = term->argument->index;
	term->test->wide = term->argument->kind == GL_ARGUMENT_WIDE;
	return gl_parser_advance(parser);
}

/* --- terms ---------------------------------------------------------------------------------------- */

static int keep_values(struct term *term)
{
	struct gl_policy_test *test = term->test;
	size_t bytes = test->value_count * sizeof(*test->values);

	if (test->value_count == 0)
		return 0;
	test->values = malloc(bytes);
	if (!test->values)
		return gl_err_sys(term->parser->err, ENOMEM, "cannot read the policy");
	memcpy(test->values, term->values, bytes);
	return 0;
}

static int parse_test(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	struct gl_policy_test test = {.argument = 0};
	struct term term = {.parser = parser, .test = &test};
	int r;

	if (rule->test_count == GL_POLICY_MAX_TESTS)
		return gl_parser_complain(parser, "too many tests in one rule");
	if (!rule->tests)
		rule->tests = calloc(GL_POLICY_MAX_TESTS, sizeof(*rule->tests));
	if (!rule->tests)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	r = resolve_argument(&term);
	if (r == 0)
		r = parse_operator(&term);
	if (r == 0)
		r = keep_values(&term);
	if (r == 0)
		rule->tests[rule->test_count++] = test;
	return r;
}

/* After "kernel": "< VERSION" or ">= VERSION" */
static int parse_kernel_range(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	bool below = gl_token_is(&parser->token, "<");
	uint32_t *bound = below ? &rule->if_kernel_below : &rule->if_kernel_from;
	struct gl_policy_place place = parser->token.place;
	int r;

	if (!below && !gl_token_is(&parser->token, ">="))
		return gl_parser_complain(parser, "expected '<' or '>='");
	if (*bound != 0)
		return gl_parser_complain(parser, "the kernel is compared twice");
	r = gl_parser_advance(parser);
	if (r == 0)
		r = gl_parser_kernel(parser, bound);
	if (r == 0 &&
	    (*bound == 0 || (rule->if_kernel_below && rule->if_kernel_from >= rule->if_kernel_below)))
		return gl_policy_complain(parser->policy, place, EINVAL, parser->err,
					  "no kernel is in this range");
	return r;
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
	const struct gl_token *token = &parser->token;
	char near[GL_CAPABILITY_NAME];
	unsigned capability;

	if (token->kind != GL_TOKEN_WORD)
		return gl_parser_complain(parser, "expected a capability");
	if (!gl_vocabulary_capability(token->text, token->len, &capability))
		return gl_parser_unknown(
			parser, "unknown capability",
			gl_vocabulary_suggest_capability(token->text, token->len, near) ? near : NULL);
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
