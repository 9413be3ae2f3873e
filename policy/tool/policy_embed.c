/*
 * policy-embed MACHINE: the presets, compiled, as C on standard output:
 * gl_preset_table of policy/preset.h.
 *
 * Runs where golaunch is built.  It is made of the policy layer itself and of
 * what policy-tables made, so the presets' texts are in it.
 */
#include <errno.h>

#include "policy/preset.h"

#define MAX_PRESETS 16

static void print_insns(const char *label, const struct gl_filter *filter)
{
	printf("static const struct sock_filter insns_%s[] = {\n", label);
	for (size_t i = 0; i < filter->count; i++) {
		const struct sock_filter *insn = &filter->insns[i];

		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insn->code, insn->jt, insn->jf, insn->k);
	}
	printf("};\n");
}

static void print_patches(const char *label, const struct gl_filter *filter)
{
	printf("static const struct gl_filter_patch patches_%s[] = {\n", label);
	for (size_t i = 0; i < filter->patch_count; i++) {
		const struct gl_filter_patch *patch = &filter->patches[i];

		printf("\t{ { 0x%016llx, 0x%x, 0x%x }, %u, 0x%08x, 0x%08x },\n",
		       (unsigned long long)patch->condition.unless_caps, patch->condition.if_kernel_below,
		       patch->condition.if_kernel_from, patch->instruction, patch->if_true, patch->if_false);
	}
	printf("\t{ { 0, 0, 0 }, 0, 0, 0 }, /* never empty */\n};\n");
}

/* "NUMBER_VARIANT": names of presets are no identifiers. */
static void make_label(char label[32], size_t preset, int variant)
{
	snprintf(label, 32, "%zu_%d", preset, variant);
}

/* What golaunch does not read a preset's text for when it puts the preset on a program. */
static int check_statements(const struct gl_policy *policy, struct gl_err *err)
{
	if (policy->setting_count == 0 && policy->exec == GL_POLICY_UNSAID)
		return 0;
	return gl_err_set(err, EINVAL, "preset '%s' says more than a filter and no-new-privs",
			  policy->files[0].name);
}

static int print_filters(size_t preset, const struct gl_machine_calls *machine,
			 enum gl_policy_toggle *ret_no_new_privs, struct gl_err *err)
{
	const struct gl_preset_text *text = &gl_preset_texts[preset];
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	int r = gl_policy_parse(machine, text->name, text->text, NULL, NULL, &policy, err);

	if (r == 0)
		r = check_statements(&policy, err);
	for (int variant = 0; variant < GL_FILTER_VARIANT_MAX && r == 0; variant++) {
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
		char label[32];

		r = gl_policy_compile(&policy, (enum gl_filter_variant)variant, NULL, &filter, err);
		if (r < 0)
			break;
		make_label(label, preset, variant);
		print_insns(label, &filter);
		print_patches(label, &filter);
	}
	*ret_no_new_privs = policy.no_new_privs;
	return r;
}

static const char *const toggles[] = {
	[GL_POLICY_UNSAID] = "GL_POLICY_UNSAID",
	[GL_POLICY_NO] = "GL_POLICY_NO",
	[GL_POLICY_YES] = "GL_POLICY_YES",
};

static void print_entry(size_t preset, enum gl_policy_toggle no_new_privs)
{
	printf("\t{ \"%s\", {\n", gl_preset_texts[preset].name);
	for (int variant = 0; variant < GL_FILTER_VARIANT_MAX; variant++) {
		char label[32];

		make_label(label, preset, variant);
		printf("\t\t{ insns_%s, GL_ARRAY_SIZE(insns_%s), patches_%s, GL_ARRAY_SIZE(patches_%s) - 1 },\n",
		       label, label, label, label);
	}
	printf("\t}, %s },\n", toggles[no_new_privs]);
}

int main(int argc, char **argv)
{
	const struct gl_machine_calls *machine = argc == 2 ? gl_machine_calls_of(argv[1]) : NULL;
	enum gl_policy_toggle no_new_privs[MAX_PRESETS] = {GL_POLICY_UNSAID};
	struct gl_err err = GL_ERR_INIT;

	if (!machine || gl_preset_texts_count > MAX_PRESETS) {
		fprintf(stderr, "usage: policy-embed x86_64|aarch64\n");
		return EXIT_FAILURE;
	}
	printf("/* Made by policy-embed; do not edit. */\n#include \"policy/preset.h\"\n");
	for (size_t i = 0; i < gl_preset_texts_count; i++) {
		if (print_filters(i, machine, &no_new_privs[i], &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return EXIT_FAILURE;
		}
	}
	printf("const struct gl_preset gl_preset_table[] = {\n");
	for (size_t i = 0; i < gl_preset_texts_count; i++)
		print_entry(i, no_new_privs[i]);
	printf("};\nconst size_t gl_preset_table_count = GL_ARRAY_SIZE(gl_preset_table);\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
