/*
 * A glibc loader's cache and version: see host/glibc.h.
 *
 * The loader itself does not tell its version before 2.33 (no --version
 * then), and its own symbol versions stop at the last one that the loader
 * needed a new symbol for.  So the version is libc.so.6's, found as the loader
 * would find it: by the name it links to (libc-2.31.so, until 2.33), else by its
 * highest GLIBC_2.x, and by what it says of itself behind the versions after which
 * a release came that brought no new symbol.
 */
#include "host/glibc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/fd.h"
#include "base/mem.h"
#include "elf/versions.h"
#include "host/glibc_banner.h"
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

/*
 * The versions of libc.so.6 behind which one is left out: a file whose highest it
 * is may be of the next release (of 2.19 to 2.21 behind 2.18; GLIBC_2.31 came to
 * libc.so.6 with libpthread, in 2.34).  Later releases are not known to be so.
 */
static const unsigned before_gaps[] = {18, 30, 36, 39};

static bool may_be_later(unsigned highest)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(before_gaps); i++)
		if (before_gaps[i] == highest)
			return true;
	return false;
}

/* What is no lower than its versions is believed. */
static int ask_banner(const struct gl_image *libc, unsigned *minor, struct gl_err *err)
{
	char banner[GL_GLIBC_BANNER_MAX];
	int r = gl_glibc_banner(libc, GL_GLIBC_BANNER_LIBC, banner);

	if (r)
		return gl_err_sys(err, -r, "cannot read '%s'", LIBC);
	*minor = GL_MAX(*minor, gl_glibc_banner_minor(banner));
	return 0;
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
	r = gl_glibc_minor_of(glibc->host, path, image, ret, err);
	return !r && may_be_later(*ret) ? ask_banner(image, ret, err) : r;
}

static unsigned plain_only(const struct gl_ld_cache_want *want, void *arg)
{
	(void)want;
	(void)arg;
	return 0;
}

static int minor_in(struct gl_glibc *glibc, const char *dir, unsigned *ret, struct gl_err *err)
{
	gl_autofree char *path = gl_path_join(dir, "", LIBC);

	return path ? minor_at(glibc, path, ret, err) : gl_err_sys(err, ENOMEM, "cannot look for '%s'", LIBC);
}

/* Is this the loader of the host's loader_dir, which searches that first? */
static bool is_bundled(const struct gl_glibc *glibc)
{
	const char *dir = glibc->host->loader_dir, *path = glibc->interpreter;
	size_t len = dir ? strlen(dir) : 0;

	return len && !strncmp(path, dir, len) &&
	       (size_t)(gl_path_basename(path) - path) == len + (dir[len - 1] != '/');
}

static int find_minor(struct gl_glibc *glibc, unsigned *ret, struct gl_err *err)
{
	const struct gl_ld_cache *cache;
	const struct gl_glibc_paths *paths;
	const char *cached;
	int r;

	*ret = 0;
	if (is_bundled(glibc)) {
		r = minor_in(glibc, glibc->host->loader_dir, ret, err);
		if (r || *ret)
			return r;
	}
	r = gl_glibc_cache(glibc, &cache, err);
	if (r)
		return r;
	cached = gl_ld_cache_lookup(cache, glibc->arch, LIBC, plain_only, NULL);
	if (cached)
		r = minor_at(glibc, cached, ret, err);
	if (r || *ret)
		return r;
	r = gl_glibc_paths(glibc, &paths, err);
	for (size_t i = 0; !r && !*ret && i < paths->dir_count; i++)
		r = minor_in(glibc, paths->dirs[i], ret, err);
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
