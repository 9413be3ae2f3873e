/*
 * Policies as JSON: golaunch.policy/1 and the parts of it that other documents have.
 */
#include "cmd/policy.h"
#include "policy/show.h"
#include "policy/vocabulary.h"

static const char *const action_names[GL_POLICY_ACTION_MAX] = {
	[GL_POLICY_ALLOW] = "allow", [GL_POLICY_DENY] = "deny", [GL_POLICY_KILL] = "kill",
	[GL_POLICY_TRAP] = "trap",   [GL_POLICY_LOG] = "log",
};

json_t *gl_policy_place_json(const struct gl_policy *policy, struct gl_policy_place place)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;

	gl_policy_show_place(policy, place, &text);
	return gl_json_text(gl_buf_text(&text));
}

void gl_policy_answer_json(json_t *object, const struct gl_policy_answer *answer)
{
	json_object_set_new(object, "action", json_string(action_names[answer->action]));
	json_object_set_new(object, "errno",
			    answer->action == GL_POLICY_DENY
				    ? json_string(gl_vocabulary_errno_name(answer->errnum))
				    : json_null());
}

static json_t *caps_json(uint64_t caps)
{
	json_t *array = json_array();
	char name[GL_CAPABILITY_NAME];

	for (unsigned i = 0; i < 64; i++)
		if (caps >> i & 1 && gl_vocabulary_capability_name(i, name))
			json_array_append_new(array, json_string(name));
	return array;
}

json_t *gl_policy_rule_json(const struct gl_policy *policy, const struct gl_policy_rule *rule)
{
	gl_autobuf struct gl_buf condition = GL_BUF_INIT;
	json_t *object = json_object();

	gl_policy_answer_json(object, &rule->answer);
	gl_policy_show_if(policy, rule, &condition);
	json_object_set_new(object, "if",
			    condition.len ? json_string(gl_buf_text(&condition) + strlen(" if "))
					  : json_null());
	json_object_set_new(object, "unless_caps", caps_json(rule->unless_caps));
	json_object_set_new(object, "place", gl_policy_place_json(policy, rule->place));
	return object;
}

static json_t *calls_json(const struct gl_policy *policy, const struct gl_policy_rule *rule)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rule->call_count; i++)
		json_array_append_new(array, json_string(policy->machine->calls[rule->calls[i]].name));
	return array;
}

static json_t *rules_json(const struct gl_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->rule_count; i++) {
		json_t *rule = gl_policy_rule_json(policy, &policy->rules[i]);

		json_object_set_new(rule, "calls", calls_json(policy, &policy->rules[i]));
		json_array_append_new(array, rule);
	}
	return array;
}

static json_t *settings_json(const struct gl_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->setting_count; i++) {
		const struct gl_policy_setting *s = &policy->settings[i];

		json_array_append_new(array, json_pack("{s:s, s:o, s:b, s:o}", "statement",
						       gl_policy_setting_word(s->kind), "value",
						       gl_json_text(s->text), "optional", s->optional,
						       "place", gl_policy_place_json(policy, s->place)));
	}
	return array;
}

static json_t *toggle_json(enum gl_policy_toggle toggle, const char *yes, const char *no)
{
	return toggle == GL_POLICY_UNSAID ? json_null() : json_string(toggle == GL_POLICY_YES ? yes : no);
}

json_t *gl_policy_json(const struct gl_policy *policy, const char *name)
{
	json_t *fallback = json_object();
	char kernel[16];

	gl_policy_answer_json(fallback, &policy->fallback);
	json_object_set_new(fallback, "place", gl_policy_place_json(policy, policy->fallback_place));
	snprintf(kernel, sizeof(kernel), "%u.%u", policy->known_through >> 16,
		 policy->known_through & 0xffff);
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "schema",
			 "golaunch.policy/1", "golaunch", GL_VERSION, "policy", gl_json_text(name), "machine",
			 policy->machine->name, "known_through", kernel, "default", fallback, "abis",
			 policy->foreign_abis_killed ? "native" : "all", "exec",
			 toggle_json(policy->exec, "allow", "deny"), "no_new_privs",
			 toggle_json(policy->no_new_privs, "on", "off"), "rules", rules_json(policy),
			 "settings", settings_json(policy));
}
