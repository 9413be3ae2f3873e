/*
 * iconv's modules of a host: see gl_collect_gconv() in bundle/collect.h.
 *
 * The modules keep their DT_RUNPATH, $ORIGIN: it is how they find the tables
 * that some of them share (libJIS.so), and these lie beside them here too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "bundle/collect.h"
#include "host/path.h"
#include "host/root.h"

#define LIBC_PLACE GL_BUNDLE_LIB "/libc.so.6"
#define LIST	   "gconv-modules"
#define LIST_PLACE GL_BUNDLE_GCONV "/" LIST

struct names {
	char **items;
	size_t count, room;
};

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static DIR *open_dir(const struct gl_host *host, const char *path)
{
	gl_autoclose int fd = gl_root_open(host, path, O_RDONLY | O_DIRECTORY);
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (dir)
		(void)GL_TAKE_FD(fd);
	return dir;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && !strcmp(text + len - end_len, end);
}

static bool is_module(const char *name)
{
	return ends_in(name, ".so");
}

static bool is_list(const char *name)
{
	return ends_in(name, ".conf");
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

/* The wanted names of a directory, sorted: readdir has no order, and a bundle's bytes have. */
static int read_names(const struct gl_host *host, const char *dir, bool (*wanted)(const char *name),
		      struct names *names, struct gl_err *err)
{
	GL_CLEANUP(close_dir) DIR *stream = open_dir(host, dir);
	struct dirent *entry;

	if (!stream)
		return errno == ENOENT ? 0 : gl_err_sys(err, errno, "cannot read the directory '%s'", dir);
	while ((entry = readdir(stream))) {
		char **slot;

		if (!wanted(entry->d_name))
			continue;
		slot = gl_mem_grow(&names->items, &names->room, names->count, sizeof(*slot),
				   GL_MANIFEST_MAX_FILES);
		if (slot)
			*slot = strdup(entry->d_name);
		if (!slot || !*slot)
			return gl_err_sys(err, errno, "cannot read the directory '%s'", dir);
		names->count++;
	}
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return 0;
}

/* One file of dir: a module or the list under its own name, or (append) a further list. */
static int add_file(const struct gl_host *host, const char *dir, const char *name, bool append,
		    struct gl_collection *c, struct gl_err *err)
{
	gl_autofree char *path = gl_path_join(dir, "", name);
	gl_autofree char *place = gl_path_join(GL_BUNDLE_GCONV, "", name);
	struct gl_part_origin origin = {.host = host, .path = path};
	struct stat st;
	int r;

	if (!path || !place)
		return gl_err_sys(err, ENOMEM, "cannot add '%s' to the bundle", name);
	r = gl_root_stat(host, path, &st);
	if (r || !S_ISREG(st.st_mode))
		return gl_err_sys(err, r ? -r : EINVAL, "cannot add '%s' to the bundle", path);
	origin.dev = st.st_dev;
	origin.ino = st.st_ino;
	if (append)
		return gl_collection_append(c, LIST_PLACE, GL_ROLE_GCONV, &origin, err);
	r = gl_collection_add(c, place, GL_ROLE_GCONV, &origin, NULL, err);
	return r < 0 ? r : 0;
}

static int add_dir(const struct gl_host *host, const char *dir, bool (*wanted)(const char *name), bool append,
		   struct gl_collection *c, struct gl_err *err)
{
	GL_CLEANUP(names_done) struct names names = {.count = 0};
	int r = read_names(host, dir, wanted, &names, err);

	for (size_t i = 0; i < names.count && !r; i++)
		r = add_file(host, dir, names.items[i], append, c, err);
	return r;
}

/* gconv beside the libc, or below /usr where that is not merged; fresh. */
static int find_dir(const struct gl_host *host, const char *libc, char **ret, struct gl_err *err)
{
	static const char *const prefixes[] = {"", "/usr"};
	gl_autofree char *dir = gl_path_dirname(libc);
	struct stat st;

	for (size_t i = 0; dir && i < GL_ARRAY_SIZE(prefixes); i++) {
		char *gconv;

		if (asprintf(&gconv, "%s%s/gconv", prefixes[i], dir) < 0)
			return gl_err_sys(err, ENOMEM, "cannot look for iconv's modules");
		if (!gl_root_stat(host, gconv, &st) && S_ISDIR(st.st_mode)) {
			*ret = gconv;
			return 0;
		}
		free(gconv);
	}
	if (!dir)
		return gl_err_sys(err, ENOMEM, "cannot look for iconv's modules");
	return gl_err_set(err, ENOENT, "there are no iconv modules beside '%s'", libc);
}

int gl_collect_gconv(struct gl_source *source, struct gl_collection *c, struct gl_err *err)
{
	const struct gl_part *libc = gl_collection_find(c, LIBC_PLACE);
	gl_autofree char *dir = NULL, *lists = NULL;
	int r;

	if (!libc)
		return gl_err_set(err, ENOENT, "only glibc has iconv modules");
	r = find_dir(&source->host, libc->path, &dir, err);
	if (r)
		return r;
	lists = gl_path_join(dir, "", LIST ".d");
	if (!lists)
		return gl_err_sys(err, ENOMEM, "cannot look for iconv's modules");
	r = add_file(&source->host, dir, LIST, false, c, err);
	if (!r)
		r = add_dir(&source->host, lists, is_list, true, c, err);
	return r ? r : add_dir(&source->host, dir, is_module, false, c, err);
}
