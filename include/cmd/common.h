/*
 * Options that every verb has: how golaunch itself speaks.
 */
#pragma once

#include "base/log.h"
#include "cmd/options.h"

/* The first member of every verb's options. */
struct gl_common {
	enum gl_format format;
	enum gl_color color;
	int verbosity; /* -q: -1; -v: 1; -vv: 2 */
	bool help;
};

int gl_common_take_format(void *into, const char *value, struct gl_err *err);
int gl_common_take_color(void *into, const char *value, struct gl_err *err);
int gl_common_take_verbose(void *into, const char *value, struct gl_err *err);
int gl_common_take_quiet(void *into, const char *value, struct gl_err *err);
int gl_common_take_help(void *into, const char *value, struct gl_err *err);

#define GL_COMMON_OPTIONS                                                                                    \
	{"format", 0, "text|json", GL_OPTION_ENV, gl_common_take_format, "how golaunch itself speaks"},      \
		GL_COMMON_OTHER_OPTIONS
/* For verbs with formats of their own. */
#define GL_COMMON_OTHER_OPTIONS                                                                              \
	{                                                                                                    \
		"color",                                                                                     \
		0,                                                                                           \
		"auto|always|never",                                                                         \
		GL_OPTION_ENV,                                                                               \
		gl_common_take_color,                                                                        \
		"colours on golaunch's words"},                                                              \
		{"verbose", 'v', NULL, GL_OPTION_ENV, gl_common_take_verbose, "say more (-vv: much more)"},  \
		{"quiet", 'q', NULL, GL_OPTION_ENV, gl_common_take_quiet, "say errors only"},                \
	{                                                                                                    \
		"help", 0, NULL, 0, gl_common_take_help, "show this text"                                    \
	}

/* Is text for this descriptor to be coloured?  (--color, NO_COLOR, TERM, a terminal) */
bool gl_common_color(const struct gl_common *common, int fd);
/* Configures the log by them. */
void gl_common_apply(const struct gl_common *common);

/*
 * What a verb that runs no program begins with: takes the options among its
 * words by its table into into, whose first member is its struct gl_common; the
 * other words are argv[*ret_used..argc) then.  False where that is all: the help
 * of the verb of that name was shown, or the usage error, and *ret_status is the
 * exit status.
 */
bool gl_common_begin(const struct gl_option_table *table, const char *verb, int argc, char **argv, char **env,
		     void *into, int *ret_used, int *ret_status) GL_MUST_CHECK;
