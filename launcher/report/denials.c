/*
 * Denials in words: see report/denials.h.
 */
#include "report/denials.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/vocabulary.h"
#include "report/frame_text.h"

#define MAX_TEXT 300

static struct gl_slice slice_of(const char *text)
{
	return (struct gl_slice){.text = text, .len = strlen(text)};
}

static void put_escaped(struct gl_buf *b, const char *text)
{
	gl_escape_text(b, text, strlen(text), MAX_TEXT);
}

/* "net.dial dial.go:12"; "probe in /usr/lib/libx.so+0x1234" */
static void put_caller(struct gl_buf *b, const struct gl_caller *caller)
{
	const struct gl_frame frame = {
		.function = slice_of(caller->function), .file = slice_of(caller->file), .line = caller->line};

	switch (caller->kind) {
	case GL_CALLER_GO:
		gl_frame_text(b, &frame, true);
		break;
	case GL_CALLER_FOREIGN:
		put_escaped(b, caller->function);
		gl_buf_puts(b, *caller->function ? " in " : "");
		put_escaped(b, caller->file);
		gl_buf_printf(b, "+0x%" PRIx64, caller->offset);
		break;
	case GL_CALLER_UNKNOWN:
	case GL_CALLER_KIND_MAX:
	default:
		gl_buf_puts(b, "unknown: its memory may not be read here");
	}
}

static void put_headline(struct gl_buf *b, const struct gl_denial *denial)
{
	put_escaped(b, denial->name);
	if (denial->passed)
		gl_buf_puts(b, denial->killed ? "() would kill the process" : "() would be denied");
	else
		gl_buf_puts(b, denial->killed ? "() killed the process that made it" : "() denied");
	if (denial->count > 1)
		gl_buf_printf(b, ", %" PRIu64 " times", denial->count);
}

void gl_denial_put_summary(struct gl_buf *b, const struct gl_denial *denial)
{
	put_headline(b, denial);
	gl_buf_puts(b, ", by ");
	put_caller(b, &denial->caller);
}

static void add_call(struct gl_finding *f, const struct gl_denial *denial)
{
	const char *errno_name = gl_vocabulary_errno_name(denial->errnum);

	/* escaped by who made it */
	if (denial->killed)
		gl_finding_row(f, "call", "%s", denial->text);
	else if (errno_name)
		gl_finding_row(f, "call", "%s = %s", denial->text, errno_name);
	else
		gl_finding_row(f, "call", "%s = errno %d", denial->text, denial->errnum);
	gl_finding_evidence(f, "syscall", denial->name);
	gl_finding_evidence(f, "call", denial->text);
	gl_finding_evidence(f, "errno", denial->killed ? NULL : errno_name);
}

static void add_caller(struct gl_finding *f, const struct gl_denial *denial)
{
	const struct gl_caller *caller = &denial->caller;
	gl_autobuf struct gl_buf by = GL_BUF_INIT;
	gl_autofree char *function = *caller->function ? gl_frame_name(slice_of(caller->function)) : NULL;

	put_caller(&by, caller);
	gl_finding_row(f, "by", "%s", gl_buf_text(&by));
	gl_finding_evidence(f, "function", function);
	gl_finding_evidence(f, "file", *caller->file ? caller->file : NULL);
	if (caller->kind == GL_CALLER_GO)
		gl_finding_evidence_int(f, "line", (long long)caller->line);
	else
		gl_finding_evidence(f, "line", NULL);
	gl_finding_evidence_int(f, "tid", denial->thread);
	gl_finding_evidence_int(f, "pid", denial->process);
	gl_finding_evidence(f, "thread", denial->thread_name);
}

void gl_denial_rows(struct gl_finding *f, struct gl_denial_judge *judge, const struct gl_denial *denial)
{
	struct gl_denial_rule rule;

	add_call(f, denial);
	add_caller(f, denial);
	gl_denial_rule(judge, denial, &rule);
	if (*rule.rule)
		gl_finding_row(f, "rule", "%s  (golaunch's, not an outer filter's)", rule.rule);
	if (*rule.allow)
		gl_finding_row(f, "allow", "%s", rule.allow);
	gl_finding_evidence(f, "denied_by", "golaunch");
	gl_finding_evidence(f, "rule", *rule.rule ? rule.rule : NULL);
	gl_finding_evidence(f, "allow", *rule.allow ? rule.allow : NULL);
	gl_finding_evidence_int(f, "count", (long long)denial->count);
}

const struct gl_finding *gl_findings_add_denial(struct gl_findings *list, struct gl_denial_judge *judge,
						const struct gl_denial *denial, pid_t program)
{
	gl_autobuf struct gl_buf headline = GL_BUF_INIT;
	struct gl_finding *f;

	put_headline(&headline, denial);
	f = gl_findings_add(list, GL_CODE_SYSCALL_DENIED, "%s", gl_buf_text(&headline));
	gl_denial_rows(f, judge, denial);
	if (denial->process != 0 && denial->process != program) {
		gl_autofree char *name = gl_escape_dup(denial->thread_name, 0);

		gl_finding_row(f, "in", "process %d (%s), started by the program", (int)denial->process,
			       name ? name : "");
	}
	return f;
}

/* -- JSON -- */

/* What stands in the parentheses. */
static json_t *arguments_json(const char *text)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');

	if (!open || !close || close < open)
		return json_string("");
	return json_stringn_nocheck(open + 1, (size_t)(close - open - 1));
}

static json_t *denial_json(const struct gl_denial *denial, struct gl_denial_judge *judge)
{
	const struct gl_caller *caller = &denial->caller;
	gl_autofree char *function = *caller->function ? gl_frame_name(slice_of(caller->function)) : NULL;
	struct gl_denial_rule rule;

	gl_denial_rule(judge, denial, &rule);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "syscall",
			 gl_json_text(denial->name), "args", arguments_json(denial->text), "errno",
			 gl_json_text(denial->killed ? NULL : gl_vocabulary_errno_name(denial->errnum)),
			 "function", gl_json_text(function), "file",
			 gl_json_text(*caller->file ? caller->file : NULL), "line",
			 caller->line ? json_integer((json_int_t)caller->line) : json_null(), "rule",
			 gl_json_text(*rule.rule ? rule.rule : NULL), "allow",
			 gl_json_text(*rule.allow ? rule.allow : NULL), "count", (json_int_t)denial->count);
}

json_t *gl_denials_json(const struct gl_denials *denials, struct gl_denial_judge *judge)
{
	json_t *list = json_array();

	for (size_t i = 0; i < denials->count; i++)
		if (denials->items[i].count > 0)
			json_array_append_new(list, denial_json(&denials->items[i], judge));
	return list;
}
