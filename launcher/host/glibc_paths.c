/*
 * The paths compiled into a glibc loader, found in its constants.
 *
 * elf/dl-load.c keeps the default directories as one array of strings behind
 * one another, each with a slash at both ends:
 *	"/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0"
 * (2.12 to 2.43, Debian, Fedora, Arch, NixOS).  No other constant of the loader
 * looks so; the longest such run is taken.  The files it reads are strings that
 * end in ld.so.cache and so.preload.  This reads bytes of a file that may be
 * hostile: a wrong answer is possible, a read out of bounds is not.
 */
#include <errno.h>
#include <limits.h>

#include "base/mem.h"
#include "host/glibc.h"
#include "host/path.h"
#include "host/rodata.h"
#include "host/root.h"

/* The files by how their paths end, and where they usually are. */
static const struct {
	const char *end, *usual;
} files[GL_GLIBC_FILE_MAX] = {
	[GL_GLIBC_CACHE] = {"/ld.so.cache", GL_LD_CACHE_PATH},
	[GL_GLIBC_PRELOAD] = {".so.preload", GL_LD_PRELOAD_PATH},
};

static void free_dirs(struct gl_glibc_paths *paths)
{
	for (size_t i = 0; i < paths->dir_count; i++)
		gl_mem_free_p(&paths->dirs[i]);
	paths->dir_count = 0;
}

static bool ends_in(const char *text, size_t len, const char *end)
{
	return len >= strlen(end) && !memcmp(text + len - strlen(end), end, strlen(end));
}

static bool is_directory_text(const char *text, size_t len)
{
	if (len < strlen("/lib/") || len >= PATH_MAX || text[0] != '/' || text[len - 1] != '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return memmem(text, len, "/lib", strlen("/lib")) != NULL;
}

/* How many directories stand behind one another from text on. */
static size_t run_length(const char *text, const char *end)
{
	size_t count = 0, len;

	while (text < end && count < GL_GLIBC_MAX_DIRS) {
		len = strnlen(text, (size_t)(end - text));
		if (!is_directory_text(text, len))
			break;
		count++;
		text += len + 1;
	}
	return count;
}

static int take_run(struct gl_glibc_paths *paths, const char *text, size_t count)
{
	free_dirs(paths);
	for (size_t i = 0; i < count; i++) {
		paths->dirs[i] = strdup(text);
		if (!paths->dirs[i])
			return -ENOMEM;
		paths->dir_count++;
		text += strlen(text) + 1;
	}
	return 0;
}

static int take_file(struct gl_glibc_paths *paths, const char *text, size_t len)
{
	for (size_t i = 0; i < GL_GLIBC_FILE_MAX && len < PATH_MAX; i++) {
		if (paths->files[i] || !ends_in(text, len, files[i].end))
			continue;
		paths->files[i] = strndup(text, len);
		if (!paths->files[i])
			return -ENOMEM;
	}
	return 0;
}

static bool is_complete(const struct gl_glibc_paths *paths)
{
	size_t count = 0;

	while (count < GL_GLIBC_FILE_MAX && paths->files[count])
		count++;
	return paths->dir_count && count == GL_GLIBC_FILE_MAX;
}

/* gl_rodata_fn: every string of a segment. */
static int scan(const char *bytes, size_t size, void *arg)
{
	struct gl_glibc_paths *paths = arg;
	const char *end = bytes + size;
	size_t len, run;
	int r = 0;

	for (const char *at = bytes; at < end && !r; at += len + 1) {
		len = strnlen(at, (size_t)(end - at));
		if (*at != '/')
			continue;
		run = run_length(at, end);
		if (run > paths->dir_count)
			r = take_run(paths, at, run);
		if (!r)
			r = take_file(paths, at, len);
	}
	return r ? r : is_complete(paths);
}

static int add_default(struct gl_glibc_paths *paths, const char *prefix, const char *dir)
{
	char *text;

	if (asprintf(&text, "%s%s/", prefix, dir) < 0)
		return -ENOMEM;
	paths->dirs[paths->dir_count++] = text;
	return 0;
}

/* Where the loader did not tell: as its distribution would have it. */
static int use_defaults(struct gl_glibc *glibc)
{
	char multiarch[64];
	const char *order[2] = {glibc->arch->slib, "lib"};
	struct stat st;
	int r = 0;

	snprintf(multiarch, sizeof(multiarch), "lib/%s", glibc->arch->multiarch);
	for (int i = 0; i < 2 && !r; i++) {
		char probe[80];

		snprintf(probe, sizeof(probe), "/%s%s", i ? "usr/" : "", multiarch);
		if (!gl_root_stat(glibc->host, probe, &st))
			order[0] = multiarch;
	}
	for (size_t i = 0; i < GL_ARRAY_SIZE(order) && !r; i++) {
		if (i && !strcmp(order[0], order[1]))
			continue;
		r = add_default(&glibc->paths, "/", order[i]);
		if (!r)
			r = add_default(&glibc->paths, "/usr/", order[i]);
	}
	return r;
}

/* $LIB is the first directory without the prefix: "/lib64/" gives "lib64", a store's "/nix/store/x/lib/" gives "lib". */
static char *lib_token(const char *dir)
{
	const char *from = dir + 1;
	size_t len = strlen(from);

	while (len && from[len - 1] == '/')
		len--;
	if (!strncmp(from, "usr/", strlen("usr/"))) {
		from += strlen("usr/");
		len -= strlen("usr/");
	}
	if (!strncmp(from, "lib", strlen("lib")))
		return strndup(from, len);
	for (const char *at = from + len; at > from; at--) {
		if (at[-1] == '/')
			return strndup(at, (size_t)(from + len - at));
	}
	return strndup(from, len);
}

static int fill(struct gl_glibc *glibc)
{
	struct gl_glibc_paths *paths = &glibc->paths;
	int r = gl_rodata_each(glibc->image, 0, scan, paths);

	if (r >= 0 && !paths->dir_count)
		r = use_defaults(glibc);
	if (r < 0)
		return r;
	for (size_t i = 0; i < GL_GLIBC_FILE_MAX; i++) {
		if (!paths->files[i])
			paths->files[i] = strdup(files[i].usual);
	}
	paths->lib = lib_token(paths->dirs[0]);
	return is_complete(paths) && paths->lib ? 0 : -ENOMEM;
}

int gl_glibc_paths(struct gl_glibc *glibc, const struct gl_glibc_paths **ret, struct gl_err *err)
{
	int r = glibc->paths_known ? 0 : fill(glibc);

	if (r)
		return gl_err_sys(err, -r, "cannot read the paths of '%s'", glibc->interpreter);
	glibc->paths_known = true;
	*ret = &glibc->paths;
	return 0;
}

static bool is_at_home(const struct gl_glibc *glibc)
{
	return glibc->arch->glibc_interpreter && !strcmp(glibc->interpreter, glibc->arch->glibc_interpreter);
}

int gl_glibc_file(struct gl_glibc *glibc, enum gl_glibc_file which, const char **ret, struct gl_err *err)
{
	const struct gl_glibc_paths *paths;
	int r = 0;

	*ret = files[which].usual;
	if (is_at_home(glibc))
		return 0;
	r = gl_glibc_paths(glibc, &paths, err);
	if (!r)
		*ret = paths->files[which];
	return r;
}

void gl_glibc_paths_done(struct gl_glibc_paths *paths)
{
	free_dirs(paths);
	for (size_t i = 0; i < GL_GLIBC_FILE_MAX; i++)
		gl_mem_free_p(&paths->files[i]);
	gl_mem_free_p(&paths->lib);
}
