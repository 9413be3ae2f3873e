/*
 * Frames in words: see report/frame_text.h.
 */
#include "report/frame_text.h"

#include "base/escape.h"
#include "base/mem.h"

char *gl_frame_name(struct gl_slice function)
{
	char *name = malloc(function.len + 1), *out = name;

	if (!name)
		return NULL;
	while (function.len) {
		bool dot = gl_slice_starts(function, "%2e");

		*out++ = dot ? '.' : function.text[0];
		function = gl_slice_skip(function, dot ? 3 : 1);
	}
	*out = '\0';
	return name;
}

/* The function without the import path before its package: "conf.load". */
static struct gl_slice shortened(struct gl_slice function)
{
	const char *slash = memrchr(function.text, '/', function.len);

	return slash ? gl_slice_skip(function, (size_t)(slash + 1 - function.text)) : function;
}

void gl_frame_text(struct gl_buf *b, const struct gl_frame *frame, bool full)
{
	gl_autofree char *name = gl_frame_name(full ? frame->function : shortened(frame->function));
	struct gl_slice file = shortened(frame->file);

	if (name)
		gl_escape_text(b, name, strlen(name), 0);
	if (!file.len)
		return;
	gl_buf_putc(b, ' ');
	gl_escape_text(b, file.text, file.len, 0);
	gl_buf_printf(b, ":%lu", frame->line);
}

void gl_frame_where(struct gl_buf *b, const struct gl_trace *trace, const struct gl_frame *from)
{
	const struct gl_frame *end = trace->frames + trace->frame_count;
	bool all = gl_trace_is_runtime(from->function);
	size_t count = 0;

	for (; from < end; from++) {
		if (!all && gl_trace_is_runtime(from->function))
			continue;
		if (count == GL_FRAME_TEXT_MAX) {
			gl_buf_puts(b, " <- ...");
			return;
		}
		if (count)
			gl_buf_puts(b, " <- ");
		gl_frame_text(b, from, !count);
		count++;
	}
}
