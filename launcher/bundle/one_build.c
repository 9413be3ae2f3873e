/*
 * Is a bundle's libc of one build?  See bundle/verify.h.
 *
 * glibc's parts meet in symbols of the version GLIBC_PRIVATE, which change from
 * build to build without a trace in any version number: a loader of another
 * build works until it does not.  So two things are compared: what the parts say
 * of themselves (the loader does since 2.33), and the private symbols.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "bundle/verification.h"
#include "elf/versions.h"
#include "host/glibc_banner.h"

#define PRIVATE		 "GLIBC_PRIVATE"
#define MAX_NAMES	 65536 /* private symbols of all files together */
#define MAX_NAMES_BYTES	 ((size_t)4 << 20)
#define MAX_SHOWN_SYMBOL 100

/* --- what a part says of itself ---------------------------------------------- */

static int compare_banners(const struct gl_image *loader, const struct gl_image *libc, struct gl_err *err)
{
	char ours[GL_GLIBC_BANNER_MAX], theirs[GL_GLIBC_BANNER_MAX];
	gl_autofree char *first = NULL, *second = NULL;
	int r = gl_glibc_banner(loader, GL_GLIBC_BANNER_LOADER, ours);

	if (!r)
		r = gl_glibc_banner(libc, GL_GLIBC_BANNER_LIBC, theirs);
	if (r)
		return gl_err_sys(err, -r, "cannot read the bundle's libc");
	if (!ours[0] || !theirs[0] || !strcmp(ours, theirs))
		return 1;
	first = gl_escape_dup(ours, GL_GLIBC_BANNER_MAX);
	second = gl_escape_dup(theirs, GL_GLIBC_BANNER_MAX);
	gl_err_set(err, EBADMSG, "the loader is of (%s and libc.so.6 of (%s", first, second);
	return 0;
}

/* --- private symbols ------------------------------------------------------------ */

struct names {
	char **items;
	size_t count, room, bytes;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static int add_name(struct names *names, const char *name)
{
	size_t len = strlen(name) + 1;
	char **slot;

	if (len > MAX_NAMES_BYTES - names->bytes)
		return -E2BIG;
	slot = gl_mem_grow(&names->items, &names->room, names->count, sizeof(*slot), MAX_NAMES);
	if (!slot)
		return -errno;
	*slot = strdup(name);
	if (!*slot)
		return -ENOMEM;
	names->bytes += len;
	names->count++;
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The two sides, over all files. */
struct privates {
	struct names needed, defined;
};

static void privates_done(struct privates *p)
{
	names_done(&p->needed);
	names_done(&p->defined);
}

static int take_symbol(const char *name, const char *version, bool defined, void *arg)
{
	struct privates *p = arg;

	return strcmp(version, PRIVATE) ? 0 : add_name(defined ? &p->defined : &p->needed, name);
}

static int take_file(const struct gl_bundle *bundle, const struct gl_bundle_file *file, struct privates *p,
		     struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;
	int r = gl_bundle_open_image(bundle, file, &fd, &image, err);

	if (r || gl_image_defect(image) != GL_IMAGE_SOUND)
		return r;
	return gl_image_each_versioned_symbol(image, take_symbol, p, err);
}

/* Returns 1, 0 with the first symbol that nobody defines, or -errno. */
static int compare_privates(const struct gl_bundle *bundle, struct gl_err *err)
{
	GL_CLEANUP(privates_done) struct privates p = {.needed = {.items = NULL}};
	const struct gl_manifest *m = &bundle->manifest;
	int r = 0;

	for (size_t i = 0; i < m->count && !r; i++)
		if (m->files[i].role == GL_ROLE_LOADER || m->files[i].role == GL_ROLE_LIBRARY)
			r = take_file(bundle, &m->files[i], &p, err);
	if (r)
		return r;
	if (p.defined.count)
		qsort(p.defined.items, p.defined.count, sizeof(char *), compare_names);
	for (size_t i = 0; i < p.needed.count; i++) {
		gl_autofree char *shown = NULL;

		if (p.defined.count && bsearch(&p.needed.items[i], p.defined.items, p.defined.count,
					       sizeof(char *), compare_names))
			continue;
		shown = gl_escape_dup(p.needed.items[i], MAX_SHOWN_SYMBOL);
		gl_err_set(err, EBADMSG, "a part needs the private symbol %s, which no part has", shown);
		return 0;
	}
	return 1;
}

int gl_bundle_is_one_build(const struct gl_bundle *bundle, struct gl_err *err)
{
	const struct gl_manifest *m = &bundle->manifest;
	const struct gl_bundle_file *libc_file, *loader_file;
	gl_autoimage struct gl_image *libc = NULL, *loader = NULL;
	gl_autoclose int libc_fd = -1, loader_fd = -1;
	int r;

	if (m->libc != GL_LIBC_GLIBC)
		return 1; /* musl is one file */
	libc_file = gl_manifest_find(m, GL_BUNDLE_LIBC);
	loader_file = gl_manifest_find(m, gl_manifest_loader(m));
	if (!libc_file) {
		gl_err_set(err, EBADMSG, "there is no " GL_BUNDLE_LIBC);
		return 0;
	}
	r = gl_bundle_open_image(bundle, libc_file, &libc_fd, &libc, err);
	if (!r)
		r = gl_bundle_open_image(bundle, loader_file, &loader_fd, &loader, err);
	if (!r)
		r = compare_banners(loader, libc, err);
	return r == 1 ? compare_privates(bundle, err) : r;
}
