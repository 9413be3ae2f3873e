/*
 * include NAME | ./FILE: the other text is read in place, by the same parser.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/group.h"

static int check_loop(const struct gl_parser *parser, const char *name)
{
	for (unsigned i = 0; i <= parser->depth; i++)
		if (!strcmp(parser->policy->files[parser->open[i]].name, name))
			return gl_policy_complain(parser->policy, parser->statement, ELOOP, parser->err,
						  "'%.60s' includes itself", name);
	if (parser->depth == GL_POLICY_MAX_DEPTH)
		return gl_policy_complain(parser->policy, parser->statement, ELOOP, parser->err,
					  "includes are nested more than %d deep", GL_POLICY_MAX_DEPTH);
	return 0;
}

static int read_preset(const struct gl_parser *parser, const char *name, char **ret_name, char **ret_text)
{
	const struct gl_preset_text *preset = gl_preset_text_find(name, strlen(name));
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));

	for (size_t i = 0; !preset && i < gl_preset_texts_count; i++)
		gl_suggest_offer(&suggest, gl_preset_texts[i].name);
	if (!preset)
		return gl_parser_unknown(parser, "unknown preset (a file is written './NAME')", suggest.best);
	*ret_name = strdup(preset->name);
	*ret_text = strdup(preset->text);
	return *ret_name && *ret_text ? 0 : gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
}

static int read_file(const struct gl_parser *parser, const char *name, char **ret_name, char **ret_text)
{
	const struct gl_policy *policy = parser->policy;
	struct gl_err err = GL_ERR_INIT;
	int r;

	if (!parser->reader)
		return gl_parser_complain(parser, "only presets can be included here");
	r = parser->reader(parser->arg, policy->files[parser->lexer.file].name, name, ret_name, ret_text,
			   &err);
	if (r < 0)
		return gl_policy_complain(policy, parser->token.place, -r, parser->err, "%s", err.msg);
	if (strlen(*ret_text) > GL_POLICY_MAX_BYTES)
		return gl_policy_complain(policy, parser->token.place, E2BIG, parser->err,
					  "the file has more than %zu bytes", GL_POLICY_MAX_BYTES);
	return 0;
}

/* Reads the text with the lexer set aside. */
static int parse_inner(struct gl_parser *parser, char *name, char *text, bool is_file)
{
	struct gl_lexer lexer = parser->lexer;
	struct gl_token token = parser->token;
	int r;

	parser->depth++;
	r = gl_parser_open(parser, name, text, is_file);
	if (r == 0)
		r = gl_parser_text(parser);
	parser->depth--;
	parser->lexer = lexer;
	parser->token = token;
	return r;
}

static int include(struct gl_parser *parser, const char *value)
{
	gl_autofree char *name = NULL, *text = NULL;
	bool is_file = strchr(value, '/');
	int r = is_file ? read_file(parser, value, &name, &text) : read_preset(parser, value, &name, &text);

	if (r == 0)
		r = check_loop(parser, name);
	return r < 0 ? r : parse_inner(parser, GL_TAKE_PTR(name), GL_TAKE_PTR(text), is_file);
}

int gl_parser_include(struct gl_parser *parser)
{
	gl_autofree char *value = NULL;
	int r;

	if (parser->token.kind != GL_TOKEN_TEXT)
		return gl_parser_complain(parser, "expected a preset or './FILE'");
	value = gl_token_value(&parser->token);
	if (!value)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	r = include(parser, value);
	return r < 0 ? r : gl_parser_advance(parser);
}
