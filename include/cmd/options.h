/*
 * Option tables and the one parser behind every verb.
 *
 * Options are written "--name value", "--name=value" or as a single letter,
 * all before the first word that is none (verbs that run no program take them
 * behind words too).  Each long one may also come from the environment as
 * GOLAUNCH_<NAME> where its table says so; the command line wins.  Depends on:
 * base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define GL_OPTIONS_MAX	     64
#define GL_OPTION_ENV_PREFIX "GOLAUNCH_"

enum gl_option_flags {
	GL_OPTION_ENV = 1 << 0,	     /* may come from the environment */
	GL_OPTION_SECURITY = 1 << 1, /* not from the environment once any of these is on the command line */
	GL_OPTION_REPEAT = 1 << 2,   /* may be given more than once */
	GL_OPTION_NO_ENV = 1 << 3,   /* on the command line: nothing is taken from the environment */
};

enum gl_option_source {
	GL_SOURCE_COMMAND_LINE,
	GL_SOURCE_ENVIRONMENT,
};

struct gl_option {
	const char *name;  /* "policy", NULL if it has only a letter */
	char letter;	   /* or 0 */
	const char *value; /* what its value is called ("NAME"), NULL: it takes none */
	unsigned flags;
	/* Takes the value ("" for one without).  Returns 0 or -errno with err saying what is wrong with the value. */
	int (*take)(void *into, const char *value, struct gl_err *err);
	const char *help; /* one line */
};

struct gl_option_table {
	const struct gl_option *options;
	size_t count;
};

#define GL_VALUES_MAX 64

/* Values of an option that may be repeated; the strings belong to argv or the environment. */
struct gl_values {
	const char *items[GL_VALUES_MAX];
	size_t count;
};

/* For take functions.  Returns 0 or -E2BIG with err. */
int gl_values_add(struct gl_values *values, const char *value, struct gl_err *err) GL_MUST_CHECK;

/*
 * Parses argv[0..argc) up to the first word that is no option, or past "--",
 * then fills what is open from env (NULL: not looked at).  *ret_used is how
 * many words were taken, *ret_ended whether a "--" ended them.  Returns 0 or
 * -EINVAL with the place in err, -ENOTSUP for what is not in this version.
 */
int gl_options_parse(const struct gl_option_table *table, int argc, char *const *argv, char *const *env,
		     void *into, int *ret_used, bool *ret_ended, struct gl_err *err) GL_MUST_CHECK;

/*
 * The same where no word is a program's own argument: options may also stand
 * behind words (up to a "--").  argv is reordered: its first *ret_used words are
 * the options, the others follow in their order.
 */
int gl_options_parse_anywhere(const struct gl_option_table *table, int argc, char **argv, char *const *env,
			      void *into, int *ret_used, struct gl_err *err) GL_MUST_CHECK;

/* For take functions: the index of value in words, or -EINVAL with err naming them. */
int gl_option_choose(const char *value, const char *const *words, int count,
		     struct gl_err *err) GL_MUST_CHECK;

/* Names the options that were taken from the environment, for -v: "--policy (GOLAUNCH_POLICY)" by line; "" if none. */
const char *gl_options_from_environment(void);

/* Is this environment string ("GOLAUNCH_POLICY=x") one of the table's, so not passed on? */
bool gl_options_owns(const struct gl_option_table *table, const char *env_string);

/* The usage block: two columns, without the options of later versions. */
void gl_options_help(const struct gl_option_table *table, struct gl_buf *b);

/* Every visible option as the synopsis has it: "[--policy NAME]". */
void gl_options_synopsis(const struct gl_option_table *table, struct gl_buf *b);
