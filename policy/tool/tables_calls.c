/*
 * The system calls: names and releases from policy/data/syscalls.list, numbers
 * from libseccomp, and for calls that are newer than it from the list.
 *
 * libseccomp is asked by number, not by name: for socket() on i386 it names no
 * number, since socketcall() is there too.
 */
#include <seccomp.h>

#include "policy/tool/tables.h"

#define HIGHEST_NUMBER 1023

static struct tables_call *add_call(struct tables_list *list, struct tables_calls *calls, char *name)
{
	struct tables_call *call;

	for (size_t i = 0; i < calls->count; i++)
		if (!strcmp(calls->items[i].name, name))
			tables_fail(list, "'%s' stands here twice", name);
	calls->items = tables_more(calls->items, calls->count, sizeof(*calls->items));
	call = &calls->items[calls->count++];
	*call = (struct tables_call){.name = name, .number = -1};
	return call;
}

/* NAME, NAME=N or NAME=N@ABI */
static void read_call(struct tables_list *list, struct tables_calls *calls, char *word, unsigned major,
		      unsigned minor)
{
	char *number = strchr(word, '='), *abi;
	struct tables_call *call;

	if (number)
		*number++ = '\0';
	call = add_call(list, calls, word);
	call->major = major;
	call->minor = minor;
	if (!number)
		return;
	call->number = (int)strtol(number, &abi, 10);
	call->abi = *abi == '@' ? abi + 1 : NULL;
	if (call->number <= 0 || call->number > HIGHEST_NUMBER || (*abi && *abi != '@'))
		tables_fail(list, "'%s' has no number that a call can have", word);
}

static void read_release(struct tables_list *list, unsigned *major, unsigned *minor)
{
	char *word = tables_word(list);

	if (!word || sscanf(word, "%u.%u", major, minor) != 2)
		tables_fail(list, "expected a kernel release");
}

static int compare_calls(const void *a, const void *b)
{
	return strcmp(((const struct tables_call *)a)->name, ((const struct tables_call *)b)->name);
}

static int compare_name(const void *name, const void *call)
{
	return strcmp(name, ((const struct tables_call *)call)->name);
}

size_t tables_calls_find(const struct tables_calls *calls, const char *name)
{
	const struct tables_call *found =
		bsearch(name, calls->items, calls->count, sizeof(*calls->items), compare_name);

	return found ? (size_t)(found - calls->items) : SIZE_MAX;
}

void tables_calls_read(const char *path, struct tables_calls *calls)
{
	const char *always[64];
	size_t always_count = 0, found;
	unsigned major = 0, minor = 0;
	bool in_always = false;
	struct tables_list list;

	*calls = (struct tables_calls){.items = NULL};
	tables_open(&list, path);
	for (char *word; (word = tables_word(&list));) {
		in_always = in_always && !list.begins;
		if (in_always && always_count < GL_ARRAY_SIZE(always))
			always[always_count++] = word;
		else if (list.begins && !strcmp(word, "always"))
			in_always = true;
		else if (list.begins && !strcmp(word, "through"))
			read_release(&list, &calls->major, &calls->minor);
		else if (list.begins && !strcmp(word, "since"))
			read_release(&list, &major, &minor);
		else
			read_call(&list, calls, word, major, minor);
	}
	qsort(calls->items, calls->count, sizeof(*calls->items), compare_calls);
	for (size_t i = 0; i < always_count; i++) {
		found = tables_calls_find(calls, always[i]);
		if (found == SIZE_MAX)
			tables_fail(&list, "'%s' is no call of this list", always[i]);
		calls->items[found].always = true;
	}
}

/* The call that has this number; libseccomp's word comes first. */
static size_t call_at(const struct tables_calls *calls, const struct tables_machine *machine, size_t abi,
		      int number)
{
	char *name = seccomp_syscall_resolve_num_arch(machine->abis[abi].arch,
						      machine->abis[abi].x32 ? number | 0x40000000 : number);
	size_t found = name ? tables_calls_find(calls, name) : SIZE_MAX;

	for (size_t i = 0; !name && i < calls->count && found == SIZE_MAX; i++) {
		const struct tables_call *call = &calls->items[i];

		if (call->number == number && (!call->abi || !strcmp(call->abi, machine->abis[abi].name)))
			found = i;
	}
	free(name);
	return found;
}

static void print_numbers(const struct tables_calls *calls, const struct tables_machine *machine, size_t abi)
{
	size_t count = 0;

	printf("static const struct gl_syscall_number numbers_%s_%zu[] = {", machine->name, abi);
	for (int number = 0; number <= HIGHEST_NUMBER; number++) {
		size_t call = call_at(calls, machine, abi, number);

		if (call == SIZE_MAX)
			continue;
		printf("%s{%d, %zu},", count % 8 ? " " : "\n\t", number, call);
		count++;
	}
	printf("\n};\n");
}

void tables_machine_print(const struct tables_machine *machine, const struct tables_calls *calls)
{
	printf("\t{\n\t\t.name = \"%s\",\n\t\t.elf_machine = %s,\n\t\t.abis = {\n", machine->name,
	       machine->elf_machine);
	for (size_t i = 0; i < TABLES_ABIS && machine->abis[i].name; i++)
		printf("\t\t\t{\"%s\", %s, %d, %d, numbers_%s_%zu, GL_ARRAY_SIZE(numbers_%s_%zu)},\n",
		       machine->abis[i].name, machine->abis[i].audit, machine->abis[i].private_calls,
		       machine->abis[i].x32, machine->name, i, machine->name, i);
	printf("\t\t},\n\t\t.through = GL_KERNEL(%u, %u),\n", calls->major, calls->minor);
	printf("\t\t.calls = calls,\n\t\t.call_count = GL_ARRAY_SIZE(calls),\n"
	       "\t\t.arguments = arguments,\n\t\t.argument_count = GL_ARRAY_SIZE(arguments),\n"
	       "\t\t.constants = constants_%s,\n\t\t.constant_count = GL_ARRAY_SIZE(constants_%s),\n\t},\n",
	       machine->name, machine->name);
}

void tables_calls_print(const struct tables_calls *calls)
{
	printf("static const struct gl_syscall calls[] = {\n");
	for (size_t i = 0; i < calls->count; i++)
		printf("\t{\"%s\", GL_KERNEL(%u, %u), %d},\n", calls->items[i].name, calls->items[i].major,
		       calls->items[i].minor, calls->items[i].always);
	printf("};\n");
	for (size_t m = 0; m < tables_machine_count; m++)
		for (size_t i = 0; i < TABLES_ABIS && tables_machines[m].abis[i].name; i++)
			print_numbers(calls, &tables_machines[m], i);
}
