/*
 * The line that denied: see report/denial_rule.h.
 */
#include "report/denial_rule.h"

#include <string.h>

#include "base/escape.h"
#include "policy/grant.h"
#include "policy/group.h"
#include "policy/show.h"

#define LINE_SHOWN 80
#define NAME_SHOWN 120
#define NARROW	   UINT32_MAX

void gl_denial_judge_done(struct gl_denial_judge *judge)
{
	gl_policy_done(&judge->own);
	*judge = GL_DENIAL_JUDGE_INIT;
}

/* Returns NULL where there is no memory for it. */
static const struct gl_policy *policy_of(struct gl_denial_judge *judge)
{
	const struct gl_preset_text *text = NULL;
	struct gl_err err = GL_ERR_INIT;

	if (judge->policy || judge->tried)
		return judge->policy;
	judge->tried = true;
	if (judge->preset)
		text = gl_preset_text_find(judge->preset, strlen(judge->preset));
	if (text &&
	    gl_policy_parse(gl_machine_calls(), text->name, text->text, NULL, NULL, &judge->own, &err) == 0)
		judge->policy = &judge->own;
	return judge->policy;
}

/* -- the line -- */

/* A line of a text without its comment and the blanks around it; len 0: there is none. */
static const char *find_line(const char *text, unsigned line, size_t *ret_len)
{
	size_t len;

	for (; line > 1 && text; line--) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	*ret_len = 0;
	if (!text)
		return "";
	text += strspn(text, " \t");
	len = strcspn(text, "#\n");
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	*ret_len = len;
	return text;
}

/* Its words, one blank between them. */
static void put_words(struct gl_buf *b, const char *line, size_t len)
{
	const char *end = line + len;

	for (bool first = true; line < end; first = false) {
		size_t word = 0;

		while (line + word < end && line[word] != ' ' && line[word] != '\t')
			word++;
		gl_buf_puts(b, first ? "" : " ");
		gl_escape_text(b, line, word, LINE_SHOWN);
		line += word;
		line += strspn(line, " \t");
	}
}

/* The statement as it stands there; where that is long, what it says of this call. */
static void put_statement_of(struct gl_buf *b, const struct gl_policy *policy,
			     const struct gl_policy_decision *decision)
{
	uint16_t call = decision->call;
	struct gl_policy_rule rule;
	size_t len;
	const char *line = find_line(policy->files[decision->place.file].text, decision->place.line, &len);

	gl_buf_puts(b, " \"");
	if (!decision->rule || (len <= LINE_SHOWN && len > 0 && line[len - 1] != '\\')) {
		put_words(b, line, GL_MIN(len, (size_t)LINE_SHOWN));
	} else {
		rule = *decision->rule;
		rule.calls = &call;
		rule.call_count = 1;
		gl_policy_show_rule(policy, &rule, b);
	}
	gl_buf_putc(b, '"');
}

static void put_rule(struct gl_buf *b, const struct gl_policy *policy,
		     const struct gl_policy_decision *decision)
{
	gl_policy_show_place(policy, decision->place, b);
	if (decision->place.line > 0 && decision->place.file < policy->file_count)
		put_statement_of(b, policy, decision);
}

/* -- the line that would allow it -- */

/*
 * The tests of a rule, as narrow as this call: of several values the one it had, of
 * bits those it had.
 */
struct narrowed {
	struct gl_policy_test tests[GL_POLICY_MAX_TESTS];
	uint64_t values[GL_POLICY_MAX_TESTS];
	size_t count;
};

static void narrow(struct narrowed *n, const struct gl_policy_test *test, const uint64_t args[6])
{
	struct gl_policy_test *t = &n->tests[n->count];
	uint64_t value = args[test->argument] & (test->wide ? UINT64_MAX : NARROW);

	*t = *test;
	if (test->op == GL_POLICY_ANY_BIT && (test->mask & value)) {
		t->mask &= value;
	} else if (test->op == GL_POLICY_IN || test->op == GL_POLICY_NOT_IN) {
		n->values[n->count] = value;
		t->op = GL_POLICY_IN;
		t->values = &n->values[n->count];
		t->value_count = 1;
	}
	n->count++;
}

static bool names(const struct gl_policy_rule *rule, uint16_t call)
{
	for (size_t i = 0; i < rule->call_count; i++)
		if (rule->calls[i] == call)
			return true;
	return false;
}

/* Where every such call is denied, other values of an argument are allowed perhaps: the policy tells calls by it. */
static const struct gl_policy_test *distinction(const struct gl_policy *policy, uint16_t call)
{
	for (size_t i = policy->rule_count; i-- > 0;) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		if (rule->test_count > 0 && rule->tests[0].op == GL_POLICY_IN && names(rule, call))
			return &rule->tests[0];
	}
	return NULL;
}

static void put_allowing(struct gl_buf *b, const struct gl_policy *policy,
			 const struct gl_policy_decision *decision, const uint64_t args[6])
{
	uint16_t call = decision->call;
	struct narrowed narrowed = {.count = 0};
	struct gl_policy_rule allowing = {
		.answer = {.action = GL_POLICY_ALLOW}, .calls = &call, .call_count = 1};
	const struct gl_policy_test *told_by =
		decision->rule && decision->rule->test_count ? NULL : distinction(policy, call);

	for (size_t i = 0; decision->rule && i < decision->rule->test_count; i++)
		narrow(&narrowed, &decision->rule->tests[i], args);
	if (told_by)
		narrow(&narrowed, told_by, args);
	allowing.tests = narrowed.tests;
	allowing.test_count = narrowed.count;
	gl_policy_show_rule(policy, &allowing, b);
}

static void put_statement(struct gl_buf *b, const struct gl_policy *policy,
			  const struct gl_policy_decision *decision, const uint64_t args[6])
{
	if (decision->zone == GL_ZONE_EXEC)
		gl_buf_puts(b, "exec allow");
	else if (decision->zone == GL_ZONE_FOREIGN)
		gl_buf_puts(b, "abis all");
	else if (decision->call != GL_CALL_NONE)
		put_allowing(b, policy, decision, args);
}

static void put_allow(struct gl_buf *b, const struct gl_denial_judge *judge,
		      const struct gl_policy_decision *decision, const uint64_t args[6])
{
	const struct gl_policy *policy = judge->policy;
	const char *grants =
		decision->call == GL_CALL_NONE ? NULL : gl_grant_of(policy->machine, decision->call);
	char room[GL_CALL_OBJECT];
	struct gl_buf statement = GL_BUF_FIXED(room), file = GL_BUF_INIT;

	put_statement(&statement, policy, decision, args);
	if (statement.len == 0 || gl_buf_error(&statement))
		return;
	if (!judge->preset)
		gl_escape_text(&file, policy->files[0].name, strlen(policy->files[0].name), NAME_SHOWN);
	if (judge->preset)
		gl_buf_printf(b, "--policy FILE, with \"include %s\" and \"%s\" in it", judge->preset,
			      gl_buf_text(&statement));
	else
		gl_buf_printf(b, "%s \"%s\" to %s", judge->is_text ? "add" : "add what means",
			      gl_buf_text(&statement), gl_buf_text(&file));
	gl_buf_done(&file);
	if (grants)
		gl_buf_printf(b, " (what it grants: %s)", grants);
}

void gl_denial_rule(struct gl_denial_judge *judge, const struct gl_denial *denial, struct gl_denial_rule *ret)
{
	const struct gl_policy *policy = policy_of(judge);
	struct gl_buf rule = GL_BUF_FIXED(ret->rule), allow = GL_BUF_FIXED(ret->allow);
	struct gl_policy_decision decision;

	*ret = (struct gl_denial_rule){.rule = ""};
	if (!policy)
		return;
	decision = gl_policy_decide(policy, &judge->facts, denial->call.arch, (uint32_t)denial->call.number,
				    denial->call.arguments);
	put_rule(&rule, policy, &decision);
	put_allow(&allow, judge, &decision, denial->call.arguments);
}
