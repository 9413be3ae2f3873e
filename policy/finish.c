/*
 * What is known only once all of a policy is read: what nobody said, and which
 * calls are newer than known-through.
 */
#include "policy/parser.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"

static bool is_allow_list(const struct gl_policy *policy)
{
	return policy->fallback.action != GL_POLICY_ALLOW && policy->fallback.action != GL_POLICY_LOG;
}

/* Nobody said known-through. */
static uint32_t newest_named(const struct gl_policy *policy)
{
	uint32_t newest = GL_KERNEL(3, 0);

	if (!is_allow_list(policy))
		return policy->machine->through;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->call_count; j++)
			newest = GL_MAX(newest, policy->machine->calls[rule->calls[j]].since);
	}
	return newest;
}

/*
 * A statement that names a newer call itself has no effect, which nobody means.
 * One in a text that is included is left alone: that text has a known-through of
 * its own, or had none in mind.
 */
static int check_names(const struct gl_parser *parser)
{
	const struct gl_policy *policy = parser->policy;

	for (size_t i = 0; i < parser->name_count; i++) {
		const struct gl_parser_name *name = &parser->names[i];
		const struct gl_syscall *call = &policy->machine->calls[name->call];
		unsigned depth = policy->files[name->place.file].depth;

		if (call->since <= policy->known_through || call->always ||
		    depth > policy->files[policy->known_through_place.file].depth)
			continue;
		return gl_policy_complain(
			policy, name->place, EINVAL, parser->err,
			"'%s' came with Linux %u.%u, later than 'known-through %u.%u' in line "
			"%u of '%.40s'",
			call->name, call->since >> 16, call->since & 0xffff, policy->known_through >> 16,
			policy->known_through & 0xffff, policy->known_through_place.line,
			policy->files[policy->known_through_place.file].name);
	}
	return 0;
}

static void drop_newer(struct gl_policy *policy)
{
	for (size_t i = policy->rule_count; i-- > 0;) {
		struct gl_policy_rule *rule = &policy->rules[i];
		size_t kept = 0;

		for (size_t j = 0; j < rule->call_count; j++)
			if (policy->machine->calls[rule->calls[j]].since <= policy->known_through)
				rule->calls[kept++] = rule->calls[j];
		rule->call_count = kept;
		if (kept == 0)
			gl_policy_remove_rule(policy, i);
	}
}

/* "default deny" answers ENOSYS to clone3: as the first rule, so that any other counts over it. */
static int add_clone3(struct gl_parser *parser)
{
	struct gl_policy *policy = parser->policy;
	uint16_t call = gl_syscall_find(policy->machine, "clone3", strlen("clone3"));
	struct gl_policy_rule *rule;

	if (policy->fallback.action != GL_POLICY_DENY || call == GL_CALL_NONE ||
	    policy->machine->calls[call].since > policy->known_through)
		return 0;
	rule = gl_mem_grow(&policy->rules, &policy->rule_room, policy->rule_count, sizeof(*rule),
			   GL_POLICY_MAX_RULES + 1);
	if (!rule)
		return gl_err_sys(parser->err, errno, "cannot read the policy");
	memmove(policy->rules + 1, policy->rules, policy->rule_count * sizeof(*rule));
	policy->rules[0] = (struct gl_policy_rule){.answer = {GL_POLICY_DENY, ENOSYS}};
	policy->rule_count++;
	policy->rules[0].calls = calloc(1, sizeof(uint16_t));
	if (!policy->rules[0].calls)
		return gl_err_sys(parser->err, ENOMEM, "cannot read the policy");
	policy->rules[0].calls[0] = call;
	policy->rules[0].call_count = 1;
	return 0;
}

int gl_parser_finish(struct gl_parser *parser)
{
	struct gl_policy *policy = parser->policy;
	int r = 0;

	if (policy->fallback_place.line == 0)
		return gl_parser_complain(parser, "the policy does not say 'default'");
	if (policy->known_through_place.line == 0)
		policy->known_through = newest_named(policy);
	else
		r = check_names(parser);
	if (r < 0)
		return r;
	if (policy->abis_place.line == 0)
		policy->foreign_abis_killed = is_allow_list(policy);
	drop_newer(policy);
	return add_clone3(parser);
}
