/*
 * The JSON line of a run: see report/json.h.
 *
 * jansson refuses strings that are not UTF-8, and a field would vanish; so all
 * text goes through gl_escape_utf8() first.  A NULL out of any of its
 * constructors makes json_pack() fail, so memory is checked once, at the end.
 */
#include "report/json.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "report/fingerprint.h"
#include "report/frame_text.h"

#define SCHEMA "golaunch.report/1"

static json_t *text_or_null(struct gl_slice s)
{
	gl_autobuf struct gl_buf clean = GL_BUF_INIT;

	if (!s.len)
		return json_null();
	gl_escape_utf8(&clean, s.text, s.len, 0);
	return gl_buf_error(&clean) ? NULL : json_stringn_nocheck(gl_buf_text(&clean), clean.len);
}

static json_t *name_or_null(struct gl_slice function)
{
	gl_autofree char *name = gl_frame_name(function);

	return name && function.len ? gl_json_text(name) : json_null();
}

static json_t *borrowed_or_null(json_t *value)
{
	return value ? json_incref(value) : json_null();
}

/* "2026-11-23T15:47:03.120Z" */
static json_t *time_json(struct timespec time)
{
	char text[GL_CLOCK_TEXT];

	gl_clock_text(&time, text);
	return *text ? json_string(text) : json_null();
}

json_t *gl_outcome_json(const struct gl_outcome *outcome)
{
	bool killed = outcome->kind == GL_OUTCOME_SIGNAL;
	char room[GL_SIGNAL_NAME_ROOM];

	return json_pack("{s:s, s:o, s:o}", "kind", gl_outcome_kind_name(outcome->kind), "status",
			 killed ? json_null() : json_integer(outcome->status), "signal",
			 killed ? json_string(gl_signals_name(outcome->signal, room)) : json_null());
}

/* What the start watch knows of a panic: its message is the program's to tell. */
static json_t *seen_panic_json(const struct gl_witness *w)
{
	static const char *const kinds[GL_HOW_MAX] = {
		[GL_HOW_PANIC] = "panic",
		[GL_HOW_THROW] = "fatal-error",
		[GL_HOW_FAULT] = "signal",
	};

	if (!w || !kinds[w->how])
		return json_null();
	return json_pack("{s:s, s:n, s:i, s:s}", "kind", kinds[w->how], "message", "goroutine", 1, "source",
			 "stack");
}

static json_t *panic_json(const struct gl_cause *cause)
{
	const struct gl_panic *panic = &cause->panic;

	if (!cause->has_panic)
		return seen_panic_json(cause->witness);
	return json_pack("{s:s, s:o, s:o, s:s}", "kind", gl_panic_kind_name(panic->kind), "message",
			 text_or_null((struct gl_slice){.text = panic->message, .len = panic->message_len}),
			 "goroutine",
			 panic->has_trace ? json_integer((json_int_t)panic->trace.goroutine) : json_null(),
			 "source", "stderr");
}

static json_t *line_json(const struct gl_frame *frame)
{
	return frame->file.len ? json_integer((json_int_t)frame->line) : json_null();
}

static json_t *frames_json(const struct gl_cause *cause)
{
	const struct gl_trace *trace = gl_cause_trace(cause);
	json_t *frames = json_array();

	for (size_t i = 0; trace && i < trace->frame_count; i++)
		json_array_append_new(frames, json_pack("{s:o, s:o, s:o}", "function",
							name_or_null(trace->frames[i].function), "file",
							text_or_null(trace->frames[i].file), "line",
							line_json(&trace->frames[i])));
	return frames;
}

/* How many packages were done and how many there are, only a start watch knows. */
static json_t *init_json(const struct gl_cause *cause)
{
	static const struct gl_frame unknown = {.function = {.text = ""}, .file = {.text = ""}};
	const struct gl_frame *init = gl_cause_init(cause);
	bool counted = cause->witness && cause->witness->has_count;

	if (cause->phase != GL_PHASE_INIT)
		return json_null();
	if (!init)
		init = &unknown;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "package", name_or_null(gl_cause_package(cause)),
			 "function", name_or_null(init->function), "file", text_or_null(init->file), "line",
			 line_json(init), "done",
			 counted ? json_integer((json_int_t)cause->witness->done) : json_null(), "total",
			 counted ? json_integer((json_int_t)cause->witness->total) : json_null());
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes that one byte of a string takes in the document (jansson's dump.c, dump_string). */
static size_t encoded_size(char c)
{
	if (c == '"' || c == '\\' || (c && strchr("\b\f\n\r\t", c)))
		return 2;
	return (unsigned char)c < 0x20 ? 6 : 1;
}

/* The end of clean text that takes at most max bytes in the document, whole characters. */
static size_t tail_start(const char *text, size_t len, size_t max)
{
	size_t start = len, size = 0;

	while (start > 0 && size + encoded_size(text[start - 1]) <= max)
		size += encoded_size(text[--start]);
	while (start > 0 && start < len && is_continuation(text[start]))
		start++;
	return start;
}

static json_t *tail_json(const struct gl_capture_text *text)
{
	gl_autobuf struct gl_buf clean = GL_BUF_INIT;
	const char *tail;
	size_t len, start;

	if (!text)
		return json_null();
	len = GL_MIN(text->tail_len, GL_REPORT_MAX_TAIL);
	if (!len)
		return json_string("");
	tail = text->tail + (text->tail_len - len);
	/* cut in the middle of a character: what is left of it is no invalid byte of the program's */
	for (size_t i = 0; i < 3 && len < text->tail_len && len && is_continuation(*tail); i++, tail++)
		len--;
	gl_escape_utf8(&clean, tail, len, 0);
	if (gl_buf_error(&clean))
		return NULL;
	start = tail_start(gl_buf_text(&clean), clean.len, GL_REPORT_MAX_TAIL);
	return json_stringn_nocheck(gl_buf_text(&clean) + start, clean.len - start);
}

static json_t *findings_json(const struct gl_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; r->findings && i < r->findings->count; i++)
		if (r->findings->items[i] != r->cause->finding)
			json_array_append_new(list, gl_finding_json(r->findings->items[i]));
	return list;
}

static json_t *report_json(const struct gl_report *r)
{
	char fingerprint[GL_FINGERPRINT_SIZE];

	gl_fingerprint(&r->outcome, r->cause, fingerprint);
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:s, s:o}",
			 "schema", SCHEMA, "time", time_json(r->time), "program", gl_json_text(r->program),
			 "phase", gl_phase_name(r->cause->phase), "outcome", gl_outcome_json(&r->outcome),
			 "cause", r->cause->finding ? gl_finding_json(r->cause->finding) : json_null(),
			 "panic", panic_json(r->cause), "frames", frames_json(r->cause), "init",
			 init_json(r->cause), "phases_ms",
			 r->phases_ms ? json_incref(r->phases_ms) : json_object(), "denials",
			 r->denials ? json_incref(r->denials) : json_array(), "stderr_tail",
			 tail_json(r->text), "fingerprint", fingerprint, "go", borrowed_or_null(r->go),
			 "host", borrowed_or_null(r->host), "launch", r->launch ? r->launch : "none", "findings",
			 findings_json(r));
}

char *gl_report_json(const struct gl_report *report, size_t *ret_len)
{
	json_t *document = report_json(report);
	struct gl_buf line = GL_BUF_INIT;
	gl_autofree char *text = NULL;

	if (!document)
		return NULL;
	text = json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(document);
	if (!text)
		return NULL;
	gl_buf_printf(&line, "%s\n", text);
	*ret_len = line.len;
	return gl_buf_take(&line);
}
