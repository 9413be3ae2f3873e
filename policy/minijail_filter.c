/*
 * minijail policies, filters on arguments.  "&&" binds before "||", so a filter is
 * a list of alternatives, and each becomes a statement.
 */
#include <errno.h>

#include "policy/minijail_parts.h"
#include "policy/vocabulary.h"

#define MAX_NESTED 8

/* --- values ----------------------------------------------------------------------------------- */

/* As C writes them, up to 64 bits; "-" takes the opposite. */
static bool parse_number(const char *text, size_t len, uint64_t *ret_value)
{
	char digits[32], *end;
	bool negative = len > 0 && *text == '-';
	unsigned long long value;

	text += negative;
	len -= negative;
	if (len == 0 || len >= sizeof(digits) || *text < '0' || *text > '9')
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	value = strtoull(digits, &end, 0);
	if (errno || *end)
		return false;
	*ret_value = negative ? -value : value;
	return true;
}

static int parse_value(struct gl_minijail *mj, uint64_t *ret_value);

/* NUMBER or NAME */
static int parse_word(struct gl_minijail *mj, uint64_t *ret_value)
{
	const struct gl_minijail_token *token = &mj->token;
	const struct gl_constant *constant = gl_vocabulary_constant(mj->machine, token->text, token->len);
	struct gl_suggest suggest = gl_minijail_suggest(mj);

	if (token->kind != GL_MINIJAIL_WORD)
		return gl_minijail_complain(mj, EINVAL, "expected a constant or a number", NULL);
	if (constant)
		*ret_value = constant->value;
	else if (!parse_number(token->text, token->len, ret_value)) {
		gl_vocabulary_suggest_constant(mj->machine, &suggest);
		return gl_minijail_complain(mj, ENOENT, "unknown constant", suggest.best);
	}
	return gl_minijail_advance(mj);
}

/* (VALUE) */
static int parse_parentheses(struct gl_minijail *mj, uint64_t *ret_value)
{
	int r;

	if (mj->nested++ == MAX_NESTED)
		return gl_minijail_complain(mj, E2BIG, "too many parentheses", NULL);
	r = gl_minijail_advance(mj);
	if (r == 0)
		r = parse_value(mj, ret_value);
	mj->nested--;
	return r < 0 ? r : gl_minijail_expect(mj, ")");
}

/* NUMBER, NAME or (VALUE); with "~" before it all its bits are the others. */
static int parse_atom(struct gl_minijail *mj, uint64_t *ret_value)
{
	bool inverted = gl_minijail_at(mj, "~");
	int r = inverted ? gl_minijail_advance(mj) : 0;

	if (r == 0)
		r = gl_minijail_at(mj, "(") ? parse_parentheses(mj, ret_value) : parse_word(mj, ret_value);
	if (r == 0 && inverted)
		*ret_value = ~*ret_value;
	return r;
}

/* ATOM | ATOM ... */
static int parse_value(struct gl_minijail *mj, uint64_t *ret_value)
{
	uint64_t value = 0, atom = 0;

	for (size_t i = 0; i < GL_MINIJAIL_MAX_VALUES; i++) {
		int r = parse_atom(mj, &atom);

		if (r < 0)
			return r;
		value |= atom;
		if (!gl_minijail_at(mj, "|")) {
			*ret_value = value;
			return 0;
		}
		r = gl_minijail_advance(mj);
		if (r < 0)
			return r;
	}
	return gl_minijail_complain(mj, E2BIG, "too many values", NULL);
}

/* --- terms ---------------------------------------------------------------------------------------- */

static const struct {
	const char *sign;
	enum gl_policy_op op;
} operators[] = {
	{"==", GL_POLICY_IN},	      {"!=", GL_POLICY_NOT_IN},	      {"<", GL_POLICY_LESS},
	{"<=", GL_POLICY_LESS_EQUAL}, {">", GL_POLICY_GREATER},	      {">=", GL_POLICY_GREATER_EQUAL},
	{"&", GL_POLICY_ANY_BIT},     {"in", GL_POLICY_MASKED_EQUAL},
};

static int parse_argument(struct gl_minijail *mj, uint8_t *ret_argument)
{
	const struct gl_minijail_token *token = &mj->token;

	if (token->len != 4 || memcmp(token->text, "arg", 3) != 0 || token->text[3] < '0' ||
	    token->text[3] > '5')
		return gl_minijail_complain(mj, EINVAL, "expected an argument, arg0 to arg5", NULL);
	*ret_argument = (uint8_t)(token->text[3] - '0');
	return gl_minijail_advance(mj);
}

static int parse_term(struct gl_minijail *mj, struct gl_minijail_term *ret)
{
	size_t i = 0;
	int r = parse_argument(mj, &ret->argument);

	if (r < 0)
		return r;
	while (i < GL_ARRAY_SIZE(operators) && !gl_minijail_at(mj, operators[i].sign))
		i++;
	if (i == GL_ARRAY_SIZE(operators))
		return gl_minijail_complain(mj, EINVAL,
					    "expected '==', '!=', '<', '<=', '>', '>=', '&' or 'in'", NULL);
	ret->op = operators[i].op;
	r = gl_minijail_advance(mj);
	if (r == 0)
		r = parse_value(mj, &ret->value);
	if (r == 0 && ret->op == GL_POLICY_ANY_BIT && ret->value == 0)
		return gl_minijail_complain(mj, EINVAL, "no bits: this can never hold", NULL);
	return r;
}

/* --- as text ---------------------------------------------------------------------------------------- */

static const char *const op_words[GL_POLICY_OP_MAX] = {
	[GL_POLICY_IN] = "==",	       [GL_POLICY_NOT_IN] = "!=",      [GL_POLICY_LESS] = "<",
	[GL_POLICY_LESS_EQUAL] = "<=", [GL_POLICY_GREATER] = ">",      [GL_POLICY_GREATER_EQUAL] = ">=",
	[GL_POLICY_ANY_BIT] = "&",     [GL_POLICY_MASKED_EQUAL] = "&",
};

/* Returns what stands before the next term. */
static const char *put_term(struct gl_buf *text, const char *before, const struct gl_minijail_term *term)
{
	bool within = term->op == GL_POLICY_MASKED_EQUAL;
	unsigned long long value = within ? ~term->value : term->value;

	if (within && value == 0) /* no other bits: holds always */
		return before;
	gl_buf_printf(text, "%sarg%u %s ", before, term->argument, op_words[term->op]);
	gl_buf_printf(text, value < 10 ? "%llu" : "%#llx", value);
	gl_buf_puts(text, within ? " == 0" : "");
	return " && ";
}

/* TERM && TERM ... */
static int parse_alternative(struct gl_minijail *mj, uint16_t call, unsigned line)
{
	struct gl_buf *text = &mj->converted->text;
	const char *before = " if ";
	size_t count = 0;

	gl_buf_printf(text, "allow %s", mj->machine->calls[call].name);
	for (;;) {
		struct gl_minijail_term term = {.argument = 0};
		int r = 0;

		if (count++ == GL_POLICY_MAX_TESTS || mj->term_total++ == GL_MINIJAIL_MAX_TERMS)
			return gl_minijail_complain(mj, E2BIG, "too many tests", NULL);
		r = parse_term(mj, &term);
		if (r < 0)
			return r;
		before = put_term(text, before, &term);
		if (!gl_minijail_at(mj, "&&"))
			break;
		r = gl_minijail_advance(mj);
		if (r < 0)
			return r;
	}
	gl_converted_end(mj->converted, line);
	return 0;
}

int gl_minijail_filter(struct gl_minijail *mj, uint16_t call, unsigned line)
{
	int r = parse_alternative(mj, call, line);

	while (r == 0 && gl_minijail_at(mj, "||")) {
		r = gl_minijail_advance(mj);
		if (r == 0)
			r = parse_alternative(mj, call, line);
	}
	return r;
}
