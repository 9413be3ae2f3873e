/*
 * A bad end in words: see report/text.h.
 */
#include "report/text.h"

#include "base/escape.h"
#include "report/frame_text.h"

#define MAX_STDERR 1024 /* bytes of stderr's end in the termination log */

void gl_report_text(struct gl_buf *b, const struct gl_cause *cause, const char *prefix, bool color)
{
	if (cause->finding)
		gl_finding_text(b, cause->finding, prefix, color, -1);
}

/* The message's further lines; its first is in the finding's headline. */
static void put_message(struct gl_buf *b, const struct gl_panic *panic)
{
	if (!memchr(panic->message, '\n', panic->message_len))
		return;
	gl_buf_puts(b, "\n");
	gl_escape_lines(b, panic->message, panic->message_len, 0);
	gl_buf_puts(b, "\n");
}

static void put_frames(struct gl_buf *b, const struct gl_trace *trace)
{
	if (!trace || !trace->frame_count)
		return;
	gl_buf_puts(b, "\n");
	for (size_t i = 0; i < trace->frame_count; i++) {
		gl_frame_text(b, &trace->frames[i], true);
		gl_buf_puts(b, "\n");
	}
}

/* Where the program's words were not understood, its last ones as they are. */
static void put_stderr(struct gl_buf *b, const struct gl_capture_text *text)
{
	size_t len = text ? GL_MIN(text->tail_len, (size_t)MAX_STDERR) : 0;

	if (!len)
		return;
	gl_buf_puts(b, "\n");
	gl_escape_lines(b, text->tail + (text->tail_len - len), len, 0);
}

void gl_report_termination_text(struct gl_buf *b, const struct gl_cause *cause,
				const struct gl_capture_text *text)
{
	if (!cause->finding)
		return;
	gl_finding_text(b, cause->finding, "", false, -1);
	if (cause->has_panic)
		put_message(b, &cause->panic);
	put_frames(b, gl_cause_trace(cause));
	if (!cause->has_panic)
		put_stderr(b, text);
}
