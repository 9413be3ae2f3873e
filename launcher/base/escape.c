/*
 * The one escaper for hostile text: see base/escape.h.
 *
 * A strict UTF-8 decoder (RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF) hands code points to a rule for each kind of reader.
 */
#include "base/escape.h"

#include <stdint.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define CUT	    "..."

enum mode {
	MODE_TEXT,  /* one line for people */
	MODE_LINES, /* several lines for people */
	MODE_UTF8,  /* any code point, for an encoder that escapes itself */
};

/* Length of the valid sequence at s (1 to 4), its code point in *ret; 0: invalid. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need = s[0] < 0x80	      ? 1
		      : (s[0] & 0xe0) == 0xc0 ? 2
		      : (s[0] & 0xf0) == 0xe0 ? 3
		      : (s[0] & 0xf8) == 0xf0 ? 4
					      : 0;
	uint32_t c;

	if (!need || need > len)
		return 0;
	c = need == 1 ? s[0] : s[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < lowest[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return need;
}

/* Code points that print nothing, move the cursor, break lines or reorder what surrounds them. */
static bool is_unprintable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	      /* C0, DEL, C1 */
		{0xad, 0xad},	  {0x61c, 0x61c},     /* soft hyphen, Arabic letter mark */
		{0x200b, 0x200f}, {0x2028, 0x202e},   /* zero width, separators, bidirectional */
		{0x2060, 0x206f}, {0xfeff, 0xfeff},   /* joiners, isolates, byte order mark */
		{0xfff9, 0xfffb}, {0xe0000, 0xe0fff}, /* interlinear, tags */
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* What stands for one code point; out has room for 16 bytes.  Returns its length. */
static size_t translate(enum mode mode, const unsigned char *s, size_t n, uint32_t c, char out[16])
{
	if (mode == MODE_UTF8 && c == 0)
		return (size_t)snprintf(out, 16, "%s", REPLACEMENT);
	if (mode == MODE_LINES && c == '\n')
		return (size_t)snprintf(out, 16, "\n");
	if (mode == MODE_LINES && c == '\t')
		return (size_t)snprintf(out, 16, "        ");
	if (mode == MODE_UTF8 || !is_unprintable(c)) {
		memcpy(out, s, n);
		return n;
	}
	if (c < 0x100)
		return (size_t)snprintf(out, 16, "\\x%02x", c);
	return (size_t)snprintf(out, 16, "\\u{%x}", c);
}

static void escape(struct gl_buf *b, const char *bytes, size_t len, size_t max, enum mode mode)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t spent = 0, out_len, n;
	uint32_t c = 0;
	char out[16];

	for (size_t i = 0; i < len; i += n) {
		n = decode(s + i, len - i, &c);
		if (n) {
			out_len = translate(mode, s + i, n, c, out);
		} else {
			n = 1;
			out_len = (size_t)snprintf(out, sizeof(out), "%s", REPLACEMENT);
		}
		if (max && spent + out_len > max) {
			gl_buf_puts(b, CUT);
			return;
		}
		gl_buf_put(b, out, out_len);
		spent += out_len;
	}
}

void gl_escape_text(struct gl_buf *b, const char *bytes, size_t len, size_t max)
{
	escape(b, bytes, len, max, MODE_TEXT);
}

void gl_escape_lines(struct gl_buf *b, const char *bytes, size_t len, size_t max)
{
	escape(b, bytes, len, max, MODE_LINES);
}

void gl_escape_utf8(struct gl_buf *b, const char *bytes, size_t len, size_t max)
{
	escape(b, bytes, len, max, MODE_UTF8);
}

char *gl_escape_dup(const char *text, size_t max)
{
	struct gl_buf b = GL_BUF_INIT;

	if (text)
		gl_escape_text(&b, text, strlen(text), max);
	return gl_buf_take(&b);
}
