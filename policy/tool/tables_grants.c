/*
 * What calls and groups grant: policy/data/grants.list as a table.
 */
#include "policy/tool/tables.h"

static void check_name(const struct tables_list *list, const char *name, char **groups, size_t group_count,
		       const struct tables_calls *calls)
{
	char wanted[64];

	if (*name != '@') {
		if (tables_calls_find(calls, name) == SIZE_MAX)
			tables_fail(list, "no machine has a call '%s'", name);
		return;
	}
	snprintf(wanted, sizeof(wanted), "/%s.group", name + 1);
	for (size_t i = 0; i < group_count; i++) {
		size_t len = strlen(groups[i]);

		if (len >= strlen(wanted) && !strcmp(groups[i] + len - strlen(wanted), wanted))
			return;
	}
	tables_fail(list, "no group is called '%s'", name);
}

/* NAME, then the words of its text; a line without any is an error. */
void tables_grants_print(const char *path, char **groups, size_t group_count,
			 const struct tables_calls *calls)
{
	struct tables_list list;
	size_t words = 0; /* on the line so far */
	bool first = true;

	printf("const struct gl_grant gl_grant_table[] = {");
	tables_open(&list, path);
	for (char *word; (word = tables_word(&list)); words++) {
		if (strpbrk(word, "\"\\"))
			tables_fail(&list, "quotes and backslashes are for C");
		if (!list.begins) {
			printf("%s%s", words > 1 ? " " : "", word);
			continue;
		}
		check_name(&list, word, groups, group_count, calls);
		if (!first && words < 2)
			tables_fail(&list, "what does the line before grant?");
		printf("%s\n\t{\"%s\", \"", first ? "" : "\"},", word);
		first = false;
		words = 0;
	}
	printf("\"},\n};\nconst size_t gl_grant_table_count = GL_ARRAY_SIZE(gl_grant_table);\n");
}
