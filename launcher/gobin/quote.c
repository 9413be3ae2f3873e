/*
 * Go's string literals, as `go build` writes settings that hold blanks or
 * quotes (runtime/debug.BuildInfo.String quotes, strconv.Unquote undoes).
 */
#include <errno.h>

#include "base/mem.h"
#include "gobin/private.h"

/* Escapes of one character. */
static const char simple[][2] = {
	{'a', '\a'}, {'b', '\b'}, {'f', '\f'},	{'n', '\n'}, {'r', '\r'},
	{'t', '\t'}, {'v', '\v'}, {'\\', '\\'}, {'"', '"'},
};

/* Escapes of a number: how many digits to which base, and is it a byte or a code point? */
static const struct numeric {
	char letter;
	unsigned base, digits;
	bool rune;
} numbers[] = {
	{'x', 16, 2, false},
	{'u', 16, 4, true},
	{'U', 16, 8, true},
	{'0', 8, 3, false},
};

struct cursor {
	const char *at, *end;
	char *to;
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool take_digits(struct cursor *c, const struct numeric *form, uint32_t *ret)
{
	uint32_t value = 0;

	if ((size_t)(c->end - c->at) < form->digits)
		return false;
	for (unsigned i = 0; i < form->digits; i++) {
		unsigned digit = (unsigned)digit_value(*c->at++);

		if (digit >= form->base)
			return false;
		value = value * form->base + digit;
	}
	*ret = value;
	return true;
}

static bool put_rune(struct cursor *c, uint32_t rune)
{
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		return false;
	if (rune < 0x80) {
		*c->to++ = (char)rune;
	} else if (rune < 0x800) {
		*c->to++ = (char)(0xc0 | rune >> 6);
		*c->to++ = (char)(0x80 | (rune & 0x3f));
	} else if (rune < 0x10000) {
		*c->to++ = (char)(0xe0 | rune >> 12);
		*c->to++ = (char)(0x80 | (rune >> 6 & 0x3f));
		*c->to++ = (char)(0x80 | (rune & 0x3f));
	} else {
		*c->to++ = (char)(0xf0 | rune >> 18);
		*c->to++ = (char)(0x80 | (rune >> 12 & 0x3f));
		*c->to++ = (char)(0x80 | (rune >> 6 & 0x3f));
		*c->to++ = (char)(0x80 | (rune & 0x3f));
	}
	return true;
}

static bool take_number(struct cursor *c, const struct numeric *form)
{
	uint32_t value;

	if (!take_digits(c, form, &value) || value == 0)
		return false;
	if (form->rune)
		return put_rune(c, value);
	if (value > 0xff)
		return false;
	*c->to++ = (char)value;
	return true;
}

/* What follows a backslash. */
static bool take_escape(struct cursor *c)
{
	char letter;

	if (c->at == c->end)
		return false;
	letter = *c->at++;
	for (size_t i = 0; i < GL_ARRAY_SIZE(simple); i++)
		if (simple[i][0] == letter) {
			*c->to++ = simple[i][1];
			return true;
		}
	if (letter >= '0' && letter <= '7') {
		c->at--;
		letter = '0';
	}
	for (size_t i = 0; i < GL_ARRAY_SIZE(numbers); i++)
		if (numbers[i].letter == letter)
			return take_number(c, &numbers[i]);
	return false;
}

static bool take_interpreted(struct cursor *c)
{
	while (c->at < c->end) {
		char byte = *c->at++;

		if (byte == '"')
			return false;
		if (byte != '\\')
			*c->to++ = byte;
		else if (!take_escape(c))
			return false;
	}
	return true;
}

/* Raw text, from which Go takes carriage returns. */
static bool take_raw(struct cursor *c)
{
	for (; c->at < c->end; c->at++) {
		if (*c->at == '`')
			return false;
		if (*c->at != '\r')
			*c->to++ = *c->at;
	}
	return true;
}

int gl_gobin_unquote(const char *quoted, size_t len, char **ret)
{
	gl_autofree char *text = NULL;
	struct cursor c;
	char quote;

	if (len < 2 || (quoted[0] != '"' && quoted[0] != '`') || quoted[len - 1] != quoted[0])
		return 1;
	quote = quoted[0];
	text = malloc(len); /* no escape is shorter than what it stands for */
	if (!text)
		return -ENOMEM;
	c = (struct cursor){quoted + 1, quoted + len - 1, text};
	if (quote == '"' ? !take_interpreted(&c) : !take_raw(&c))
		return 1;
	*c.to = '\0';
	*ret = GL_TAKE_PTR(text);
	return 0;
}
