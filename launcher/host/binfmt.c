/*
 * Matching binfmt_misc handlers: see host/binfmt.h.  Each handler is a small
 * text file of "key value" lines.
 */
#include "host/binfmt.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/mem.h"

#define FOLDER		 "/proc/sys/fs/binfmt_misc"
#define MAX_HANDLER_FILE 8192
#define MAX_MAGIC	 256

/* The rest of the line that begins with key, or NULL; ends at '\n', not NUL. */
static const char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n'), line += line ? 1 : 0)
		if (!strncmp(line, key, len))
			return line + len;
	return NULL;
}

/* Hex digits to bytes; returns how many. */
static size_t unhex(const char *hex, unsigned char *bytes, size_t max)
{
	size_t n = 0;
	unsigned byte;

	while (n < max && sscanf(hex + 2 * n, "%2x", &byte) == 1 && hex[2 * n] > ' ' && hex[2 * n + 1] > ' ')
		bytes[n++] = (unsigned char)byte;
	return n;
}

static bool matches_magic(const char *text, const char *head, size_t len)
{
	const char *magic_text = value_of(text, "magic "), *mask_text = value_of(text, "mask ");
	const char *offset_text = value_of(text, "offset ");
	unsigned char magic[MAX_MAGIC], mask[MAX_MAGIC];
	size_t count, mask_count, offset = 0;

	if (!magic_text)
		return false;
	if (offset_text)
		offset = strtoul(offset_text, NULL, 10);
	count = unhex(magic_text, magic, sizeof(magic));
	mask_count = mask_text ? unhex(mask_text, mask, sizeof(mask)) : 0;
	if (!count || offset > len || count > len - offset)
		return false;
	for (size_t i = 0; i < count; i++)
		if (((unsigned char)head[offset + i] ^ magic[i]) & (i < mask_count ? mask[i] : 0xff))
			return false;
	return true;
}

static bool matches_extension(const char *text, const char *path)
{
	const char *extension = value_of(text, "extension ."), *dot = strrchr(path, '.');
	size_t len = extension ? strcspn(extension, "\n") : 0;

	return len && dot && strlen(dot + 1) == len && !strncmp(dot + 1, extension, len);
}

static bool takes(const char *name, const char *head, size_t len, const char *path, char *buf, size_t size)
{
	gl_autofree char *text = NULL;
	const char *interpreter;
	char file[512];
	size_t text_len;

	snprintf(file, sizeof(file), FOLDER "/%.255s", name);
	if (gl_file_slurp(file, MAX_HANDLER_FILE, &text, &text_len, NULL) || strncmp(text, "enabled\n", 8))
		return false;
	interpreter = value_of(text, "interpreter ");
	if (!interpreter || (!matches_magic(text, head, len) && !matches_extension(text, path)))
		return false;
	snprintf(buf, size, "%.*s", (int)strcspn(interpreter, "\n"), interpreter);
	return true;
}

bool gl_binfmt_find(const char *head, size_t len, const char *path, char *buf, size_t size)
{
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "register") &&
		    strcmp(entry->d_name, "status"))
			found = takes(entry->d_name, head, len, path, buf, size);
	if (folder)
		closedir(folder);
	return found;
}
