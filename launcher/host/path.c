/*
 * Paths as text: see host/path.h.
 *
 * Nothing here looks at a file system, so what a program's headers may make us
 * expand is bounded by GL_PATH_MAX_EXPANDED alone.
 */
#include "host/path.h"

#include <errno.h>

#include "base/buf.h"

enum token { TOKEN_ORIGIN, TOKEN_PLATFORM, TOKEN_LIB, TOKEN_NONE };

static const char *const token_names[] = {
	[TOKEN_ORIGIN] = "ORIGIN",
	[TOKEN_PLATFORM] = "PLATFORM",
	[TOKEN_LIB] = "LIB",
};

static bool is_identifier(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The token behind a dollar at text (len bytes left), with the bytes it takes. */
static enum token find_token(const char *text, size_t len, size_t *ret_len)
{
	bool curly = len && text[0] == '{';
	size_t name_len, end;

	for (enum token t = TOKEN_ORIGIN; t < TOKEN_NONE; t++) {
		name_len = strlen(token_names[t]);
		end = curly + name_len;
		if (len < end || strncmp(text + curly, token_names[t], name_len))
			continue;
		if (curly ? end == len || text[end] != '}' : end < len && is_identifier(text[end]))
			continue;
		*ret_len = end + curly;
		return t;
	}
	return TOKEN_NONE;
}

/* May $ORIGIN at this place (behind it: next) be expanded under AT_SECURE? */
static bool origin_is_safe(const struct gl_path_tokens *tokens, bool first, char next)
{
	return !tokens->secure || (!tokens->executable && first && (next == '\0' || next == '/'));
}

static const char *replacement(enum token token, const struct gl_path_tokens *tokens, bool first, char next)
{
	switch (token) {
	case TOKEN_ORIGIN:
		return origin_is_safe(tokens, first, next) ? tokens->origin : NULL;
	case TOKEN_PLATFORM:
		return tokens->platform;
	case TOKEN_LIB:
		return tokens->lib;
	case TOKEN_NONE:
		break;
	}
	return NULL;
}

int gl_path_expand(const char *text, size_t len, const struct gl_path_tokens *tokens, char **ret)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	const char *with;
	enum token token;
	size_t taken;

	b.limit = GL_PATH_MAX_EXPANDED;
	for (size_t i = 0; i < len;) {
		token = text[i] == '$' ? find_token(text + i + 1, len - i - 1, &taken) : TOKEN_NONE;
		if (token == TOKEN_NONE) {
			gl_buf_putc(&b, text[i++]);
			continue;
		}
		with = replacement(token, tokens, i == 0, i + 1 + taken < len ? text[i + 1 + taken] : '\0');
		if (!with)
			return 1;
		gl_buf_puts(&b, with);
		i += 1 + taken;
	}
	gl_buf_puts(&b, "");
	if (gl_buf_error(&b))
		return gl_buf_error(&b) == ENOMEM ? -ENOMEM : 1;
	if (!b.len)
		return 1;
	*ret = gl_buf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

char *gl_path_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *gl_path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *gl_path_below(const char *directory, const char *path)
{
	size_t len = strlen(directory);

	len -= len && directory[len - 1] == '/';
	return !strncmp(path, directory, len) && path[len] == '/' ? path + len : NULL;
}

char *gl_path_join(const char *directory, const char *sub, const char *name)
{
	size_t len = strlen(directory);
	const char *slash = len && directory[len - 1] == '/' ? "" : "/";
	char *path;

	return asprintf(&path, "%s%s%s%s", directory, slash, sub, name) < 0 ? NULL : path;
}
