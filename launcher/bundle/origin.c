/*
 * Finds the package manager of a host and asks it: see bundle/origin.h.
 *
 * The one of this machine is run, on the data of the host.  rpm is not told to
 * take the host for its root (--root): that would be a chroot(2), and libraries
 * that rpm loads afterwards would come from there.
 */
#include "bundle/origin.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "host/root.h"

#define USR "/usr"

static const struct {
	const char *dir;
	int (*ask)(const struct gl_source *source, const char *dir, struct gl_origin *origins, size_t count,
		   struct gl_err *err);
} managers[] = {
	{"/var/lib/dpkg", gl_origins_ask_dpkg},
	{"/usr/lib/sysimage/rpm", gl_origins_ask_rpm},
	{"/var/lib/rpm", gl_origins_ask_rpm},
};

int gl_origin_set(char **field, const char *text, size_t len, struct gl_err *err)
{
	if (!len || len > GL_MANIFEST_MAX_TEXT || *field)
		return 0;
	*field = strndup(text, len);
	return *field ? 0 : gl_err_sys(err, ENOMEM, "cannot note where a file is from");
}

/*
 * Where /lib is a link to /usr/lib, a file may be known by either name: as it was
 * packaged, or as it was found.
 */
static int spell(const struct gl_host *host, struct gl_origin *origin)
{
	char real[4096];
	const char *path = gl_root_canonical(host, origin->path, real, sizeof(real)) ? origin->path : real;
	size_t usr = strlen(USR);

	origin->spellings[0] = strdup(path);
	if (!strncmp(path, USR "/", usr + 1))
		origin->spellings[1] = strdup(path + usr);
	else if (asprintf(&origin->spellings[1], USR "%s", path) < 0)
		origin->spellings[1] = NULL;
	return origin->spellings[0] && origin->spellings[1] ? 0 : -ENOMEM;
}

static int ask(const struct gl_source *source, struct gl_origin *origins, size_t count, struct gl_err *err)
{
	char real[4096];
	struct stat st;

	for (size_t i = 0; i < GL_ARRAY_SIZE(managers); i++) {
		gl_autofree char *outside = NULL;

		if (gl_root_canonical(&source->host, managers[i].dir, real, sizeof(real)) ||
		    gl_root_stat(&source->host, real, &st) || !S_ISDIR(st.st_mode))
			continue;
		outside = gl_source_outside(source, real);
		return outside ? managers[i].ask(source, outside, origins, count, err)
			       : gl_err_sys(err, ENOMEM, "cannot ask for packages");
	}
	return 0;
}

int gl_origins_find(const struct gl_source *source, struct gl_origin *origins, size_t count,
		    struct gl_err *err)
{
	size_t some;
	int r = 0;

	for (size_t i = 0; i < count && !r; i++)
		r = spell(&source->host, &origins[i]);
	if (r)
		gl_err_sys(err, -r, "cannot ask for packages");
	for (size_t i = 0; i < count && !r; i += some) {
		some = GL_MIN(count - i, (size_t)GL_ORIGIN_AT_ONCE);
		r = ask(source, origins + i, some, err);
	}
	for (size_t i = 0; i < count; i++) {
		gl_mem_free_p(&origins[i].spellings[0]);
		gl_mem_free_p(&origins[i].spellings[1]);
	}
	return r;
}
