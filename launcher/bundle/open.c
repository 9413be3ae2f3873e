/*
 * Opening a bundle: see bundle/bundle.h.
 *
 * The path is resolved once, inside the host's root; from then on everything is
 * opened below the descriptor of what was found, one component at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "bundle/inspect.h"
#include "host/root_walk.h"

#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)

static void escape_into(char *into, size_t size, const char *text)
{
	struct gl_buf b = {.data = into, .room = size, .fixed = true};

	into[0] = '\0';
	gl_escape_text(&b, text, strlen(text), size - sizeof("..."));
}

int gl_bundle_blame(const struct gl_bundle_look *look, enum gl_bundle_state state, const char *file,
		    const char *fmt, ...)
{
	struct gl_bundle *bundle = look->bundle;
	char text[sizeof(bundle->problem)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	escape_into(bundle->file, sizeof(bundle->file), file);
	escape_into(bundle->problem, sizeof(bundle->problem), text);
	if (look->each)
		look->each(look, state);
	return state;
}

int gl_bundle_blame_open(const struct gl_bundle_look *look, const char *file, int errnum)
{
	switch (errnum) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return gl_err_sys(look->err, errnum, "cannot open '%s' of a bundle", file);
	case EACCES:
	case EPERM:
		return gl_bundle_blame(look, GL_BUNDLE_UNTRUSTED, file, "cannot be opened: %s",
				       strerror(errnum));
	case ENOENT:
		return gl_bundle_blame(look, GL_BUNDLE_CORRUPT, file, "is missing");
	case ELOOP:
		return gl_bundle_blame(look, GL_BUNDLE_CORRUPT, file, "is a symbolic link");
	case ENOTDIR:
		return gl_bundle_blame(look, GL_BUNDLE_CORRUPT, file, "is not a directory");
	default:
		return gl_bundle_blame(look, GL_BUNDLE_CORRUPT, file, "cannot be opened: %s",
				       strerror(errnum));
	}
}

/* The path to walk: a relative one counts from the current directory, or from a root that is not ours. */
static char *absolute(const struct gl_host *host, const char *dir)
{
	gl_autofree char *cwd = NULL;
	char *path = NULL;

	if (dir[0] == '/' || host->root_fd >= 0)
		return strdup(dir);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&path, "%s/%s", cwd, dir) < 0)
		return NULL;
	return path;
}

/* No file can have a name that is too long. */
static bool is_nowhere(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ENAMETOOLONG;
}

/* A link to itself is as much of a bundle as whoever made it may say. */
static int blame_way(const struct gl_bundle_look *look, const char *path, int errnum)
{
	int r = errnum == ELOOP ? gl_bundle_trust_link(look, path) : GL_BUNDLE_GOOD;

	return r ? r : gl_bundle_blame_open(look, "", errnum);
}

static int locate(const struct gl_bundle_look *look, const char *dir)
{
	gl_autofree char *path = absolute(look->host, dir);
	struct gl_bundle *bundle = look->bundle;
	char real[PATH_MAX];

	if (!path)
		return gl_err_sys(look->err, errno, "cannot find '%s'", dir);
	bundle->fd = gl_root_walk(look->host->root_fd, path, O_PATH | O_DIRECTORY, real, sizeof(real));
	if (is_nowhere(bundle->fd)) {
		bundle->fd = -1;
		return gl_bundle_blame(look, GL_BUNDLE_ABSENT, "", "is not there");
	}
	if (bundle->fd < 0)
		return blame_way(look, path, -GL_TAKE_FD(bundle->fd));
	bundle->dir = strdup(real);
	if (!bundle->dir)
		return gl_err_sys(look->err, ENOMEM, "cannot open '%s'", dir);
	return gl_bundle_trust_link(look, path);
}

static int trust_itself(const struct gl_bundle_look *look)
{
	struct stat st;
	int r;

	if (fstat(look->bundle->fd, &st))
		return gl_err_sys(look->err, errno, "cannot examine '%s'", look->bundle->dir);
	r = gl_bundle_trust_file(look, "", &st);
	return r ? r : gl_bundle_trust_way(look);
}

/* What is wrong with the text is the bundle's fault, unless we have no memory. */
static int blame_manifest(const struct gl_bundle_look *look, const struct gl_err *why)
{
	if (why->errnum == ENOMEM)
		return gl_err_sys(look->err, ENOMEM, "cannot read a bundle's manifest");
	return gl_bundle_blame(look, GL_BUNDLE_CORRUPT, GL_MANIFEST_NAME, "is no manifest: %s", why->msg);
}

static int read_manifest(const struct gl_bundle_look *look)
{
	gl_autoclose int fd = openat(look->bundle->fd, GL_MANIFEST_NAME, OPEN_FLAGS);
	gl_autofree char *text = NULL;
	struct gl_err why = GL_ERR_INIT;
	struct stat st;
	size_t len;
	int r;

	if (fd < 0)
		return gl_bundle_blame_open(look, GL_MANIFEST_NAME, errno);
	if (fstat(fd, &st))
		return gl_err_sys(look->err, errno, "cannot examine '%s'", GL_MANIFEST_NAME);
	r = gl_bundle_trust_file(look, GL_MANIFEST_NAME, &st);
	if (r)
		return r;
	r = gl_file_slurp_regular(fd, GL_MANIFEST_NAME, GL_MANIFEST_MAX_BYTES, &text, &len, &why);
	if (!r)
		r = gl_manifest_parse(text, len, &look->bundle->manifest, &why);
	return r ? blame_manifest(look, &why) : GL_BUNDLE_GOOD;
}

int gl_bundle_look_at(const struct gl_bundle_look *look, const char *dir)
{
	static int (*const steps[])(const struct gl_bundle_look *) = {trust_itself, read_manifest,
								      gl_bundle_check_contents};
	int r;

	*look->bundle = GL_BUNDLE_INIT;
	r = locate(look, dir);
	for (size_t i = 0; i < GL_ARRAY_SIZE(steps) && r == GL_BUNDLE_GOOD; i++)
		r = steps[i](look);
	return r;
}

int gl_bundle_open(const struct gl_host *host, const char *dir, const struct gl_bundle_trust *trust,
		   enum gl_bundle_depth depth, struct gl_bundle *ret, struct gl_err *err)
{
	const struct gl_bundle_look look = {
		.host = host, .trust = trust, .depth = depth, .bundle = ret, .err = err};

	return gl_bundle_look_at(&look, dir);
}

void gl_bundle_done(struct gl_bundle *bundle)
{
	gl_manifest_done(&bundle->manifest);
	gl_fd_close(&bundle->fd);
	free(bundle->dir);
	*bundle = GL_BUNDLE_INIT;
}

int gl_bundle_open_file(const struct gl_bundle *bundle, const struct gl_bundle_file *file)
{
	gl_autofree char *path = strdup(file->path);
	gl_autoclose int dir = -1, fd = -1;
	struct stat st;
	char *at = path;

	if (!path)
		return -ENOMEM;
	for (char *slash; (slash = strchr(at, '/')); at = slash + 1) {
		int next;

		*slash = '\0';
		next = openat(dir < 0 ? bundle->fd : dir, at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		gl_fd_close(&dir);
		dir = next;
	}
	fd = openat(dir < 0 ? bundle->fd : dir, at, OPEN_FLAGS);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) ? GL_TAKE_FD(fd) : -EINVAL;
}

int gl_bundle_open_image(const struct gl_bundle *bundle, const struct gl_bundle_file *file, int *ret_fd,
			 struct gl_image **ret, struct gl_err *err)
{
	gl_autoclose int fd = gl_bundle_open_file(bundle, file);
	int r;

	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot open '%s' of the bundle", file->path);
	r = gl_image_open(fd, ret, err);
	if (!r)
		*ret_fd = GL_TAKE_FD(fd);
	return r;
}

char *gl_bundle_path(const struct gl_bundle *bundle, const char *relative)
{
	char *path = NULL;

	if (!bundle->dir ||
	    asprintf(&path, "%s/%s", strcmp(bundle->dir, "/") ? bundle->dir : "", relative) < 0)
		return NULL;
	return path;
}
