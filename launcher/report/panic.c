/*
 * Reading what a program said of its death: see report/panic.h.
 *
 * report/panic_place.c finds the place; here its parts are read: the message,
 * the signal, the goroutine, the phase.  The text is copied once, bounded, and
 * everything else points into the copy.
 */
#include "report/panic.h"

#include <errno.h>

#include "report/panic_place.h"
#include "report/windows.h"

#define NESTED	    "\tpanic: "
#define SIGNAL_LINE "[signal "

/* The lines from the header to the trace. */
struct passage {
	const char *at, *end;
	bool traced; /* a trace ends it; else only the end of the text */
};

/* Lines of the runtime's own that come between message and trace. */
static bool ends_message(struct gl_slice line)
{
	static const char *const starts[] = {NESTED, SIGNAL_LINE, "PC=", "runtime stack:", "goroutine "};

	for (size_t i = 0; i < GL_ARRAY_SIZE(starts); i++)
		if (gl_slice_starts(line, starts[i]))
			return true;
	return false;
}

/*
 * Where the message's further lines end, empty lines at its end left out, and
 * whether all are indented, as Go does since 1.23 (runtime/error.go,
 * printindented).  Without a trace nothing else tells a further line from what
 * others wrote later.
 */
static const char *message_end(struct passage passage, bool *ret_indented)
{
	const char *end = passage.at;
	struct gl_slice line;
	bool indented = true;

	while (gl_lines_next(&passage.at, passage.end, &line) && !ends_message(line)) {
		if (!passage.traced && !gl_slice_starts(line, "\t"))
			break;
		if (!line.len)
			continue;
		indented = indented && line.text[0] == '\t';
		end = passage.at;
	}
	*ret_indented = indented;
	return end;
}

/* "first [recovered]", since Go 1.25 also "first [recovered, repanicked]". */
static struct gl_slice without_mark(struct gl_slice s)
{
	static const char *const marks[] = {" [recovered]", " [recovered, repanicked]"};

	for (size_t i = 0; i < GL_ARRAY_SIZE(marks); i++)
		if (gl_slice_ends(s, marks[i]))
			s.len -= strlen(marks[i]);
	return s;
}

/* Appends what fits; a character is never cut in two. */
static void append(struct gl_panic *panic, struct gl_slice s)
{
	size_t n = GL_MIN(s.len, GL_PANIC_MAX_MESSAGE - panic->message_len);

	if (n < s.len)
		while (n > 0 && ((unsigned char)s.text[n] & 0xc0) == 0x80)
			n--;
	memcpy(panic->message + panic->message_len, s.text, n);
	panic->message_len += n;
	panic->message[panic->message_len] = '\0';
}

/* Reads the message; passage->at moves behind it. */
static void read_message(struct gl_panic *panic, struct passage *passage)
{
	static const struct gl_slice newline = {.text = "\n", .len = 1};
	struct gl_slice line = GL_SLICE_NONE;
	const char *end;
	bool indented;

	gl_lines_next(&passage->at, passage->end, &line);
	end = passage->at;
	if (panic->kind == GL_PANIC_PANIC || panic->kind == GL_PANIC_FATAL_ERROR)
		end = message_end(*passage, &indented);
	while (passage->at < end) {
		append(panic, line);
		append(panic, newline);
		gl_lines_next(&passage->at, end, &line);
		line = gl_slice_skip(line, indented && line.len ? 1 : 0);
	}
	append(panic, without_mark(line));
}

/* "[signal SIGSEGV: segmentation violation code=0x1 ...]" without the frame around it. */
static struct gl_slice signal_words(struct gl_slice line)
{
	line = gl_slice_skip(line, strlen(SIGNAL_LINE));
	if (gl_slice_ends(line, "]"))
		line.len--;
	return line;
}

/* What stands between message and trace. */
static void read_remarks(struct gl_panic *panic, struct passage *passage)
{
	struct gl_slice line;

	while (gl_lines_next(&passage->at, passage->end, &line)) {
		if (gl_slice_starts(line, NESTED) && panic->kind == GL_PANIC_PANIC)
			panic->last = without_mark(gl_slice_skip(line, strlen(NESTED)));
		else if (gl_slice_starts(line, SIGNAL_LINE))
			panic->signal = signal_words(line);
		else if (gl_slice_starts(line, "PC=") && panic->kind == GL_PANIC_SIGNAL)
			panic->signal = line;
		else if (gl_slice_equals(line, "signal arrived during cgo execution"))
			panic->in_c = true;
	}
}

/* The phase and, in init, the init function, as this trace shows them. */
static bool read_phase(struct gl_panic *panic, const struct gl_trace *trace)
{
	panic->phase = gl_trace_phase(trace);
	if (panic->phase == GL_PHASE_INIT)
		panic->init = trace->root;
	return panic->phase != GL_PHASE_UNKNOWN;
}

/* Where other goroutines were printed too, goroutine 1's own trace tells the phase. */
static void read_main_goroutine(struct gl_panic *panic, const char *at, const char *end)
{
	struct gl_slice line, state;
	struct gl_trace trace;
	unsigned long goroutine;
	const char *start = at;

	for (; gl_lines_next(&at, end, &line); start = at) {
		if (!gl_trace_header(line, &goroutine, &state) || goroutine != 1)
			continue;
		if (gl_trace_read(&start, end, &trace))
			read_phase(panic, &trace);
		return;
	}
}

static void read_trace(struct gl_panic *panic, const char *at, const char *end)
{
	panic->has_trace = gl_trace_read(&at, end, &panic->trace);
	if (!panic->has_trace)
		return;
	if (!read_phase(panic, &panic->trace) && panic->trace.goroutine != 1)
		read_main_goroutine(panic, at, end);
	/* before Go 1.20 only the stack says that C code was running */
	if (panic->signal.len && panic->trace.frame_count &&
	    gl_slice_equals(panic->trace.frames[0].function, "runtime.cgocall"))
		panic->in_c = true;
}

static void read_place(struct gl_panic *panic, const struct gl_panic_place *place, const char *end)
{
	struct passage passage = {
		.at = place->words,
		.end = place->trace ? place->trace : end,
		.traced = place->trace,
	};

	panic->kind = place->kind;
	panic->context = place->context;
	read_message(panic, &passage);
	read_remarks(panic, &passage);
	if (place->trace)
		read_trace(panic, place->trace, end);
	else if (place->kind == GL_PANIC_CPU_LEVEL)
		panic->phase = GL_PHASE_RUNTIME; /* runtime/asm_amd64.s, rt0_go: the first thing it does */
}

int gl_panic_parse(const struct gl_capture_text *text, struct gl_panic *ret)
{
	struct gl_panic_place place;
	char *joined;
	size_t len;
	int r;

	r = gl_windows_join(text, &joined, &len);
	if (r < 0)
		return r;
	if (!gl_panic_place(joined, joined + len, &place)) {
		free(joined);
		return 1;
	}
	*ret = GL_PANIC_INIT;
	ret->text = joined;
	ret->last = ret->signal = ret->init.function = ret->init.file = GL_SLICE_NONE;
	read_place(ret, &place, joined + len);
	return 0;
}

void gl_panic_done(struct gl_panic *panic)
{
	free(panic->text);
	*panic = GL_PANIC_INIT;
}

const char *gl_panic_kind_name(enum gl_panic_kind kind)
{
	static const char *const names[GL_PANIC_KIND_MAX] = {
		[GL_PANIC_NONE] = "none",
		[GL_PANIC_PANIC] = "panic",
		[GL_PANIC_FATAL_ERROR] = "fatal-error",
		[GL_PANIC_SIGNAL] = "signal",
		[GL_PANIC_CPU_LEVEL] = "cpu-level",
	};

	return names[(size_t)kind < GL_ARRAY_SIZE(names) ? kind : GL_PANIC_NONE];
}
