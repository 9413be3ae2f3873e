/*
 * The record of the program's stderr: see proc/record.h.
 *
 * Go writes a panic in many small pieces ("panic: ", the value, newline), so
 * lines are judged on the stream: the first bytes of each line are collected
 * until they match a crash line or cannot any more; the rest of the line is
 * skipped with memchr().  The tail buffer has twice the size it promises, which
 * keeps the tail contiguous at the price of one memmove() per GL_RECORD_TAIL
 * bytes.
 */
#include "proc/record.h"

#include <string.h>

enum judgement {
	JUDGE_NO,
	JUDGE_PERHAPS,
	JUDGE_CRASH,
};

static const char *const crash_starts[] = {"panic: ", "fatal error: ", "runtime: ", "runtime/cgo: "};

/*
 * Lines that also stand in the middle of a dump (GOTRACEBACK=crash sends every
 * thread a SIGQUIT): they open a window, but take none from a line that says
 * more.
 */
static const char *const companion_starts[] = {"runtime: ", "SIGQUIT: "};

void gl_record_init(struct gl_record *r)
{
	memset(r, 0, offsetof(struct gl_record, line));
}

static enum judgement judge_start(const char *line, size_t len, const char *start)
{
	size_t start_len = strlen(start);

	if (memcmp(line, start, GL_MIN(len, start_len)) != 0)
		return JUDGE_NO;
	return len >= start_len ? JUDGE_CRASH : JUDGE_PERHAPS;
}

/* "SIGSEGV: segmentation violation": the runtime's words when no Go code can be blamed. */
static enum judgement judge_signal(const char *line, size_t len)
{
	size_t i = 3;

	if (judge_start(line, len, "SIG") != JUDGE_CRASH)
		return judge_start(line, len, "SIG");
	while (i < len && ((line[i] >= 'A' && line[i] <= 'Z') || (line[i] >= '0' && line[i] <= '9')))
		i++;
	if (i == len)
		return JUDGE_PERHAPS;
	return i == 3 ? JUDGE_NO : judge_start(line + i, len - i, ": ");
}

static enum judgement judge_line(const char *line, size_t len)
{
	enum judgement best = judge_signal(line, len);

	for (size_t i = 0; i < GL_ARRAY_SIZE(crash_starts) && best != JUDGE_CRASH; i++)
		best = GL_MAX(best, judge_start(line, len, crash_starts[i]));
	/* A line that fills the buffer undecided ("SIGAAAA...") is no crash. */
	return best == JUDGE_PERHAPS && len == GL_RECORD_LINE ? JUDGE_NO : best;
}

static void feed_head(struct gl_record *r, const char *bytes, size_t len)
{
	size_t n = GL_MIN(len, sizeof(r->head) - r->head_len);

	memcpy(r->head + r->head_len, bytes, n);
	r->head_len += n;
}

static void feed_tail(struct gl_record *r, const char *bytes, size_t len)
{
	if (len > GL_RECORD_TAIL) {
		bytes += len - GL_RECORD_TAIL;
		len = GL_RECORD_TAIL;
	}
	if (r->tail_len + len > sizeof(r->tail)) {
		memmove(r->tail, r->tail + r->tail_len - GL_RECORD_TAIL, GL_RECORD_TAIL);
		r->tail_len = GL_RECORD_TAIL;
	}
	memcpy(r->tail + r->tail_len, bytes, len);
	r->tail_len += len;
}

/* Adds to the open window, as far as it has room, and moves on in the stream. */
static void advance(struct gl_record *r, const char *bytes, size_t len)
{
	if (r->marked) {
		size_t n = GL_MIN(len, sizeof(r->mark) - r->mark_len);

		memcpy(r->mark + r->mark_len, bytes, n);
		r->mark_len += n;
	}
	r->total += len;
}

static void begin_line(struct gl_record *r)
{
	r->line_len = 0;
	r->line_done = false;
	r->line_at = r->total;
}

static bool is_companion(const char *line, size_t len)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(companion_starts); i++)
		if (judge_start(line, len, companion_starts[i]) == JUDGE_CRASH)
			return true;
	return false;
}

static void open_window(struct gl_record *r)
{
	bool companion = is_companion(r->line, r->line_len);

	if (r->marked && r->line_at - r->mark_at < GL_RECORD_MARK / 4)
		return;
	if (r->marked && companion && !r->marked_by_companion)
		return;
	r->marked = true;
	r->marked_by_companion = companion;
	r->mark_at = r->line_at;
	r->mark_len = r->line_len;
	memcpy(r->mark, r->line, r->line_len);
}

/* One byte of a line that is not judged yet. */
static void feed_line_start(struct gl_record *r, char byte)
{
	enum judgement judgement;

	advance(r, &byte, 1);
	if (byte == '\n') {
		begin_line(r);
		return;
	}
	r->line[r->line_len++] = byte;
	judgement = judge_line(r->line, r->line_len);
	if (judgement == JUDGE_CRASH)
		open_window(r);
	r->line_done = judgement != JUDGE_PERHAPS;
}

/* The rest of a judged line, as far as it is here.  Returns the bytes taken. */
static size_t feed_line_rest(struct gl_record *r, const char *bytes, size_t len)
{
	const char *newline = memchr(bytes, '\n', len);
	size_t n = newline ? (size_t)(newline - bytes) + 1 : len;

	advance(r, bytes, n);
	if (newline)
		begin_line(r);
	return n;
}

void gl_record_feed(struct gl_record *r, const char *bytes, size_t len)
{
	size_t done = 0;

	feed_head(r, bytes, len);
	feed_tail(r, bytes, len);
	while (done < len) {
		if (r->line_done)
			done += feed_line_rest(r, bytes + done, len - done);
		else
			feed_line_start(r, bytes[done++]);
	}
}

void gl_record_text(const struct gl_record *r, struct gl_capture_text *ret_text)
{
	size_t tail_len = GL_MIN(r->tail_len, (size_t)GL_RECORD_TAIL);

	*ret_text = (struct gl_capture_text){
		.head = r->head,
		.head_len = r->head_len,
		.tail = r->tail + r->tail_len - tail_len,
		.tail_len = tail_len,
		.mark = r->mark,
		.mark_len = r->mark_len,
		.mark_at = r->mark_at,
		.total = r->total,
	};
}
