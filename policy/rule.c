/*
 * Statements about calls: ACTION CALL|@GROUP... [if ...] [unless ...]
 *
 * What no rule can change is refused where it is named and passed over where a
 * group brings it along: execve and execveat, which "exec" decides, and in a
 * denial the calls that always pass.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/decide.h"
#include "policy/group.h"

int gl_parser_answer(struct gl_parser *parser, enum gl_policy_action action,
		     struct gl_policy_answer *ret_answer)
{
	struct gl_policy_answer answer = {action, action == GL_POLICY_DENY ? EPERM : 0};
	struct gl_suggest suggest;
	int r;

	if (action == GL_POLICY_DENY && gl_token_is(&parser->token, "errno")) {
		r = gl_parser_advance(parser);
		if (r < 0)
			return r;
		suggest = gl_parser_suggest(parser);
		gl_vocabulary_suggest_errno(&suggest);
		if (parser->token.kind != GL_TOKEN_WORD)
			return gl_parser_complain(parser, "expected an errno name such as EACCES");
		if (!gl_vocabulary_errno(parser->token.text, parser->token.len, &answer.errnum))
			return gl_parser_unknown(parser, "unknown errno name", suggest.best);
		r = gl_parser_advance(parser);
		if (r < 0)
			return r;
	}
	*ret_answer = answer;
	return 0;
}

/* Can a rule with this action be about the call? */
static bool is_open(const struct gl_parser *parser, uint16_t call, enum gl_policy_action action)
{
	const struct gl_machine_calls *m = parser->policy->machine;

	return !gl_call_is_exec(m, call) && (action == GL_POLICY_ALLOW || !m->calls[call].always);
}

static int refuse_call(struct gl_parser *parser, uint16_t call)
{
	const char *name = parser->policy->machine->calls[call].name;

	if (gl_call_is_exec(parser->policy->machine, call))
		return gl_policy_complain(parser->policy, parser->token.place, ENOENT, parser->err,
					  "'%s' cannot be listed: use 'exec allow' or 'exec deny'", name);
	return gl_policy_complain(parser->policy, parser->token.place, EINVAL, parser->err,
				  "'%s' can never be denied: without it a program hangs or dies unexplained",
				  name);
}

/* Keeps in mind what is named and where, if known-through may have a say about it. */
static int note_name(struct gl_parser *parser, uint16_t call)
{
	struct gl_parser_name *name;

	if (parser->policy->machine->calls[call].since == 0)
		return 0;
	name = gl_mem_grow(&parser->names, &parser->name_room, parser->name_count, sizeof(*name),
			   GL_POLICY_MAX_CALLS);
	if (!name)
		return gl_policy_complain(parser->policy, parser->token.place, errno, parser->err,
					  "no room for more calls");
	*name = (struct gl_parser_name){call, parser->token.place};
	parser->name_count++;
	return 0;
}

static int parse_call(struct gl_parser *parser, enum gl_policy_action action)
{
	const struct gl_token *token = &parser->token;
	const struct gl_machine_calls *m = parser->policy->machine;
	uint16_t call = gl_syscall_find(m, token->text, token->len);
	int r;

	if (call == GL_CALL_NONE)
		return gl_parser_unknown(parser, "no machine has a system call of this name",
					 gl_syscall_suggest(m, token->text, token->len));
	if (!is_open(parser, call, action))
		return refuse_call(parser, call);
	r = note_name(parser, call);
	if (r < 0)
		return r;
	parser->members[call] = true;
	return gl_parser_advance(parser);
}

static int parse_group(struct gl_parser *parser, enum gl_policy_action action)
{
	const char *name = parser->token.text + 1;
	size_t len = parser->token.len - 1;
	const struct gl_policy_group *group = gl_policy_group_find(name, len);
	struct gl_suggest suggest = GL_SUGGEST(name, len);
	char near[64];

	for (size_t i = 0; !group && i < gl_policy_group_table_count; i++)
		gl_suggest_offer(&suggest, gl_policy_group_table[i].name);
	snprintf(near, sizeof(near), "@%s", suggest.best ? suggest.best : "");
	if (!group)
		return gl_parser_unknown(parser, "unknown group", suggest.best ? near : NULL);
	for (size_t i = 0; i < group->call_count; i++)
		if (is_open(parser, group->calls[i], action))
			parser->members[group->calls[i]] = true;
	return gl_parser_advance(parser);
}

static bool at_member(const struct gl_parser *parser)
{
	return parser->token.kind == GL_TOKEN_WORD && !gl_token_is(&parser->token, "if") &&
	       !gl_token_is(&parser->token, "unless");
}

static int parse_members(struct gl_parser *parser, enum gl_policy_action action)
{
	int r = 0;

	memset(parser->members, 0, parser->policy->machine->call_count * sizeof(*parser->members));
	if (!at_member(parser))
		return gl_parser_complain(parser, "expected the name of a system call or an @group");
	while (r == 0 && at_member(parser))
		r = *parser->token.text == '@' ? parse_group(parser, action) : parse_call(parser, action);
	return r;
}

/* The members as the rule's calls. */
static int take_members(struct gl_parser *parser, struct gl_policy_rule *rule)
{
	size_t count = 0, all = parser->policy->machine->call_count;

	for (size_t i = 0; i < all; i++)
		count += parser->members[i];
	if (count > GL_POLICY_MAX_CALLS - parser->call_total)
		return gl_policy_complain(parser->policy, rule->place, E2BIG, parser->err,
					  "more than %d calls in all rules", GL_POLICY_MAX_CALLS);
	parser->call_total += count;
	rule->calls = calloc(count + 1, sizeof(*rule->calls));
	if (!rule->calls)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	for (size_t i = 0; i < all; i++)
		if (parser->members[i])
			rule->calls[rule->call_count++] = (uint16_t)i;
	return 0;
}

int gl_parser_rule(struct gl_parser *parser, enum gl_policy_action action)
{
	struct gl_policy *policy = parser->policy;
	struct gl_policy_rule *rule = gl_mem_grow(&policy->rules, &policy->rule_room, policy->rule_count,
						  sizeof(*rule), GL_POLICY_MAX_RULES);
	int r;

	if (!rule)
		return gl_policy_complain(policy, parser->statement, errno, parser->err,
					  errno == E2BIG ? "more than %d rules" : "no memory for %d rules",
					  GL_POLICY_MAX_RULES);
	policy->rule_count++;
	rule->place = parser->statement;
	r = gl_parser_answer(parser, action, &rule->answer);
	if (r == 0)
		r = parse_members(parser, action);
	if (r == 0)
		r = gl_parser_conditions(parser, rule);
	return r < 0 ? r : take_members(parser, rule);
}
