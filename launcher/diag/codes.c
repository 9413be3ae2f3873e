/*
 * The table of findings, made from diag/findings.def.
 */
#include <strings.h>

#include "diag/finding.h"

static const struct gl_code_info codes[GL_CODE_MAX] = {
#define GL_FINDING(number, id, name_, severity_, title_, why_, fix_)                                         \
	[GL_CODE_##id] = {                                                                                   \
		.code = "GL" #number,                                                                        \
		.name = (name_),                                                                             \
		.severity = GL_SEVERITY_##severity_,                                                         \
		.title = (title_),                                                                           \
		.why = (why_),                                                                               \
		.fix = (fix_),                                                                               \
	},
#include "diag/findings.def"
#undef GL_FINDING
};

const struct gl_code_info *gl_code_info(enum gl_code code)
{
	return &codes[code];
}

enum gl_code gl_code_find(const char *code_or_name)
{
	for (enum gl_code c = GL_CODE_NONE + 1; c < GL_CODE_MAX; c++)
		if (!strcasecmp(codes[c].code, code_or_name) || !strcmp(codes[c].name, code_or_name))
			return c;
	return GL_CODE_NONE;
}

const char *gl_severity_name(enum gl_severity severity)
{
	static const char *const names[GL_SEVERITY_MAX] = {
		[GL_SEVERITY_NOTE] = "note",
		[GL_SEVERITY_WARNING] = "warning",
		[GL_SEVERITY_ERROR] = "error",
	};

	return severity < GL_SEVERITY_MAX ? names[severity] : "unknown";
}
