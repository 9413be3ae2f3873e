/*
 * The verbs, one file each.  The list is closed: a program may be called like
 * any other word.
 */
#pragma once

#include <stdbool.h>

#include "cmd/options.h"

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
};

/* The i-th verb, NULL past the last. */
const struct gl_verb *gl_verb_at(size_t i);
const struct gl_verb *gl_verb_find(const char *name);

int gl_cmd_run(int argc, char **argv, char **env);
int gl_cmd_check(int argc, char **argv, char **env);
int gl_cmd_explain(int argc, char **argv, char **env);
int gl_cmd_help(int argc, char **argv, char **env);
/* The help of one verb that is in this version; NULL: of all.  Returns the exit status. */
int gl_cmd_help_of(const char *verb);
const struct gl_option_table *gl_run_option_table(void);
const struct gl_option_table *gl_check_option_table(void);
const struct gl_option_table *gl_explain_option_table(void);
const struct gl_option_table *gl_help_option_table(void);

/* The whole program: picks the verb.  Returns the exit status. */
int gl_cmd_main(int argc, char **argv, char **env);

/* Says a usage error in the one way there is; returns the exit status 125. */
int gl_cmd_usage(const struct gl_err *err);
/* Says that golaunch failed; returns the exit status 125. */
int gl_cmd_failed(const struct gl_err *err);
/* Prints a finished text on standard output; returns 0, or 125 if that fails. */
int gl_cmd_print(struct gl_buf *text);
