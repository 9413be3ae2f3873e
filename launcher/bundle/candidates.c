/*
 * Where bundles are looked for: see bundle/candidates.h.
 */
#include "bundle/candidates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>

#include "base/mem.h"
#include "host/path.h"
#include "host/root.h"

#define INSTALLED "../lib/golaunch" /* seen from the directory golaunch lies in */

/* Its real path; where it has none, as it was named, from the root on; fresh; NULL with errno. */
static char *named_dir(const struct gl_host *host, const char *path)
{
	gl_autofree char *real = gl_root_real_path(host, path), *cwd = NULL;

	if (real || path[0] == '/' || host->root_fd >= 0)
		return real ? GL_TAKE_PTR(real) : strdup(path);
	cwd = getcwd(NULL, 0);
	return cwd ? gl_path_join(cwd, "", path) : NULL;
}

static bool has(const struct gl_candidates *list, const char *dir)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].dir, dir))
			return true;
	return false;
}

/* Takes dir, which may be NULL (with errno). */
static int add(struct gl_candidates *list, char *dir, enum gl_candidate_kind kind, uid_t owner,
	       struct gl_err *err)
{
	gl_autofree char *owned = dir;
	struct gl_candidate *new;

	if (!dir)
		return gl_err_sys(err, errno, "cannot look for bundles");
	if (has(list, dir))
		return 0;
	new = gl_mem_grow(&list->items, &list->room, list->count, sizeof(*new), GL_CANDIDATES_MAX);
	if (!new)
		return errno == E2BIG ? 0 : gl_err_sys(err, errno, "cannot look for bundles");
	*new = (struct gl_candidate){.dir = GL_TAKE_PTR(owned), .kind = kind, .owner = owner};
	list->count++;
	return 0;
}

static char *with_suffix(char *path)
{
	gl_autofree char *owned = path;
	char *dir = NULL;

	if (!path || asprintf(&dir, "%s%s", path, GL_BUNDLE_SUFFIX) < 0)
		return NULL;
	return dir;
}

/* Beside a path of the program's; one that leads nowhere (NULL) has no bundle beside it. */
static int add_beside(struct gl_candidates *list, char *program, const struct gl_examination *x,
		      struct gl_err *err)
{
	return program ? add(list, with_suffix(program), GL_CANDIDATE_OWN, x->st.st_uid, err) : 0;
}

static int add_own(const struct gl_host *host, const struct gl_examination *x, struct gl_candidates *list,
		   struct gl_err *err)
{
	int r;

	if (x->at != host)
		return 0;
	r = add_beside(list, gl_root_real_place(host, x->path), x, err);
	return r ? r : add_beside(list, gl_root_real_path(host, x->path), x, err);
}

/* golaunch's own file; without /proc: the path it was executed by. */
static char *own_file(void)
{
	char *self = realpath("/proc/self/exe", NULL);

	return self ? self : realpath((const char *)getauxval(AT_EXECFN), NULL);
}

/*
 * The directory with the installed bundles; fresh; NULL: there is none.  They
 * may belong to whom golaunch belongs to: in a user namespace root's files are
 * those of the overflow uid (user_namespaces(7)).
 */
static char *installed_dir(uid_t *ret_owner)
{
	gl_autofree char *self = own_file(), *dir = NULL, *wanted = NULL;
	struct stat st;

	if (!self || stat(self, &st))
		return NULL;
	*ret_owner = st.st_uid;
	dir = gl_path_dirname(self);
	wanted = dir ? gl_path_join(dir, "", INSTALLED) : NULL;
	return wanted ? realpath(wanted, NULL) : NULL;
}

static int is_bundle_name(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(GL_BUNDLE_SUFFIX);

	return len > suffix && !strcmp(entry->d_name + len - suffix, GL_BUNDLE_SUFFIX);
}

/* By their bytes, not by the locale's order. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_installed(struct gl_candidates *list, struct gl_err *err)
{
	uid_t owner = 0;
	gl_autofree char *dir = installed_dir(&owner);
	struct dirent **entries = NULL;
	int count = dir ? scandir(dir, &entries, is_bundle_name, compare_names) : 0, r = 0;

	/* A directory that cannot be read has no bundles for us. */
	for (int i = 0; i < count; i++) {
		if (!r)
			r = add(list, gl_path_join(dir, "", entries[i]->d_name), GL_CANDIDATE_INSTALLED,
				owner, err);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int gl_candidates_list(const struct gl_host *host, const struct gl_fallback *fallback,
		       const struct gl_examination *x, struct gl_candidates *ret, struct gl_err *err)
{
	int r = 0;

	*ret = GL_CANDIDATES_INIT;
	for (size_t i = 0; i < fallback->bundle_count && !r; i++)
		r = add(ret, named_dir(host, fallback->bundles[i]), GL_CANDIDATE_NAMED, x->st.st_uid, err);
	if (!r)
		r = add_own(host, x, ret, err);
	if (!r && host->live)
		r = add_installed(ret, err);
	return r;
}

void gl_candidates_done(struct gl_candidates *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].dir);
	free(list->items);
	*list = GL_CANDIDATES_INIT;
}
