/*
 * What is kept of the program's stderr for the report, in fixed memory however
 * much it writes: the first bytes, the last bytes, and a window that opens at a
 * line which looks like the head of a Go crash, since megabytes of goroutine
 * dumps may follow it.
 *
 * Pure: bytes in, text out; the cut of the writes does not matter.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define GL_RECORD_HEAD 4096
#define GL_RECORD_TAIL 65536
#define GL_RECORD_MARK 16384
#define GL_RECORD_LINE 32 /* longest start of a line that is looked at */

/*
 * Pointers into the record, each piece in stream order and contiguous; they
 * overlap where the stream is short.  Hostile bytes, not NUL-terminated.
 */
struct gl_capture_text {
	const char *head; /* the first GL_RECORD_HEAD bytes */
	size_t head_len;
	const char *tail; /* the last GL_RECORD_TAIL bytes */
	size_t tail_len;
	const char *mark; /* GL_RECORD_MARK bytes from a crash line on; empty if none came */
	size_t mark_len;
	uint64_t mark_at; /* offset of mark in the stream */
	uint64_t total;	  /* bytes the program wrote */
};

struct gl_record {
	uint64_t total;
	size_t head_len, tail_len, mark_len, line_len;
	bool marked;
	bool marked_by_companion; /* by a line that may also stand inside a dump */
	bool line_done;		  /* the current line's start has been judged */
	uint64_t mark_at, line_at;
	char line[GL_RECORD_LINE];
	char head[GL_RECORD_HEAD];
	char mark[GL_RECORD_MARK];
	char tail[2 * GL_RECORD_TAIL]; /* filled to the end, then its second half moves to the front */
};

/* Empties the record. */
void gl_record_init(struct gl_record *r) GL_NONNULL;

/*
 * Adds bytes.  A window opens at a line that begins with "panic: ",
 * "fatal error: ", "runtime: ", "runtime/cgo: " or "SIG<CAPITALS>: " (Go
 * runtime: panic.go printpanics, fatalthrow; signal_unix.go sighandler).  The
 * last such line wins, except that one which follows within the first quarter
 * of an open window stays in it ("runtime/cgo: pthread_create failed" and the
 * "SIGABRT: abort" behind it belong together), and that "runtime: " and
 * "SIGQUIT: ", which also stand inside a dump, take no window from another line.
 */
void gl_record_feed(struct gl_record *r, const char *bytes, size_t len) GL_NONNULL;

/* The text so far; valid until the next feed. */
void gl_record_text(const struct gl_record *r, struct gl_capture_text *ret_text) GL_NONNULL;
