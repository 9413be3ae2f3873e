/*
 * The policy object: its life, and messages that show the place.
 *
 * A message must fit struct gl_err (80 bytes of file name, 160 of words, the
 * line and the caret's blanks), so long lines are cut; a caret that would stand
 * beyond the cut is left out.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdarg.h>

#define SHOWN_LINE_MAX 110
#define WHAT_MAX       170

static void rule_done(struct gl_policy_rule *rule)
{
	for (size_t i = 0; i < rule->test_count; i++)
		free(rule->tests[i].values);
	free(rule->tests);
	free(rule->calls);
}

void gl_policy_done(struct gl_policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		rule_done(&policy->rules[i]);
	for (size_t i = 0; i < policy->setting_count; i++)
		free(policy->settings[i].text);
	for (size_t i = 0; i < policy->file_count; i++) {
		free(policy->files[i].name);
		free(policy->files[i].text);
		free(policy->files[i].location);
	}
	free(policy->rules);
	free(policy->settings);
	free(policy->files);
	*policy = GL_POLICY_INIT;
}

void gl_policy_remove_rule(struct gl_policy *policy, size_t index)
{
	rule_done(&policy->rules[index]);
	policy->rule_count--;
	memmove(&policy->rules[index], &policy->rules[index + 1],
		(policy->rule_count - index) * sizeof(*policy->rules));
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
	const struct gl_policy_file *file =
		place.file < policy->file_count ? &policy->files[place.file] : NULL;
	char what[WHAT_MAX], shown[SHOWN_LINE_MAX + 1];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!file)
		return gl_err_set(err, errnum, "%s", what);
	if (place.line == 0)
		return gl_err_set(err, errnum, "%.80s: %s", file->name, what);
	len = copy_line(shown, find_line(file->text, place.line));
	if (place.column == 0 || place.column > len + 1)
		return gl_err_set(err, errnum, "%.80s:%u:%u: %s\n%s", file->name, place.line, place.column,
				  what, shown);
	return gl_err_set(err, errnum, "%.80s:%u:%u: %s\n%s\n%*s", file->name, place.line, place.column, what,
			  shown, (int)place.column, "^");
}
