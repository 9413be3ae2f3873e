/*
 * A glibc loader's cache and version: see host/glibc.h.
 *
 * The loader itself does not tell its version before 2.33 (no --version
 * then), and its own symbol versions stop at the last one that the loader
 * needed a new symbol for.  So the version is libc.so.6's, found as the loader
 * would find it.  Its highest GLIBC_2.x is one too low only for 2.19 to 2.21,
 * which added nothing there; their libc.so.6 is a link to libc-2.x.so.
 */
#include "host/glibc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/fd.h"
#include "base/mem.h"
#include "elf/versions.h"
#include "host/path.h"
#include "host/root.h"

#define LIBC "libc.so.6"

void gl_glibc_init(struct gl_glibc *glibc, const struct gl_host *host, const struct gl_arch *arch,
		   const char *interpreter, const struct gl_image *image)
{
	*glibc = (struct gl_glibc){
		.host = host,
		.arch = arch,
		.interpreter = interpreter,
		.image = image,
	};
}

void gl_glibc_done(struct gl_glibc *glibc)
{
	gl_glibc_paths_done(&glibc->paths);
	gl_ld_cache_done(&glibc->cache);
}

int gl_glibc_cache(struct gl_glibc *glibc, const struct gl_ld_cache **ret, struct gl_err *err)
{
	const char *path;
	int r = 0;

	if (!glibc->cache_known) {
		r = gl_glibc_file(glibc, GL_GLIBC_CACHE, &path, err);
		if (!r)
			r = gl_ld_cache_load(glibc->host, path, &glibc->cache, err);
	}
	if (r)
		return r;
	glibc->cache_known = true;
	*ret = &glibc->cache;
	return 0;
}

/* "libc-2.31.so" gives 31; 0: no such name. */
static unsigned minor_of_name(const char *name)
{
	unsigned long minor;
	char *end;

	if (strncmp(name, "libc-2.", strlen("libc-2.")))
		return 0;
	minor = strtoul(name + strlen("libc-2."), &end, 10);
	return (*end == '.' || *end == '-') && minor < UINT_MAX ? (unsigned)minor : 0;
}

static int highest_glibc(struct gl_image *libc, unsigned *ret, struct gl_err *err)
{
	const struct gl_version_def *defs;
	unsigned long minor;
	size_t count;
	int r = gl_image_version_defs(libc, &defs, &count, err);

	if (r == -ENOMEM)
		return r;
	*ret = 0;
	for (size_t i = 0; !r && i < count; i++) {
		if (strncmp(defs[i].version, "GLIBC_2.", strlen("GLIBC_2.")))
			continue;
		minor = strtoul(defs[i].version + strlen("GLIBC_2."), NULL, 10);
		if (minor < UINT_MAX && minor > *ret)
			*ret = (unsigned)minor;
	}
	return 0;
}

int gl_glibc_minor_of(const struct gl_host *host, const char *path, struct gl_image *libc, unsigned *ret,
		      struct gl_err *err)
{
	char target[PATH_MAX];
	unsigned minor = 0;

	if (gl_root_readlink(host, path, target, sizeof(target)) > 0)
		minor = minor_of_name(gl_path_basename(target));
	if (minor) {
		*ret = minor;
		return 0;
	}
	return highest_glibc(libc, ret, err);
}

/* Asks the file at path if it is a library of the machine.  Returns 0 with *ret 0 if it is none. */
static int minor_at(struct gl_glibc *glibc, const char *path, unsigned *ret, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = gl_root_open(glibc->host, path, O_RDONLY);
	int r;

	*ret = 0;
	if (fd < 0)
		return 0;
	r = gl_image_open(fd, &image, err);
	if (r)
		return r == -ENOMEM ? r : 0;
	if (gl_image_header(image)->machine != glibc->arch->elf_machine ||
	    gl_image_header(image)->elf_class != glibc->arch->elf_class)
		return 0;
	return gl_glibc_minor_of(glibc->host, path, image, ret, err);
}

static unsigned plain_only(const struct gl_ld_cache_want *want, void *arg)
{
	(void)want;
	(void)arg;
	return 0;
}

static int find_minor(struct gl_glibc *glibc, unsigned *ret, struct gl_err *err)
{
	const struct gl_ld_cache *cache;
	const struct gl_glibc_paths *paths;
	const char *cached;
	int r = gl_glibc_cache(glibc, &cache, err);

	*ret = 0;
	if (r)
		return r;
	cached = gl_ld_cache_lookup(cache, glibc->arch, LIBC, plain_only, NULL);
	if (cached)
		r = minor_at(glibc, cached, ret, err);
	if (r || *ret)
		return r;
	r = gl_glibc_paths(glibc, &paths, err);
	for (size_t i = 0; !r && !*ret && i < paths->dir_count; i++) {
		gl_autofree char *path = gl_path_join(paths->dirs[i], "", LIBC);

		r = path ? minor_at(glibc, path, ret, err)
			 : gl_err_sys(err, ENOMEM, "cannot look for '%s'", LIBC);
	}
	return r;
}

int gl_glibc_minor(struct gl_glibc *glibc, unsigned *ret, struct gl_err *err)
{
	int r = glibc->minor_known ? 0 : find_minor(glibc, &glibc->minor, err);

	if (r)
		return r;
	glibc->minor_known = true;
	*ret = glibc->minor;
	return 0;
}
