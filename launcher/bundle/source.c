/*
 * Opens the host that a bundle is taken from: see bundle/source.h.
 */
#include "bundle/source.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "host/path.h"

static char *const no_environment[] = {NULL};

/* --libc: a directory, or a file in it. */
static int find_loader_dir(struct gl_source *source, const char *libc, struct gl_err *err)
{
	gl_autofree char *real = realpath(libc, NULL);
	struct stat st;

	if (!real || stat(real, &st))
		return gl_err_sys(err, errno, "cannot look at '%s'", libc);
	if (S_ISDIR(st.st_mode)) {
		source->loader_dir = GL_TAKE_PTR(real);
		return 0;
	}
	/* A libc.so.6 may be a link to another place (libc-2.31.so): its directory counts as it was named. */
	gl_mem_free_p(&real);
	real = gl_path_dirname(libc);
	source->loader_dir = real ? realpath(real, NULL) : NULL;
	return source->loader_dir ? 0 : gl_err_sys(err, errno, "cannot look at '%s'", libc);
}

static int open_host(const struct gl_bundle_request *request, struct gl_source *source, struct gl_err *err)
{
	int r;

	if (!request->sysroot) {
		source->root = strdup("");
		return source->root ? gl_host_init(&source->host, no_environment, err)
				    : gl_err_sys(err, ENOMEM, "cannot look at this host");
	}
	r = gl_host_init_root(&source->host, request->sysroot, no_environment, err);
	if (r)
		return r;
	source->root = realpath(request->sysroot, NULL);
	if (!source->root)
		return gl_err_sys(err, errno, "cannot look at '%s'", request->sysroot);
	if (!strcmp(source->root, "/"))
		source->root[0] = '\0';
	return 0;
}

int gl_source_open(const struct gl_bundle_request *request, struct gl_source *ret, struct gl_err *err)
{
	struct gl_source source = {.host = {.root_fd = -1}, .here = {.root_fd = -1}};
	int r = gl_host_init(&source.here, no_environment, err);

	if (!r)
		r = open_host(request, &source, err);
	if (!r && request->libc)
		r = find_loader_dir(&source, request->libc, err);
	if (r) {
		gl_source_done(&source);
		return r;
	}
	source.host.loader_dir = source.loader_dir;
	source.host.baseline = true;
	*ret = source;
	return 0;
}

void gl_source_done(struct gl_source *source)
{
	gl_host_done(&source->host);
	gl_host_done(&source->here);
	gl_mem_free_p(&source->root);
	gl_mem_free_p(&source->loader_dir);
}

int gl_source_examine(struct gl_source *source, const char *program, struct gl_examination *ret,
		      struct gl_err *err)
{
	const char *root = source->host.live ? NULL : *source->root ? source->root : "/";

	return gl_examine_below(&source->host, &source->here, root, program, ret, err);
}

char *gl_source_outside(const struct gl_source *source, const char *path)
{
	char *outside;

	return asprintf(&outside, "%s%s", source->root, path) < 0 ? NULL : outside;
}
