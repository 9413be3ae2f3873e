/*
 * Statements of a policy: one table, one function each.
 *
 * A call may stand in one rule only: which of two denials answers would
 * otherwise depend on details, and a second one is nearly always a mistake.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"

int gl_parser_advance(struct gl_parser *parser)
{
	return gl_lexer_next(&parser->lexer, &parser->token, parser->err);
}

int gl_parser_complain(const struct gl_parser *parser, const char *what)
{
	const struct gl_token *token = &parser->token;

	if (token->kind == GL_TOKEN_NEWLINE || token->kind == GL_TOKEN_END)
		return gl_policy_complain(parser->policy, token->place, EINVAL, parser->err, "%s", what);
	return gl_policy_complain(parser->policy, token->place, EINVAL, parser->err, "%s: '%.*s'", what,
				  (int)GL_MIN(token->len, 64u), token->text);
}

int gl_parser_expect(struct gl_parser *parser, const char *text)
{
	char what[32];

	if (gl_token_is(&parser->token, text))
		return gl_parser_advance(parser);
	snprintf(what, sizeof(what), "expected '%s'", text);
	return gl_parser_complain(parser, what);
}

static int parse_known_through(struct gl_parser *parser)
{
	struct gl_policy_place place = parser->token.place;
	uint32_t *kernel = &parser->policy->known_through;
	uint32_t first = gl_kernel_first_known(), last = gl_kernel_last_known();
	int r;

	if (*kernel != 0)
		return gl_parser_complain(parser, "'known-through' is said twice");
	r = gl_parser_kernel(parser, kernel);
	if (r < 0)
		return r;
	if (*kernel < first || *kernel > last)
		return gl_policy_complain(parser->policy, place, EINVAL, parser->err,
					  "the calls of Linux %u.%u to %u.%u are known", first >> 16,
					  first & 0xffff, last >> 16, last & 0xffff);
	return 0;
}

static int parse_default(struct gl_parser *parser)
{
	if (parser->policy->default_allow)
		return gl_parser_complain(parser, "'default' is said twice");
	parser->policy->default_allow = true;
	return gl_parser_expect(parser, "allow");
}

static const struct gl_policy_call *find_call(const struct gl_policy *policy, const struct gl_token *token)
{
	for (size_t i = 0; i < policy->call_count; i++) {
		const struct gl_policy_call *call = &policy->calls[i];

		if (call->name_len == token->len && !memcmp(call->name, token->text, token->len))
			return call;
	}
	return NULL;
}

static int parse_call(struct gl_parser *parser)
{
	struct gl_policy *policy = parser->policy;
	const struct gl_token *token = &parser->token;
	const struct gl_policy_call *other = find_call(policy, token);
	struct gl_policy_call *call;

	if (other)
		return gl_policy_complain(policy, token->place, EINVAL, parser->err,
					  "'%.*s' stands in line %u already",
					  (int)GL_MIN(other->name_len, 64u), other->name, other->place.line);
	call = gl_mem_grow(&policy->calls, &policy->call_room, policy->call_count, sizeof(*call),
			   GL_POLICY_MAX_CALLS);
	if (!call)
		return gl_policy_complain(policy, token->place, errno, parser->err, "no room for more calls");
	*call = (struct gl_policy_call){token->text, token->len, token->place, policy->rule_count - 1};
	policy->call_count++;
	return gl_parser_advance(parser);
}

/* deny [errno NAME]: what the calls answer */
static int parse_errno(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	int r;

	rule->errnum = EPERM;
	if (!gl_token_is(&parser->token, "errno"))
		return 0;
	r = gl_parser_advance(parser);
	if (r < 0)
		return r;
	if (!gl_vocabulary_errno(parser->token.text, parser->token.len, &rule->errnum))
		return gl_parser_complain(parser, "unknown errno name");
	return gl_parser_advance(parser);
}

static int parse_deny(struct gl_parser *parser)
{
	struct gl_policy *policy = parser->policy;
	size_t first_call = policy->call_count;
	struct gl_policy_rule *rule;
	int r;

	rule = gl_mem_grow(&policy->rules, &policy->rule_room, policy->rule_count, sizeof(*rule),
			   GL_POLICY_MAX_RULES);
	if (!rule)
		return gl_policy_complain(policy, parser->token.place, errno, parser->err,
					  "no room for more rules");
	policy->rule_count++;
	r = parse_errno(parser, rule);
	while (r == 0 && parser->token.kind == GL_TOKEN_WORD && !gl_token_is(&parser->token, "if") &&
	       !gl_token_is(&parser->token, "unless"))
		r = parse_call(parser);
	if (r == 0 && policy->call_count == first_call)
		return gl_parser_complain(parser, "expected the name of a system call");
	return r < 0 ? r : gl_parser_conditions(parser, rule);
}

static const struct {
	const char *word;
	int (*parse)(struct gl_parser *parser);
} statements[] = {
	{"known-through", parse_known_through},
	{"default", parse_default},
	{"deny", parse_deny},
};

static int parse_statement(struct gl_parser *parser)
{
	int r;

	for (size_t i = 0; i < GL_ARRAY_SIZE(statements); i++) {
		if (!gl_token_is(&parser->token, statements[i].word))
			continue;
		r = gl_parser_advance(parser);
		if (r == 0)
			r = statements[i].parse(parser);
		if (r == 0 && parser->token.kind != GL_TOKEN_NEWLINE)
			return gl_parser_complain(parser, "expected the end of the line");
		return r < 0 ? r : gl_parser_advance(parser);
	}
	return gl_parser_complain(parser, "unknown statement");
}

static int parse_text(struct gl_parser *parser)
{
	int r = gl_parser_advance(parser);

	while (r == 0 && parser->token.kind != GL_TOKEN_END)
		r = parse_statement(parser);
	if (r < 0)
		return r;
	if (parser->policy->known_through == 0)
		return gl_parser_complain(parser, "the policy does not say 'known-through'");
	if (!parser->policy->default_allow)
		return gl_parser_complain(parser, "the policy does not say 'default'");
	return 0;
}

int gl_policy_parse(const char *file, const char *text, struct gl_policy *ret_policy, struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_parser parser = {.policy = &policy, .err = err};
	int r;

	if (strlen(text) > GL_POLICY_MAX_BYTES)
		return gl_err_set(err, E2BIG, "policy '%.80s' has more than %zu bytes", file,
				  GL_POLICY_MAX_BYTES);
	policy.file = strdup(file);
	policy.text = strdup(text);
	if (!policy.file || !policy.text)
		return gl_err_sys(err, ENOMEM, "cannot read policy '%.80s'", file);
	gl_lexer_init(&parser.lexer, &policy);
	r = parse_text(&parser);
	if (r < 0)
		return r;
	*ret_policy = policy;
	policy = GL_POLICY_INIT;
	return 0;
}
