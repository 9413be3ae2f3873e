/*
 * "policy show --syscall": what happens to one call, and which line decides.
 *
 * Where nothing is said of arguments, capabilities and kernel, all lines that may
 * decide are shown, the first that holds being the one; else the one line that
 * does.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/policy.h"
#include "policy/kernel.h"
#include "policy/show.h"
#include "policy/vocabulary.h"

#define PLACE_COLUMN 48

/* The question, understood. */
struct asked {
	const struct gl_policy *policy;
	const char *name; /* of the policy */
	uint16_t call;
	const struct gl_abi *abi; /* that was asked about, else the first that has the call */
	uint32_t number;
	uint64_t args[6];
	struct gl_policy_facts facts;
	bool exact; /* about these arguments, this program, this kernel */
};

/* --- the question ---------------------------------------------------------------------------- */

/* "WHAT; did you mean 'NEAR'?" */
static int refuse(struct gl_err *err, const char *near, const char *what, const char *shown)
{
	return gl_err_set(err, EINVAL, "%s '%s'%s%s%s", what, shown, near ? "; did you mean '" : "",
			  near ? near : "", near ? "'?" : "");
}

/* "ABI:" before the call: which of the machine's is meant.  Returns what stands behind it, or NULL. */
static const char *take_abi(const char *text, struct asked *a, struct gl_err *err)
{
	const struct gl_machine_calls *m = a->policy->machine;
	const char *colon = strchr(text, ':');
	gl_autofree char *shown = gl_escape_dup(text, 60);

	if (!colon)
		return text;
	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name; i++)
		if (strlen(m->abis[i].name) == (size_t)(colon - text) &&
		    !memcmp(m->abis[i].name, text, (size_t)(colon - text)))
			a->abi = &m->abis[i];
	if (a->abi)
		return colon + 1;
	gl_err_set(err, EINVAL, "%s has no ABI of the name in '%s'", m->name, shown);
	return NULL;
}

/* A call by its number in the ABI, the machine's own unless another was said. */
static int find_number(unsigned long number, struct asked *a, struct gl_err *err)
{
	if (!a->abi)
		a->abi = &a->policy->machine->abis[0];
	a->call = number > INT32_MAX ? GL_CALL_NONE : gl_syscall_at(a->abi, (unsigned)number);
	if (a->call == GL_CALL_NONE)
		return gl_err_set(
			err, EINVAL,
			"no system call of %s that this golaunch knows has number %lu: it answers ENOSYS",
			a->abi->name, number);
	return 0;
}

static int find_name(const char *name, struct asked *a, struct gl_err *err)
{
	const struct gl_machine_calls *m = a->policy->machine;
	gl_autofree char *shown = gl_escape_dup(name, 60);
	const char *near;

	a->call = gl_syscall_find(m, name, strlen(name));
	if (a->call == GL_CALL_NONE) {
		near = gl_syscall_suggest(m, name, strlen(name));
		return refuse(err, near, "no machine has a system call", shown);
	}
	if (a->abi && gl_syscall_number(a->abi, a->call) < 0)
		return gl_err_set(err, EINVAL, "%s has no system call '%s'", a->abi->name, shown);
	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name && !a->abi; i++)
		if (gl_syscall_number(&m->abis[i], a->call) >= 0)
			a->abi = &m->abis[i];
	return a->abi ? 0 : gl_err_set(err, EINVAL, "%s has no system call '%s'", m->name, shown);
}

/* [ABI:]NAME, [ABI:]NUMBER */
static int find_call(const char *text, struct asked *a, struct gl_err *err)
{
	const char *call = take_abi(text, a, err);
	unsigned long number;
	char *end;
	int r;

	if (!call)
		return -EINVAL;
	number = strtoul(call, &end, 0);
	r = *call >= '0' && *call <= '9' && !*end ? find_number(number, a, err) : find_name(call, a, err);
	if (r == 0)
		a->number = (uint32_t)gl_syscall_number(a->abi, a->call) | (a->abi->x32 ? GL_X32_BIT : 0);
	return r;
}

static bool parse_atom(const struct gl_machine_calls *m, const char *text, size_t len, uint64_t *ret_value)
{
	const struct gl_constant *constant = gl_vocabulary_constant(m, text, len);
	gl_autofree char *number = strndup(text, len);
	char *end = NULL;

	if (constant) {
		*ret_value = constant->value;
		return true;
	}
	errno = 0;
	*ret_value = number ? strtoull(number, &end, 0) : 0;
	return end && end != number && !*end && !errno;
}

static int refuse_atom(const struct gl_machine_calls *m, const char *text, size_t len, struct gl_err *err)
{
	struct gl_suggest suggest = GL_SUGGEST(text, len);
	gl_autofree char *atom = strndup(text, len);
	gl_autofree char *shown = atom ? gl_escape_dup(atom, 60) : NULL;

	gl_vocabulary_suggest_constant(m, &suggest);
	return refuse(err, suggest.best, "neither a constant nor a number:", shown ? shown : "");
}

/* Constants and numbers, joined by "|". */
static int parse_value(const struct gl_machine_calls *m, const char *text, uint64_t *ret_value,
		       struct gl_err *err)
{
	uint64_t value = 0, atom = 0;

	for (;; text++) {
		size_t len = strcspn(text, "|");

		if (!parse_atom(m, text, len, &atom))
			return refuse_atom(m, text, len, err);
		value |= atom;
		text += len;
		if (!*text)
			break;
	}
	*ret_value = value;
	return 0;
}

static bool is_register(const char *name, size_t len, unsigned *ret_index)
{
	if (len != 4 || memcmp(name, "arg", 3) != 0 || name[3] < '0' || name[3] > '5')
		return false;
	*ret_index = (unsigned)(name[3] - '0');
	return true;
}

/* NAME=VALUE */
static int take_argument(const char *text, struct asked *a, struct gl_err *err)
{
	const struct gl_machine_calls *m = a->policy->machine;
	size_t len = strcspn(text, "=");
	const struct gl_argument *named = gl_vocabulary_argument(m, a->call, text, len);
	gl_autofree char *shown = gl_escape_dup(text, 80);
	struct gl_suggest suggest = GL_SUGGEST(text, len);
	unsigned index = named ? named->index : 0;
	char what[96];

	if (!text[len])
		return gl_err_set(err, EINVAL, "argument '%s' is not of the form NAME=VALUE", shown);
	gl_vocabulary_suggest_argument(m, a->call, &suggest);
	snprintf(what, sizeof(what), "'%s' has no argument of the name in", m->calls[a->call].name);
	if (!named && !is_register(text, len, &index))
		return refuse(err, suggest.best, what, shown);
	return parse_value(m, text + len + 1, &a->args[index], err);
}

static int take_caps(const char *text, struct asked *a, struct gl_err *err)
{
	for (;; text++) {
		size_t len = strcspn(text, ",");
		unsigned capability;

		if (!gl_vocabulary_capability(text, len, &capability)) {
			gl_autofree char *shown = gl_escape_dup(text, 60);
			char near[GL_CAPABILITY_NAME];
			bool is_near = gl_vocabulary_suggest_capability(text, len, near);

			return refuse(err, is_near ? near : NULL, "unknown capability", shown);
		}
		a->facts.reachable_caps |= UINT64_C(1) << capability;
		text += len;
		if (!*text)
			return 0;
	}
}

static int understand(const struct gl_policy_question *q, struct asked *a, struct gl_err *err)
{
	int r = find_call(q->call, a, err);

	for (size_t i = 0; i < q->args->count && r == 0; i++)
		r = take_argument(q->args->items[i], a, err);
	if (r == 0 && q->caps)
		r = take_caps(q->caps, a, err);
	if (r == 0 && q->kernel && !gl_kernel_parse(q->kernel, strlen(q->kernel), &a->facts.kernel))
		r = gl_err_set(err, EINVAL, "--kernel must be a version such as 6.7");
	a->exact = q->args->count || q->caps || q->kernel;
	return r;
}

/* --- lines ------------------------------------------------------------------------------------- */

static const char *const zone_names[GL_ZONE_MAX] = {
	[GL_ZONE_FOREIGN] = "foreign-abi", [GL_ZONE_ALWAYS] = "always", [GL_ZONE_NEWER] = "newer",
	[GL_ZONE_EXEC] = "exec",	   [GL_ZONE_RULE] = "rule",	[GL_ZONE_DEFAULT] = "default",
};

static const char *const zone_words[GL_ZONE_MAX] = {
	[GL_ZONE_FOREIGN] = "calls of another ABI are not served",
	[GL_ZONE_ALWAYS] = "no policy can deny it",
	[GL_ZONE_NEWER] = "later than known-through",
	[GL_ZONE_EXEC] = "exec",
	[GL_ZONE_RULE] = NULL,
	[GL_ZONE_DEFAULT] = "default",
};

/* Can no other line decide once this one was reached? */
static bool is_last(const struct gl_policy_rule *rule)
{
	return rule->test_count == 0 && !rule->unless_caps && !rule->if_kernel_from && !rule->if_kernel_below;
}

static void put_line(struct gl_buf *text, const struct gl_policy *policy, const struct gl_buf *words,
		     struct gl_policy_place place, const char *zone)
{
	gl_buf_printf(text, "  %-*s ", PLACE_COLUMN, gl_buf_text(words));
	gl_policy_show_place(policy, place, text);
	gl_buf_printf(text, "%s%s%s\n", zone ? " (" : "", zone ? zone : "", zone ? ")" : "");
}

static void put_rule(struct gl_buf *text, const struct gl_policy *policy, const struct gl_policy_rule *rule)
{
	gl_autobuf struct gl_buf words = GL_BUF_INIT;

	gl_policy_show_answer(&rule->answer, &words);
	gl_policy_show_if(policy, rule, &words);
	gl_policy_show_caps(rule->unless_caps, &words);
	put_line(text, policy, &words, rule->place, NULL);
}

static void put_decision(struct gl_buf *text, const struct gl_policy *policy,
			 const struct gl_policy_decision *d)
{
	gl_autobuf struct gl_buf words = GL_BUF_INIT;

	if (d->rule) {
		put_rule(text, policy, d->rule);
		return;
	}
	gl_policy_show_answer(&d->answer, &words);
	put_line(text, policy, &words, d->place, zone_words[d->zone]);
}

/* All lines that may decide, the first that holds being the one. */
static void put_chain(struct gl_buf *text, const struct asked *a)
{
	const struct gl_policy *policy = a->policy;
	struct gl_policy_decision d = {
		.zone = GL_ZONE_DEFAULT, .answer = policy->fallback, .place = policy->fallback_place};

	if (gl_policy_before_rules(policy, a->abi, a->number, a->call, &d)) {
		put_decision(text, policy, &d);
		return;
	}
	for (size_t i = policy->rule_count; i-- > 0;) {
		if (!gl_policy_rule_names(&policy->rules[i], a->call))
			continue;
		put_rule(text, policy, &policy->rules[i]);
		if (is_last(&policy->rules[i]))
			return;
	}
	put_decision(text, policy, &d);
}

static void put_head(struct gl_buf *text, const struct asked *a)
{
	const struct gl_machine_calls *m = a->policy->machine;
	const char *before = ": ";

	gl_buf_puts(text, m->calls[a->call].name);
	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name; i++) {
		int number = gl_syscall_number(&m->abis[i], a->call);

		if (number < 0)
			continue;
		gl_buf_printf(text, "%snumber %d of %s", before, number, m->abis[i].name);
		before = ", ";
	}
	if (m->calls[a->call].since)
		gl_buf_printf(text, "%ssince Linux %u.%u", before, m->calls[a->call].since >> 16,
			      m->calls[a->call].since & 0xffff);
	gl_buf_putc(text, '\n');
	if (a->abi != &m->abis[0])
		gl_buf_printf(text, "  made by %s:\n", a->abi->name);
}

static void put_text(struct gl_buf *text, const struct asked *a)
{
	struct gl_policy_decision d;

	put_head(text, a);
	if (!a->exact) {
		put_chain(text, a);
		return;
	}
	d = gl_policy_decide(a->policy, &a->facts, a->abi->arch, a->number, a->args);
	put_decision(text, a->policy, &d);
}

/* --- JSON --------------------------------------------------------------------------------------- */

static json_t *decision_json(const struct asked *a)
{
	struct gl_policy_decision d =
		gl_policy_decide(a->policy, &a->facts, a->abi->arch, a->number, a->args);
	json_t *object = json_object();

	gl_policy_answer_json(object, &d.answer);
	json_object_set_new(object, "zone", json_string(zone_names[d.zone]));
	json_object_set_new(object, "place", gl_policy_place_json(a->policy, d.place));
	return object;
}

/* The rules that name the call, the one that decides first first. */
static json_t *rules_json(const struct asked *a)
{
	json_t *array = json_array();

	for (size_t i = a->policy->rule_count; i-- > 0;)
		if (gl_policy_rule_names(&a->policy->rules[i], a->call))
			json_array_append_new(array, gl_policy_rule_json(a->policy, &a->policy->rules[i]));
	return array;
}

static json_t *answer_json(const struct asked *a)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:i, s:o, s:o}", "schema", "golaunch.policy-call/1",
			 "golaunch", GL_VERSION, "policy", gl_json_text(a->name), "syscall",
			 a->policy->machine->calls[a->call].name, "abi", a->abi->name, "number",
			 (int)(a->number & ~GL_X32_BIT), "decision", decision_json(a), "rules",
			 rules_json(a));
}

int gl_policy_answer_question(const struct gl_policy *policy, const char *name,
			      const struct gl_policy_question *question, enum gl_format format,
			      struct gl_buf *text, struct gl_err *err)
{
	struct asked a = {.policy = policy, .name = name, .facts = gl_policy_facts_here()};
	int r = understand(question, &a, err);

	if (r < 0)
		return r;
	if (format == GL_FORMAT_JSON)
		return gl_cmd_put_json(text, answer_json(&a), err);
	put_text(text, &a);
	return 0;
}
