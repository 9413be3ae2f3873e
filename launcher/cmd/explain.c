/*
 * golaunch explain [CODE]
 */
#include "diag/explain.h"

#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/verbs.h"

static const struct gl_option options[] = {GL_COMMON_OPTIONS};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_explain_option_table(void)
{
	return &table;
}

static int find(const char *word, enum gl_code *ret, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(word, 80);

	if (!strcmp(word, "-"))
		return gl_err_set(err, ENOTSUP, "explaining a pasted log is not in this version");
	*ret = gl_code_find(word);
	if (*ret == GL_CODE_NONE)
		return gl_err_set(err, EINVAL,
				  "no finding has the code or name '%s'; golaunch explain lists them", shown);
	return 0;
}

int gl_cmd_explain(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	enum gl_code code = GL_CODE_NONE;
	struct gl_buf b = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	bool ended;
	int used, r;

	r = gl_options_parse(&table, argc, argv, env, &common, &used, &ended, &err);
	if (!r && argc - used > 1)
		r = gl_err_set(&err, EINVAL, "explain takes one code");
	if (!r && argc - used == 1)
		r = find(argv[used], &code, &err);
	gl_common_apply(&common);
	if (common.help)
		return gl_cmd_help_of("explain");
	if (r)
		return gl_cmd_usage(&err);
	if (common.format == GL_FORMAT_JSON) {
		json_t *json = gl_explain_json(code);
		gl_autofree char *text = json_dumps(json, JSON_INDENT(1));

		json_decref(json);
		gl_buf_puts(&b, text ? text : "");
		gl_buf_putc(&b, '\n');
	} else if (code == GL_CODE_NONE) {
		gl_explain_list(&b);
	} else {
		gl_explain_code(&b, code);
	}
	return gl_cmd_print(&b);
}
