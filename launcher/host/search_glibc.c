/*
 * glibc's search for a library: elf/dl-load.c, _dl_map_new_object().
 *
 * A name with a slash is a path.  Any other is looked for in
 *  1. the DT_RPATHs of the object that needs it, of the one that needed that,
 *     and so on up to the program, but only if that object has no DT_RUNPATH;
 *     in the chain the DT_RPATH of an object that has both is void;
 *  2. LD_LIBRARY_PATH, unless AT_SECURE;
 *  3. the DT_RUNPATH of the object that needs it;
 *  4. /etc/ld.so.cache (not the system directories' entries under DF_1_NODEFLIB);
 *  5. the directories compiled into the loader (not under DF_1_NODEFLIB).
 * Under a loader_dir the program has one DT_RPATH: that directory, then what its
 * DT_RUNPATH, else its DT_RPATH, says.
 * In each directory sub-directories for better CPUs come first.  What follows
 * from AT_SECURE for preloaded libraries: no cache, and in directories only
 * set-user-id files count.
 */
#include "host/search.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"
#include "host/libraries.h"
#include "host/path.h"
#include "host/root.h"

#define LD_LIBRARY_PATH_SEPARATORS ":;"
#define RPATH_SEPARATORS	   ":"

/* One search: what stays the same in all its directories. */
struct lookup {
	struct gl_search *search;
	struct gl_library *library;
	bool setuid_only;
};

static struct gl_library *requester_of(const struct gl_search *search, const struct gl_library *library)
{
	return gl_library_real(search->closure->libraries[library->needed_by]);
}

static int no_memory(const struct gl_library *library, struct gl_err *err)
{
	return gl_err_sys(err, ENOMEM, "cannot look for '%s'", library->name);
}

/* Where no descriptor is left to look with it may be one; opening its files will say so. */
static bool is_directory(struct gl_search *search, const char *path)
{
	struct stat st;
	int r = gl_root_stat(search->host, path, &st);

	return r == -EMFILE || r == -ENFILE || (!r && S_ISDIR(st.st_mode));
}

/* The sub-directories the loader would try, asked for when the first directory has one that may be among them. */
static int know_hwcaps(struct gl_search *search, struct gl_err *err)
{
	unsigned minor;
	int r;

	if (search->hwcaps_known)
		return 0;
	r = gl_glibc_minor(&search->glibc, &minor, err);
	if (r)
		return r;
	gl_hwcaps_list(search->host, search->arch, minor, &search->hwcaps);
	search->hwcaps_known = true;
	return 0;
}

/* Is any of the sub-directories there below which hwcaps may be? */
static int has_hwcaps_root(struct gl_search *search, const char *path)
{
	for (size_t i = 0; gl_hwcaps_roots[i]; i++) {
		gl_autofree char *root = gl_path_join(path, "", gl_hwcaps_roots[i]);

		if (!root)
			return -ENOMEM;
		if (is_directory(search, root))
			return 1;
	}
	return 0;
}

static int find_subdirs(struct gl_search *search, struct gl_search_dir *dir, struct gl_err *err)
{
	int r = has_hwcaps_root(search, dir->path);

	if (r <= 0)
		return r;
	r = know_hwcaps(search, err);
	for (size_t i = 0; !r && i < search->hwcaps.count; i++) {
		gl_autofree char *path = gl_path_join(dir->path, search->hwcaps.subdirs[i], "");

		if (!path)
			return -ENOMEM;
		if (is_directory(search, path))
			dir->subdirs[dir->subdir_count++] = (unsigned char)i;
	}
	return r;
}

/* path without the slashes at its end, and one; glibc's form of a directory. */
static void end_in_one_slash(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/' && path[len - 2] == '/')
		path[--len] = '\0';
}

/* The record of a directory, made on first sight.  1: there are too many. */
static int get_dir(struct gl_search *search, const char *path, size_t *ret, struct gl_err *err)
{
	gl_autofree char *absolute = NULL, *slashed = NULL;
	struct gl_search_dir *dir;
	size_t hash;
	int r = gl_search_absolute(search, path, &absolute, err);

	if (r)
		return r;
	slashed = gl_path_join(absolute, "", "");
	if (!slashed)
		return -ENOMEM;
	end_in_one_slash(slashed);
	hash = gl_names_hash(slashed);
	for (size_t i = 0; i < search->dir_count; i++) {
		if (search->dirs[i].hash == hash && !strcmp(search->dirs[i].path, slashed)) {
			*ret = i;
			return 0;
		}
	}
	dir = gl_mem_grow(&search->dirs, &search->dir_room, search->dir_count, sizeof(*dir),
			  GL_SEARCH_MAX_DIRS);
	if (!dir)
		return errno == E2BIG ? 1 : -ENOMEM;
	*ret = search->dir_count++;
	dir->path = GL_TAKE_PTR(slashed);
	dir->hash = hash;
	dir->present = is_directory(search, dir->path);
	return dir->present ? find_subdirs(search, dir, err) : 0;
}

static bool is_setuid(struct gl_search *search, const char *path)
{
	struct stat st;

	return !gl_root_stat(search->host, path, &st) && st.st_mode & S_ISUID;
}

static int try_file(struct lookup *lookup, const struct gl_search_dir *dir, const char *sub,
		    struct gl_err *err)
{
	gl_autofree char *path = gl_path_join(dir->path, sub, lookup->library->name);
	int r = GL_FOUND_NOT;

	if (!path)
		return no_memory(lookup->library, err);
	if (dir->present && (!lookup->setuid_only || is_setuid(lookup->search, path)))
		r = gl_search_file(lookup->search, path, lookup->library, err);
	if (r == GL_FOUND_NOT && !*sub) {
		int noted = gl_search_tried(lookup->search, lookup->library, path, err);

		return noted ? noted : r;
	}
	return r;
}

/* One directory: the sub-directories for this CPU, then itself. */
static int try_dir(struct lookup *lookup, const char *path, struct gl_err *err)
{
	struct gl_search *search = lookup->search;
	size_t index;
	int r;

	if (!gl_search_step(search, lookup->library, strlen(path)))
		return GL_FOUND;
	r = get_dir(search, path, &index, err);
	if (r < 0)
		return r;
	if (r > 0) {
		search->steps = GL_CLOSURE_MAX_STEPS;
		return gl_search_step(search, lookup->library, 0) ? GL_FOUND_NOT : GL_FOUND;
	}
	for (size_t i = 0; r == GL_FOUND_NOT && i < search->dirs[index].subdir_count; i++) {
		size_t sub = search->dirs[index].subdirs[i];

		r = try_file(lookup, &search->dirs[index], search->hwcaps.subdirs[sub], err);
		/* Within a directory the loader goes on whatever the error. */
		if (r == GL_FOUND_ERROR)
			r = GL_FOUND_NOT;
	}
	return r == GL_FOUND_NOT ? try_file(lookup, &search->dirs[index], "", err) : r;
}

/* Expands one element of a list, or a name, that stands in the object at that index.  1: the loader drops it. */
static int expand(struct gl_search *search, size_t index, const char *text, size_t len, char **ret,
		  struct gl_err *err)
{
	gl_autofree char *origin = NULL;
	const struct gl_glibc_paths *paths;
	struct gl_path_tokens tokens = {
		.platform = search->arch->platform,
		.secure = search->host->secure,
		.executable = index == 0,
	};
	int r = 0;

	if (memmem(text, len, "ORIGIN", strlen("ORIGIN"))) {
		r = gl_search_origin(search, index, &origin, err);
		tokens.origin = !r && origin[0] ? origin : NULL;
	}
	if (!r && memmem(text, len, "LIB", strlen("LIB"))) {
		r = gl_glibc_paths(&search->glibc, &paths, err);
		tokens.lib = r ? NULL : paths->lib;
	}
	if (r)
		return r;
	r = gl_path_expand(text, len, &tokens, ret);
	return r < 0 ? gl_err_sys(err, -r, "cannot expand a path") : r;
}

/* A list of directories that stands in the object at that index (LD_LIBRARY_PATH: in the program). */
static int try_list(struct lookup *lookup, size_t index, const char *list, const char *separators,
		    enum gl_via via, struct gl_err *err)
{
	size_t len;
	int r = GL_FOUND_NOT;

	for (const char *at = list; r == GL_FOUND_NOT; at += len + 1) {
		gl_autofree char *dir = NULL;

		len = strcspn(at, separators);
		/* The ones that the loader drops count too. */
		if (!gl_search_step(lookup->search, lookup->library, len))
			return GL_FOUND;
		/* An empty element is the current directory, one that expands to nothing is none. */
		r = len ? expand(lookup->search, index, at, len, &dir, err) : 0;
		if (r < 0)
			return r;
		r = r ? GL_FOUND_NOT : try_dir(lookup, dir ? dir : "", err);
		if (r == GL_FOUND)
			lookup->library->via = via;
		if (!at[len])
			break;
	}
	return r == GL_FOUND_ERROR ? GL_FOUND_NOT : r;
}

static const char *runpath_of(const struct gl_search *search, const struct gl_library *object)
{
	return gl_search_is_led(search, object) ? NULL : gl_image_dynamic(object->image)->runpath;
}

/* The DT_RPATH of an object that counts: void beside a DT_RUNPATH, unless that counts as one itself. */
static const char *rpath_of(const struct gl_search *search, const struct gl_library *object)
{
	const struct gl_image_dynamic *dynamic = gl_image_dynamic(object->image);
	const char *rpath = dynamic->runpath ? NULL : dynamic->rpath;

	if (dynamic->runpath && gl_search_is_led(search, object))
		rpath = dynamic->runpath;
	return rpath && *rpath ? rpath : NULL;
}

static int try_rpath(struct lookup *lookup, const struct gl_library *object, struct gl_err *err)
{
	const char *lead = gl_search_is_led(lookup->search, object) ? lookup->search->host->loader_dir : NULL;
	const char *rpath = rpath_of(lookup->search, object);
	int r = GL_FOUND_NOT;

	if (lead)
		r = try_list(lookup, object->index, lead, RPATH_SEPARATORS, GL_VIA_RPATH, err);
	if (r == GL_FOUND_NOT && rpath)
		r = try_list(lookup, object->index, rpath, RPATH_SEPARATORS, GL_VIA_RPATH, err);
	return r;
}

static int try_rpath_chain(struct lookup *lookup, struct gl_err *err)
{
	struct gl_search *search = lookup->search;
	const struct gl_library *object = requester_of(search, lookup->library);
	int r = GL_FOUND_NOT;

	if (runpath_of(search, object))
		return r;
	for (;;) {
		if (!gl_search_step(search, lookup->library, 0))
			return GL_FOUND;
		r = try_rpath(lookup, object, err);
		if (r != GL_FOUND_NOT || !object->index)
			return r;
		object = gl_library_real(search->closure->libraries[object->needed_by]);
	}
}

static int try_env(struct lookup *lookup, struct gl_err *err)
{
	const struct gl_host *host = lookup->search->host;
	const char *list = host->secure ? NULL : gl_host_env(host, "LD_LIBRARY_PATH");

	if (!list || !*list)
		return GL_FOUND_NOT;
	return try_list(lookup, 0, list, LD_LIBRARY_PATH_SEPARATORS, GL_VIA_ENV, err);
}

static int try_runpath(struct lookup *lookup, struct gl_err *err)
{
	const struct gl_library *object = requester_of(lookup->search, lookup->library);
	const char *runpath = runpath_of(lookup->search, object);

	if (!runpath || !*runpath)
		return GL_FOUND_NOT;
	return try_list(lookup, object->index, runpath, RPATH_SEPARATORS, GL_VIA_RUNPATH, err);
}

static bool has_nodeflib(const struct lookup *lookup)
{
	const struct gl_library *object = requester_of(lookup->search, lookup->library);

	return gl_image_dynamic(object->image)->flags_1 & DF_1_NODEFLIB;
}

/* gl_ld_cache_rank_fn: only entries that are special ask for the loader's version and the CPU. */
static unsigned rank(const struct gl_ld_cache_want *want, void *arg)
{
	struct gl_search *search = arg;
	unsigned minor;

	if (gl_glibc_minor(&search->glibc, &minor, NULL))
		minor = 0;
	return gl_hwcaps_rank(search->host, search->arch, minor, want);
}

/* Does the path begin with one of the loader's own directories?  1, 0 or -errno. */
static int is_system_path(struct gl_search *search, const char *path, struct gl_err *err)
{
	const struct gl_glibc_paths *paths;
	int r = gl_glibc_paths(&search->glibc, &paths, err);

	for (size_t i = 0; !r && i < paths->dir_count; i++)
		r = !strncmp(path, paths->dirs[i], strlen(paths->dirs[i]));
	return r;
}

static int try_cache(struct lookup *lookup, struct gl_err *err)
{
	struct gl_search *search = lookup->search;
	struct gl_library *library = lookup->library;
	const struct gl_ld_cache *cache;
	gl_autofree char *path = NULL;
	const char *cached;
	int r = gl_glibc_cache(&search->glibc, &cache, err);

	if (r)
		return r;
	cached = gl_ld_cache_lookup(cache, search->arch, library->name, rank, search);
	if (!cached)
		return GL_FOUND_NOT;
	if (has_nodeflib(lookup)) {
		r = is_system_path(search, cached, err);
		if (r)
			return r < 0 ? r : GL_FOUND_NOT;
	}
	r = gl_search_absolute(search, cached, &path, err);
	if (!r)
		r = gl_search_file(search, path, library, err);
	if (r == GL_FOUND)
		library->via = GL_VIA_CACHE;
	else if (r == GL_FOUND_NOT || r == GL_FOUND_ERROR)
		r = gl_search_tried(search, library, path, err);
	return r;
}

static int try_defaults(struct lookup *lookup, struct gl_err *err)
{
	const struct gl_glibc_paths *paths;
	int r = gl_glibc_paths(&lookup->search->glibc, &paths, err);

	for (size_t i = 0; r == GL_FOUND_NOT && i < paths->dir_count; i++) {
		r = try_dir(lookup, paths->dirs[i], err);
		if (r == GL_FOUND)
			lookup->library->via = GL_VIA_DEFAULT;
	}
	return r == GL_FOUND_ERROR ? GL_FOUND_NOT : r;
}

static int search_places(struct lookup *lookup, struct gl_err *err)
{
	int r = try_rpath_chain(lookup, err);

	if (r == GL_FOUND_NOT)
		r = try_env(lookup, err);
	if (r == GL_FOUND_NOT)
		r = try_runpath(lookup, err);
	if (r == GL_FOUND_NOT && !lookup->setuid_only)
		r = try_cache(lookup, err);
	if (r == GL_FOUND_NOT && !has_nodeflib(lookup))
		r = try_defaults(lookup, err);
	return r;
}

static int open_path(struct lookup *lookup, struct gl_err *err)
{
	struct gl_search *search = lookup->search;
	struct gl_library *library = lookup->library;
	gl_autofree char *expanded = NULL, *path = NULL;
	size_t object = requester_of(search, library)->index;
	int r = expand(search, object, library->name, strlen(library->name), &expanded, err);

	if (r)
		return r < 0 ? r : GL_FOUND_NOT;
	r = gl_search_absolute(search, expanded, &path, err);
	if (!r)
		r = gl_search_file(search, path, library, err);
	if (r == GL_FOUND)
		library->via = GL_VIA_PATH;
	else if (r >= 0)
		r = gl_search_tried(search, library, path, err);
	return r;
}

int gl_search_glibc(struct gl_search *search, struct gl_library *library, struct gl_err *err)
{
	struct lookup lookup = {
		.search = search,
		.library = library,
		.setuid_only = search->host->secure && library->via == GL_VIA_PRELOAD,
	};
	bool preload = library->via == GL_VIA_PRELOAD;
	int r = strchr(library->name, '/') ? open_path(&lookup, err) : search_places(&lookup, err);

	if (preload)
		library->via = GL_VIA_PRELOAD;
	return r < 0 ? r : 0;
}
