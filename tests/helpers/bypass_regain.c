/*
 * Attempts to get back what was taken away: users and groups, limits, capabilities,
 * the privileges of other programs.
 *
 *	bypass_regain GROUP [PROGRAM...]
 *
 * Groups: "gain" by the PROGRAMs, copies of this one: setuid, setgid, with
 * CAP_NET_RAW; "identity", "limits" and "capabilities", where PROGRAM is any file of
 * root's.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "bypass.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT	      64 /* of descriptors, in the group "limits" */

static char **programs;
static const char *self;

/* -- programs with privileges -- */

static long by_privileged(const void *arg)
{
	const char *path = programs[*(const int *)arg];

	return path ? bypass_run(path, *(const int *)arg == 2 ? "has-capability" : "is-root") : -ENOENT;
}

/* -- what was taken away -- */

static long set_uid(const void *arg)
{
	(void)arg;
	return bypass_result(setresuid(0, 0, 0));
}

static long set_effective_uid(const void *arg)
{
	(void)arg;
	return bypass_result(syscall(SYS_setresuid, -1, 0, -1));
}

static long set_gid(const void *arg)
{
	(void)arg;
	return bypass_result(setresgid(0, 0, 0));
}

static long set_groups(const void *arg)
{
	const gid_t groups[] = {0, 4, 27};

	(void)arg;
	return bypass_result(setgroups(ARRAY_SIZE(groups), groups));
}

/* It answers what it was before, so it is asked twice. */
static long set_fsuid(const void *arg)
{
	(void)arg;
	setfsuid(0);
	return setfsuid((uid_t)-1) == 0 ? 0 : -EPERM;
}

static long raise_limit(const void *arg)
{
	const struct rlimit more = {LIMIT + 1, LIMIT + 1};

	(void)arg;
	return bypass_result(setrlimit(RLIMIT_NOFILE, &more));
}

static long raise_limit_of_other(const void *arg)
{
	const struct rlimit more = {LIMIT + 1, LIMIT + 1};
	pid_t pid = fork();
	long r;

	(void)arg;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	r = bypass_result(prlimit(pid, RLIMIT_NOFILE, &more, NULL));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static long use_more(const void *arg)
{
	(void)arg;
	return bypass_result(fcntl(0, F_DUPFD, LIMIT));
}

static long set_capabilities(unsigned capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	data[0].effective |= 1u << capability;
	data[0].permitted |= 1u << capability;
	data[0].inheritable |= 1u << capability;
	return bypass_result(syscall(SYS_capset, &header, data));
}

static long raise_capability(const void *arg)
{
	(void)arg;
	return set_capabilities(CAP_NET_RAW);
}

static long raise_ambient(const void *arg)
{
	(void)arg;
	set_capabilities(CAP_NET_RAW);
	return bypass_result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
}

static long has_bounding(const void *arg)
{
	(void)arg;
	return prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1 ? 0 : -EPERM;
}

static long set_securebits(const void *arg)
{
	(void)arg;
	return bypass_result(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
}

static long change_owner(const void *arg)
{
	(void)arg;
	return bypass_result(chown(programs[0], 1, 1));
}

static long make_device(const void *arg)
{
	long r = bypass_result(mknod("device", S_IFCHR | 0600, makedev(1, 3)));

	(void)arg;
	unlink("device");
	return r;
}

static long open_raw_socket(const void *arg)
{
	(void)arg;
	return bypass_result(syscall(SYS_socket, 2 /* AF_INET */, 3 /* SOCK_RAW */, 1));
}

static long become_other(const void *arg)
{
	(void)arg;
	return bypass_result(setresuid(1, 1, 1));
}

static long change_root(const void *arg)
{
	(void)arg;
	return bypass_result(chroot("/"));
}

/* Executed by another copy: what it could do. */
static long by_program(const void *arg)
{
	return bypass_run(self, arg);
}

/* -- the table -- */

static const int first = 0, second = 1, third = 2;

static const struct {
	const char *group, *name;
	long (*attempt)(const void *arg);
	const void *arg;
} attempts[] = {
	{"gain", "setuid-program", by_privileged, &first},
	{"gain", "setgid-program", by_privileged, &second},
	{"gain", "file-capabilities", by_privileged, &third},
	{"identity", "setuid", set_uid, NULL},
	{"identity", "effective-uid", set_effective_uid, NULL},
	{"identity", "setgid", set_gid, NULL},
	{"identity", "setgroups", set_groups, NULL},
	{"identity", "fsuid", set_fsuid, NULL},
	{"identity", "capset", raise_capability, NULL},
	{"identity", "chown", change_owner, NULL},
	{"limits", "setrlimit", raise_limit, NULL},
	{"limits", "prlimit", raise_limit_of_other, NULL},
	{"limits", "dup", use_more, NULL},
	{"limits", "another-program", by_program, "limit"},
	{"capabilities", "capset", raise_capability, NULL},
	{"capabilities", "ambient", raise_ambient, NULL},
	{"capabilities", "bounding", has_bounding, NULL},
	{"capabilities", "securebits", set_securebits, NULL},
	{"capabilities", "chown", change_owner, NULL},
	{"capabilities", "mknod", make_device, NULL},
	{"capabilities", "raw-socket", open_raw_socket, NULL},
	{"capabilities", "another-user", become_other, NULL},
	{"capabilities", "chroot", change_root, NULL},
	{"capabilities", "another-program", by_program, "has-capability"},
};

/* What a copy of this program, executed, could do: 0, or an errno. */
static int answer(const char *word)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (!strcmp(word, "limit"))
		return raise_limit(NULL) >= 0 ? 0 : EPERM;
	if (!strcmp(word, "is-root"))
		return geteuid() == 0 || getegid() == 0 ? 0 : EPERM;
	if (!strcmp(word, "has-capability") && syscall(SYS_capget, &header, data) == 0)
		return data[0].effective & (1u << CAP_NET_RAW) ? 0 : EPERM;
	return EINVAL;
}

int main(int argc, char **argv)
{
	bool known = false;

	programs = argv + 2;
	self = argv[0];
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(attempts); i++)
		if (!strcmp(attempts[i].group, argv[1])) {
			bypass_make(attempts[i].name, attempts[i].attempt, attempts[i].arg);
			known = true;
		}
	if (known)
		return 0;
	return argc == 2 ? answer(argv[1]) : 125;
}
