/*
 * policy-tables MACHINE FILE...: the tables of policy/syscalls.h and the texts
 * of policy/group.h as C, on standard output.  See policy/tool/tables.h.
 *
 * MACHINE is what golaunch is built for; it stands first in the table, the
 * others follow, since policies are converted and checked for them too.
 */
#include <seccomp.h>

#include "policy/tool/tables.h"

const struct tables_machine tables_machines[] = {
	{"x86_64",
	 "EM_X86_64",
	 {{"x86-64", "AUDIT_ARCH_X86_64", SCMP_ARCH_X86_64, false, false},
	  {"i386", "AUDIT_ARCH_I386", SCMP_ARCH_X86, false, false},
	  {"x32", "AUDIT_ARCH_X86_64", SCMP_ARCH_X32, false, true}}},
	{"aarch64",
	 "EM_AARCH64",
	 {{"aarch64", "AUDIT_ARCH_AARCH64", SCMP_ARCH_AARCH64, false, false},
	  {"arm", "AUDIT_ARCH_ARM", SCMP_ARCH_ARM, true, false}}},
};
const size_t tables_machine_count = GL_ARRAY_SIZE(tables_machines);

static const struct tables_machine *find_machine(const char *name)
{
	for (size_t i = 0; i < tables_machine_count; i++)
		if (!strcmp(tables_machines[i].name, name))
			return &tables_machines[i];
	return NULL;
}

/* Of the paths, those that end so, moved to the front; returns how many. */
static size_t take(char **paths, size_t count, const char *suffix)
{
	size_t taken = 0;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(paths[i]);
		char *path = paths[i];

		if (len < strlen(suffix) || strcmp(path + len - strlen(suffix), suffix) != 0)
			continue;
		paths[i] = paths[taken];
		paths[taken++] = path;
	}
	return taken;
}

static const char *need(char **paths, size_t count, const char *suffix)
{
	if (take(paths, count, suffix) != 1) {
		fprintf(stderr, "policy-tables: expected one '%s'\n", suffix);
		exit(EXIT_FAILURE);
	}
	return paths[0];
}

static void print_machines(const struct tables_machine *own, const struct tables_calls *calls)
{
	printf("const struct gl_machine_calls gl_machine_table[] = {\n");
	tables_machine_print(own, calls);
	for (size_t i = 0; i < tables_machine_count; i++)
		if (&tables_machines[i] != own)
			tables_machine_print(&tables_machines[i], calls);
	printf("};\nconst size_t gl_machine_table_count = GL_ARRAY_SIZE(gl_machine_table);\n");
}

int main(int argc, char **argv)
{
	const struct tables_machine *own = argc > 2 ? find_machine(argv[1]) : NULL;
	size_t count = argc > 2 ? (size_t)argc - 2 : 0;
	char **paths = argv + 2;
	struct tables_calls calls;
	size_t group_count;
	const char *grants;

	if (!own) {
		fprintf(stderr, "usage: policy-tables x86_64|aarch64 FILE...\n");
		return EXIT_FAILURE;
	}
	printf("/* Made by policy-tables; do not edit. */\n#include <elf.h>\n#include <linux/audit.h>\n\n"
	       "#include \"policy/grant.h\"\n#include \"policy/group.h\"\n#include \"policy/kernel.h\"\n#include \"policy/syscalls.h\"\n\n");
	tables_calls_read(need(paths, count, "/syscalls.list"), &calls);
	tables_calls_print(&calls);
	tables_arguments_print(need(paths, count, "/arguments.list"), &calls);
	for (size_t i = 0; i < tables_machine_count; i++)
		tables_constants_print(need(paths, count, "/constants.list"), &tables_machines[i]);
	tables_text_print();
	print_machines(own, &calls);
	grants = need(paths, count, "/grants.list");
	group_count = take(paths, count, ".group");
	tables_groups_print(paths, group_count, &calls);
	tables_grants_print(grants, paths, group_count, &calls);
	tables_presets_print(paths, take(paths, count, ".policy"));
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
