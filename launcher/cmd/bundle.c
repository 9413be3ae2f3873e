/*
 * golaunch bundle create|verify|show: which of them.
 *
 * Its verbs are chosen as golaunch chooses its own: the first word that is no
 * option, wherever the options stand that all of them have.
 */
#include "cmd/bundle.h"

#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/common.h"

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};
static const struct gl_option_table none = {NULL, 0};

/* For the synopsis: the options are those of its verbs. */
const struct gl_option_table *gl_bundle_option_table(void)
{
	return &none;
}

const struct gl_verb gl_bundle_verbs[] = {
	{"create", "[PROGRAM...]", "make a bundle of PROGRAM with its loader and libraries",
	 gl_bundle_create_option_table, gl_cmd_bundle_create, NULL},
	{"verify", "DIR...", "tell whether the bundle at DIR is whole and suffices",
	 gl_bundle_verify_option_table, gl_cmd_bundle_verify, NULL},
	{"show", "DIR", "list what is in the bundle at DIR", gl_bundle_show_option_table, gl_cmd_bundle_show,
	 NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct gl_verb *find(const char *word, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(word, 80);

	for (const struct gl_verb *verb = gl_bundle_verbs; verb->name; verb++)
		if (!strcmp(verb->name, word))
			return verb;
	gl_err_set(err, EINVAL, "bundle has no verb '%s': it has create, verify and show", shown);
	return NULL;
}

static int run(const struct gl_verb *verb, int argc, char **argv, int at, char **env)
{
	gl_autofree char **words = gl_verb_words(argc, argv, at);
	struct gl_err err = GL_ERR_INIT;

	if (words)
		return verb->run(argc - 1, words, env);
	gl_err_sys(&err, ENOMEM, "cannot start");
	return gl_cmd_failed(&err);
}

int gl_cmd_bundle(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	struct gl_err err = GL_ERR_INIT;
	const struct gl_verb *verb = NULL;
	bool ended;
	int at = 0, r;

	r = gl_options_parse(&table, argc, argv, NULL, &common, &at, &ended, &err);
	gl_common_apply(&common);
	if (!r && at < argc)
		verb = find(argv[at], &err);
	else if (!r && !common.help)
		gl_err_set(&err, EINVAL, "bundle needs a verb: create, verify or show");
	if (verb)
		return run(verb, argc, argv, at, env);
	return err.errnum ? gl_cmd_usage(&err) : gl_cmd_help_of("bundle");
}
