/*
 * Names of arguments (policy/data/arguments.list) and of the constants they
 * take (policy/data/constants.list).
 */
#include "policy/tool/tables.h"

#define MAX_ARGUMENTS 6
#define MAX_NAMES     4096

/* What gl_machine_text is to hold, each once. */
static struct {
	const char *names[MAX_NAMES];
	size_t places[MAX_NAMES], count, len;
} text;

/* The place of a name in the text. */
static size_t place(const struct tables_list *list, const char *name)
{
	size_t i = 0, at = text.len;

	while (i < text.count && strcmp(text.names[i], name) != 0)
		i++;
	if (i < text.count)
		return text.places[i];
	if (text.count == MAX_NAMES || at > UINT16_MAX)
		tables_fail(list, "the names are more than 16 bits can count");
	text.names[text.count] = name;
	text.places[text.count++] = at;
	text.len += strlen(name) + 1;
	return at;
}

void tables_text_print(void)
{
	printf("const char gl_machine_text[] =");
	for (size_t i = 0; i < text.count; i++)
		printf("\n\t\"%s\\0\"", text.names[i]);
	printf(";\n");
}

static const char *kind_of(struct tables_list *list, const char *width, bool pointer)
{
	if (pointer)
		return "GL_ARGUMENT_POINTER";
	if (!width)
		return "GL_ARGUMENT_NARROW";
	if (!strcmp(width, "64"))
		return "GL_ARGUMENT_WIDE";
	if (!strcmp(width, "16"))
		return "GL_ARGUMENT_SHORT";
	tables_fail(list, "a width is 16, 64, or left out");
}

/* NAME, NAME/WIDTH or *NAME, then perhaps :FAMILY+FAMILY; "-" has no name. */
static void print_argument(struct tables_list *list, size_t call, unsigned index, char *word)
{
	bool pointer = *word == '*';
	char *families = strchr(word, ':'), *width;

	if (index >= MAX_ARGUMENTS)
		tables_fail(list, "more than %d arguments", MAX_ARGUMENTS);
	if (families)
		*families++ = '\0';
	width = strchr(word, '/');
	if (width)
		*width++ = '\0';
	if (strcmp(word, "-") != 0)
		printf("\t{%zu, %u, %s, %zu, %zu},\n", call, index, kind_of(list, width, pointer),
		       place(list, word + pointer), place(list, families ? families : ""));
}

/* The lines of a list come in its own order; the table is sorted by call. */
void tables_arguments_print(const char *path, const struct tables_calls *calls)
{
	size_t call = SIZE_MAX, before = SIZE_MAX;
	struct tables_list list;
	unsigned index = 0;

	printf("static const struct gl_argument arguments[] = {\n");
	tables_open(&list, path);
	for (char *word; (word = tables_word(&list));) {
		if (!list.begins) {
			print_argument(&list, call, index++, word);
			continue;
		}
		before = call;
		call = tables_calls_find(calls, word);
		if (call == SIZE_MAX)
			tables_fail(&list, "no machine has a call '%s'", word);
		if (before != SIZE_MAX && call <= before)
			tables_fail(&list, "'%s' is out of order", word);
		index = 0;
	}
	printf("};\n");
}

/* VALUE, or the one of MACHINE=VALUE for this machine. */
static void read_value(struct tables_list *list, const struct tables_machine *machine, const char *word,
		       unsigned long *value)
{
	const char *number = strchr(word, '=');
	char *end;

	if (number && (strncmp(word, machine->name, (size_t)(number - word)) != 0 ||
		       strlen(machine->name) != (size_t)(number - word)))
		return;
	number = number ? number + 1 : word;
	*value = strtoul(number, &end, 0);
	if (end == number || *end || *value > UINT32_MAX)
		tables_fail(list, "'%s' is no number of 32 bits", number);
}

static void print_constant(const struct tables_list *list, const char *name, const char *family,
			   unsigned long value)
{
	if (name)
		printf("\t{%zu, %zu, 0x%lx},\n", place(list, name), place(list, family), value);
}

/* "family F" begins a family; then lines of NAME VALUE [MACHINE=VALUE]. */
void tables_constants_print(const char *path, const struct tables_machine *machine)
{
	const char *name = NULL, *family = "";
	unsigned long value = 0;
	struct tables_list list;

	printf("static const struct gl_constant constants_%s[] = {\n", machine->name);
	tables_open(&list, path);
	for (char *word; (word = tables_word(&list));) {
		if (!list.begins) {
			read_value(&list, machine, word, &value);
			continue;
		}
		print_constant(&list, name, family, value);
		name = word;
		if (strcmp(word, "family") != 0)
			continue;
		name = NULL;
		family = tables_word(&list);
		if (!family || list.begins)
			tables_fail(&list, "expected the name of a family");
	}
	print_constant(&list, name, family, value);
	printf("};\n");
}
