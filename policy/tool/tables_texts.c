/*
 * Groups, with their members resolved, and the texts of groups and presets.
 */
#include <libgen.h>

#include "base/file.h"
#include "policy/tool/tables.h"

#define MAX_GROUPS 128
#define MAX_TEXT   ((size_t)1 << 16)

struct group {
	const char *name;
	const char *path;
	bool *members; /* by call */
	bool open;     /* its members are being collected */
};

static char *name_of(char *path)
{
	char *name = strdup(path);

	if (name)
		name = basename(name);
	if (name)
		name[strcspn(name, ".")] = '\0';
	return name;
}

static struct group *find_group(struct group *groups, const char *name)
{
	for (; groups->name; groups++)
		if (!strcmp(groups->name, name))
			return groups;
	return NULL;
}

static void collect(struct group *groups, struct group *group, const struct tables_calls *calls);

/* A call, a group, or "*" for every call. */
static void add_member(struct group *groups, struct group *group, const struct tables_calls *calls,
		       const struct tables_list *list, const char *word)
{
	struct group *inner = *word == '@' ? find_group(groups, word + 1) : NULL;
	size_t call = tables_calls_find(calls, word);

	if (inner && inner->open)
		tables_fail(list, "'%s' contains itself", word);
	if (inner)
		collect(groups, inner, calls);
	if (!inner && call == SIZE_MAX && strcmp(word, "*") != 0)
		tables_fail(list, "no call and no group is called '%s'", word);
	for (size_t i = 0; i < calls->count; i++)
		if (inner ? inner->members[i] : (call == SIZE_MAX || i == call))
			group->members[i] = true;
}

static void collect(struct group *groups, struct group *group, const struct tables_calls *calls)
{
	struct tables_list list;

	if (group->members)
		return;
	group->members = calloc(calls->count, sizeof(*group->members));
	if (!group->members)
		exit(EXIT_FAILURE);
	group->open = true;
	tables_open(&list, group->path);
	for (char *word; (word = tables_word(&list));)
		add_member(groups, group, calls, &list, word);
	group->open = false;
}

static size_t print_members(const struct group *group, size_t index, const struct tables_calls *calls)
{
	size_t count = 0;

	printf("static const uint16_t group_%zu[] = {", index);
	for (size_t i = 0; i < calls->count; i++)
		if (group->members[i])
			printf("%s%zu,", count++ % 16 ? " " : "\n\t", i);
	printf("\n};\n");
	if (count == 0) {
		fprintf(stderr, "%s: the group has no members\n", group->path);
		exit(EXIT_FAILURE);
	}
	return count;
}

/* A C string of a text, line by line. */
static void print_string(const char *text, size_t len)
{
	fputs("\n\t\t\"", stdout);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			fputs(i + 1 < len ? "\\n\"\n\t\t\"" : "\\n", stdout);
		else if (text[i] == '\t')
			fputs("\\t", stdout);
		else
			printf("%s%c", text[i] == '"' || text[i] == '\\' ? "\\" : "", text[i]);
	}
	putchar('"');
}

/* .name, .summary (the first line, "# NAME: SUMMARY") and .text of a file. */
static void print_text(const char *name, const char *path)
{
	struct tables_list list = {.path = path, .line = 1};
	struct gl_err err = GL_ERR_INIT;
	size_t len, skip = strlen(name) + strlen("# : ");
	char *text;

	if (gl_file_slurp(path, MAX_TEXT, &text, &len, &err) < 0)
		tables_fail(&list, "%s", err.msg);
	if (strncmp(text, "# ", 2) != 0 || strncmp(text + 2, name, strlen(name)) != 0 ||
	    strncmp(text + skip - 2, ": ", 2) != 0)
		tables_fail(&list, "the first line is not '# %s: SUMMARY'", name);
	printf("\t{\n\t\t.name = \"%s\",\n\t\t.summary = ", name);
	print_string(text + skip, strcspn(text + skip, "\n"));
	printf(",\n\t\t.text = ");
	print_string(text, len);
	printf(",\n");
	free(text);
}

void tables_groups_print(char **paths, size_t count, const struct tables_calls *calls)
{
	struct group groups[MAX_GROUPS + 1] = {{.name = NULL}};
	size_t counts[MAX_GROUPS];

	if (count > MAX_GROUPS)
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < count; i++)
		groups[i] = (struct group){.name = name_of(paths[i]), .path = paths[i]};
	for (size_t i = 0; i < count; i++) {
		collect(groups, &groups[i], calls);
		counts[i] = print_members(&groups[i], i, calls);
	}
	printf("const struct gl_policy_group gl_policy_group_table[] = {\n");
	for (size_t i = 0; i < count; i++) {
		print_text(groups[i].name, groups[i].path);
		printf("\t\t.calls = group_%zu,\n\t\t.call_count = %zu,\n\t},\n", i, counts[i]);
	}
	printf("};\nconst size_t gl_policy_group_table_count = GL_ARRAY_SIZE(gl_policy_group_table);\n");
}

void tables_presets_print(char **paths, size_t count)
{
	printf("const struct gl_preset_text gl_preset_texts[] = {\n");
	for (size_t i = 0; i < count; i++) {
		print_text(name_of(paths[i]), paths[i]);
		printf("\t},\n");
	}
	printf("};\nconst size_t gl_preset_texts_count = GL_ARRAY_SIZE(gl_preset_texts);\n");
}
