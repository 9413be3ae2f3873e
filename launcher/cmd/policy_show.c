/*
 * golaunch policy show NAME|FILE
 */
#include <errno.h>

#include "cmd/policy.h"
#include "policy/disassemble.h"
#include "policy/show.h"

enum show_format { SHOW_TEXT, SHOW_JSON, SHOW_BPF, SHOW_FORMAT_MAX };

struct show_options {
	struct gl_common common; /* first: see cmd/common.h */
	enum show_format format;
	const char *call, *caps, *kernel;
	struct gl_values args;
};

static int take_format(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[SHOW_FORMAT_MAX] = {
		[SHOW_TEXT] = "text", [SHOW_JSON] = "json", [SHOW_BPF] = "bpf"};
	struct show_options *o = into;
	int i = gl_option_choose(value, words, SHOW_FORMAT_MAX, err);

	if (i < 0)
		return i;
	o->format = (enum show_format)i;
	o->common.format = i == SHOW_JSON ? GL_FORMAT_JSON : GL_FORMAT_TEXT;
	return 0;
}

static int take_call(void *into, const char *value, struct gl_err *err)
{
	(void)err;
	((struct show_options *)into)->call = value;
	return 0;
}

static int take_caps(void *into, const char *value, struct gl_err *err)
{
	(void)err;
	((struct show_options *)into)->caps = value;
	return 0;
}

static int take_kernel(void *into, const char *value, struct gl_err *err)
{
	(void)err;
	((struct show_options *)into)->kernel = value;
	return 0;
}

static int take_arg(void *into, const char *value, struct gl_err *err)
{
	return gl_values_add(&((struct show_options *)into)->args, value, err);
}

static const struct gl_option options[] = {
	{"syscall", 0, "NAME", 0, take_call, "what happens to this call, and which line decides"},
	{"arg", 0, "NAME=VALUE", GL_OPTION_REPEAT, take_arg, "with this argument; the others are 0"},
	{"cap", 0, "NAME,...", 0, take_caps, "for a program that could have these capabilities (none)"},
	{"kernel", 0, "VERSION", 0, take_kernel, "on this kernel (the one that runs)"},
	{"format", 0, "text|json|bpf", 0, take_format,
	 "as a policy, as JSON, or as the filter's instructions"},
	GL_COMMON_OTHER_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_policy_show_option_table(void)
{
	return &table;
}

static int put_bpf(const struct gl_policy_source *source, struct gl_buf *text, struct gl_err *err)
{
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	int r;

	if (source->form == GL_FORM_COMPILED) {
		gl_filter_disassemble(&source->compiled.filters[GL_FILTER_PLAIN], source->policy.machine,
				      text);
		return 0;
	}
	r = gl_policy_compile(&source->policy, GL_FILTER_PLAIN, NULL, &filter, err);
	if (r == 0)
		gl_filter_disassemble(&filter, source->policy.machine, text);
	return r;
}

static int put_policy(const struct show_options *o, const char *name, const struct gl_policy_source *source,
		      struct gl_buf *text, struct gl_err *err)
{
	switch (o->format) {
	case SHOW_JSON:
		return gl_cmd_put_json(text, gl_policy_json(&source->policy, name), err);
	case SHOW_BPF:
		return put_bpf(source, text, err);
	case SHOW_TEXT:
	case SHOW_FORMAT_MAX:
		break;
	}
	gl_policy_show(&source->policy, true, text);
	return 0;
}

static int show(const struct show_options *o, const char *name)
{
	const struct gl_policy_question question = {o->call, &o->args, o->caps, o->kernel};
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_need(&o->common, name, &source);

	if (r)
		return r;
	r = o->call ? gl_policy_answer_question(&source.policy, name, &question, o->common.format, &text,
						&err)
		    : put_policy(o, name, &source, &text, &err);
	return gl_cmd_finish(&text, r, 0, &err);
}

int gl_cmd_policy_show(int argc, char **argv, char **env)
{
	struct show_options o = {.format = SHOW_TEXT};
	int used, status;

	if (!gl_common_begin(&table, "policy show", argc, argv, env, &o, &used, &status))
		return status;
	if (argc - used != 1)
		return gl_cmd_misused("policy show takes one NAME or FILE");
	if (!o.call && (o.args.count || o.caps || o.kernel))
		return gl_cmd_misused("--arg, --cap and --kernel are for --syscall");
	if (o.call && o.format == SHOW_BPF)
		return gl_cmd_misused("--syscall has no --format bpf");
	return show(&o, argv[used]);
}
