/*
 * The table of findings, rendered: see diag/explain.h.
 */
#include "diag/explain.h"

#include "base/wrap.h"

static void put_fixes(struct gl_buf *b, const char *fixes)
{
	for (size_t len; *fixes; fixes += len + (fixes[len] != '\0')) {
		len = strcspn(fixes, "\n");
		gl_buf_puts(b, "  - ");
		gl_buf_put(b, fixes, len);
		gl_buf_putc(b, '\n');
	}
}

void gl_explain_code(struct gl_buf *b, enum gl_code code)
{
	const struct gl_code_info *info = gl_code_info(code);

	gl_buf_printf(b, "%s %s (%s)\n%s\n\n", info->code, info->name, gl_severity_name(info->severity),
		      info->title);
	gl_wrap_text(b, info->why, "", "");
	gl_buf_puts(b, "\nWhat helps:\n");
	put_fixes(b, info->fix);
}

void gl_explain_list(struct gl_buf *b)
{
	for (enum gl_code c = GL_CODE_NONE + 1; c < GL_CODE_MAX; c++)
		gl_buf_printf(b, "%s  %-28s %-8s %s\n", gl_code_info(c)->code, gl_code_info(c)->name,
			      gl_severity_name(gl_code_info(c)->severity), gl_code_info(c)->title);
}

static json_t *code_json(enum gl_code code)
{
	const struct gl_code_info *info = gl_code_info(code);
	json_t *fixes = json_array();

	for (const char *fix = info->fix; *fix;) {
		size_t len = strcspn(fix, "\n");

		json_array_append_new(fixes, json_stringn(fix, len));
		fix += len + (fix[len] != '\0');
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "code", info->code, "name", info->name, "severity",
			 gl_severity_name(info->severity), "title", info->title, "why", info->why, "fixes",
			 fixes);
}

json_t *gl_explain_json(enum gl_code only)
{
	json_t *array = json_array();

	for (enum gl_code c = GL_CODE_NONE + 1; c < GL_CODE_MAX; c++)
		if (only == GL_CODE_NONE || only == c)
			json_array_append_new(array, code_json(c));
	return array;
}
