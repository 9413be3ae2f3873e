/*
 * policy-embed MACHINE FILE.policy... : presets as C, on standard output.
 *
 * Runs where golaunch is built.  A preset is named after its file.
 */
#include <errno.h>
#include <libgen.h>

#include "base/file.h"
#include "base/mem.h"
#include "policy/tool/compile.h"

static void print_program(size_t preset, const struct gl_program *program)
{
	printf("static const struct sock_filter filter_%zu[] = {\n", preset);
	for (size_t i = 0; i < program->count; i++) {
		const struct sock_filter *insn = &program->insns[i];

		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insn->code, insn->jt, insn->jf, insn->k);
	}
	printf("};\n");
}

static void print_conditions(size_t preset, const struct gl_compiled *compiled)
{
	printf("static const struct gl_preset_condition conditions_%zu[] = {\n", preset);
	for (size_t i = 0; i < compiled->condition_count; i++) {
		const struct gl_preset_condition *condition = &compiled->conditions[i];

		printf("\t{ 0x%016llx, 0x%x, 0x%x, 0x%08x },\n", (unsigned long long)condition->unless_caps,
		       condition->if_kernel_below, condition->if_kernel_from, condition->deny_return);
	}
	printf("\t{ 0, 0, 0, 0 }, /* never empty */\n};\n");
}

static int embed(size_t preset, const char *path, const struct gl_target *target, size_t *ret_conditions,
		 struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofree struct gl_compiled *compiled = calloc(1, sizeof(*compiled));
	gl_autofree char *text = NULL;
	size_t len;
	int r;

	if (!compiled)
		return gl_err_sys(err, ENOMEM, "cannot compile '%s'", path);
	r = gl_file_slurp(path, GL_POLICY_MAX_BYTES, &text, &len, err);
	if (r == 0)
		r = gl_policy_parse(path, text, &policy, err);
	if (r == 0)
		r = gl_compile(&policy, target, compiled, err);
	if (r < 0)
		return r;
	print_program(preset, &compiled->program);
	print_conditions(preset, compiled);
	*ret_conditions = compiled->condition_count;
	return 0;
}

static void print_entry(size_t preset, char *path, const struct gl_target *target, size_t conditions)
{
	char *name = basename(path);
	int len = (int)strcspn(name, ".");

	printf("\t{ \"%.*s\", %u, filter_%zu, GL_ARRAY_SIZE(filter_%zu), conditions_%zu, %zu },\n", len, name,
	       target->elf_machine, preset, preset, preset, conditions);
}

int main(int argc, char **argv)
{
	const struct gl_target *target = argc > 2 ? gl_target_find(argv[1]) : NULL;
	gl_autofree size_t *conditions = calloc((size_t)argc, sizeof(*conditions));
	struct gl_err err = GL_ERR_INIT;

	if (!target || !conditions) {
		fprintf(stderr, "usage: policy-embed x86_64|aarch64 FILE.policy...\n");
		return EXIT_FAILURE;
	}
	printf("/* Made by policy-embed; do not edit. */\n#include \"policy/preset.h\"\n");
	for (int i = 2; i < argc; i++) {
		if (embed((size_t)i, argv[i], target, &conditions[i], &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return EXIT_FAILURE;
		}
	}
	printf("const struct gl_preset gl_preset_table[] = {\n");
	for (int i = 2; i < argc; i++)
		print_entry((size_t)i, argv[i], target, conditions[i]);
	printf("};\nconst size_t gl_preset_table_count = GL_ARRAY_SIZE(gl_preset_table);\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
