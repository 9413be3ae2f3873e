/*
 * Lines that are no filter: capabilities, limits, environment, user, and what
 * Landlock allows.  They are kept as the words that the command line takes, one
 * item a setting; what only the host knows (is there such a user, such a path)
 * is looked at when they are used.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/limits.h"

/* Adds an item; text is taken, NULL is out of memory. */
static int add(struct gl_parser *parser, enum gl_policy_setting_kind kind, struct gl_policy_place place,
	       char *text)
{
	struct gl_policy *policy = parser->policy;
	struct gl_policy_setting *setting;
	size_t same = 0;

	for (size_t i = 0; i < policy->setting_count; i++)
		same += policy->settings[i].kind == kind;
	setting = text && same < GL_POLICY_MAX_ITEMS
			  ? gl_mem_grow(&policy->settings, &policy->setting_room, policy->setting_count,
					sizeof(*setting), (size_t)GL_POLICY_SETTING_MAX * GL_POLICY_MAX_ITEMS)
			  : NULL;
	if (!setting) {
		free(text);
		return same == GL_POLICY_MAX_ITEMS
			       ? gl_policy_complain(policy, place, E2BIG, parser->err, "more than %d items",
						    GL_POLICY_MAX_ITEMS)
			       : gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	}
	*setting = (struct gl_policy_setting){.kind = kind, .text = text, .place = place};
	policy->setting_count++;
	return 0;
}

/* The current token as an item. */
static int add_token(struct gl_parser *parser, enum gl_policy_setting_kind kind)
{
	int r = add(parser, kind, parser->token.place, gl_token_value(&parser->token));

	return r < 0 ? r : gl_parser_advance(parser);
}

static bool at_text(const struct gl_parser *parser)
{
	return parser->token.kind == GL_TOKEN_TEXT;
}

/* --- capabilities none | keep | [+-]NAME ... -------------------------------------------- */

static int parse_capability(struct gl_parser *parser)
{
	const struct gl_token *token = &parser->token;
	char near[GL_CAPABILITY_NAME];
	unsigned capability;

	if (gl_token_is(token, "none") || gl_token_is(token, "keep"))
		return add_token(parser, GL_POLICY_CAPABILITIES);
	if (*token->text != '+' && *token->text != '-')
		return gl_parser_complain(parser, "expected 'none', 'keep', '+NAME' or '-NAME'");
	if (!gl_vocabulary_capability(token->text + 1, token->len - 1, &capability))
		return gl_parser_unknown(
			parser, "unknown capability",
			gl_vocabulary_suggest_capability(token->text + 1, token->len - 1, near) ? near
												: NULL);
	return add_token(parser, GL_POLICY_CAPABILITIES);
}

int gl_parser_capabilities(struct gl_parser *parser)
{
	int r = 0;

	if (!at_text(parser))
		return gl_parser_complain(parser, "expected 'none', 'keep', '+NAME' or '-NAME'");
	while (r == 0 && at_text(parser))
		r = parse_capability(parser);
	return r;
}

/* --- limit NAME SOFT[:HARD] ---------------------------------------------------------------- */

static int add_limit(struct gl_parser *parser, const struct gl_token *name)
{
	const struct gl_token *token = &parser->token;
	struct gl_err err = GL_ERR_INIT;
	struct gl_limit limit;
	char *text = NULL;
	int r;

	if (!at_text(parser))
		return gl_parser_complain(parser, "expected SOFT or SOFT:HARD: numbers, with K, M or G where "
						  "they are bytes, or 'unlimited'");
	if (asprintf(&text, "%.*s=%.*s", (int)name->len, name->text, (int)token->len, token->text) < 0)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	if (gl_limit_parse(text, &limit, &err) < 0) {
		free(text);
		return gl_policy_complain(parser->policy, token->place, EINVAL, parser->err, "%s", err.msg);
	}
	r = add(parser, GL_POLICY_LIMIT, name->place, text);
	return r < 0 ? r : gl_parser_advance(parser);
}

int gl_parser_limit(struct gl_parser *parser)
{
	const struct gl_token name = parser->token;
	struct gl_suggest suggest = gl_parser_suggest(parser);
	int r;

	if (!at_text(parser))
		return gl_parser_complain(parser, "expected a limit such as nofile");
	gl_limit_suggest(&suggest);
	if (!gl_limit_is_name(name.text, name.len))
		return gl_parser_unknown(parser, "unknown limit", suggest.best);
	r = gl_parser_advance(parser);
	return r < 0 ? r : add_limit(parser, &name);
}

/* --- env keep PATTERN ... | drop PATTERN ... | set NAME=VALUE --------------------------------- */

static int add_variable(struct gl_parser *parser)
{
	gl_autofree char *text = at_text(parser) ? gl_token_value(&parser->token) : NULL;

	if (at_text(parser) && !text)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	if (!text || !strchr(text, '=') || *text == '=')
		return gl_parser_complain(parser, "expected NAME=VALUE");
	return add_token(parser, GL_POLICY_ENV_SET);
}

static int add_patterns(struct gl_parser *parser, enum gl_policy_setting_kind kind)
{
	int r = 0;

	if (!at_text(parser))
		return gl_parser_complain(parser,
					  "expected the name of a variable, in which '*' is any text");
	while (r == 0 && at_text(parser)) {
		gl_autofree char *pattern = gl_token_value(&parser->token);

		if (pattern && strchr(pattern, '='))
			return gl_parser_complain(parser, "a name holds no '=' (there is 'env set')");
		r = add_token(parser, kind);
	}
	return r;
}

int gl_parser_env(struct gl_parser *parser)
{
	bool keep = gl_token_is(&parser->token, "keep"), drop = gl_token_is(&parser->token, "drop");
	int r;

	if (!keep && !drop && !gl_token_is(&parser->token, "set"))
		return gl_parser_complain(parser, "expected 'keep', 'drop' or 'set'");
	r = gl_parser_advance(parser);
	if (r < 0)
		return r;
	return keep || drop ? add_patterns(parser, keep ? GL_POLICY_ENV_KEEP : GL_POLICY_ENV_DROP)
			    : add_variable(parser);
}

/* --- user U[:G] ----------------------------------------------------------------------------------- */

int gl_parser_user(struct gl_parser *parser)
{
	const struct gl_token *token = &parser->token;
	const char *colon = at_text(parser) ? memchr(token->text, ':', token->len) : NULL;

	if (!at_text(parser) || *token->text == '"' || *token->text == ':' ||
	    (colon && (colon + 1 == token->text + token->len ||
		       memchr(colon + 1, ':', (size_t)(token->text + token->len - colon) - 1))))
		return gl_parser_complain(parser, "expected USER or USER:GROUP");
	return add_token(parser, GL_POLICY_USER);
}

/* --- Landlock: read, write, execute PATH ...; bind, connect PORT ... ---------------------------------- */

/* "optional" at the end: of all items of this line. */
static int take_optional(struct gl_parser *parser, size_t first)
{
	if (!gl_token_is(&parser->token, "optional"))
		return 0;
	for (size_t i = first; i < parser->policy->setting_count; i++)
		parser->policy->settings[i].optional = true;
	return gl_parser_advance(parser);
}

static bool at_item(const struct gl_parser *parser)
{
	return at_text(parser) && !gl_token_is(&parser->token, "optional");
}

int gl_parser_paths(struct gl_parser *parser, enum gl_policy_setting_kind kind)
{
	size_t first = parser->policy->setting_count;
	int r = 0;

	if (!at_item(parser))
		return gl_parser_complain(parser, "expected a path");
	while (r == 0 && at_item(parser)) {
		if (parser->token.text[*parser->token.text == '"'] != '/')
			return gl_parser_complain(parser, "expected a path that begins with '/'");
		r = add_token(parser, kind);
	}
	return r < 0 ? r : take_optional(parser, first);
}

/* Returns how many bytes the number has; 0: it is none of a port. */
static size_t read_port(const char *text, size_t len, unsigned *ret_port)
{
	unsigned port = 0;
	size_t n = 0;

	for (; n < len && text[n] >= '0' && text[n] <= '9' && port <= UINT16_MAX; n++)
		port = port * 10 + (unsigned)(text[n] - '0');
	*ret_port = port;
	return port <= UINT16_MAX ? n : 0;
}

/* PORT or PORT-PORT */
static bool is_port(const char *text, size_t len)
{
	unsigned from = 0, to = 0;
	size_t n = read_port(text, len, &from), m;

	if (n == 0 || n == len)
		return n > 0;
	if (text[n] != '-')
		return false;
	m = read_port(text + n + 1, len - n - 1, &to);
	return m > 0 && n + 1 + m == len && from <= to;
}

int gl_parser_ports(struct gl_parser *parser, enum gl_policy_setting_kind kind)
{
	size_t first = parser->policy->setting_count;
	int r = 0;

	if (!at_item(parser))
		return gl_parser_complain(parser, "expected a port, or two with '-' between");
	while (r == 0 && at_item(parser)) {
		if (!is_port(parser->token.text, parser->token.len))
			return gl_parser_complain(parser, "expected a port, or two with '-' between");
		r = add_token(parser, kind);
	}
	return r < 0 ? r : take_optional(parser, first);
}
