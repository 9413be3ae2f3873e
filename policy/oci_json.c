/*
 * OCI profiles, the JSON: jansson reads it, but it keeps no lines and takes no
 * integers above INT64_MAX, which profiles may hold (arguments have 64 bits).  So
 * one pass over the bytes comes before, which puts such integers in quotes, and
 * one after, over a text that is valid by then, which finds the entries' lines.
 */
#include "policy/oci_parts.h"

#include <errno.h>
#include <stdarg.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/suggest.h"

#define SURE_DIGITS 18 /* so many always fit */
#define MAX_WHAT    300

/* --- before jansson ------------------------------------------------------------------------- */

/* Past a string that begins at text; at its end where it does not end. */
static const char *skip_string(const char *text)
{
	for (text++; *text && *text != '"'; text++)
		if (*text == '\\' && text[1])
			text++;
	return *text ? text + 1 : text;
}

/* Digits alone, too many for jansson's integers. */
static bool is_long_number(const char *text, size_t len)
{
	return len > SURE_DIGITS && strspn(text, "0123456789") == len;
}

static void quote_numbers(const char *json, struct gl_buf *quoted)
{
	while (*json) {
		size_t len = strspn(json, "+-.0123456789eE");

		if (*json == '"')
			len = (size_t)(skip_string(json) - json);
		if (is_long_number(json, len))
			gl_buf_printf(quoted, "\"#%.*s\"", (int)GL_MIN(len, 64u), json);
		else
			gl_buf_put(quoted, json, GL_MAX(len, (size_t)1));
		json += GL_MAX(len, (size_t)1);
	}
}

bool gl_oci_number(const json_t *value, uint64_t most, uint64_t *ret_number)
{
	const char *text = json_string_value(value);
	unsigned long long number = 0;

	if (json_is_integer(value)) {
		if (json_integer_value(value) < 0)
			return false;
		number = (unsigned long long)json_integer_value(value);
	} else if (text && *text == '#' && is_long_number(text + 1, strlen(text + 1))) {
		errno = 0;
		number = strtoull(text + 1, NULL, 10);
		if (errno)
			return false;
	} else {
		return false;
	}
	*ret_number = number;
	return number <= most;
}

/* --- after it ----------------------------------------------------------------------------------- */

/* A walk over valid JSON. */
struct walk {
	unsigned line, depth;
	bool is_list;	 /* the last key of the outermost object was "syscalls" */
	bool is_in_list; /* and its value is open */
};

static bool is_key(const char *text, const char *end)
{
	return (size_t)(end - text) == strlen("\"syscalls\"") &&
	       !memcmp(text, "\"syscalls\"", (size_t)(end - text));
}

static void add_entry(struct gl_oci *oci, unsigned line)
{
	if (oci->line_count < oci->entry_count)
		oci->lines[oci->line_count++] = line;
}

static void walk_sign(struct gl_oci *oci, struct walk *w, char sign)
{
	if (sign == '{' && w->is_in_list && w->depth == 2)
		add_entry(oci, w->line);
	if (sign == '[' && w->is_list && w->depth == 1)
		w->is_in_list = true;
	if (sign == ']' && w->depth == 2)
		w->is_in_list = false;
	if (sign == ',' && w->depth == 1)
		w->is_list = false;
	w->depth += sign == '{' || sign == '[';
	w->depth -= sign == '}' || sign == ']';
	w->line += sign == '\n';
}

static void find_lines(struct gl_oci *oci, const char *json)
{
	struct walk w = {.line = 1};

	while (*json) {
		const char *end = *json == '"' ? skip_string(json) : json + 1;

		if (*json != '"')
			walk_sign(oci, &w, *json);
		else if (w.depth == 1)
			w.is_list |= is_key(json, end);
		json = end;
	}
}

static int complain_json(const struct gl_oci *oci, const char *json, const json_error_t *error)
{
	struct gl_policy_file file = {.name = strdup(oci->name), .text = strdup(json)};
	struct gl_policy policy = {.files = &file, .file_count = 1};
	struct gl_policy_place place = {
		.line = error->line > 0 ? (unsigned)error->line : 0,
		.column = error->column > 0 && error->column < UINT16_MAX ? (uint16_t)error->column : 0};
	gl_autofree char *said = gl_escape_dup(error->text, 120);
	int r = file.name && file.text
			? gl_policy_complain(&policy, place, EINVAL, oci->err, "not JSON: %s", said)
			: gl_err_sys(oci->err, ENOMEM, "cannot read '%.200s'", oci->name);

	free(file.name);
	free(file.text);
	return r;
}

int gl_oci_load(struct gl_oci *oci, const char *json)
{
	gl_autobuf struct gl_buf quoted = GL_BUF_INIT;
	json_error_t error;
	const json_t *list;

	quote_numbers(json, &quoted);
	if (gl_buf_error(&quoted))
		return gl_err_sys(oci->err, gl_buf_error(&quoted), "cannot read '%.200s'", oci->name);
	oci->document = json_loadb(gl_buf_text(&quoted), quoted.len, JSON_REJECT_DUPLICATES, &error);
	if (!oci->document)
		return complain_json(oci, json, &error);
	list = json_object_get(oci->document, "syscalls");
	oci->entry_count = json_array_size(list);
	if (oci->entry_count > GL_OCI_MAX_ENTRIES)
		return gl_err_set(oci->err, E2BIG, "%.80s: more than %d entries in 'syscalls'", oci->name,
				  GL_OCI_MAX_ENTRIES);
	oci->lines = calloc(oci->entry_count + 1, sizeof(*oci->lines));
	oci->entries = calloc(oci->entry_count + 1, sizeof(*oci->entries));
	if (!oci->lines || !oci->entries)
		return gl_err_sys(oci->err, ENOMEM, "cannot read '%.200s'", oci->name);
	find_lines(oci, json);
	oci->entry = oci->entry_count;
	return 0;
}

int gl_oci_complain(const struct gl_oci *oci, int errnum, const char *field, const char *fmt, ...)
{
	bool in_entry = oci->entry < oci->entry_count;
	unsigned line = in_entry ? oci->lines[oci->entry] : 0;
	char what[MAX_WHAT], where[64] = "", at[24] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (line)
		snprintf(at, sizeof(at), "%u:", line);
	if (in_entry)
		snprintf(where, sizeof(where), "syscalls[%zu]%s", oci->entry, field ? "." : "");
	return gl_err_set(oci->err, errnum, "%.80s:%s %s%s%s%s", oci->name, at, where, field ? field : "",
			  in_entry || field ? ": " : "", what);
}

/* --- fields --------------------------------------------------------------------------------------- */

static int refuse_field(struct gl_oci *oci, const char *what, const char *name,
			const struct gl_oci_field *fields, size_t count)
{
	gl_autofree char *shown = gl_escape_dup(name, 60);
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));

	for (size_t i = 0; i < count; i++)
		gl_suggest_offer(&suggest, fields[i].name);
	if (suggest.best)
		return gl_oci_complain(oci, ENOENT, NULL, "%s has no field '%s'; did you mean '%s'?", what,
				       shown, suggest.best);
	return gl_oci_complain(oci, ENOENT, NULL, "%s has no field '%s'", what, shown);
}

int gl_oci_fields(struct gl_oci *oci, const json_t *object, const char *what,
		  const struct gl_oci_field *fields, size_t count, void *into)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return gl_oci_complain(oci, EINVAL, NULL, "%s must be an object", what);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;
		int r;

		while (i < count && strcmp(fields[i].name, key) != 0)
			i++;
		if (i == count)
			return refuse_field(oci, what, key, fields, count);
		r = json_is_null(value) ? 0 : fields[i].take(oci, value, into);
		if (r < 0)
			return r;
	}
	return 0;
}

int gl_oci_strings(struct gl_oci *oci, const json_t *array, const char *what,
		   int (*take)(struct gl_oci *oci, const char *text, void *into), void *into)
{
	const json_t *item;
	size_t i;
	int r = 0;

	if (!json_is_array(array))
		return gl_oci_complain(oci, EINVAL, what, "must be an array of strings");
	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item))
			return gl_oci_complain(oci, EINVAL, what, "must be an array of strings");
		r = take(oci, json_string_value(item), into);
		if (r < 0)
			return r;
	}
	return 0;
}
