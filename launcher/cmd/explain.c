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

static int explain(const struct gl_common *common, enum gl_code code)
{
	struct gl_buf b = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = 0;

	if (common->format == GL_FORMAT_JSON)
		r = gl_cmd_put_json(&b, gl_explain_json(code), &err);
	else if (code == GL_CODE_NONE)
		gl_explain_list(&b);
	else
		gl_explain_code(&b, code);
	return gl_cmd_finish(&b, r, 0, &err);
}

int gl_cmd_explain(int argc, char **argv, char **env)
{
	struct gl_common common = {.format = GL_FORMAT_TEXT};
	enum gl_code code = GL_CODE_NONE;
	struct gl_err err = GL_ERR_INIT;
	int used, status;

	if (!gl_common_begin(&table, "explain", argc, argv, env, &common, &used, &status))
		return status;
	if (argc - used > 1)
		return gl_cmd_misused("explain takes one code");
	if (used < argc && find(argv[used], &code, &err))
		return gl_cmd_usage(&err);
	return explain(&common, code);
}
