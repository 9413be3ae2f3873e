/*
 * Licences out of a Debian copyright file: see bundle/origin.h.
 */
#include <errno.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "bundle/origin.h"

#define MAX_LICENCES 16
#define FORMAT	     "Format:"
#define LICENSE	     "License:"
#define JOINT	     " and "

struct piece {
	const char *text;
	size_t len;
};

/* The line's value, without the blanks around it, if it is that field. */
static bool take_field(const char *line, size_t len, const char *field, struct piece *ret)
{
	size_t name = strlen(field);

	if (len < name || strncasecmp(line, field, name))
		return false;
	for (line += name, len -= name; len && (*line == ' ' || *line == '\t'); len--)
		line++;
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
		len--;
	*ret = (struct piece){line, len};
	return true;
}

static bool is_known(const struct piece *licences, size_t count, const struct piece *licence)
{
	for (size_t i = 0; i < count; i++)
		if (licences[i].len == licence->len && !memcmp(licences[i].text, licence->text, licence->len))
			return true;
	return false;
}

static bool is_machine_readable(const char *text)
{
	struct piece format;

	return take_field(text, strcspn(text, "\n"), FORMAT, &format) &&
	       memmem(format.text, format.len, "copyright-format/1.0", strlen("copyright-format/1.0"));
}

/* Each in the order in which it comes first: what the text says most of comes first. */
char *gl_licence_of_copyright(const char *text)
{
	struct piece licences[MAX_LICENCES], licence;
	gl_autobuf struct gl_buf b = {.limit = GL_MANIFEST_MAX_TEXT};
	size_t count = 0, len;

	errno = 0;
	if (!is_machine_readable(text))
		return NULL;
	for (const char *at = text; *at && count < MAX_LICENCES; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		if (!take_field(at, len, LICENSE, &licence) || !licence.len ||
		    is_known(licences, count, &licence))
			continue;
		gl_buf_puts(&b, count ? JOINT : "");
		gl_buf_put(&b, licence.text, licence.len);
		licences[count++] = licence;
	}
	/* A list that is too long for a manifest would be half a truth. */
	if (!count || gl_buf_error(&b)) {
		errno = gl_buf_error(&b) == ENOMEM ? ENOMEM : 0;
		return NULL;
	}
	return gl_buf_take(&b);
}
