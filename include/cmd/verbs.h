/*
 * The verbs, one file each.  The list is closed: a program may be called like
 * any other word.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/log.h"
#include "cmd/options.h"
#include "diag/finding.h"

struct gl_verb {
	const char *name;
	const char *words; /* what follows its options: "FILE..." */
	const char *help;  /* one line */
	const struct gl_option_table *(*options)(void);
	/*
	 * argv[0..argc) are the words behind the verb, its options among them.
	 * Returns the exit status; NULL: reserved, not in this version.
	 */
	int (*run)(int argc, char **argv, char **env);
	const struct gl_verb *verbs; /* its own ("bundle create"), up to one without a name; NULL: none */
};

/* The i-th verb, NULL past the last. */
const struct gl_verb *gl_verb_at(size_t i);
const struct gl_verb *gl_verb_find(const char *name);
/* The words of the verb at argv[at]: the options before it and all behind it; free() it.  NULL: out of memory. */
char **gl_verb_words(int argc, char **argv, int at) GL_MUST_CHECK;

/*
 * The verb of a family ("bundle create"): the first word that is no option, wherever
 * the options stand that all of its verbs have, is one of verbs.  Runs it.
 */
int gl_cmd_family(const char *name, const struct gl_verb *verbs, int argc, char **argv, char **env);
/* The options of a family: none of its own. */
const struct gl_option_table *gl_family_option_table(void);

int gl_cmd_run(int argc, char **argv, char **env);
int gl_cmd_check(int argc, char **argv, char **env);
int gl_cmd_explain(int argc, char **argv, char **env);
int gl_cmd_report(int argc, char **argv, char **env);
int gl_cmd_trace(int argc, char **argv, char **env);
int gl_cmd_help(int argc, char **argv, char **env);
/* The help of one verb of this version ("check", "bundle create"); NULL: of all.  Returns the exit status. */
int gl_cmd_help_of(const char *verb);
const struct gl_option_table *gl_run_option_table(void);
const struct gl_option_table *gl_check_option_table(void);
const struct gl_option_table *gl_explain_option_table(void);
const struct gl_option_table *gl_report_option_table(void);
const struct gl_option_table *gl_trace_option_table(void);
const struct gl_option_table *gl_help_option_table(void);

/* The whole program: picks the verb.  Returns the exit status. */
int gl_cmd_main(int argc, char **argv, char **env);

/* Says a usage error in the one way there is; returns the exit status 125. */
int gl_cmd_usage(const struct gl_err *err);
/* Says that golaunch failed; returns the exit status 125. */
int gl_cmd_failed(const struct gl_err *err);
/* The same for a verb whose words are not what it needs ("check needs a FILE"). */
int gl_cmd_misused(const char *what);
/* Says a finding on golaunch's stderr, as text or as a line of JSON.  exit_status < 0: none. */
void gl_cmd_say(enum gl_format format, const struct gl_finding *f, int exit_status);
/* Prints a finished text on standard output; returns 0, or 125 if that fails. */
int gl_cmd_print(struct gl_buf *text);
/*
 * The end of a verb that writes a text: prints it and returns status, or where r
 * is an error says err, drops the text and returns 125.
 */
int gl_cmd_finish(struct gl_buf *text, int r, int status, const struct gl_err *err);
/* Adds a document to a text, and ends it (NULL: it could not be made).  Returns 0 or -ENOMEM. */
int gl_cmd_put_json(struct gl_buf *text, json_t *document, struct gl_err *err) GL_MUST_CHECK;
/* The document of a verb that could not do its work for what findings say: schema, golaunch, findings. */
int gl_cmd_put_findings_json(struct gl_buf *text, const char *schema, const struct gl_findings *findings,
			     struct gl_err *err) GL_MUST_CHECK;
