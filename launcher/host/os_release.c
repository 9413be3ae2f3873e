/*
 * The operating system's name out of os-release(5).
 *
 * The file is shell-like: NAME=value, the value bare or in quotes, a backslash
 * taking the next character as it is.  It may come from a hostile root, so
 * the value passes through the escaper and is bounded by the caller's buffer.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "host/host.h"
#include "host/root.h"

#define OS_RELEASE_MAX_BYTES (64 * 1024)
#define KEY		     "PRETTY_NAME="

static const char *const places[] = {"/etc/os-release", "/usr/lib/os-release"};

/* The value that begins at text, up to the line's end, without its quoting, in place. */
static void unquote(char *text)
{
	char quote = *text == '"' || *text == '\'' ? *text : '\0';
	char *from = quote ? text + 1 : text, *to = text;

	for (; *from && *from != '\n' && *from != quote; from++) {
		if (*from == '\\' && quote != '\'' && from[1] && from[1] != '\n')
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

static char *find_value(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, KEY, strlen(KEY)))
			return line + strlen(KEY);
	}
	return NULL;
}

void gl_host_os_name(const struct gl_host *host, char *buf, size_t size)
{
	gl_autofree char *text = NULL, *name = NULL;
	size_t len;
	char *value;
	int r = -ENOENT;

	if (size)
		buf[0] = '\0';
	for (size_t i = 0; i < GL_ARRAY_SIZE(places) && r; i++)
		r = gl_root_slurp(host, places[i], OS_RELEASE_MAX_BYTES, &text, &len, NULL);
	value = r ? NULL : find_value(text);
	if (!value || !size)
		return;
	unquote(value);
	name = gl_escape_dup(value, size - 1);
	if (name)
		snprintf(buf, size, "%s", name);
}
