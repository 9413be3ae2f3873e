/*
 * Reading a manifest: see bundle/manifest.h.
 *
 * The text is hostile.  Before jansson makes values of it, one pass over the
 * bytes bounds their number and nesting, since three bytes of text can become
 * 200 of memory.  Then every field is taken by a row of a table that knows its
 * type; nothing is guessed, converted or repaired.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/hex.h"
#include "base/mem.h"
#include "bundle/manifest.h"

#define WHOLE	    SIZE_MAX
#define NEAR_LENGTH 120 /* of the text that jansson quotes */

/* Where the reader is, for its errors. */
struct reader {
	struct gl_manifest *m;
	struct gl_bundle_file *file; /* NULL: the manifest's own fields */
	size_t index;		     /* of the file, or WHOLE */
	const char *field;
	struct gl_err *err;
};

struct field {
	const char *name;
	int (*take)(struct reader *r, const json_t *value, size_t at);
	size_t at; /* offset in struct gl_manifest or struct gl_bundle_file */
	bool required;
};

/* "files[3].path: must be ..." */
static int reject(const struct reader *r, const char *what)
{
	if (r->index == WHOLE)
		return gl_err_set(r->err, EBADMSG, "%s: %s", r->field, what);
	return gl_err_set(r->err, EBADMSG, "files[%zu].%s: %s", r->index, r->field, what);
}

static int no_memory(const struct reader *r)
{
	return gl_err_sys(r->err, ENOMEM, "cannot read the manifest");
}

static void *member(const struct reader *r, size_t at)
{
	return (char *)(r->file ? (void *)r->file : (void *)r->m) + at;
}

/* A string of 1 to max bytes, or NULL. */
static const char *text_of(const json_t *value, size_t max)
{
	const char *text = json_string_value(value);

	return text && *text && strlen(text) <= max ? text : NULL;
}

static int take_text(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);
	char **into = member(r, at);

	if (!text)
		return reject(r, "must be a text, and no long one");
	*into = strdup(text);
	return *into ? 0 : no_memory(r);
}

static int take_schema(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);

	(void)at;
	return text && !strcmp(text, GL_MANIFEST_SCHEMA) ? 0 : reject(r, "must be " GL_MANIFEST_SCHEMA);
}

static int take_libc(struct reader *r, const json_t *value, size_t at)
{
	static const enum gl_libc_kind kinds[] = {GL_LIBC_GLIBC, GL_LIBC_MUSL};
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);
	enum gl_libc_kind *into = member(r, at);

	for (size_t i = 0; text && i < GL_ARRAY_SIZE(kinds); i++)
		if (!strcmp(text, gl_libc_kind_name(kinds[i]))) {
			*into = kinds[i];
			return 0;
		}
	return reject(r, "must be glibc or musl");
}

static int take_libc_version(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, sizeof(r->m->libc_version) - 1);

	if (!text)
		return reject(r, "must be a version");
	memcpy(member(r, at), text, strlen(text) + 1);
	return 0;
}

static int take_machine(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);
	const struct gl_arch **into = member(r, at);

	*into = text ? gl_arch_named(text) : NULL;
	return *into ? 0 : reject(r, "is none that golaunch knows");
}

/* Three numbers of at most four digits, and nothing else. */
static int take_kernel(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);
	unsigned *into = member(r, at);

	for (int i = 0; text && i < 3; i++) {
		size_t digits = strspn(text, "0123456789");

		if (digits < 1 || digits > 4 || text[digits] != (i < 2 ? '.' : '\0'))
			break;
		into[i] = (unsigned)strtoul(text, NULL, 10);
		if (i == 2)
			return 0;
		text += digits + 1;
	}
	return reject(r, "must be three numbers: 3.2.0");
}

static int take_cpu_level(struct reader *r, const json_t *value, size_t at)
{
	json_int_t level = json_is_integer(value) ? json_integer_value(value) : -1;

	if (level < 0 || level > GL_MANIFEST_MAX_CPU)
		return reject(r, "must be a small number");
	*(unsigned *)member(r, at) = (unsigned)level;
	return 0;
}

static int take_bool(struct reader *r, const json_t *value, size_t at)
{
	if (!json_is_boolean(value))
		return reject(r, "must be true or false");
	*(bool *)member(r, at) = json_is_true(value);
	return 0;
}

static int take_size(struct reader *r, const json_t *value, size_t at)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return reject(r, "must be a number of bytes");
	*(uint64_t *)member(r, at) = (uint64_t)json_integer_value(value);
	return 0;
}

static int take_time(struct reader *r, const json_t *value, size_t at)
{
	if (!json_is_integer(value))
		return reject(r, "must be a number of seconds");
	*(int64_t *)member(r, at) = json_integer_value(value);
	return 0;
}

static int take_hash(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_SHA256_TEXT - 1);

	if (!text || !gl_hex_parse(text, member(r, at), GL_SHA256_BYTES))
		return reject(r, "must be 64 hexadecimal digits");
	return 0;
}

static int take_build_id(struct reader *r, const json_t *value, size_t at)
{
	const char *text = text_of(value, GL_MANIFEST_MAX_TEXT);

	if (!text || !gl_hex_is(text))
		return reject(r, "must be bytes in hexadecimal digits");
	return take_text(r, value, at);
}

static int take_provides(struct reader *r, const json_t *value, size_t at)
{
	struct gl_bundle_file *file = r->file;
	size_t count = json_array_size(value);

	(void)at;
	if (!json_is_array(value) || count > GL_MANIFEST_MAX_PROVIDES)
		return reject(r, "must be a list of versions, and no long one");
	file->provides = calloc(count + 1, sizeof(*file->provides));
	if (!file->provides)
		return no_memory(r);
	for (size_t i = 0; i < count; i++) {
		const char *text = text_of(json_array_get(value, i), GL_MANIFEST_MAX_TEXT);

		if (!text)
			return reject(r, "must be a list of versions");
		file->provides[i] = strdup(text);
		if (!file->provides[i])
			return no_memory(r);
		file->provide_count++;
	}
	return 0;
}

static int take_fields(struct reader *r, const struct field *fields, size_t count, const json_t *object)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, fields[i].name);
		int error;

		r->field = fields[i].name;
		if (!value && fields[i].required)
			return reject(r, "is missing");
		error = value ? fields[i].take(r, value, fields[i].at) : 0;
		if (error)
			return error;
	}
	return 0;
}

/* "path" and "role" are taken before: one says what the other may be. */
#define OF_FILE(member) offsetof(struct gl_bundle_file, member)
static const struct field file_fields[] = {
	{"size", take_size, OF_FILE(size), true},
	{"mtime", take_time, OF_FILE(mtime), true},
	{"sha256", take_hash, OF_FILE(sha256), true},
	{"soname", take_text, OF_FILE(soname), false},
	{"build_id", take_build_id, OF_FILE(build_id), false},
	{"provides", take_provides, 0, false},
	{"package", take_text, OF_FILE(package), false},
	{"package_version", take_text, OF_FILE(package_version), false},
	{"licence", take_text, OF_FILE(licence), false},
};

static enum gl_bundle_role role_of(const json_t *value)
{
	const char *text = json_string_value(value);
	unsigned role = 0;

	while (role < GL_ROLE_MAX && (!text || strcmp(text, gl_bundle_role_name(role))))
		role++;
	return role;
}

static int take_file(struct reader *r, const json_t *object)
{
	enum gl_bundle_role role = role_of(json_object_get(object, "role"));
	const char *path = json_string_value(json_object_get(object, "path"));

	r->field = "role";
	if (role == GL_ROLE_MAX)
		return reject(r, "is none of a bundle's");
	r->field = "path";
	r->file = path ? gl_manifest_add(r->m, path, role) : NULL;
	if (!r->file)
		return path && errno == ENOMEM ? no_memory(r)
					       : reject(r, "is not where a file of its role may be");
	return take_fields(r, file_fields, GL_ARRAY_SIZE(file_fields), object);
}

static int take_files(struct reader *r, const json_t *value, size_t at)
{
	int error = 0;

	(void)at;
	if (!json_is_array(value) || json_array_size(value) > GL_MANIFEST_MAX_FILES)
		return reject(r, "must be a list of files, and no long one");
	for (size_t i = 0; !error && i < json_array_size(value); i++) {
		r->index = i;
		error = take_file(r, json_array_get(value, i));
	}
	r->file = NULL;
	r->index = WHOLE;
	return error;
}

#define OF(member) offsetof(struct gl_manifest, member)
static const struct field fields[] = {
	{"schema", take_schema, 0, true},
	{"golaunch", take_text, OF(golaunch), true},
	{"libc", take_libc, OF(libc), true},
	{"libc_version", take_libc_version, OF(libc_version), true},
	{"machine", take_machine, OF(arch), true},
	{"kernel", take_kernel, OF(kernel), true},
	{"cpu_level", take_cpu_level, OF(cpu_level), true},
	{"gconv", take_bool, OF(gconv), true},
	{"files", take_files, 0, true},
};

/* A program runs by the stub of its name, and a stub runs the program of its own. */
static bool has_partner(const struct gl_manifest *m, const struct gl_bundle_file *file)
{
	char path[sizeof(GL_BUNDLE_PROGRAM) + 1 + GL_MANIFEST_MAX_TEXT];

	if (file->role == GL_ROLE_PROGRAM)
		return gl_manifest_find(m, file->path + sizeof(GL_BUNDLE_PROGRAM));
	if (file->role != GL_ROLE_STUB)
		return true;
	snprintf(path, sizeof(path), "%s/%s", GL_BUNDLE_PROGRAM, file->path);
	return gl_manifest_find(m, path);
}

/* What no single field shows. */
static int check_whole(struct reader *r)
{
	struct gl_manifest *m = r->m;
	uint64_t total = 0;
	size_t loaders = 0;

	r->field = "files";
	gl_manifest_sort(m);
	for (size_t i = 0; i < m->count; i++) {
		if (i && !strcmp(m->files[i - 1].path, m->files[i].path))
			return reject(r, "two of one path");
		if (!has_partner(m, &m->files[i]))
			return reject(r, "a program without its stub, or a stub without its program");
		if (m->files[i].size > GL_MANIFEST_MAX_TOTAL - total)
			return reject(r, "must be of 4 GiB together, at most");
		total += m->files[i].size;
		loaders += m->files[i].role == GL_ROLE_LOADER;
	}
	if (loaders != 1)
		return reject(r, "must have one loader");
	/* musl's loader is its libc; glibc's would take the host's, of another build. */
	if (m->libc == GL_LIBC_GLIBC && !gl_manifest_find(m, GL_BUNDLE_LIBC))
		return reject(r, "must have " GL_BUNDLE_LIBC);
	return 0;
}

/* Bounds what the text can become, without understanding it. */
static int screen(const char *text, size_t len, struct gl_err *err)
{
	size_t depth = 0, values = 1;
	bool quoted = false;

	if (len > GL_MANIFEST_MAX_BYTES)
		return gl_err_set(err, EBADMSG, "more than %zu bytes", GL_MANIFEST_MAX_BYTES);
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
			continue;
		}
		quoted = c == '"';
		values += c == '{' || c == '[' || c == ',' || c == ':';
		depth += c == '{' || c == '[';
		depth -= depth && (c == '}' || c == ']');
		if (depth > GL_MANIFEST_MAX_DEPTH)
			return gl_err_set(err, EBADMSG, "nested more than %d deep", GL_MANIFEST_MAX_DEPTH);
		if (values > GL_MANIFEST_MAX_VALUES)
			return gl_err_set(err, EBADMSG, "more than %zu values", GL_MANIFEST_MAX_VALUES);
	}
	return 0;
}

static int load(const char *text, size_t len, json_t **ret, struct gl_err *err)
{
	gl_autofree char *shown = NULL;
	json_error_t error;
	int r = screen(text, len, err);

	if (r)
		return r;
	*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (*ret)
		return 0;
	if (json_error_code(&error) == json_error_out_of_memory)
		return gl_err_sys(err, ENOMEM, "cannot read the manifest");
	shown = gl_escape_dup(error.text, NEAR_LENGTH);
	return gl_err_set(err, EBADMSG, "line %d: %s", error.line, shown ? shown : "no JSON");
}

int gl_manifest_parse(const char *text, size_t len, struct gl_manifest *ret, struct gl_err *err)
{
	struct gl_manifest m = GL_MANIFEST_INIT;
	struct reader r = {.m = &m, .index = WHOLE, .err = err};
	json_t *document = NULL;
	int error = load(text, len, &document, err);

	if (error)
		return error;
	if (json_is_object(document))
		error = take_fields(&r, fields, GL_ARRAY_SIZE(fields), document);
	else
		error = gl_err_set(err, EBADMSG, "no JSON object");
	json_decref(document);
	if (!error)
		error = check_whole(&r);
	if (error)
		gl_manifest_done(&m);
	else
		*ret = m;
	return error;
}
