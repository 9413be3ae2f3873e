/*
 * A bad end in words, for people.  Depends on: diag.
 */
#pragma once

#include "base/buf.h"
#include "report/cause.h"

/* The block: the finding with its rows; nothing if there is no cause. */
void gl_report_text(struct gl_buf *b, const struct gl_cause *cause, const char *prefix, bool color);

/*
 * For the termination log: the block, then the whole message where it has
 * several lines and the frames, and, where the program's words explain nothing,
 * the last of its stderr.  The most important stands first, since the writer
 * cuts.  Nothing if there is no cause.  text may be NULL.
 */
void gl_report_termination_text(struct gl_buf *b, const struct gl_cause *cause,
				const struct gl_capture_text *text);
