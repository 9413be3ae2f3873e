/*
 * What execve needs for a chosen launch: see bundle/choose.h, gl_choice_prepare().
 */
#include "base/fd.h"
#include "bundle/choose.h"
#include "bundle/stub.h"
#include "host/path.h"

static struct gl_stub_config config_of(const struct gl_choice *choice, uint32_t flags)
{
	if (choice->bundle.manifest.gconv)
		flags |= GL_STUB_GCONV;
	return (struct gl_stub_config){.flags = flags, .program = choice->program, .lib = choice->lib};
}

static int make_memfd(struct gl_choice *choice, struct gl_err *err)
{
	const struct gl_stub_config config = config_of(choice, GL_STUB_MEMFD);
	int fd = gl_stub_memfd(&config, gl_path_basename(choice->program), err);

	if (fd < 0)
		return fd;
	gl_fd_close(&choice->fd);
	choice->fd = fd;
	choice->launch = GL_LAUNCH_BUNDLE_MEMFD;
	return 0;
}

static int make_cached(struct gl_choice *choice, const char *dir, struct gl_err *err)
{
	const struct gl_stub_config config = config_of(choice, 0);
	struct gl_err memfd_err = GL_ERR_INIT;
	int r = gl_stub_cache(dir, &config, gl_path_basename(choice->program), &choice->path, err);

	if (!r)
		return 0;
	r = make_memfd(choice, &memfd_err);
	if (!r)
		return 1;
	*err = memfd_err;
	return r;
}

int gl_choice_check_cache(const struct gl_choice *choice, const struct gl_fallback *fallback,
			  struct gl_err *err)
{
	const struct gl_stub_config config = config_of(choice, 0);

	return gl_stub_cache_check(fallback->cache, &config, gl_path_basename(choice->program), err);
}

int gl_choice_prepare(struct gl_choice *choice, const struct gl_fallback *fallback, struct gl_err *err)
{
	if (choice->launch == GL_LAUNCH_BUNDLE_CACHE && !choice->path)
		return make_cached(choice, fallback->cache, err);
	if (choice->launch == GL_LAUNCH_BUNDLE_MEMFD && choice->fd < 0)
		return make_memfd(choice, err);
	return 0;
}

void gl_choice_done(struct gl_choice *choice)
{
	gl_bundle_done(&choice->bundle);
	gl_fd_close(&choice->fd);
	free(choice->lib);
	free(choice->program);
	free(choice->path);
	*choice = GL_CHOICE_INIT;
}
