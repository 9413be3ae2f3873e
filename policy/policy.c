/*
 * The policy object: its life, and messages that show the place.
 *
 * A message must fit struct gl_err (80 bytes of file name, 140 of words, the
 * line and the caret's blanks), so long lines are cut; a caret that would stand
 * beyond the cut is left out.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdarg.h>

#define SHOWN_LINE_MAX 120

void gl_policy_done(struct gl_policy *policy)
{
	free(policy->rules);
	free(policy->calls);
	free(policy->file);
	free(policy->text);
	*policy = GL_POLICY_INIT;
}

static const char *find_line(const char *text, unsigned line)
{
	for (; line > 1; line--) {
		text = strchr(text, '\n');
		if (!text)
			return "";
		text++;
	}
	return text;
}

/* Copies a line so that one byte takes one column; returns its length. */
static size_t copy_line(char *shown, const char *line)
{
	size_t n = 0;

	for (; n < SHOWN_LINE_MAX && line[n] && line[n] != '\n'; n++) {
		unsigned char c = (unsigned char)line[n];

		if (c == '\t')
			c = ' ';
		shown[n] = (char)(c < 0x20 || c > 0x7e ? '?' : c);
	}
	shown[n] = '\0';
	return n;
}

int gl_policy_complain(const struct gl_policy *policy, struct gl_policy_place place, int errnum,
		       struct gl_err *err, const char *fmt, ...)
{
	char what[140], shown[SHOWN_LINE_MAX + 1];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	len = copy_line(shown, find_line(policy->text, place.line));
	if (place.column > len + 1)
		return gl_err_set(err, errnum, "%.80s:%u:%u: %s\n%s", policy->file, place.line, place.column,
				  what, shown);
	return gl_err_set(err, errnum, "%.80s:%u:%u: %s\n%s\n%*s", policy->file, place.line, place.column,
			  what, shown, (int)place.column, "^");
}
