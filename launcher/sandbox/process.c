/*
 * What golaunch is before it changes anything: see sandbox/process.h.
 */
#include "sandbox/process.h"

#include <errno.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "policy/kernel.h"
#include "sandbox/users.h"

/*
 * seccomp(2): with a null program the kernel answers EFAULT if it has filters,
 * before it looks at privileges; EINVAL if it has none.
 */
static bool has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
}

/* Only a filter denies the question: a kernel without any answers EINVAL. */
static bool is_filtered(void)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	return mode == SECCOMP_MODE_FILTER || (mode < 0 && errno != EINVAL);
}

static int read_groups(struct gl_process *process, struct gl_err *err)
{
	int count = getgroups(0, NULL);

	if (count < 0 || count > GL_USERS_MAX_GROUPS)
		return gl_err_sys(err, count < 0 ? errno : E2BIG, "cannot read our groups");
	if (count == 0)
		return 0;
	process->groups = calloc((size_t)count, sizeof(*process->groups));
	if (!process->groups)
		return gl_err_sys(err, ENOMEM, "cannot read our groups");
	count = getgroups(count, process->groups);
	if (count < 0)
		return gl_err_sys(err, errno, "cannot read our groups");
	process->group_count = (size_t)count;
	return 0;
}

static int read_kernel(uint32_t *ret_kernel, struct gl_err *err)
{
	struct utsname name;

	if (uname(&name) < 0)
		return gl_err_sys(err, errno, "cannot ask for the kernel's version");
	if (!gl_kernel_parse(name.release, strlen(name.release), ret_kernel))
		return gl_err_set(err, EINVAL, "cannot read the kernel's version '%.64s'", name.release);
	return 0;
}

static int read_all(struct gl_process *process, struct gl_err *err)
{
	int bits, r;

	if (getresuid(&process->uid[0], &process->uid[1], &process->uid[2]) < 0 ||
	    getresgid(&process->gid[0], &process->gid[1], &process->gid[2]) < 0)
		return gl_err_sys(err, errno, "cannot read our ids");
	bits = prctl(PR_GET_SECUREBITS);
	process->root_is_plain = bits >= 0 && (bits & (1 << SECURE_NOROOT));
	process->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	process->filters = has_filters();
	process->filtered = is_filtered();
	r = read_kernel(&process->kernel, err);
	if (r == 0)
		r = gl_capsets_read(&process->caps, err);
	return r < 0 ? r : read_groups(process, err);
}

int gl_process_read(struct gl_process *ret_process, struct gl_err *err)
{
	gl_autoprocess struct gl_process process = GL_PROCESS_INIT;
	int r = read_all(&process, err);

	if (r < 0)
		return r;
	*ret_process = process;
	process = GL_PROCESS_INIT;
	return 0;
}

void gl_process_done(struct gl_process *process)
{
	free(process->groups);
	*process = GL_PROCESS_INIT;
}
