/*
 * The options of every verb: see cmd/common.h.
 */
#include "cmd/common.h"

#include <errno.h>

#include "cmd/verbs.h"

int gl_common_take_format(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[GL_FORMAT_MAX] = {
		[GL_FORMAT_TEXT] = "text", [GL_FORMAT_JSON] = "json"};
	struct gl_common *common = into;
	int i = gl_option_choose(value, words, GL_FORMAT_MAX, err);

	if (i < 0)
		return i;
	common->format = (enum gl_format)i;
	return 0;
}

int gl_common_take_color(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[GL_COLOR_MAX] = {
		[GL_COLOR_AUTO] = "auto", [GL_COLOR_ALWAYS] = "always", [GL_COLOR_NEVER] = "never"};
	struct gl_common *common = into;
	int i = gl_option_choose(value, words, GL_COLOR_MAX, err);

	if (i < 0)
		return i;
	common->color = (enum gl_color)i;
	return 0;
}

int gl_common_take_verbose(void *into, const char *value, struct gl_err *err)
{
	struct gl_common *common = into;

	(void)value;
	(void)err;
	common->verbosity++;
	return 0;
}

int gl_common_take_quiet(void *into, const char *value, struct gl_err *err)
{
	struct gl_common *common = into;

	(void)value;
	(void)err;
	common->verbosity = -1;
	return 0;
}

int gl_common_take_help(void *into, const char *value, struct gl_err *err)
{
	struct gl_common *common = into;

	(void)value;
	(void)err;
	common->help = true;
	return 0;
}

bool gl_common_color(const struct gl_common *common, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (common->color != GL_COLOR_AUTO)
		return common->color == GL_COLOR_ALWAYS;
	return !(no_color && *no_color) && isatty(fd) && !(term && !strcmp(term, "dumb"));
}

void gl_common_apply(const struct gl_common *common)
{
	struct gl_log_config config = {
		.threshold = common->verbosity < 0    ? GL_LOG_ERROR
			     : common->verbosity == 0 ? GL_LOG_WARNING
			     : common->verbosity == 1 ? GL_LOG_NOTE
						      : GL_LOG_DEBUG,
		.format = common->format,
		.color = gl_common_color(common, STDERR_FILENO),
		.fd = STDERR_FILENO,
	};

	gl_log_configure(&config);
}

bool gl_common_begin(const struct gl_option_table *table, const char *verb, int argc, char **argv, char **env,
		     void *into, int *ret_used, int *ret_status)
{
	const struct gl_common *common = into;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_options_parse_anywhere(table, argc, argv, env, into, ret_used, &err);

	gl_common_apply(common);
	if (r)
		*ret_status = gl_cmd_usage(&err);
	else if (common->help)
		*ret_status = gl_cmd_help_of(verb);
	return !r && !common->help;
}
