/*
 * Reading a saved record: see report/saved.h.
 *
 * One table says which fields are looked at, and of which types they may be.
 */
#include "report/saved.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/finding.h"

#define SCHEMA	  "golaunch.report/1"
#define MAX_SHOWN 80
#define PLACE_MAX 128 /* "frames[12].function" */

enum kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_OBJECT,
	KIND_TEXTS,  /* an array of strings */
	KIND_FRAMES, /* an array of objects with function, file, line */
	KIND_DENIALS,
	KIND_FINDINGS,
	KIND_MAX
};

struct field {
	const char *parent, *name; /* parent "" is the record; an absent or null parent has no fields */
	enum kind kind;
	bool required;
};

static const struct field fields[] = {
	{"", "schema", KIND_TEXT, true},
	{"", "program", KIND_TEXT, true},
	{"", "outcome", KIND_OBJECT, true},
	{"outcome", "kind", KIND_TEXT, true},
	{"outcome", "status", KIND_NUMBER, false},
	{"outcome", "signal", KIND_TEXT, false},
	{"", "time", KIND_TEXT, false},
	{"", "phase", KIND_TEXT, false},
	{"", "cause", KIND_OBJECT, false},
	{"cause", "code", KIND_TEXT, true},
	{"cause", "severity", KIND_TEXT, true},
	{"cause", "message", KIND_TEXT, true},
	{"cause", "evidence", KIND_OBJECT, false},
	{"cause", "fixes", KIND_TEXTS, false},
	{"", "frames", KIND_FRAMES, false},
	{"", "denials", KIND_DENIALS, false},
	{"", "findings", KIND_FINDINGS, false},
	{"", "init", KIND_OBJECT, false},
	{"init", "package", KIND_TEXT, false},
	{"init", "function", KIND_TEXT, false},
	{"init", "file", KIND_TEXT, false},
	{"init", "line", KIND_NUMBER, false},
	{"init", "done", KIND_NUMBER, false},
	{"init", "total", KIND_NUMBER, false},
	{"", "stderr_tail", KIND_TEXT, false},
	{"", "go", KIND_OBJECT, false},
	{"go", "version", KIND_TEXT, false},
	{"go", "module", KIND_TEXT, false},
	{"go", "module_version", KIND_TEXT, false},
	{"", "host", KIND_OBJECT, false},
	{"host", "libc", KIND_TEXT, false},
	{"host", "libc_version", KIND_TEXT, false},
	{"host", "kernel", KIND_TEXT, false},
	{"host", "machine", KIND_TEXT, false},
};

static const struct field frame_fields[] = {
	{"", "function", KIND_TEXT, false},
	{"", "file", KIND_TEXT, false},
	{"", "line", KIND_NUMBER, false},
};

static const struct field denial_fields[] = {
	{"", "syscall", KIND_TEXT, true},  {"", "args", KIND_TEXT, false},
	{"", "errno", KIND_TEXT, false},   {"", "function", KIND_TEXT, false},
	{"", "file", KIND_TEXT, false},	   {"", "line", KIND_NUMBER, false},
	{"", "rule", KIND_TEXT, false},	   {"", "allow", KIND_TEXT, false},
	{"", "count", KIND_NUMBER, false},
};

static const struct field finding_fields[] = {
	{"", "code", KIND_TEXT, true},	  {"", "severity", KIND_TEXT, true},
	{"", "message", KIND_TEXT, true}, {"", "evidence", KIND_OBJECT, false},
	{"", "fixes", KIND_TEXTS, false},
};

/* What the objects of an array have. */
static const struct {
	const struct field *fields;
	size_t count;
} of_kind[KIND_MAX] = {
	[KIND_FRAMES] = {frame_fields, GL_ARRAY_SIZE(frame_fields)},
	[KIND_DENIALS] = {denial_fields, GL_ARRAY_SIZE(denial_fields)},
	[KIND_FINDINGS] = {finding_fields, GL_ARRAY_SIZE(finding_fields)},
};

static bool is_of(const json_t *value, enum kind kind)
{
	switch (kind) {
	case KIND_TEXT:
		return json_is_string(value);
	case KIND_NUMBER:
		return json_is_integer(value);
	case KIND_OBJECT:
		return json_is_object(value);
	case KIND_TEXTS:
	case KIND_FRAMES:
	case KIND_DENIALS:
	case KIND_FINDINGS:
		return json_is_array(value);
	case KIND_MAX:
		break;
	}
	return false;
}

static int refuse(struct gl_err *err, const char *where, enum kind kind)
{
	static const char *const words[KIND_MAX] = {
		[KIND_TEXT] = "a string",     [KIND_NUMBER] = "a whole number", [KIND_OBJECT] = "an object",
		[KIND_TEXTS] = "an array",    [KIND_FRAMES] = "an array",	[KIND_DENIALS] = "an array",
		[KIND_FINDINGS] = "an array",
	};

	return gl_err_set(err, EINVAL, "'%s' must be %s", where, words[kind]);
}

/* where: the field's own name in full, for err. */
static int check_value(const json_t *value, const struct field *field, const char *where, struct gl_err *err)
{
	if (!value && field->required)
		return gl_err_set(err, EINVAL, "'%s' is missing", where);
	if (!value || (json_is_null(value) && !field->required))
		return 0;
	return is_of(value, field->kind) ? 0 : refuse(err, where, field->kind);
}

static int check_texts(const json_t *array, const char *where, struct gl_err *err)
{
	char place[PLACE_MAX];
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		snprintf(place, sizeof(place), "%s[%zu]", where, i);
		if (!json_is_string(item))
			return refuse(err, place, KIND_TEXT);
	}
	return 0;
}

/* An object of an array of this kind. */
static int check_object(const json_t *item, enum kind kind, const char *where, struct gl_err *err)
{
	char place[PLACE_MAX];

	if (!json_is_object(item))
		return refuse(err, where, KIND_OBJECT);
	for (size_t i = 0; i < of_kind[kind].count; i++) {
		const struct field *field = &of_kind[kind].fields[i];
		const json_t *value = json_object_get(item, field->name);

		snprintf(place, sizeof(place), "%s.%s", where, field->name);
		if (check_value(value, field, place, err))
			return -EINVAL;
		if (field->kind == KIND_TEXTS && check_texts(value, place, err))
			return -EINVAL;
	}
	return 0;
}

static int check_objects(const json_t *array, enum kind kind, const char *where, struct gl_err *err)
{
	char place[PLACE_MAX / 2];
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		snprintf(place, sizeof(place), "%s[%zu]", where, i);
		if (check_object(item, kind, place, err))
			return -EINVAL;
	}
	return 0;
}

static int check_field(const json_t *record, const struct field *field, struct gl_err *err)
{
	const json_t *parent = *field->parent ? json_object_get(record, field->parent) : record;
	const json_t *value = json_object_get(parent, field->name);
	char where[PLACE_MAX / 4];

	if (!parent || json_is_null(parent))
		return 0;
	snprintf(where, sizeof(where), "%s%s%s", field->parent, *field->parent ? "." : "", field->name);
	if (check_value(value, field, where, err))
		return -EINVAL;
	if (field->kind == KIND_TEXTS)
		return check_texts(value, where, err);
	return of_kind[field->kind].fields ? check_objects(value, field->kind, where, err) : 0;
}

static bool is_code(const char *text)
{
	return strlen(text) == strlen("GL0000") && !strncmp(text, "GL", 2) &&
	       strspn(text + 2, "0123456789") == 4;
}

static bool is_severity(const char *text)
{
	for (int i = 0; i < GL_SEVERITY_MAX; i++)
		if (!strcmp(text, gl_severity_name((enum gl_severity)i)))
			return true;
	return false;
}

/* A text that may be one of a few only. */
static int check_word(const json_t *object, const char *key, bool (*is_right)(const char *),
		      struct gl_err *err)
{
	const char *text = json_string_value(json_object_get(object, key));
	gl_autofree char *shown = gl_escape_dup(text, MAX_SHOWN);

	if (!text || is_right(text))
		return 0;
	return gl_err_set(err, EINVAL, "'%s' cannot be '%s'", key, shown ? shown : "");
}

static bool is_schema(const char *text)
{
	return !strcmp(text, SCHEMA);
}

/* Of the cause, or of another finding. */
static int check_finding_words(const json_t *finding, struct gl_err *err)
{
	if (check_word(finding, "code", is_code, err))
		return -EINVAL;
	return check_word(finding, "severity", is_severity, err);
}

static int check_words(const json_t *record, struct gl_err *err)
{
	const json_t *findings = json_object_get(record, "findings"), *item;
	size_t i;

	if (check_word(record, "schema", is_schema, err) ||
	    check_finding_words(json_object_get(record, "cause"), err))
		return -EINVAL;
	json_array_foreach(findings, i, item) if (check_finding_words(item, err)) return gl_err_wrap(
		err, "'findings[%zu]'", i);
	return 0;
}

static int check(const json_t *record, struct gl_err *err)
{
	if (!json_is_object(record))
		return gl_err_set(err, EINVAL, "not a record, which is an object");
	for (size_t i = 0; i < GL_ARRAY_SIZE(fields); i++)
		if (check_field(record, &fields[i], err))
			return -EINVAL;
	return check_words(record, err);
}

int gl_saved_parse(const char *line, size_t len, json_t **ret, struct gl_err *err)
{
	json_error_t error;
	json_t *record;
	int r;

	if (len > GL_SAVED_MAX_LINE)
		return gl_err_set(err, EINVAL, "longer than %zu bytes", GL_SAVED_MAX_LINE);
	record = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!record) {
		gl_autofree char *shown = gl_escape_dup(error.text, MAX_SHOWN);

		return gl_err_set(err, EINVAL, "column %d: not JSON: %s", error.column, shown ? shown : "");
	}
	r = check(record, err);
	if (r)
		json_decref(record);
	else
		*ret = record;
	return r;
}
