/*
 * golaunch help [VERB], --help: usage, verbs, options and exit statuses, all
 * from the tables that the program itself works by.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "cmd/common.h"
#include "cmd/verbs.h"

static const struct gl_option_table table = {NULL, 0};

const struct gl_option_table *gl_help_option_table(void)
{
	return &table;
}

static void put_exit_statuses(struct gl_buf *b)
{
	static const struct {
		int status;
		const char *text;
	} statuses[] = {
#define GL_EXIT(name, status, text) {status, text},
#include "base/exitcode.def"
#undef GL_EXIT
	};

	gl_buf_puts(b, "\nExit status:\n");
	for (size_t i = 0; i < GL_ARRAY_SIZE(statuses); i++)
		gl_buf_printf(b, "  %-4d %s\n", statuses[i].status, statuses[i].text);
}

/* One line of the synopsis, as the manual pages have it; prefix: "" or "bundle ". */
static void put_usage(struct gl_buf *b, const char *prefix, const struct gl_verb *verb)
{
	gl_autobuf struct gl_buf line = GL_BUF_INIT;
	bool is_default = verb == gl_verb_at(0);

	gl_buf_printf(&line, "golaunch %s%s%s%s", prefix, is_default ? "[" : "", verb->name,
		      is_default ? "]" : "");
	gl_options_synopsis(verb->options(), &line);
	gl_buf_printf(&line, " %s", verb->words);
	gl_wrap_text(b, gl_buf_text(&line), "  ", "      ");
}

static void put_overview(struct gl_buf *b)
{
	gl_buf_puts(b, "golaunch " GL_VERSION
		       ": starts a Go program, or says why it does not start\n\nUsage:\n");
	for (size_t i = 0; gl_verb_at(i); i++)
		if (gl_verb_at(i)->run)
			put_usage(b, "", gl_verb_at(i));
	gl_buf_puts(b, "\nVerbs:\n");
	for (size_t i = 0; gl_verb_at(i); i++)
		if (gl_verb_at(i)->run)
			gl_buf_printf(b, "  %-9s %s\n", gl_verb_at(i)->name, gl_verb_at(i)->help);
	gl_buf_puts(b, "\nOptions of run:\n");
	gl_options_help(gl_run_option_table(), b);
	put_exit_statuses(b);
}

static void put_verb(struct gl_buf *b, const char *prefix, const struct gl_verb *verb)
{
	gl_buf_printf(b, "golaunch %s%s: %s\n\nUsage:\n", prefix, verb->name, verb->help);
	put_usage(b, prefix, verb);
	if (verb->options()->count)
		gl_buf_puts(b, "\nOptions:\n");
	gl_options_help(verb->options(), b);
}

/* A verb that has verbs of its own: all of them. */
static void put_family(struct gl_buf *b, const struct gl_verb *verb)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "%s ", verb->name);
	gl_buf_printf(b, "golaunch %s: %s\n\nUsage:\n", verb->name, verb->help);
	for (const struct gl_verb *own = verb->verbs; own->name; own++)
		put_usage(b, prefix, own);
	gl_buf_puts(b, "\nVerbs:\n");
	for (const struct gl_verb *own = verb->verbs; own->name; own++)
		gl_buf_printf(b, "  %-9s %s\n", own->name, own->help);
	for (const struct gl_verb *own = verb->verbs; own->name; own++) {
		gl_buf_printf(b, "\nOptions of %s:\n", own->name);
		gl_options_help(own->options(), b);
	}
}

/* The verb of "check" or "bundle create"; its prefix ("bundle ") goes into the caller's array. */
static const struct gl_verb *find(const char *name, char prefix[32])
{
	size_t len = strcspn(name, " ");
	const struct gl_verb *verb, *own;

	if (len + 2 > 32)
		return NULL;
	snprintf(prefix, 32, "%.*s", (int)len, name);
	verb = gl_verb_find(prefix);
	prefix[0] = '\0';
	if (!verb || !verb->run || !name[len])
		return verb && verb->run ? verb : NULL;
	snprintf(prefix, 32, "%s ", verb->name);
	for (own = verb->verbs; own && own->name; own++)
		if (!strcmp(own->name, name + len + 1))
			return own;
	return NULL;
}

int gl_cmd_help_of(const char *name)
{
	char prefix[32] = "";
	const struct gl_verb *verb = name ? find(name, prefix) : NULL;
	struct gl_buf b = GL_BUF_INIT;

	if (!verb)
		put_overview(&b);
	else if (verb->verbs)
		put_family(&b, verb);
	else
		put_verb(&b, prefix, verb);
	return gl_cmd_print(&b);
}

int gl_cmd_help(int argc, char **argv, char **env)
{
	gl_autobuf struct gl_buf words = GL_BUF_INIT;
	gl_autofree char *shown = NULL;
	struct gl_err err = GL_ERR_INIT;
	char prefix[32];

	(void)env;
	for (int i = 0; i < argc; i++)
		gl_buf_printf(&words, "%s%s", i ? " " : "", argv[i]);
	if (!argc || find(gl_buf_text(&words), prefix))
		return gl_cmd_help_of(argc ? gl_buf_text(&words) : NULL);
	shown = gl_escape_dup(gl_buf_text(&words), 80);
	gl_err_set(&err, EINVAL, "no verb is called '%s'", shown);
	return gl_cmd_usage(&err);
}
