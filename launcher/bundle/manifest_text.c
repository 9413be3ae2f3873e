/*
 * The manifest as a document: see bundle/manifest.h.
 *
 * Fields stand in the order of this file and files in that of their paths, so
 * the same manifest gives the same bytes.  What is not known is left out.
 */
#include <errno.h>

#include "base/mem.h"
#include "bundle/manifest.h"
#include "diag/finding.h"

/* An object under construction; once something could not be added it stays failed. */
struct object {
	json_t *json;
	bool failed;
};

static void put(struct object *o, const char *key, json_t *value)
{
	o->failed |= json_object_set_new(o->json, key, value) != 0;
}

static void put_text(struct object *o, const char *key, const char *text)
{
	if (text)
		put(o, key, gl_json_text(text));
}

static json_t *finish(struct object *o)
{
	if (!o->failed)
		return o->json;
	json_decref(o->json);
	return NULL;
}

static json_t *provides_json(const struct gl_bundle_file *file)
{
	json_t *array = json_array();

	for (size_t i = 0; i < file->provide_count; i++)
		if (json_array_append_new(array, gl_json_text(file->provides[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *file_json(const struct gl_bundle_file *file)
{
	struct object o = {.json = json_object()};
	char hash[GL_SHA256_TEXT];

	gl_sha256_text(file->sha256, hash);
	put_text(&o, "path", file->path);
	put_text(&o, "role", gl_bundle_role_name(file->role));
	put(&o, "size", json_integer((json_int_t)file->size));
	put(&o, "mtime", json_integer(file->mtime));
	put_text(&o, "sha256", hash);
	put_text(&o, "soname", file->soname);
	put_text(&o, "build_id", file->build_id);
	if (file->provide_count)
		put(&o, "provides", provides_json(file));
	put_text(&o, "package", file->package);
	put_text(&o, "package_version", file->package_version);
	put_text(&o, "licence", file->licence);
	return finish(&o);
}

static int compare(const void *left, const void *right)
{
	const struct gl_bundle_file *const *a = left, *const *b = right;

	return strcmp((*a)->path, (*b)->path);
}

static json_t *files_json(const struct gl_manifest *m)
{
	gl_autofree const struct gl_bundle_file **sorted = calloc(m->count + 1, sizeof(*sorted));
	json_t *array = json_array();

	if (!sorted) {
		json_decref(array);
		return NULL;
	}
	for (size_t i = 0; i < m->count; i++)
		sorted[i] = &m->files[i];
	qsort(sorted, m->count, sizeof(*sorted), compare);
	for (size_t i = 0; i < m->count; i++)
		if (json_array_append_new(array, file_json(sorted[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *gl_manifest_json(const struct gl_manifest *m)
{
	struct object o = {.json = json_object()};

	put_text(&o, "schema", GL_MANIFEST_SCHEMA);
	put_text(&o, "golaunch", m->golaunch);
	put_text(&o, "libc", gl_libc_kind_name(m->libc));
	put_text(&o, "libc_version", m->libc_version);
	put_text(&o, "machine", m->arch ? m->arch->name : NULL);
	put(&o, "kernel", json_sprintf("%u.%u.%u", m->kernel[0], m->kernel[1], m->kernel[2]));
	put(&o, "cpu_level", json_integer(m->cpu_level));
	put(&o, "gconv", json_boolean(m->gconv));
	put(&o, "files", files_json(m));
	return finish(&o);
}

char *gl_manifest_text(const struct gl_manifest *m)
{
	json_t *json = gl_manifest_json(m);
	gl_autofree char *document = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	char *text = NULL;

	json_decref(json);
	if (!document || asprintf(&text, "%s\n", document) < 0)
		return NULL;
	return text;
}
