/*
 * The module text (runtime/debug.ParseBuildInfo): lines of words separated by
 * tabs, of which golaunch wants "path", "mod" and "build".  A setting's key and
 * value may each be quoted.  The text is the program's own word: what cannot be
 * read is left out.
 */
#include <errno.h>

#include "base/mem.h"
#include "gobin/private.h"

struct text {
	const char *at;
	size_t len;
};

/* Moves the text's part up to `end` (or all of it) into *ret and drops it and `end`. */
static void cut(struct text *text, char end, struct text *ret)
{
	const char *stop = memchr(text->at, end, text->len);
	size_t len = stop ? (size_t)(stop - text->at) : text->len;

	*ret = (struct text){text->at, len};
	text->at += len + (stop != NULL);
	text->len -= len + (stop != NULL);
}

/* A copy of the text for an empty *ret; -ENOMEM. */
static int keep(const struct text *text, char **ret)
{
	if (*ret)
		return 0;
	*ret = strndup(text->at, text->len);
	return *ret ? 0 : -ENOMEM;
}

static int take_path(struct text *rest, struct gl_gobin *gobin)
{
	return keep(rest, &gobin->path);
}

static int take_module(struct text *rest, struct gl_gobin *gobin)
{
	struct text path, version;
	int r;

	cut(rest, '\t', &path);
	cut(rest, '\t', &version);
	r = keep(&path, &gobin->module);
	if (!r && version.len > 0)
		r = keep(&version, &gobin->module_version);
	return r;
}

static bool is_quoted(const struct text *text)
{
	return text->len > 0 && (text->at[0] == '"' || text->at[0] == '`');
}

/* Undoes quoting where there is any.  Returns 0, 1: malformed, or -ENOMEM. */
static int plain(const struct text *text, char **ret)
{
	if (is_quoted(text))
		return gl_gobin_unquote(text->at, text->len, ret);
	*ret = strndup(text->at, text->len);
	return *ret ? 0 : -ENOMEM;
}

/* The length of the quoted string that the text starts with, 0 if it does not end. */
static size_t quoted_prefix(const struct text *text)
{
	char quote = text->at[0];

	for (size_t i = 1; i < text->len; i++) {
		if (text->at[i] == quote)
			return i + 1;
		if (text->at[i] == '\\' && quote == '"')
			i++;
	}
	return 0;
}

/* Splits "key=value".  Returns false if it is not of that form. */
static bool split_setting(struct text *rest, struct text *ret_key)
{
	size_t quoted;

	if (!is_quoted(rest)) {
		cut(rest, '=', ret_key);
		return ret_key->len > 0 && rest->at[-1] == '=';
	}
	quoted = quoted_prefix(rest);
	if (quoted == 0 || quoted == rest->len || rest->at[quoted] != '=')
		return false;
	*ret_key = (struct text){rest->at, quoted};
	*rest = (struct text){rest->at + quoted + 1, rest->len - quoted - 1};
	return true;
}

static int add_setting(struct gl_gobin *gobin, size_t *room, char **key, char **value)
{
	struct gl_gobin_setting *s =
		gl_mem_grow(&gobin->settings, room, gobin->setting_count, sizeof(*s), GL_GOBIN_MAX_SETTINGS);

	if (!s)
		return errno == E2BIG ? 0 : -ENOMEM;
	*s = (struct gl_gobin_setting){GL_TAKE_PTR(*key), GL_TAKE_PTR(*value)};
	gobin->setting_count++;
	return 0;
}

static int take_setting(struct text *rest, struct gl_gobin *gobin, size_t *room)
{
	gl_autofree char *key = NULL, *value = NULL;
	struct text key_text;
	int r;

	if (!split_setting(rest, &key_text))
		return 0;
	r = plain(&key_text, &key);
	if (!r)
		r = plain(rest, &value);
	if (r)
		return r < 0 ? r : 0;
	return add_setting(gobin, room, &key, &value);
}

static bool is(const struct text *word, const char *name)
{
	return word->len == strlen(name) && !memcmp(word->at, name, word->len);
}

int gl_modinfo_parse(const char *modinfo, struct gl_gobin *gobin)
{
	struct text text = {modinfo, strlen(modinfo)}, line, word;
	size_t room = 0;
	int r = 0;

	while (!r && text.len > 0) {
		cut(&text, '\n', &line);
		cut(&line, '\t', &word);
		if (is(&word, "path"))
			r = take_path(&line, gobin);
		else if (is(&word, "mod"))
			r = take_module(&line, gobin);
		else if (is(&word, "build"))
			r = take_setting(&line, gobin, &room);
	}
	return r;
}
