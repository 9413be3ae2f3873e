/*
 * Builds a directory out of sight and renames it into place: see bundle/tree.h.
 *
 * Nothing is synced to disk, as cp and install do not either: what a power cut
 * spoils, the manifest's sizes and hashes show.
 */
#include "bundle/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "bundle/manifest.h"
#include "host/path.h"

#define MAX_DEPTH     8 /* of what is removed; a bundle has 3 */
#define ANY_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * Removes an object and all below it.  By descriptors and without following
 * links: in a directory that others write to, a name may change hands meanwhile.
 */
static int remove_at(int parent, const char *name, unsigned depth)
{
	struct dirent *entry;
	DIR *dir;
	int fd, r = 0;

	if (!unlinkat(parent, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(parent, name, ANY_DIRECTORY);
	if (fd < 0 || depth == MAX_DEPTH) {
		gl_fd_close(&fd);
		return fd < 0 ? -errno : -ELOOP;
	}
	dir = fdopendir(fd);
	if (!dir) {
		gl_fd_close(&fd);
		return -ENOMEM;
	}
	while (!r && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = remove_at(fd, entry->d_name, depth + 1);
	closedir(dir);
	return r || !unlinkat(parent, name, AT_REMOVEDIR) ? r : -errno;
}

/* Is there a manifest in the directory that can be read? */
static bool is_bundle(const char *path)
{
	gl_autoclose int dir = open(path, ANY_DIRECTORY), fd = -1;
	gl_autofree char *text = NULL;
	struct gl_manifest manifest = GL_MANIFEST_INIT;
	size_t len;
	int r;

	if (dir >= 0)
		fd = openat(dir, GL_MANIFEST_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || gl_file_slurp_regular(fd, GL_MANIFEST_NAME, GL_MANIFEST_MAX_BYTES, &text, &len, NULL))
		return false;
	r = gl_manifest_parse(text, len, &manifest, NULL);
	if (!r)
		gl_manifest_done(&manifest);
	return !r;
}

/* The output's absolute name, without links on the way to it. */
static int find_output(const char *named, char **ret, struct gl_err *err)
{
	gl_autofree char *trimmed = strdup(named), *dir = NULL, *real = NULL;
	size_t len = strlen(named);
	const char *name;

	while (trimmed && len > 1 && trimmed[len - 1] == '/')
		trimmed[--len] = '\0';
	dir = trimmed ? gl_path_dirname(trimmed) : NULL;
	if (!dir)
		return gl_err_sys(err, ENOMEM, "cannot make '%s'", named);
	name = gl_path_basename(trimmed);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return gl_err_set(err, EINVAL, "cannot make '%s': it must end in a name", named);
	real = realpath(dir, NULL);
	if (!real)
		return gl_err_sys(err, errno, "cannot make '%s' in '%s'", name, dir);
	*ret = gl_path_join(real, "", name);
	return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot make '%s'", named);
}

static int look_at_output(struct gl_tree *tree, struct gl_err *err)
{
	struct stat st;

	if (lstat(tree->output, &st))
		return errno == ENOENT ? 0 : gl_err_sys(err, errno, "cannot look at '%s'", tree->output);
	if (!S_ISDIR(st.st_mode) || !is_bundle(tree->output))
		return gl_err_set(err, EEXIST, "'%s' is there and is no bundle: left as it is", tree->output);
	tree->replaces = true;
	return 0;
}

int gl_tree_begin(const char *output, struct gl_tree *ret, struct gl_err *err)
{
	struct gl_tree tree = GL_TREE_INIT;
	int r = find_output(output, &tree.output, err);

	if (!r)
		r = look_at_output(&tree, err);
	if (!r && (asprintf(&tree.path, "%s.XXXXXX", tree.output) < 0)) {
		tree.path = NULL;
		r = gl_err_sys(err, ENOMEM, "cannot make '%s'", output);
	}
	if (!r && !mkdtemp(tree.path)) {
		r = gl_err_sys(err, errno, "cannot make a directory beside '%s'", tree.output);
		gl_mem_free_p(&tree.path);
	}
	if (!r) {
		tree.fd = open(tree.path, ANY_DIRECTORY);
		r = tree.fd < 0 ? gl_err_sys(err, errno, "cannot open '%s'", tree.path) : 0;
	}
	if (r) {
		gl_tree_done(&tree);
		return r;
	}
	*ret = tree;
	return 0;
}

int gl_tree_folder(const struct gl_tree *tree, const char *place, struct gl_err *err)
{
	if (!mkdirat(tree->fd, place, 0700) || errno == EEXIST)
		return 0;
	return gl_err_sys(err, errno, "cannot make the directory '%s'", place);
}

int gl_tree_create(const struct gl_tree *tree, const char *place, struct gl_err *err)
{
	int fd = openat(tree->fd, place, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? gl_err_sys(err, errno, "cannot make the file '%s'", place) : fd;
}

int gl_tree_open(const struct gl_tree *tree, const char *place, struct gl_err *err)
{
	int fd = openat(tree->fd, place, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? gl_err_sys(err, errno, "cannot open the file '%s'", place) : fd;
}

static int set_mode_and_time(int fd, const char *place, unsigned mode, int64_t mtime, struct gl_err *err)
{
	const struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};

	if (fchmod(fd, mode) || futimens(fd, times))
		return gl_err_sys(err, errno, "cannot set mode and time of '%s'", place);
	return 0;
}

int gl_tree_close(const char *place, int *fd, unsigned mode, int64_t mtime, struct gl_err *err)
{
	int r = set_mode_and_time(*fd, place, mode, mtime, err), taken = GL_TAKE_FD(*fd);

	/* Network file systems tell of a full disk only here. */
	if (close(taken) && errno != EINTR && !r)
		return gl_err_sys(err, errno, "cannot write '%s'", place);
	return r;
}

int gl_tree_close_folder(const struct gl_tree *tree, const char *place, int64_t mtime, struct gl_err *err)
{
	gl_autoclose int fd = openat(tree->fd, place, ANY_DIRECTORY);

	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open the directory '%s'", place);
	return set_mode_and_time(fd, place, 0755, mtime, err);
}

/* Where renameat2 is not to be had: two steps, the first undone if the second fails. */
static int replace_slowly(struct gl_tree *tree, struct gl_err *err)
{
	gl_autofree char *old = NULL;
	int r;

	if (asprintf(&old, "%s.old", tree->path) < 0) {
		old = NULL;
		return gl_err_sys(err, ENOMEM, "cannot replace '%s'", tree->output);
	}
	if (rename(tree->output, old))
		return gl_err_sys(err, errno, "cannot move '%s' away", tree->output);
	if (rename(tree->path, tree->output)) {
		r = gl_err_sys(err, errno, "cannot make '%s'", tree->output);
		if (rename(old, tree->output))
			gl_err_wrap(err, "the old bundle is now '%s'", old);
		return r;
	}
	/* The old one has the temporary place's part now: to be removed. */
	free(tree->path);
	tree->path = GL_TAKE_PTR(old);
	return 0;
}

static int replace(struct gl_tree *tree, struct gl_err *err)
{
	if (!renameat2(AT_FDCWD, tree->path, AT_FDCWD, tree->output, RENAME_EXCHANGE))
		return 0;
	if (errno == ENOSYS || errno == EINVAL)
		return replace_slowly(tree, err);
	return gl_err_sys(err, errno, "cannot replace '%s'", tree->output);
}

static int give_name(struct gl_tree *tree, struct gl_err *err)
{
	int r = renameat2(AT_FDCWD, tree->path, AT_FDCWD, tree->output, RENAME_NOREPLACE);

	/* rename(2) itself replaces nothing but an empty directory. */
	if (r && (errno == ENOSYS || errno == EINVAL))
		r = rename(tree->path, tree->output);
	if (r)
		return gl_err_sys(err, errno, "cannot make '%s'", tree->output);
	gl_mem_free_p(&tree->path);
	return 0;
}

int gl_tree_publish(struct gl_tree *tree, struct gl_err *err)
{
	return tree->replaces ? replace(tree, err) : give_name(tree, err);
}

void gl_tree_done(struct gl_tree *tree)
{
	gl_fd_close(&tree->fd);
	/* What cannot be removed stays: nobody takes it for a bundle. */
	if (tree->path && remove_at(AT_FDCWD, tree->path, 0) < 0)
		errno = 0;
	gl_mem_free_p(&tree->path);
	gl_mem_free_p(&tree->output);
}
