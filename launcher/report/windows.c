/*
 * Joining the windows of a captured stream: see report/windows.h.
 *
 * One piece of text, so that whoever reads it need not know of windows, and
 * lines that lie across two of them are whole.
 */
#include "report/windows.h"

#include <errno.h>
#include <stdint.h>

struct window {
	const char *bytes;
	size_t len;
	uint64_t at;	 /* offset in the stream */
	bool line_start; /* at is the start of a line for certain */
};

struct join {
	char *text;
	size_t len;
	uint64_t at; /* offset in the stream that was reached */
};

static void put(struct join *join, const char *bytes, size_t len)
{
	if (len)
		memcpy(join->text + join->len, bytes, len);
	join->len += len;
}

static void skip(struct window *w, size_t n)
{
	w->bytes += n;
	w->len -= n;
	w->at += n;
}

/* Leaves the first, cut line out; all of it if it has no end. */
static void skip_cut_line(struct window *w)
{
	const char *newline = memchr(w->bytes, '\n', w->len);

	skip(w, newline ? (size_t)(newline + 1 - w->bytes) : w->len);
}

static void add(struct join *join, struct window w)
{
	if (!w.len || w.at + w.len <= join->at)
		return;
	if (w.at > join->at) {
		put(join, "\n", 1);
		if (!w.line_start)
			skip_cut_line(&w);
	} else {
		skip(&w, (size_t)(join->at - w.at));
	}
	put(join, w.bytes, w.len);
	join->at = w.at + w.len;
}

int gl_windows_join(const struct gl_capture_text *text, char **ret, size_t *ret_len)
{
	size_t head_len = GL_MIN(text->head_len, GL_WINDOWS_MAX),
	       mark_len = GL_MIN(text->mark_len, GL_WINDOWS_MAX);
	size_t tail_len = GL_MIN(text->tail_len, GL_WINDOWS_MAX);
	uint64_t total = GL_MAX(text->total, (uint64_t)tail_len);
	struct window head = {.bytes = text->head, .len = head_len, .line_start = true};
	struct window mark = {.bytes = text->mark, .len = mark_len, .at = text->mark_at, .line_start = true};
	struct window tail = {.len = tail_len, .at = total - tail_len};
	struct join join = {.at = 0};

	if (tail_len)
		tail.bytes = text->tail + (text->tail_len - tail_len);
	join.text =
		malloc(head_len + mark_len + tail_len + 3); /* a newline for each gap, and never of size 0 */
	if (!join.text)
		return -ENOMEM;
	add(&join, head);
	add(&join, mark);
	add(&join, tail);
	*ret = join.text;
	*ret_len = join.len;
	return 0;
}
