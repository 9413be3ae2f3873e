/*
 * The manifest as a list of files, and what a file's role says of it: see
 * bundle/manifest.h.
 *
 * Paths are never cleaned or joined, only compared with the one form their role
 * has.  What does not fit is refused here, for the manifests that are read and
 * for those that are made.
 */
#include "bundle/manifest.h"

#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"

static const struct {
	const char *name;
	const char *folder;
	unsigned mode;
} roles[GL_ROLE_MAX] = {
	[GL_ROLE_STUB] = {"stub", "", 0755},
	[GL_ROLE_PROGRAM] = {"program", GL_BUNDLE_PROGRAM, 0755},
	[GL_ROLE_LOADER] = {"loader", GL_BUNDLE_LIB, 0755},
	[GL_ROLE_LIBRARY] = {"library", GL_BUNDLE_LIB, 0644},
	[GL_ROLE_GCONV] = {"gconv", GL_BUNDLE_GCONV, 0644},
};

/* Paths that the forms below would allow and a bundle has for itself. */
static const char *const taken[] = {GL_MANIFEST_NAME, GL_BUNDLE_PROGRAM, GL_BUNDLE_LIB, GL_BUNDLE_GCONV};

const char *gl_bundle_role_name(enum gl_bundle_role role)
{
	return role < GL_ROLE_MAX ? roles[role].name : "";
}

const char *gl_bundle_role_folder(enum gl_bundle_role role)
{
	return role < GL_ROLE_MAX ? roles[role].folder : "";
}

unsigned gl_bundle_role_mode(enum gl_bundle_role role)
{
	return role < GL_ROLE_MAX ? roles[role].mode : 0644;
}

/* What JSON can carry and a terminal can show: the bytes as they are. */
static bool is_plain(const char *text)
{
	char room[3 * GL_MANIFEST_MAX_TEXT + 1];
	struct gl_buf clean = GL_BUF_FIXED(room);

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	gl_escape_utf8(&clean, text, strlen(text), 0);
	return !gl_buf_error(&clean) && !strcmp(gl_buf_text(&clean), text);
}

static bool is_name(const char *text)
{
	return *text && !strchr(text, '/') && strcmp(text, ".") && strcmp(text, "..") && is_plain(text);
}

bool gl_bundle_role_takes(enum gl_bundle_role role, const char *path)
{
	const char *folder = gl_bundle_role_folder(role);
	size_t len = strlen(folder);

	if (role >= GL_ROLE_MAX || strlen(path) > GL_MANIFEST_MAX_TEXT)
		return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(taken); i++)
		if (!strcmp(path, taken[i]))
			return false;
	if (!len)
		return is_name(path);
	return !strncmp(path, folder, len) && path[len] == '/' && is_name(path + len + 1);
}

static void file_done(struct gl_bundle_file *file)
{
	free(file->path);
	free(file->soname);
	free(file->build_id);
	for (size_t i = 0; i < file->provide_count; i++)
		free(file->provides[i]);
	free(file->provides);
	free(file->package);
	free(file->package_version);
	free(file->licence);
}

void gl_manifest_done(struct gl_manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		file_done(&m->files[i]);
	free(m->files);
	free(m->golaunch);
	*m = GL_MANIFEST_INIT;
}

struct gl_bundle_file *gl_manifest_add(struct gl_manifest *m, const char *path, enum gl_bundle_role role)
{
	gl_autofree char *copy = NULL;
	struct gl_bundle_file *file;

	if (!gl_bundle_role_takes(role, path)) {
		errno = EINVAL;
		return NULL;
	}
	copy = strdup(path);
	file = copy ? gl_mem_grow(&m->files, &m->room, m->count, sizeof(*file), GL_MANIFEST_MAX_FILES) : NULL;
	if (!file)
		return NULL;
	file->path = GL_TAKE_PTR(copy);
	file->role = role;
	m->count++;
	return file;
}

static int compare_files(const void *left, const void *right)
{
	const struct gl_bundle_file *a = left, *b = right;

	return strcmp(a->path, b->path);
}

void gl_manifest_sort(struct gl_manifest *m)
{
	if (m->count)
		qsort(m->files, m->count, sizeof(*m->files), compare_files);
}

static int compare_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct gl_bundle_file *)file)->path);
}

const struct gl_bundle_file *gl_manifest_find(const struct gl_manifest *m, const char *path)
{
	return m->count ? bsearch(path, m->files, m->count, sizeof(*m->files), compare_path) : NULL;
}

const char *gl_manifest_loader(const struct gl_manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->files[i].role == GL_ROLE_LOADER)
			return m->files[i].path;
	return NULL;
}
