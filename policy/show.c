/*
 * A policy as text: see policy/show.h.
 *
 * Values are written as constants where the argument has a name and the value
 * is one of its constants or a sum of them; else as numbers.
 */
#include "policy/show.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/escape.h"
#include "policy/kernel.h"
#include "policy/lexer.h"
#include "policy/vocabulary.h"

#define LINE_WIDTH     90
#define MAX_ATOMS      24 /* constants in one value; more are written as a number */
#define MAX_PLACE_NAME 200
#define OPTION	       "optname" /* of setsockopt and getsockopt, behind the level */

static const char *const action_words[GL_POLICY_ACTION_MAX] = {
	[GL_POLICY_ALLOW] = "allow", [GL_POLICY_DENY] = "deny", [GL_POLICY_KILL] = "kill",
	[GL_POLICY_TRAP] = "trap",   [GL_POLICY_LOG] = "log",
};

void gl_policy_show_answer(const struct gl_policy_answer *answer, struct gl_buf *text)
{
	const char *name = gl_vocabulary_errno_name(answer->errnum);

	gl_buf_puts(text, action_words[answer->action]);
	if (answer->action == GL_POLICY_DENY && answer->errnum != EPERM)
		gl_buf_printf(text, " errno %s", name ? name : "EPERM");
}

void gl_policy_show_place(const struct gl_policy *policy, struct gl_policy_place place, struct gl_buf *text)
{
	const char *name;

	if (place.line == 0 || place.file >= policy->file_count) {
		gl_buf_puts(text, "built in");
		return;
	}
	name = policy->files[place.file].name;
	gl_escape_text(text, name, strlen(name), MAX_PLACE_NAME);
	gl_buf_printf(text, ":%u", place.line);
}

/* Ends a line, with its origin if that is asked for. */
static void end_line(const struct gl_policy *policy, struct gl_policy_place place, bool origins,
		     struct gl_buf *text)
{
	if (origins) {
		gl_buf_puts(text, "\t# ");
		gl_policy_show_place(policy, place, text);
	}
	gl_buf_putc(text, '\n');
}

/* --- values ------------------------------------------------------------------------------ */

/* What one family has for this value: the constant, or (whole: no) the first of one bit that is in it. */
static const struct gl_constant *constant_in(const struct gl_machine_calls *m, const char *family, size_t len,
					     uint64_t value, bool whole)
{
	for (size_t i = 0; i < m->constant_count; i++) {
		const struct gl_constant *c = &m->constants[i];
		bool fits = whole ? c->value == value
				  : c->value != 0 && (value & c->value) == c->value &&
					    (c->value & (c->value - 1)) == 0;

		if (fits && strlen(gl_constant_family(c)) == len &&
		    !memcmp(gl_constant_family(c), family, len))
			return c;
	}
	return NULL;
}

/* By the argument's families in their order: level 1 is SOL_SOCKET sooner than IPPROTO_ICMP. */
static const struct gl_constant *constant_for(const struct gl_policy *policy,
					      const struct gl_argument *argument, uint64_t value, bool whole)
{
	const struct gl_constant *c = NULL;

	for (const char *family = gl_argument_families(argument); *family && !c;) {
		size_t len = strcspn(family, "+");

		c = constant_in(policy->machine, family, len, value, whole);
		family += len + (family[len] == '+');
	}
	return c;
}

/*
 * Splits a value into constants of one bit each, of which the last may be any (the
 * signal in clone's flags); 0: it cannot be.
 */
static size_t split(const struct gl_policy *policy, const struct gl_argument *argument, uint64_t value,
		    const char *names[MAX_ATOMS])
{
	size_t count = 0;

	while (value != 0) {
		const struct gl_constant *c = constant_for(policy, argument, value, true);

		if (!c)
			c = constant_for(policy, argument, value, false);
		if (!c || count == MAX_ATOMS)
			return 0;
		names[count++] = gl_constant_name(c);
		value &= ~(uint64_t)c->value;
	}
	return count;
}

static void put_value(const struct gl_policy *policy, const struct gl_argument *argument, uint64_t value,
		      struct gl_buf *text)
{
	const struct gl_constant *whole = argument ? constant_for(policy, argument, value, true) : NULL;
	const char *names[MAX_ATOMS];
	size_t count = argument && !whole ? split(policy, argument, value, names) : 0;

	if (whole)
		gl_buf_puts(text, gl_constant_name(whole));
	else if (count == 0)
		gl_buf_printf(text, value < 10 ? "%llu" : "%#llx", (unsigned long long)value);
	else if (count == 1)
		gl_buf_puts(text, names[0]);
	for (size_t i = 0; i < count && count > 1; i++)
		gl_buf_printf(text, "%s%s", i == 0 ? "(" : " | ", names[i]);
	if (count > 1)
		gl_buf_putc(text, ')');
}

/* --- conditions ------------------------------------------------------------------------------ */

/*
 * The name that all of the rule's calls have for the argument, if its width is
 * that of the test; NULL: argN, which is wide.  Narrow tests always have one.
 */
static const struct gl_argument *name_of(const struct gl_policy *policy, const struct gl_policy_rule *rule,
					 const struct gl_policy_test *test)
{
	const struct gl_argument *first = NULL;

	for (size_t i = 0; i < rule->call_count; i++) {
		const struct gl_argument *a =
			gl_vocabulary_argument_at(policy->machine, rule->calls[i], test->argument);

		if (!a || a->kind == GL_ARGUMENT_POINTER || (a->kind == GL_ARGUMENT_WIDE) != test->wide)
			return NULL;
		if (a->kind == GL_ARGUMENT_SHORT && test->op != GL_POLICY_ANY_BIT &&
		    test->op != GL_POLICY_MASKED_EQUAL)
			return NULL;
		if (first &&
		    (first->kind != a->kind || first->name != a->name || first->families != a->families))
			return NULL;
		first = a;
	}
	return first;
}

static const char *const op_words[GL_POLICY_OP_MAX] = {
	[GL_POLICY_IN] = "==",	   [GL_POLICY_NOT_IN] = "!=",	   [GL_POLICY_LESS] = "<",
	[GL_POLICY_GREATER] = ">", [GL_POLICY_LESS_EQUAL] = "<=",  [GL_POLICY_GREATER_EQUAL] = ">=",
	[GL_POLICY_ANY_BIT] = "&", [GL_POLICY_MASKED_EQUAL] = "&",
};

static void put_values(const struct gl_policy *policy, const struct gl_policy_test *test,
		       const struct gl_argument *argument, struct gl_buf *text)
{
	if (test->value_count == 1) {
		put_value(policy, argument, test->values[0], text);
		return;
	}
	for (size_t i = 0; i < test->value_count; i++) {
		gl_buf_puts(text, i == 0 ? "{" : ", ");
		put_value(policy, argument, test->values[i], text);
	}
	gl_buf_putc(text, '}');
}

/*
 * The option's names are those of SOL_SOCKET.  Behind a test that lets another level
 * in, they would name what they do not mean.
 */
static bool is_other_option(const struct gl_policy_rule *rule, const struct gl_policy_test *test,
			    const struct gl_argument *argument)
{
	if (strcmp(gl_argument_name(argument), OPTION) != 0)
		return false;
	for (size_t i = 0; i < rule->test_count; i++) {
		const struct gl_policy_test *level = &rule->tests[i];

		if (level->argument + 1 == test->argument &&
		    (level->op != GL_POLICY_IN || level->value_count != 1 || level->values[0] != SOL_SOCKET))
			return true;
	}
	return false;
}

static void put_test(const struct gl_policy *policy, const struct gl_policy_rule *rule,
		     const struct gl_policy_test *test, struct gl_buf *text)
{
	const struct gl_argument *argument = name_of(policy, rule, test), *named_by = argument;
	bool set = test->value_count > 1;

	if (argument && is_other_option(rule, test, argument))
		named_by = NULL;

	if (argument)
		gl_buf_puts(text, gl_argument_name(argument));
	else
		gl_buf_printf(text, "arg%u", test->argument);
	gl_buf_printf(text, " %s ", !set ? op_words[test->op] : (test->op == GL_POLICY_IN ? "in" : "not in"));
	if (test->op == GL_POLICY_ANY_BIT || test->op == GL_POLICY_MASKED_EQUAL)
		put_value(policy, named_by, test->mask, text);
	if (test->op == GL_POLICY_MASKED_EQUAL)
		gl_buf_puts(text, " == ");
	if (test->value_count > 0)
		put_values(policy, test, named_by, text);
}

static void put_kernel(const char *sign, uint32_t kernel, struct gl_buf *text)
{
	gl_buf_printf(text, "kernel %s %u.%u", sign, kernel >> 16, kernel & 0xffff);
}

void gl_policy_show_if(const struct gl_policy *policy, const struct gl_policy_rule *rule, struct gl_buf *text)
{
	const char *before = " if ";

	for (size_t i = 0; i < rule->test_count; i++, before = " && ") {
		gl_buf_puts(text, before);
		put_test(policy, rule, &rule->tests[i], text);
	}
	if (rule->if_kernel_from) {
		gl_buf_puts(text, before);
		put_kernel(">=", rule->if_kernel_from, text);
		before = " && ";
	}
	if (rule->if_kernel_below) {
		gl_buf_puts(text, before);
		put_kernel("<", rule->if_kernel_below, text);
	}
}

void gl_policy_show_caps(uint64_t caps, struct gl_buf *text)
{
	const char *before = " unless cap ";
	char name[GL_CAPABILITY_NAME];

	for (unsigned i = 0; i < 64; i++) {
		if (!(caps >> i & 1) || !gl_vocabulary_capability_name(i, name))
			continue;
		gl_buf_printf(text, "%s%s", before, name);
		before = ", ";
	}
}

/* --- rules ---------------------------------------------------------------------------------------- */

/* The calls, in lines of LINE_WIDTH where width is not 0. */
static void put_rule(const struct gl_policy *policy, const struct gl_policy_rule *rule, size_t width,
		     struct gl_buf *text)
{
	size_t line = text->len;

	gl_policy_show_answer(&rule->answer, text);
	for (size_t i = 0; i < rule->call_count; i++) {
		const char *name = policy->machine->calls[rule->calls[i]].name;

		if (width && text->len - line + strlen(name) > width) {
			gl_buf_puts(text, " \\\n    ");
			line = text->len;
		}
		gl_buf_printf(text, " %s", name);
	}
	gl_policy_show_if(policy, rule, text);
	gl_policy_show_caps(rule->unless_caps, text);
}

void gl_policy_show_rule(const struct gl_policy *policy, const struct gl_policy_rule *rule,
			 struct gl_buf *text)
{
	put_rule(policy, rule, 0, text);
}

static void show_once(const struct gl_policy *policy, bool origins, struct gl_buf *text)
{
	gl_buf_printf(text, "known-through %u.%u", policy->known_through >> 16,
		      policy->known_through & 0xffff);
	end_line(policy, policy->known_through_place, origins, text);
	gl_buf_puts(text, "default ");
	gl_policy_show_answer(&policy->fallback, text);
	end_line(policy, policy->fallback_place, origins, text);
	gl_buf_printf(text, "abis %s", policy->foreign_abis_killed ? "native" : "all");
	end_line(policy, policy->abis_place, origins, text);
	if (policy->exec != GL_POLICY_UNSAID) {
		gl_buf_printf(text, "exec %s", policy->exec == GL_POLICY_NO ? "deny" : "allow");
		end_line(policy, policy->exec_place, origins, text);
	}
	if (policy->no_new_privs != GL_POLICY_UNSAID) {
		gl_buf_printf(text, "no-new-privs %s", policy->no_new_privs == GL_POLICY_NO ? "off" : "on");
		end_line(policy, policy->no_new_privs_place, origins, text);
	}
}

/* --- settings ----------------------------------------------------------------------------------------- */

static const char *const setting_words[GL_POLICY_SETTING_MAX] = {
	[GL_POLICY_CAPABILITIES] = "capabilities",
	[GL_POLICY_LIMIT] = "limit",
	[GL_POLICY_ENV_KEEP] = "env keep",
	[GL_POLICY_ENV_DROP] = "env drop",
	[GL_POLICY_ENV_SET] = "env set",
	[GL_POLICY_USER] = "user",
	[GL_POLICY_READ] = "read",
	[GL_POLICY_WRITE] = "write",
	[GL_POLICY_EXECUTE] = "execute",
	[GL_POLICY_BIND] = "bind",
	[GL_POLICY_CONNECT] = "connect",
};

const char *gl_policy_setting_word(enum gl_policy_setting_kind kind)
{
	return setting_words[kind];
}

static void show_setting(const struct gl_policy *policy, const struct gl_policy_setting *setting,
			 bool origins, struct gl_buf *text)
{
	size_t name = setting->kind == GL_POLICY_LIMIT ? strcspn(setting->text, "=") : 0;

	gl_buf_printf(text, "%s ", setting_words[setting->kind]);
	if (name > 0)
		gl_buf_printf(text, "%.*s ", (int)name, setting->text);
	gl_token_put(text, setting->text + (name > 0 ? name + 1 : 0));
	if (setting->optional)
		gl_buf_puts(text, " optional");
	end_line(policy, setting->place, origins, text);
}

void gl_policy_show(const struct gl_policy *policy, bool origins, struct gl_buf *text)
{
	show_once(policy, origins, text);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		if (rule->place.line == 0) /* put in by the parser, and will be again */
			continue;
		put_rule(policy, rule, LINE_WIDTH, text);
		end_line(policy, rule->place, origins, text);
	}
	for (size_t i = 0; i < policy->setting_count; i++)
		show_setting(policy, &policy->settings[i], origins, text);
}

/* --- comparing ------------------------------------------------------------------------------------------- */

static bool equal_tests(const struct gl_policy_test *a, const struct gl_policy_test *b)
{
	return a->argument == b->argument && a->wide == b->wide && a->op == b->op && a->mask == b->mask &&
	       a->value_count == b->value_count &&
	       (a->value_count == 0 || !memcmp(a->values, b->values, a->value_count * sizeof(*a->values)));
}

static bool equal_answers(const struct gl_policy_answer *a, const struct gl_policy_answer *b)
{
	return a->action == b->action && a->errnum == b->errnum;
}

static bool equal_rules(const struct gl_policy_rule *a, const struct gl_policy_rule *b)
{
	if (!equal_answers(&a->answer, &b->answer) || a->unless_caps != b->unless_caps ||
	    a->if_kernel_below != b->if_kernel_below || a->if_kernel_from != b->if_kernel_from ||
	    a->test_count != b->test_count || a->call_count != b->call_count ||
	    memcmp(a->calls, b->calls, a->call_count * sizeof(*a->calls)) != 0)
		return false;
	for (size_t i = 0; i < a->test_count; i++)
		if (!equal_tests(&a->tests[i], &b->tests[i]))
			return false;
	return true;
}

static bool equal_settings(const struct gl_policy_setting *a, const struct gl_policy_setting *b)
{
	return a->kind == b->kind && a->optional == b->optional && !strcmp(a->text, b->text);
}

bool gl_policy_equal(const struct gl_policy *a, const struct gl_policy *b)
{
	if (a->machine != b->machine || a->known_through != b->known_through ||
	    !equal_answers(&a->fallback, &b->fallback) || a->foreign_abis_killed != b->foreign_abis_killed ||
	    a->exec != b->exec || a->no_new_privs != b->no_new_privs || a->rule_count != b->rule_count ||
	    a->setting_count != b->setting_count)
		return false;
	for (size_t i = 0; i < a->rule_count; i++)
		if (!equal_rules(&a->rules[i], &b->rules[i]))
			return false;
	for (size_t i = 0; i < a->setting_count; i++)
		if (!equal_settings(&a->settings[i], &b->settings[i]))
			return false;
	return true;
}
