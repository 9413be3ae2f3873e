/*
 * Findings as text and as JSON: see diag/finding.h.
 */
#include "base/escape.h"
#include "diag/finding.h"

#define LABEL_WIDTH 9
#define RESET	    "\033[0m"
#define BOLD	    "\033[1m"

static const char *const severity_colors[GL_SEVERITY_MAX] = {
	[GL_SEVERITY_NOTE] = "\033[1;36m",
	[GL_SEVERITY_WARNING] = "\033[1;33m",
	[GL_SEVERITY_ERROR] = "\033[1;31m",
};

static void put_row(struct gl_buf *b, const char *label, const char *text)
{
	gl_buf_printf(b, "  %-*s%s\n", LABEL_WIDTH, label, text);
}

static void put_headline(struct gl_buf *b, const struct gl_finding *f, const char *code, const char *prefix,
			 bool color)
{
	gl_buf_printf(b, "%s%s%s[%s]%s: %s%s%s\n", prefix, color ? severity_colors[f->severity] : "",
		      gl_severity_name(f->severity), code, color ? RESET : "", color ? BOLD : "",
		      f->message ? f->message : gl_code_info(f->code)->title, color ? RESET : "");
}

void gl_finding_text(struct gl_buf *b, const struct gl_finding *f, const char *prefix, bool color,
		     int exit_status)
{
	gl_finding_text_as(b, f, gl_code_info(f->code)->code, prefix, color, exit_status);
}

void gl_finding_text_as(struct gl_buf *b, const struct gl_finding *f, const char *code, const char *prefix,
			bool color, int exit_status)
{
	put_headline(b, f, code, prefix, color);
	for (size_t i = 0; i < f->row_count; i++)
		put_row(b, f->rows[i].label, f->rows[i].text);
	for (size_t i = 0; i < f->fix_count; i++)
		put_row(b, "fix", f->fixes[i]);
	if (f->severity != GL_SEVERITY_NOTE)
		gl_buf_printf(b, "  %-*sgolaunch explain %s\n", LABEL_WIDTH, "more", code);
	if (exit_status >= 0)
		gl_buf_printf(b, "  %-*s%d (nothing was started)\n", LABEL_WIDTH, "exit", exit_status);
}

json_t *gl_json_text(const char *text)
{
	gl_autobuf struct gl_buf clean = GL_BUF_INIT;

	if (!text)
		return json_null();
	gl_escape_utf8(&clean, text, strlen(text), 0);
	return json_stringn_nocheck(gl_buf_text(&clean), clean.len);
}

json_t *gl_finding_json(const struct gl_finding *f)
{
	const struct gl_code_info *info = gl_code_info(f->code);
	json_t *fixes = json_array();

	for (size_t i = 0; i < f->fix_count; i++)
		json_array_append_new(fixes, gl_json_text(f->fixes[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "code", info->code, "name", info->name, "severity",
			 gl_severity_name(f->severity), "message",
			 gl_json_text(f->message ? f->message : info->title), "evidence",
			 f->evidence ? json_incref(f->evidence) : json_object(), "fixes", fixes);
}

json_t *gl_findings_json(const struct gl_findings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, gl_finding_json(list->items[i]));
	return array;
}
