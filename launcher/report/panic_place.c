/*
 * Finding the death in a program's words: see report/panic_place.h.
 *
 * One pass over the lines.  A header waits for the trace of a goroutine; the
 * last pair wins, since whatever was printed before it was printed by a program
 * that lived on.  A header in the middle of a line counts only directly in
 * front of a trace: programs print "loading..." without a newline, but they
 * also quote old panics in their logs.
 */
#include "report/panic_place.h"

#include <ctype.h>

#include "base/macros.h"

#define RECENT 3

struct scan {
	struct gl_panic_place waiting; /* a header without a trace so far; kind NONE: none */
	bool waiting_stack;	       /* it has a thread's stack ("runtime stack:"), if no goroutine's */
	struct gl_panic_place found;   /* the last header with its trace */
	size_t lines_after_header, lines_after_trace;
	struct gl_slice recent[RECENT]; /* the lines before this one, the latest first */
	struct gl_slice context;	/* first of the runtime's own lines just above; empty: none */
	bool after_dashes;		/* the last line that was not empty was "-----" */
};

static const struct {
	const char *word;
	enum gl_panic_kind kind;
} words[] = {
	{"panic: ", GL_PANIC_PANIC},
	{"fatal error: ", GL_PANIC_FATAL_ERROR},
};

/* "SIGSEGV: segmentation violation" with "PC=0x..." on the next line (runtime/signal_unix.go, fatalsignal). */
static bool is_signal_header(struct gl_slice line, const char *next, const char *end)
{
	struct gl_slice below;
	size_t n = strlen("SIG");

	if (!gl_slice_starts(line, "SIG"))
		return false;
	while (n < line.len && isupper((unsigned char)line.text[n]))
		n++;
	return gl_slice_starts(gl_slice_skip(line, n), ": ") && gl_lines_next(&next, end, &below) &&
	       gl_slice_starts(below, "PC=");
}

/* runtime/asm_amd64.s, bad_cpu_msg */
static bool is_cpu_level(struct gl_slice line)
{
	return gl_slice_starts(line, "This program can only be run on ") &&
	       gl_slice_ends(line, "microarchitecture support.");
}

static enum gl_panic_kind classify(const struct scan *scan, struct gl_slice line, const char *next,
				   const char *end, const char **ret_words)
{
	*ret_words = line.text;
	for (size_t i = 0; i < GL_ARRAY_SIZE(words); i++) {
		if (gl_slice_starts(line, words[i].word)) {
			*ret_words = line.text + strlen(words[i].word);
			return words[i].kind;
		}
	}
	/* GOTRACEBACK=crash: after "-----" each other thread dumps itself on a SIGQUIT from the first */
	if (!scan->after_dashes && is_signal_header(line, next, end))
		return GL_PANIC_SIGNAL;
	return is_cpu_level(line) ? GL_PANIC_CPU_LEVEL : GL_PANIC_NONE;
}

/* A header in the middle of the line just above an empty line and this trace. */
static bool find_inside_line(const struct scan *scan, struct gl_panic_place *ret)
{
	size_t above = gl_slice_starts(scan->recent[1], "[signal ") ? 2 : 1;
	struct gl_slice line = scan->recent[above];
	long at;

	if (scan->recent[0].len)
		return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(words); i++) {
		at = gl_slice_find(line, words[i].word);
		if (at < 0)
			continue;
		*ret = (struct gl_panic_place){
			.kind = words[i].kind,
			.words = line.text + at + strlen(words[i].word),
			.context = GL_SLICE_NONE,
		};
		return true;
	}
	return false;
}

static void take_trace(struct scan *scan, const char *line)
{
	struct gl_panic_place place = scan->waiting;

	if (!place.kind && !find_inside_line(scan, &place))
		return;
	place.trace = line;
	scan->found = place;
	scan->waiting.kind = GL_PANIC_NONE;
}

/* What the runtime says before a header, and where else it is only noise. */
static bool is_context(struct gl_slice line)
{
	return gl_slice_starts(line, "runtime: ") || gl_slice_starts(line, "runtime/cgo: ") ||
	       gl_slice_starts(line, "unexpected fault address ");
}

static void remember(struct scan *scan, struct gl_slice line)
{
	if (!is_context(line))
		scan->context = GL_SLICE_NONE;
	else if (!scan->context.len)
		scan->context = line;
	if (line.len)
		scan->after_dashes = gl_slice_equals(line, "-----");
	for (size_t i = RECENT - 1; i > 0; i--)
		scan->recent[i] = scan->recent[i - 1];
	scan->recent[0] = line;
}

static void scan_line(struct scan *scan, struct gl_slice line, const char *next, const char *end)
{
	struct gl_slice state;
	unsigned long goroutine;
	const char *behind;
	enum gl_panic_kind kind = classify(scan, line, next, end, &behind);

	if (line.len) {
		scan->lines_after_header++;
		scan->lines_after_trace++;
	}
	if (kind) {
		scan->waiting =
			(struct gl_panic_place){.kind = kind, .words = behind, .context = scan->context};
		scan->waiting_stack = false;
		scan->lines_after_header = 0;
	} else if (gl_trace_header(line, &goroutine, &state)) {
		/* goroutine 0 is a thread's own stack: the goroutine that died follows */
		if (goroutine != 0)
			take_trace(scan, line.text);
		scan->lines_after_trace = 0;
	} else if (gl_slice_equals(line, "runtime stack:")) {
		scan->waiting_stack = true;
		scan->lines_after_trace = 0;
	} else if (gl_slice_starts(line, "\t")) {
		scan->lines_after_trace = 0;
	}
	remember(scan, line);
}

/* Is the header without a trace the last that was said? */
static bool is_fresh(const struct scan *scan)
{
	if (!scan->waiting.kind)
		return false;
	return scan->lines_after_header <= GL_PANIC_MAX_AFTER_HEADER ||
	       (scan->waiting_stack && scan->lines_after_trace <= GL_PANIC_MAX_AFTER_TRACE);
}

bool gl_panic_place(const char *text, const char *end, struct gl_panic_place *ret)
{
	struct scan scan = {.context = GL_SLICE_NONE};
	struct gl_slice line;

	for (size_t i = 0; i < RECENT; i++)
		scan.recent[i] = GL_SLICE_NONE;
	while (gl_lines_next(&text, end, &line))
		scan_line(&scan, line, text, end);
	if (is_fresh(&scan))
		*ret = scan.waiting;
	else if (scan.found.kind && scan.lines_after_trace <= GL_PANIC_MAX_AFTER_TRACE)
		*ret = scan.found;
	else
		return false;
	return true;
}
