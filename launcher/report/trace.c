/*
 * Reading the Go runtime's stack traces: see report/trace.h.
 *
 * The runtime writes them in small pieces while other threads and child
 * processes may write too, so a line that is no part of a trace is passed over
 * and the next one tried.  Only an empty line or the next goroutine ends a
 * trace.  Names and paths are cut, frames counted beyond the limit: the
 * outermost frame, which tells init from main, is found however deep the stack
 * was.
 */
#include "report/trace.h"

#include <ctype.h>

#include "base/macros.h"

#define CREATED_BY "created by "

bool gl_trace_header(struct gl_slice line, unsigned long *ret_goroutine, struct gl_slice *ret_state)
{
	const char *open, *close;
	unsigned long number;

	if (!gl_slice_starts(line, "goroutine ") || !gl_slice_ends(line, ":"))
		return false;
	line = gl_slice_skip(line, strlen("goroutine "));
	if (!gl_slice_take_number(&line, &number) || !gl_slice_starts(line, " "))
		return false;
	open = memchr(line.text, '[', line.len);
	close = open ? memchr(open, ']', line.len - (size_t)(open - line.text)) : NULL;
	if (!close)
		return false;
	*ret_goroutine = number;
	*ret_state = (struct gl_slice){.text = open + 1, .len = (size_t)(close - open - 1)};
	return true;
}

/* A name has no blanks or control characters, and a dot, or is the one function without a package. */
static bool is_function_name(struct gl_slice name)
{
	if (gl_slice_equals(name, "panic"))
		return true;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.text[i] <= ' ' || name.text[i] == 0x7f)
			return false;
	return name.len && name.text[0] != '.' && memchr(name.text, '.', name.len);
}

/* "pkg.(*T).f(0x1, {0x2})": the name is what stands before the last '('; arguments never hold one. */
static bool read_call(struct gl_slice line, struct gl_slice *ret_name)
{
	const char *open;

	if (!gl_slice_ends(line, ")") || line.text[0] == '\t')
		return false;
	open = memrchr(line.text, '(', line.len);
	if (!open)
		return false;
	line.len = (size_t)(open - line.text);
	if (!is_function_name(line))
		return false;
	*ret_name = line;
	return true;
}

/* "created by main.start in goroutine 1"; Go before 1.21 leaves the end out. */
static bool read_creator(struct gl_slice line, struct gl_slice *ret_name)
{
	const char *blank;

	if (!gl_slice_starts(line, CREATED_BY))
		return false;
	line = gl_slice_skip(line, strlen(CREATED_BY));
	blank = memchr(line.text, ' ', line.len);
	if (blank)
		line.len = (size_t)(blank - line.text);
	if (!is_function_name(line))
		return false;
	*ret_name = line;
	return true;
}

/* "\t/a path/file.go:84 +0x25 fp=..." : the last ':' with a number behind it that ends the line or a word. */
static bool read_position(struct gl_slice line, struct gl_slice *ret_file, unsigned long *ret_line)
{
	struct gl_slice file, rest;
	const char *colon;
	unsigned long number;

	if (!gl_slice_starts(line, "\t"))
		return false;
	file = gl_slice_skip(line, 1);
	for (;;) {
		colon = memrchr(file.text, ':', file.len);
		if (!colon)
			return false;
		rest = gl_slice_skip(line, (size_t)(colon + 1 - line.text));
		file.len = (size_t)(colon - file.text);
		if (gl_slice_take_number(&rest, &number) && (!rest.len || rest.text[0] == ' '))
			break;
	}
	*ret_file = file;
	*ret_line = number;
	return true;
}

/* Cuts names at their end and paths at their start: the end of a path says more. */
static void bound(struct gl_frame *frame)
{
	frame->function.len = GL_MIN(frame->function.len, (size_t)GL_TRACE_MAX_NAME);
	if (frame->file.len > GL_TRACE_MAX_NAME)
		frame->file = gl_slice_skip(frame->file, frame->file.len - GL_TRACE_MAX_NAME);
}

void gl_trace_add(struct gl_trace *trace, struct gl_frame frame)
{
	bound(&frame);
	if (!gl_trace_is_runtime(frame.function))
		trace->root = frame;
	if (trace->frame_count < GL_TRACE_MAX_FRAMES)
		trace->frames[trace->frame_count++] = frame;
	else
		trace->frames_left_out++;
}

/* What the lines read so far wait for: the position of a call or of the creator. */
struct pending {
	struct gl_slice function; /* empty: nothing */
	bool creator;
};

static void read_line(struct gl_trace *trace, struct gl_slice line, struct pending *pending)
{
	struct gl_frame frame = {.function = pending->function};

	if (pending->function.len && read_position(line, &frame.file, &frame.line)) {
		if (pending->creator) {
			bound(&frame);
			trace->created_by = frame;
		} else {
			gl_trace_add(trace, frame);
		}
		pending->function = GL_SLICE_NONE;
	} else if (read_creator(line, &pending->function)) {
		pending->creator = true;
	} else if (read_call(line, &pending->function)) {
		pending->creator = false;
	} else if (gl_slice_starts(line, "...") && gl_slice_ends(line, "frames elided...")) {
		trace->elided = true;
	}
}

bool gl_trace_read(const char **at, const char *end, struct gl_trace *ret)
{
	struct pending pending = {.function = GL_SLICE_NONE};
	struct gl_slice line, state;
	const char *next = *at;
	unsigned long number;

	if (!gl_lines_next(&next, end, &line) || !gl_trace_header(line, &number, &state))
		return false;
	*ret = GL_TRACE_INIT;
	ret->goroutine = number;
	ret->state = state;
	do {
		*at = next;
		if (!gl_lines_next(&next, end, &line))
			break;
		if (!line.len || gl_trace_header(line, &number, &state))
			break;
		read_line(ret, line, &pending);
	} while (true);
	return true;
}

static bool starts_with_any(struct gl_slice s, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (gl_slice_starts(s, prefixes[i]))
			return true;
	return false;
}

bool gl_trace_is_runtime(struct gl_slice function)
{
	static const char *const prefixes[] = {"runtime.", "runtime/", "internal/runtime/"};

	return gl_slice_equals(function, "panic") ||
	       starts_with_any(function, prefixes, GL_ARRAY_SIZE(prefixes));
}

/* Functions that only hand a death on: their caller is to blame. */
bool gl_trace_is_carrier(const struct gl_frame *frame)
{
	static const char *const prefixes[] = {"sync.", "internal/sync.", "log.",
					       "os.",	"syscall.",	  "internal/syscall/"};

	return gl_trace_is_runtime(frame->function) || gl_slice_equals(frame->file, "<autogenerated>") ||
	       gl_slice_equals(frame->file, "_cgo_gotypes.go") ||
	       starts_with_any(frame->function, prefixes, GL_ARRAY_SIZE(prefixes));
}

/* runtime.gopanic, which traces print as "panic" (runtime/traceback.go, printFuncName) */
static bool is_panic(struct gl_slice function)
{
	return gl_slice_equals(function, "panic") || gl_slice_equals(function, "runtime.gopanic");
}

const struct gl_frame *gl_trace_find_culprit(const struct gl_frame *frames, size_t count, bool of_panic)
{
	size_t start = 0;

	for (size_t i = 0; of_panic && i < count; i++)
		if (is_panic(frames[i].function))
			start = i + 1;
	for (size_t i = start; i < count; i++)
		if (!gl_trace_is_carrier(&frames[i]))
			return &frames[i];
	return NULL;
}

const struct gl_frame *gl_trace_culprit(const struct gl_trace *trace, bool of_panic)
{
	return gl_trace_find_culprit(trace->frames, trace->frame_count, of_panic);
}

/* Where the last component of an import path starts; dots before it belong to the path. */
static size_t last_component(struct gl_slice function)
{
	/* type arguments are printed as [...], so a slash is always the path's */
	const char *slash = memrchr(function.text, '/', function.len);

	return slash ? (size_t)(slash + 1 - function.text) : 0;
}

struct gl_slice gl_trace_package(struct gl_slice function)
{
	size_t start = last_component(function);
	const char *dot = memchr(function.text + start, '.', function.len - start);

	return (struct gl_slice){.text = function.text, .len = dot ? (size_t)(dot - function.text) : 0};
}

bool gl_trace_is_init(struct gl_slice function)
{
	static const char *const forms[] = {"init.", "map.init.", "glob..func"};
	struct gl_slice package = gl_trace_package(function), name;

	if (!package.len || gl_trace_is_runtime(function))
		return false;
	name = gl_slice_skip(function, package.len + 1);
	return gl_slice_equals(name, "init") || starts_with_any(name, forms, GL_ARRAY_SIZE(forms));
}

enum gl_phase gl_trace_phase(const struct gl_trace *trace)
{
	if (trace->goroutine != 1)
		return GL_PHASE_UNKNOWN;
	if (gl_slice_equals(trace->root.function, "main.main"))
		return GL_PHASE_MAIN;
	if (gl_trace_is_init(trace->root.function))
		return GL_PHASE_INIT;
	/* the runtime alone on the main goroutine: runtime.main has not come to the first init yet */
	if (!trace->root.function.len && trace->frame_count && !trace->elided)
		return GL_PHASE_RUNTIME;
	return GL_PHASE_UNKNOWN;
}
