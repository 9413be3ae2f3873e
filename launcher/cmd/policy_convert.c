/*
 * golaunch policy convert --to text|oci|systemd NAME|FILE
 */
#include <errno.h>

#include "base/log.h"
#include "cmd/policy.h"
#include "policy/oci.h"
#include "policy/show.h"
#include "policy/systemd.h"

enum target { TO_TEXT, TO_OCI, TO_SYSTEMD, TARGET_MAX };

struct convert_options {
	struct gl_common common; /* first: see cmd/common.h */
	enum target to;
};

static int take_to(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[TARGET_MAX] = {
		[TO_TEXT] = "text", [TO_OCI] = "oci", [TO_SYSTEMD] = "systemd"};
	int i = gl_option_choose(value, words, TARGET_MAX, err);

	if (i < 0)
		return i;
	((struct convert_options *)into)->to = (enum target)i;
	return 0;
}

static const struct gl_option options[] = {
	{"to", 0, "text|oci|systemd", 0, take_to,
	 "golaunch's own language (text), OCI JSON or a unit's lines"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_policy_convert_option_table(void)
{
	return &table;
}

/* What was converted when it was read is a text with comments; of others there is the model. */
static void put_text(const struct gl_policy_source *source, struct gl_buf *text)
{
	if (source->form == GL_FORM_OCI || source->form == GL_FORM_MINIJAIL)
		gl_buf_puts(text, source->policy.files[0].text);
	else
		gl_policy_show(&source->policy, false, text);
}

static int put(enum target to, const struct gl_policy_source *source, struct gl_buf *text,
	       struct gl_buf *losses, struct gl_err *err)
{
	const struct gl_policy_facts facts = gl_policy_facts_here();

	switch (to) {
	case TO_OCI:
		return gl_oci_write(&source->policy, text, losses, err);
	case TO_SYSTEMD:
		gl_systemd_write(&source->policy, &facts, text, losses);
		return 0;
	case TO_TEXT:
	case TARGET_MAX:
		break;
	}
	put_text(source, text);
	return 0;
}

static int convert(const struct convert_options *o, const char *name)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf losses = GL_BUF_INIT;
	const struct gl_buf none = GL_BUF_INIT;
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_need(&o->common, name, &source);

	if (r)
		return r;
	r = put(o->to, &source, &text, &losses, &err);
	gl_policy_say(&losses, &none);
	return gl_cmd_finish(&text, r, 0, &err);
}

int gl_cmd_policy_convert(int argc, char **argv, char **env)
{
	struct convert_options o = {.to = TO_TEXT};
	int used, status;

	if (!gl_common_begin(&table, "policy convert", argc, argv, env, &o, &used, &status))
		return status;
	if (argc - used != 1)
		return gl_cmd_misused("policy convert takes one NAME or FILE");
	return convert(&o, argv[used]);
}
