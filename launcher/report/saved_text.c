/*
 * A saved record as a block: see report/saved.h.
 *
 * The rows of the run's own block were not saved; most come back out of the
 * record's other fields, and what is left of the evidence is told as it stands.
 */
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/finding.h"
#include "report/frame_text.h"
#include "report/saved.h"

#define MAX_TEXT   300 /* bytes of one value */
#define MAX_FACTS  8   /* keys of the evidence */
#define MAX_DENIED 4   /* denials, which share a block's rows with the rest */
#define MAX_OTHERS 8   /* findings besides the cause */

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void put_text(struct gl_buf *b, const char *text)
{
	if (text)
		gl_escape_text(b, text, strlen(text), MAX_TEXT);
}

/* Ends a row that was put together in b; nothing in it: no row. */
static void add_row(struct gl_finding *f, const char *label, struct gl_buf *b)
{
	if (b->len)
		gl_finding_row(f, label, "%s", gl_buf_text(b));
	gl_buf_done(b);
}

/* ", " between the parts of a row. */
static void put_part(struct gl_buf *b, const char *before, const char *text)
{
	if (!text)
		return;
	gl_buf_printf(b, "%s%s", b->len ? ", " : "", before);
	put_text(b, text);
}

static void add_program(struct gl_finding *f, const json_t *record)
{
	const json_t *go = json_object_get(record, "go");
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	put_part(&b, "", text_at(record, "program"));
	put_part(&b, "", text_at(go, "version"));
	put_part(&b, "", text_at(go, "module"));
	if (text_at(go, "module_version")) {
		gl_buf_putc(&b, ' ');
		put_text(&b, text_at(go, "module_version"));
	}
	add_row(f, "program", &b);
}

/* "exit status 2", "SIGKILL", "refused, exit status 126". */
static void put_outcome(struct gl_buf *b, const json_t *record)
{
	const json_t *outcome = json_object_get(record, "outcome"),
		     *status = json_object_get(outcome, "status");
	const char *kind = text_at(outcome, "kind");

	if (strcmp(kind, "exit") && strcmp(kind, "signal"))
		put_part(b, "", kind);
	put_part(b, "", text_at(outcome, "signal"));
	if (json_is_integer(status))
		gl_buf_printf(b, "%sexit status %lld", b->len ? ", " : "",
			      (long long)json_integer_value(status));
}

static void add_end(struct gl_finding *f, const json_t *record)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	put_outcome(&b, record);
	put_part(&b, "phase ", text_at(record, "phase"));
	put_part(&b, "", text_at(record, "time"));
	add_row(f, "ended", &b);
}

/* No longer than a name that comes from a trace (report/trace.h). */
static struct gl_slice slice_of(const char *text)
{
	return text ? (struct gl_slice){.text = text, .len = strnlen(text, GL_TRACE_MAX_NAME)}
		    : GL_SLICE_NONE;
}

/* An object with function, file and line. */
static struct gl_frame frame_of(const json_t *object)
{
	const char *function = text_at(object, "function"), *file = text_at(object, "file");
	json_int_t line = json_integer_value(json_object_get(object, "line"));

	return (struct gl_frame){.function = slice_of(function),
				 .file = slice_of(file),
				 .line = line > 0 ? (unsigned long)line : 0};
}

/* From the frame that the cause blames on, or from the innermost. */
static void add_where(struct gl_finding *f, const json_t *record)
{
	const json_t *frames = json_object_get(record, "frames"), *item;
	const char *blamed =
		text_at(json_object_get(json_object_get(record, "cause"), "evidence"), "function");
	const struct gl_frame *from = NULL;
	struct gl_trace trace = {.frame_count = 0};
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	size_t i;

	json_array_foreach(frames, i, item)
	{
		if (trace.frame_count == GL_TRACE_MAX_FRAMES)
			break;
		trace.frames[trace.frame_count] = frame_of(item);
		if (!from && blamed && gl_slice_equals(trace.frames[trace.frame_count].function, blamed))
			from = &trace.frames[trace.frame_count];
		trace.frame_count++;
	}
	if (trace.frame_count)
		gl_frame_where(&b, &trace, from ? from : trace.frames);
	add_row(f, "where", &b);
}

static void add_init(struct gl_finding *f, const json_t *record)
{
	const json_t *init = json_object_get(record, "init");
	/* what is no integer counts as 0 */
	long long done = json_integer_value(json_object_get(init, "done"));
	long long total = json_integer_value(json_object_get(init, "total"));
	struct gl_frame frame = frame_of(init);
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (frame.function.len)
		gl_frame_text(&b, &frame, true);
	else
		put_part(&b, "package ", text_at(init, "package"));
	if (done >= 0 && done < total)
		gl_buf_printf(&b, "%spackage %lld of %lld", b.len ? ", " : "", done + 1, total);
	add_row(f, "init", &b);
}

/* Of a cause: is it told by another row, or by the message? */
static bool is_told(const char *key)
{
	static const char *const told[] = {"package", "function", "file",   "line",   "kind",
					   "message", "source",	  "signal", "number", "goroutine"};

	for (size_t i = 0; i < GL_ARRAY_SIZE(told); i++)
		if (!strcmp(key, told[i]))
			return true;
	return false;
}

static void put_value(struct gl_buf *b, const json_t *value)
{
	gl_autofree char *text = NULL;

	if (json_is_string(value)) {
		put_text(b, json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	put_text(b, text);
}

/* null, "", [] and {} tell nothing. */
static bool is_empty(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && !*json_string_value(value)) ||
	       (json_is_array(value) && !json_array_size(value)) ||
	       (json_is_object(value) && !json_object_size(value));
}

static void add_facts(struct gl_finding *f, json_t *evidence, bool (*leave_out)(const char *key))
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	size_t told = 0;
	const char *key;
	json_t *value;

	json_object_foreach(evidence, key, value)
	{
		if ((leave_out && leave_out(key)) || is_empty(value) || told++ >= MAX_FACTS)
			continue;
		put_part(&b, "", key);
		gl_buf_putc(&b, ' ');
		put_value(&b, value);
	}
	add_row(f, "facts", &b);
}

/* "mount("a", "b") = EPERM, 2 times, by main.f f.go:3, app.policy:8 "default deny"" */
static void put_denial(struct gl_buf *b, const json_t *denial)
{
	const struct gl_frame frame = frame_of(denial);
	json_int_t count = json_integer_value(json_object_get(denial, "count"));

	put_text(b, text_at(denial, "syscall"));
	gl_buf_putc(b, '(');
	put_text(b, text_at(denial, "args"));
	gl_buf_putc(b, ')');
	if (text_at(denial, "errno")) {
		gl_buf_puts(b, " = ");
		put_text(b, text_at(denial, "errno"));
	}
	if (count > 1)
		gl_buf_printf(b, ", %lld times", (long long)count);
	if (frame.function.len) {
		gl_buf_puts(b, ", by ");
		gl_frame_text(b, &frame, true);
	} else {
		put_part(b, "by ", text_at(denial, "file"));
	}
	put_part(b, "", text_at(denial, "rule"));
}

/* What golaunch's policy denied: the first few; the record has them all. */
static void add_denied(struct gl_finding *f, const json_t *record)
{
	const json_t *denials = json_object_get(record, "denials"), *item;
	size_t i;

	json_array_foreach(denials, i, item)
	{
		gl_autobuf struct gl_buf b = GL_BUF_INIT;

		if (i == MAX_DENIED)
			gl_buf_printf(&b, "%zu more: --format json", json_array_size(denials) - i);
		else
			put_denial(&b, item);
		add_row(f, "denied", &b);
		if (i == MAX_DENIED)
			break;
	}
}

/* The last line of stderr that has something in it; of a panic the message tells all. */
static void add_last_words(struct gl_finding *f, const json_t *record)
{
	bool panicked = json_is_object(json_object_get(record, "panic"));
	const char *at = panicked ? NULL : text_at(record, "stderr_tail");
	const char *end = at ? at + strlen(at) : NULL;
	struct gl_slice line, last = GL_SLICE_NONE;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	while (at && gl_lines_next(&at, end, &line))
		if (line.len)
			last = line;
	gl_escape_text(&b, last.text, last.len, MAX_TEXT);
	add_row(f, "stderr", &b);
}

static void add_host(struct gl_finding *f, const json_t *record)
{
	const json_t *host = json_object_get(record, "host");
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	put_part(&b, "", text_at(host, "libc"));
	if (text_at(host, "libc_version")) {
		gl_buf_putc(&b, ' ');
		put_text(&b, text_at(host, "libc_version"));
	}
	put_part(&b, "Linux ", text_at(host, "kernel"));
	put_part(&b, "", text_at(host, "machine"));
	add_row(f, "host", &b);
}

static void add_fixes(struct gl_finding *f, const json_t *fixes)
{
	const json_t *item;
	size_t i;

	json_array_foreach(fixes, i, item)
	{
		gl_autobuf struct gl_buf b = GL_BUF_INIT;

		put_text(&b, json_string_value(item));
		gl_finding_fix(f, "%s", gl_buf_text(&b));
	}
}

static enum gl_severity severity_of(const json_t *finding)
{
	const char *word = text_at(finding, "severity");
	int i = 0;

	while (i < GL_SEVERITY_ERROR && strcmp(word, gl_severity_name((enum gl_severity)i)))
		i++;
	return (enum gl_severity)i;
}

/* A run that nothing has to be said about: how it ended, in one line. */
static void put_uneventful(struct gl_buf *b, const json_t *record, const char *prefix)
{
	size_t denied = json_array_size(json_object_get(record, "denials"));
	gl_autobuf struct gl_buf ended = GL_BUF_INIT;

	put_outcome(&ended, record);
	put_part(&ended, "", text_at(record, "time"));
	gl_buf_puts(b, prefix);
	put_text(b, text_at(record, "program"));
	gl_buf_printf(b, ": %s", gl_buf_text(&ended));
	if (denied)
		gl_buf_printf(b, ", %zu denial%s: --format json", denied, denied == 1 ? "" : "s");
	gl_buf_putc(b, '\n');
}

static void add_rows(struct gl_finding *f, const json_t *record)
{
	const json_t *cause = json_object_get(record, "cause");

	add_program(f, record);
	add_end(f, record);
	add_where(f, record);
	add_init(f, record);
	add_facts(f, json_object_get(cause, "evidence"), is_told);
	add_denied(f, record);
	add_last_words(f, record);
	add_host(f, record);
	add_fixes(f, json_object_get(cause, "fixes"));
}

/* Of a finding that is no cause: nothing else of the record is about it. */
static void add_own_rows(struct gl_finding *f, const json_t *finding)
{
	add_facts(f, json_object_get(finding, "evidence"), NULL);
	add_fixes(f, json_object_get(finding, "fixes"));
}

/* How and where it is all shown. */
struct page {
	struct gl_buf *b;
	const char *prefix;
	bool color;
};

/* A finding's block, with the rows that add gets out of an object. */
static void put_block(const struct page *page, const json_t *finding,
		      void (*add)(struct gl_finding *f, const json_t *from), const json_t *from)
{
	struct gl_findings list = GL_FINDINGS_INIT;
	gl_autobuf struct gl_buf message = GL_BUF_INIT, code = GL_BUF_INIT;
	struct gl_finding *f;

	put_text(&message, text_at(finding, "message"));
	put_text(&code, text_at(finding, "code"));
	/* The code may be one of a later version: it is told by its own words. */
	f = gl_findings_add(&list, GL_CODE_NONE, "%s", gl_buf_text(&message));
	if (f) {
		f->severity = severity_of(finding);
		add(f, from);
		gl_finding_text_as(page->b, f, gl_buf_text(&code), page->prefix, page->color, -1);
	}
	gl_findings_done(&list);
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
	const char *of_a = text_at(a, key), *of_b = text_at(b, key);

	return of_a && of_b && !strcmp(of_a, of_b);
}

/* The program complained of a call (report/denied_by.h), and a row shows golaunch's denial of that call. */
static bool is_shown_denied(const json_t *evidence, const json_t *record)
{
	const json_t *denials = json_object_get(record, "denials");
	const char *by = text_at(evidence, "denied_by");

	if (!by || strcmp(by, "golaunch"))
		return false;
	for (size_t i = 0; i < MAX_DENIED; i++)
		if (is_same(json_array_get(denials, i), evidence, "syscall"))
			return true;
	return false;
}

/* Does the cause's block tell it already? */
static bool is_repeated(const json_t *finding, const json_t *record)
{
	const json_t *cause = json_object_get(record, "cause");

	if (!json_is_object(cause))
		return false;
	return (is_same(finding, cause, "code") && is_same(finding, cause, "message")) ||
	       is_shown_denied(json_object_get(finding, "evidence"), record);
}

/* What was said besides: behind the cause, which is what one looks for. */
static void put_others(const struct page *page, const json_t *record)
{
	const json_t *findings = json_object_get(record, "findings"), *item;
	size_t i, shown = 0, more = 0;

	json_array_foreach(findings, i, item)
	{
		if (is_repeated(item, record))
			continue;
		if (shown++ < MAX_OTHERS)
			put_block(page, item, add_own_rows, item);
		else
			more++;
	}
	if (more)
		gl_buf_printf(page->b, "%s%zu more finding%s: --format json\n", page->prefix, more,
			      more == 1 ? "" : "s");
}

void gl_saved_text(struct gl_buf *b, const json_t *record, const char *prefix, bool color)
{
	const struct page page = {.b = b, .prefix = prefix, .color = color};
	const json_t *cause = json_object_get(record, "cause");

	if (json_is_object(cause))
		put_block(&page, cause, add_rows, record);
	else
		put_uneventful(b, record, prefix);
	put_others(&page, record);
}
