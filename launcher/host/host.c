/*
 * The record of a host: see host/host.h.
 *
 * Filled by cheap calls only (ids, groups, uname); what costs more, the CPU's
 * level, is asked on first use.  Callers that start the program as somebody
 * else, or with another environment, overwrite the fields.
 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/utsname.h>

#include "base/fd.h"
#include "base/mem.h"

static int read_groups(struct gl_host *host, struct gl_err *err)
{
	gl_autofree gid_t *groups = NULL;
	int count = getgroups(0, NULL);

	if (count < 0)
		return gl_err_sys(err, errno, "cannot read the supplementary groups");
	if (count == 0)
		return 0;
	groups = calloc((size_t)count, sizeof(*groups));
	if (!groups)
		return gl_err_sys(err, ENOMEM, "cannot read the supplementary groups");
	count = getgroups(count, groups);
	if (count < 0)
		return gl_err_sys(err, errno, "cannot read the supplementary groups");
	host->group_count = (size_t)count;
	host->groups = host->own_groups = GL_TAKE_PTR(groups);
	return 0;
}

/* "6.1.0-18-amd64" to 6, 1, 0; what is no number ends it. */
static void parse_release(const char *release, unsigned ret[3])
{
	unsigned long number;
	char *end;

	for (int i = 0; i < 3; i++) {
		ret[i] = 0;
		if (*release < '0' || *release > '9')
			continue;
		number = strtoul(release, &end, 10);
		ret[i] = (unsigned)GL_MIN(number, (unsigned long)UINT_MAX);
		release = *end == '.' ? end + 1 : end;
	}
}

int gl_host_init(struct gl_host *host, char *const *env, struct gl_err *err)
{
	struct utsname name;
	struct gl_host fresh = {
		.root_fd = -1,
		.live = true,
		.arch = gl_arch_native(),
		.env = env,
		.uid = geteuid(),
		.gid = getegid(),
	};
	int r = read_groups(&fresh, err);

	if (r)
		return r;
	if (!uname(&name))
		parse_release(name.release, fresh.kernel);
	*host = fresh;
	return 0;
}

int gl_host_init_root(struct gl_host *host, const char *root, char *const *env, struct gl_err *err)
{
	gl_autoclose int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open the root directory '%s'", root);
	r = gl_host_init(host, env, err);
	if (r)
		return r;
	host->root_fd = GL_TAKE_FD(fd);
	host->live = false;
	return 0;
}

void gl_host_done(struct gl_host *host)
{
	gl_fd_close(&host->root_fd);
	gl_mem_free_p(&host->own_groups);
	host->groups = NULL;
	host->group_count = 0;
}

const char *gl_host_env(const struct gl_host *host, const char *name)
{
	size_t len = strlen(name);

	for (char *const *at = host->env; at && *at; at++) {
		if (!strncmp(*at, name, len) && (*at)[len] == '=')
			return *at + len + 1;
	}
	return NULL;
}

unsigned gl_host_cpu_level(struct gl_host *host)
{
	if (!host->cpu_level)
		host->cpu_level = gl_arch_cpu_level();
	return host->cpu_level;
}

bool gl_host_kernel_is_below(const struct gl_host *host, const unsigned floor[3])
{
	for (int i = 0; i < 3; i++)
		if (host->kernel[i] != floor[i])
			return host->kernel[i] < floor[i];
	return false;
}
