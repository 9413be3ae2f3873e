/*
 * Verbs that have verbs of their own: which of them.
 *
 * They are chosen as golaunch chooses its own: the first word that is no option.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/verbs.h"

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};
static const struct gl_option_table none = {NULL, 0};

/* For the synopsis: the options are those of its verbs. */
const struct gl_option_table *gl_family_option_table(void)
{
	return &none;
}

/* "create, verify and show" */
static void list_verbs(const struct gl_verb *verbs, const char *last, struct gl_buf *b)
{
	for (const struct gl_verb *verb = verbs; verb->name; verb++) {
		if (verb > verbs && verb[1].name)
			gl_buf_puts(b, ", ");
		else if (verb > verbs)
			gl_buf_printf(b, " %s ", last);
		gl_buf_puts(b, verb->name);
	}
}

static const struct gl_verb *find(const char *family, const struct gl_verb *verbs, const char *word,
				  struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(word, 80);
	gl_autobuf struct gl_buf all = GL_BUF_INIT;

	for (const struct gl_verb *verb = verbs; verb->name; verb++)
		if (!strcmp(verb->name, word))
			return verb;
	list_verbs(verbs, "and", &all);
	gl_err_set(err, EINVAL, "%s has no verb '%s': it has %s", family, shown, gl_buf_text(&all));
	return NULL;
}

static void miss(const char *family, const struct gl_verb *verbs, struct gl_err *err)
{
	gl_autobuf struct gl_buf all = GL_BUF_INIT;

	list_verbs(verbs, "or", &all);
	gl_err_set(err, EINVAL, "%s needs a verb: %s", family, gl_buf_text(&all));
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

int gl_cmd_family(const char *name, const struct gl_verb *verbs, int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	struct gl_err err = GL_ERR_INIT;
	const struct gl_verb *verb = NULL;
	bool ended;
	int at = 0, r;

	r = gl_options_parse(&table, argc, argv, NULL, &common, &at, &ended, &err);
	gl_common_apply(&common);
	if (!r && at < argc)
		verb = find(name, verbs, argv[at], &err);
	else if (!r && !common.help)
		miss(name, verbs, &err);
	if (verb)
		return run(verb, argc, argv, at, env);
	return err.errnum ? gl_cmd_usage(&err) : gl_cmd_help_of(name);
}
