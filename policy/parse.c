/*
 * Statements of a policy: one table.  What follows their first word is read in
 * rule.c, setting.c and include.c.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"

#define OLDEST_KERNEL GL_KERNEL(3, 0) /* of older calls the table does not know since when */
#define SHOWN_TOKEN   48

int gl_parser_advance(struct gl_parser *parser)
{
	return gl_lexer_next(&parser->lexer, &parser->token, parser->err);
}

/* The token as it can be shown: quoted texts hold any byte. */
static void show_token(const struct gl_token *token, char shown[SHOWN_TOKEN + 1])
{
	size_t len = GL_MIN(token->len, (size_t)SHOWN_TOKEN);

	for (size_t i = 0; i < len; i++)
		shown[i] = (char)(token->text[i] < ' ' || token->text[i] > 0x7e ? '?' : token->text[i]);
	shown[len] = '\0';
}

static int complain_name(const struct gl_parser *parser, int errnum, const char *what, const char *suggestion)
{
	const struct gl_token *token = &parser->token;
	char shown[SHOWN_TOKEN + 1];

	show_token(token, shown);
	if (!suggestion)
		return gl_policy_complain(parser->policy, token->place, errnum, parser->err, "%s: '%s'", what,
					  shown);
	return gl_policy_complain(parser->policy, token->place, errnum, parser->err,
				  "%s: '%s'; did you mean '%s'?", what, shown, suggestion);
}

int gl_parser_unknown(const struct gl_parser *parser, const char *what, const char *suggestion)
{
	return complain_name(parser, ENOENT, what, suggestion);
}

int gl_parser_complain(const struct gl_parser *parser, const char *what)
{
	const struct gl_token *token = &parser->token;

	if (token->kind == GL_TOKEN_NEWLINE || token->kind == GL_TOKEN_END)
		return gl_policy_complain(parser->policy, token->place, EINVAL, parser->err, "%s", what);
	return complain_name(parser, EINVAL, what, NULL);
}

struct gl_suggest gl_parser_suggest(const struct gl_parser *parser)
{
	return GL_SUGGEST(parser->token.text, parser->token.len);
}

int gl_parser_expect(struct gl_parser *parser, const char *text)
{
	char what[32];

	if (gl_token_is(&parser->token, text))
		return gl_parser_advance(parser);
	snprintf(what, sizeof(what), "expected '%s'", text);
	return gl_parser_complain(parser, what);
}

int gl_parser_choice(struct gl_parser *parser, const char *first, const char *second, bool *ret_second)
{
	bool is_second = gl_token_is(&parser->token, second);
	char what[64];

	if (!is_second && !gl_token_is(&parser->token, first)) {
		snprintf(what, sizeof(what), "expected '%s' or '%s'", first, second);
		return gl_parser_complain(parser, what);
	}
	*ret_second = is_second;
	return gl_parser_advance(parser);
}

int gl_parser_kernel(struct gl_parser *parser, uint32_t *ret_kernel)
{
	if (parser->token.kind != GL_TOKEN_WORD ||
	    !gl_kernel_parse_exact(parser->token.text, parser->token.len, ret_kernel))
		return gl_parser_complain(parser, "expected a kernel version such as 6.7");
	return gl_parser_advance(parser);
}

/* --- what a text says once ---------------------------------------------------------- */

/*
 * Is the current statement the one that counts, of those that can be said only
 * once?  A text counts over what it includes, wherever that stands.
 */
static int claim(struct gl_parser *parser, const char *word, struct gl_policy_place *place, bool *ret_counts)
{
	const struct gl_policy_file *files = parser->policy->files;
	bool said = place->line != 0;

	if (said && place->file == parser->lexer.file)
		return gl_policy_complain(parser->policy, parser->statement, EINVAL, parser->err,
					  "'%s' is said twice, in line %u already", word, place->line);
	*ret_counts = !said || files[parser->lexer.file].depth <= files[place->file].depth;
	if (*ret_counts)
		*place = parser->statement;
	return 0;
}

static int parse_known_through(struct gl_parser *parser)
{
	struct gl_policy_place place = parser->token.place;
	uint32_t kernel = 0, last = parser->policy->machine->through;
	bool counts = false;
	int r = claim(parser, "known-through", &parser->policy->known_through_place, &counts);

	if (r == 0)
		r = gl_parser_kernel(parser, &kernel);
	if (r < 0)
		return r;
	if (kernel < OLDEST_KERNEL || kernel > last)
		return gl_policy_complain(parser->policy, place, EINVAL, parser->err,
					  "the calls of Linux %u.%u to %u.%u are known", OLDEST_KERNEL >> 16,
					  OLDEST_KERNEL & 0xffff, last >> 16, last & 0xffff);
	if (counts)
		parser->policy->known_through = kernel;
	return 0;
}

static const struct {
	const char *word;
	enum gl_policy_action action;
} actions[] = {
	{"allow", GL_POLICY_ALLOW}, {"deny", GL_POLICY_DENY}, {"kill", GL_POLICY_KILL},
	{"trap", GL_POLICY_TRAP},   {"log", GL_POLICY_LOG},
};

static int parse_default(struct gl_parser *parser)
{
	struct gl_policy_answer answer = {.errnum = 0};
	bool counts = false;
	int r = claim(parser, "default", &parser->policy->fallback_place, &counts);

	for (size_t i = 0; i < GL_ARRAY_SIZE(actions) && r == 0; i++) {
		if (!gl_token_is(&parser->token, actions[i].word))
			continue;
		r = gl_parser_advance(parser);
		if (r == 0)
			r = gl_parser_answer(parser, actions[i].action, &answer);
		if (r == 0 && counts)
			parser->policy->fallback = answer;
		return r;
	}
	return r < 0 ? r : gl_parser_complain(parser, "expected 'allow', 'deny', 'kill', 'trap' or 'log'");
}

static int parse_abis(struct gl_parser *parser)
{
	bool counts = false, all = false;
	int r = claim(parser, "abis", &parser->policy->abis_place, &counts);

	if (r == 0)
		r = gl_parser_choice(parser, "native", "all", &all);
	if (r == 0 && counts)
		parser->policy->foreign_abis_killed = !all;
	return r;
}

static int parse_exec(struct gl_parser *parser)
{
	bool counts = false, deny = false;
	int r = claim(parser, "exec", &parser->policy->exec_place, &counts);

	if (r == 0)
		r = gl_parser_choice(parser, "allow", "deny", &deny);
	if (r == 0 && counts)
		parser->policy->exec = deny ? GL_POLICY_NO : GL_POLICY_YES;
	return r;
}

static int parse_no_new_privs(struct gl_parser *parser)
{
	bool counts = false, off = false;
	int r = claim(parser, "no-new-privs", &parser->policy->no_new_privs_place, &counts);

	if (r == 0)
		r = gl_parser_choice(parser, "on", "off", &off);
	if (r == 0 && counts)
		parser->policy->no_new_privs = off ? GL_POLICY_NO : GL_POLICY_YES;
	return r;
}

/* --- the table --------------------------------------------------------------------------- */

/* One of the three reads what follows the word; kind is an action or a kind of setting. */
static const struct statement {
	const char *word;
	int (*parse)(struct gl_parser *parser);
	int (*parse_action)(struct gl_parser *parser, enum gl_policy_action action);
	int (*parse_setting)(struct gl_parser *parser, enum gl_policy_setting_kind kind);
	int kind;
	bool texts; /* what follows are texts, not words and signs */
} statements[] = {
	{"known-through", .parse = parse_known_through},
	{"include", .parse = gl_parser_include, .texts = true},
	{"default", .parse = parse_default},
	{"allow", .parse_action = gl_parser_rule, .kind = GL_POLICY_ALLOW},
	{"deny", .parse_action = gl_parser_rule, .kind = GL_POLICY_DENY},
	{"kill", .parse_action = gl_parser_rule, .kind = GL_POLICY_KILL},
	{"trap", .parse_action = gl_parser_rule, .kind = GL_POLICY_TRAP},
	{"log", .parse_action = gl_parser_rule, .kind = GL_POLICY_LOG},
	{"abis", .parse = parse_abis},
	{"exec", .parse = parse_exec},
	{"no-new-privs", .parse = parse_no_new_privs},
	{"capabilities", .parse = gl_parser_capabilities, .texts = true},
	{"limit", .parse = gl_parser_limit, .texts = true},
	{"env", .parse = gl_parser_env, .texts = true},
	{"user", .parse = gl_parser_user, .texts = true},
	{"read", .parse_setting = gl_parser_paths, .kind = GL_POLICY_READ, .texts = true},
	{"write", .parse_setting = gl_parser_paths, .kind = GL_POLICY_WRITE, .texts = true},
	{"execute", .parse_setting = gl_parser_paths, .kind = GL_POLICY_EXECUTE, .texts = true},
	{"bind", .parse_setting = gl_parser_ports, .kind = GL_POLICY_BIND, .texts = true},
	{"connect", .parse_setting = gl_parser_ports, .kind = GL_POLICY_CONNECT, .texts = true},
};

static int parse_rest(struct gl_parser *parser, const struct statement *statement)
{
	int r;

	parser->statement = parser->token.place;
	parser->lexer.texts = statement->texts;
	r = gl_parser_advance(parser);
	if (r < 0)
		return r;
	if (statement->parse)
		r = statement->parse(parser);
	else if (statement->parse_action)
		r = statement->parse_action(parser, (enum gl_policy_action)statement->kind);
	else
		r = statement->parse_setting(parser, (enum gl_policy_setting_kind)statement->kind);
	if (r == 0 && parser->token.kind != GL_TOKEN_NEWLINE)
		return gl_parser_complain(parser, "expected the end of the line");
	return r < 0 ? r : gl_parser_advance(parser);
}

static int parse_statement(struct gl_parser *parser)
{
	struct gl_suggest suggest = gl_parser_suggest(parser);

	for (size_t i = 0; i < GL_ARRAY_SIZE(statements); i++) {
		if (gl_token_is(&parser->token, statements[i].word))
			return parse_rest(parser, &statements[i]);
		gl_suggest_offer(&suggest, statements[i].word);
	}
	return complain_name(parser, EINVAL, "unknown statement", suggest.best);
}

int gl_parser_text(struct gl_parser *parser)
{
	int r = gl_parser_advance(parser);

	while (r == 0 && parser->token.kind != GL_TOKEN_END)
		r = parse_statement(parser);
	return r;
}

int gl_parser_open(struct gl_parser *parser, char *name, char *text, bool is_file)
{
	struct gl_policy *policy = parser->policy;
	struct gl_policy_file *file = gl_mem_grow(&policy->files, &policy->file_room, policy->file_count,
						  sizeof(*file), GL_POLICY_MAX_FILES);

	if (!file) {
		free(name);
		free(text);
		return gl_policy_complain(policy, parser->statement, errno, parser->err,
					  errno == E2BIG ? "more than %d texts in one policy"
							 : "no memory for %d texts",
					  GL_POLICY_MAX_FILES);
	}
	*file = (struct gl_policy_file){
		.name = name, .text = text, .depth = parser->depth, .is_file = is_file};
	parser->open[parser->depth] = (uint16_t)policy->file_count++;
	gl_lexer_init(&parser->lexer, policy, parser->open[parser->depth]);
	return 0;
}

static int parse_all(struct gl_parser *parser, const char *name, const char *text)
{
	char *own_name = strdup(name), *own_text = strdup(text);
	int r;

	if (!own_name || !own_text) {
		free(own_name);
		free(own_text);
		return gl_err_sys(parser->err, ENOMEM, "cannot read policy '%.80s'", name);
	}
	r = gl_parser_open(parser, own_name, own_text, false);
	if (r == 0)
		r = gl_parser_text(parser);
	return r < 0 ? r : gl_parser_finish(parser);
}

int gl_policy_parse(const struct gl_machine_calls *machine, const char *name, const char *text,
		    gl_policy_reader *reader, void *arg, struct gl_policy *ret_policy, struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = {.machine = machine};
	struct gl_err unwanted = GL_ERR_INIT;
	struct gl_parser parser = {
		.policy = &policy, .reader = reader, .arg = arg, .err = err ? err : &unwanted};
	int r;

	if (strlen(text) > GL_POLICY_MAX_BYTES)
		return gl_err_set(err, E2BIG, "policy '%.80s' has more than %zu bytes", name,
				  GL_POLICY_MAX_BYTES);
	parser.members = calloc(machine->call_count, sizeof(*parser.members));
	r = parser.members ? parse_all(&parser, name, text)
			   : gl_err_sys(err, ENOMEM, "cannot read policy '%.80s'", name);
	free(parser.members);
	free(parser.names);
	if (r < 0)
		return r;
	*ret_policy = policy;
	policy = GL_POLICY_INIT;
	return 0;
}
