/*
 * golaunch policy list [@GROUP|NAME...]
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/policy.h"
#include "policy/group.h"
#include "policy/suggest.h"

#define NAME_COLUMN 16

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_policy_list_option_table(void)
{
	return &table;
}

/* What stands behind the name in the first line of a group's or preset's text. */
static const char *summary_of(const char *summary, const char *name)
{
	size_t len = strlen(name);

	if (!strncmp(summary, name, len) && summary[len] == ':')
		summary += len + 1;
	return summary + strspn(summary, " ");
}

static void put_all(struct gl_buf *text)
{
	gl_buf_printf(text, "Presets:\n  %-*s %s\n", NAME_COLUMN, "none", "no policy at all");
	for (size_t i = 0; i < gl_preset_texts_count; i++)
		gl_buf_printf(text, "  %-*s %s\n", NAME_COLUMN, gl_preset_texts[i].name,
			      summary_of(gl_preset_texts[i].summary, gl_preset_texts[i].name));
	gl_buf_puts(text, "\nGroups:\n");
	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		const struct gl_policy_group *group = &gl_policy_group_table[i];

		gl_buf_printf(text, "  @%-*s %s (%zu)\n", NAME_COLUMN - 1, group->name,
			      summary_of(group->summary, group->name), group->call_count);
	}
}

/* The names that were given: none is all. */
struct named {
	size_t count;
	char **names;
};

/* Was it named?  mark stands before the name. */
static bool is_named(const struct named *named, const char *mark, const char *name)
{
	for (size_t i = 0; i < named->count; i++)
		if (!strncmp(named->names[i], mark, strlen(mark)) &&
		    !strcmp(named->names[i] + strlen(mark), name))
			return true;
	return false;
}

/* What is named has its text with it. */
static json_t *presets_json(const struct named *named)
{
	json_t *array = json_array();

	for (size_t i = 0; i < gl_preset_texts_count; i++) {
		const struct gl_preset_text *preset = &gl_preset_texts[i];
		json_t *object;

		if (named->count && !is_named(named, "", preset->name))
			continue;
		object = json_pack("{s:s, s:s}", "name", preset->name, "summary",
				   summary_of(preset->summary, preset->name));
		if (named->count)
			json_object_set_new(object, "text", json_string(preset->text));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *calls_json(const struct gl_policy_group *group)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	json_t *calls = json_array();

	for (size_t i = 0; i < group->call_count; i++)
		json_array_append_new(calls, json_string(m->calls[group->calls[i]].name));
	return calls;
}

static json_t *groups_json(const struct named *named)
{
	json_t *array = json_array();

	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		const struct gl_policy_group *group = &gl_policy_group_table[i];
		json_t *object;

		if (named->count && !is_named(named, "@", group->name))
			continue;
		object = json_pack("{s:s, s:s, s:o}", "name", group->name, "summary",
				   summary_of(group->summary, group->name), "calls", calls_json(group));
		if (named->count)
			json_object_set_new(object, "text", json_string(group->text));
		json_array_append_new(array, object);
	}
	return array;
}

static int put_json(struct gl_buf *text, const struct named *named, struct gl_err *err)
{
	return gl_cmd_put_json(text,
			       json_pack("{s:s, s:s, s:o, s:o}", "schema", "golaunch.policy-list/1",
					 "golaunch", GL_VERSION, "presets", presets_json(named), "groups",
					 groups_json(named)),
			       err);
}

static int refuse(const char *name, struct gl_err *err)
{
	bool is_group = *name == '@';
	struct gl_suggest suggest = GL_SUGGEST(name + is_group, strlen(name + is_group));
	gl_autofree char *shown = gl_escape_dup(name, 60);

	for (size_t i = 0; is_group && i < gl_policy_group_table_count; i++)
		gl_suggest_offer(&suggest, gl_policy_group_table[i].name);
	for (size_t i = 0; !is_group && i < gl_preset_texts_count; i++)
		gl_suggest_offer(&suggest, gl_preset_texts[i].name);
	if (!suggest.best)
		return gl_err_set(err, ENOENT, "no %s is called '%s'", is_group ? "group" : "preset", shown);
	return gl_err_set(err, ENOENT, "no %s is called '%s'; did you mean '%s%s'?",
			  is_group ? "group" : "preset", shown, is_group ? "@" : "", suggest.best);
}

/* The text of a group or preset, with its comments. */
static int put_one(struct gl_buf *text, const char *name, struct gl_err *err)
{
	const struct gl_policy_group *group =
		*name == '@' ? gl_policy_group_find(name + 1, strlen(name + 1)) : NULL;
	const struct gl_preset_text *preset = *name == '@' ? NULL : gl_preset_text_find(name, strlen(name));

	if (!group && !preset)
		return refuse(name, err);
	gl_buf_puts(text, group ? group->text : preset->text);
	return 0;
}

static int list(const struct gl_common *common, int count, char **names)
{
	const struct named named = {(size_t)count, names};
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = 0;

	for (int i = 0; i < count && r == 0; i++)
		r = put_one(&text, names[i], &err);
	if (r == 0 && common->format == GL_FORMAT_JSON) {
		gl_buf_done(&text);
		r = put_json(&text, &named, &err);
	} else if (count == 0) {
		put_all(&text);
	}
	return gl_cmd_finish(&text, r, 0, &err);
}

int gl_cmd_policy_list(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	int used, status;

	if (!gl_common_begin(&table, "policy list", argc, argv, env, &common, &used, &status))
		return status;
	return list(&common, argc - used, argv + used);
}
