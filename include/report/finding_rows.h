/*
 * Rows and evidence that findings about deaths have in common.  What comes from
 * the program is escaped here, on its way into a row; evidence goes to JSON, which
 * has its own cleaning.  f may be NULL (out of memory): nothing is done.
 * Depends on: diag.
 */
#pragma once

#include "diag/finding.h"
#include "report/cause.h"

#define GL_ROWS_MAX_MESSAGE 200 /* bytes of the program's words in a finding's first line */
#define GL_ROWS_MAX_WORDS   300 /* in a row */

/* The slice, escaped and cut, into fresh memory (free() it); NULL: out of memory. */
char *gl_rows_escaped(struct gl_slice s, size_t max) GL_MUST_CHECK;
/* The same for a function's or package's name: see gl_frame_name(). */
char *gl_rows_name(struct gl_slice name) GL_MUST_CHECK;

/* A row of hostile text; none if it is empty. */
void gl_rows_text(struct gl_finding *f, const char *label, struct gl_slice s);

/* "where", "source": the frame to blame and its callers; as evidence package, function, file, line, source_url. */
void gl_rows_where(struct gl_finding *f, const char *label, const struct gl_cause *cause);
/* "init": which function of which package, how many were done, when. */
void gl_rows_init(struct gl_finding *f, const struct gl_cause *cause);
/* "signal" or "filtered", "in C": what the fault was, and where, if not in Go code. */
void gl_rows_fault(struct gl_finding *f, const struct gl_witness *witness);
/* The system call that a filter answered by SIGSYS; evidence syscall, call.  Returns false if there is none. */
bool gl_rows_refused(struct gl_finding *f, const char *label, const struct gl_witness *witness);
/* "sent", "by": who sent golaunch the signal that it passed on. */
void gl_rows_forwarded(struct gl_finding *f, const struct gl_signal_origin *origin);
/* "stderr": the last line of it that has something in it, often all there is to go by. */
void gl_rows_last_words(struct gl_finding *f, const struct gl_capture_text *text);

/* " in the init of example.com/conf", " while the Go runtime started", or "". */
void gl_rows_put_phase(struct gl_buf *b, const struct gl_cause *cause) GL_NONNULL;
