/*
 * Landlock, without its rules: what versions of the kernel's interface can do,
 * what a policy's lines ask of them, and the restriction itself.
 *
 * By numbers and layouts of our own, since kernel headers may be older than the
 * kernel; so there is nothing that could be missing when golaunch is built, and
 * a kernel without Landlock is a version of it that can do nothing.
 */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "base/fd.h"
#include "sandbox/landlock_paths.h"
#include "sandbox/landlock_private.h"

#define VERSION_FLAG 1 /* LANDLOCK_CREATE_RULESET_VERSION */

#define READ (GL_LANDLOCK_READ_FILE | GL_LANDLOCK_READ_DIR)
#define WRITE                                                                                                \
	(GL_LANDLOCK_WRITE_FILE | GL_LANDLOCK_TRUNCATE | GL_LANDLOCK_REMOVE_DIR | GL_LANDLOCK_REMOVE_FILE |  \
	 GL_LANDLOCK_MAKE_DIR | GL_LANDLOCK_MAKE_REG | GL_LANDLOCK_MAKE_SOCK | GL_LANDLOCK_MAKE_FIFO |       \
	 GL_LANDLOCK_MAKE_SYM | GL_LANDLOCK_REFER | GL_LANDLOCK_IOCTL_DEV)

#define EXECUTE (GL_LANDLOCK_EXECUTE | GL_LANDLOCK_READ_FILE)

#define NO_TRUNCATE "keep files from being truncated"

/* All that the first version has. */
#define FILES_1 (GL_LANDLOCK_REFER - 1)

/* What each version added; 6 (scopes of signals and abstract sockets) and 7 (audit) added no rights. */
static const struct {
	int version;
	struct gl_landlock_rights rights;
} added[] = {
	{1, {FILES_1, 0}},
	{2, {GL_LANDLOCK_REFER, 0}},
	{3, {GL_LANDLOCK_TRUNCATE, 0}},
	{4, {0, GL_LANDLOCK_BIND_TCP | GL_LANDLOCK_CONNECT_TCP}},
	{5, {GL_LANDLOCK_IOCTL_DEV, 0}},
};

/* Devices are not to be made by "write": MAKE_CHAR and MAKE_BLOCK are never allowed. */
static const struct kind {
	struct gl_landlock_rights rights;
	int version;	     /* the first that can have the line without a gap */
	const char *release; /* of Linux */
	const char *gap;     /* what an older one cannot do */
} kinds[GL_POLICY_SETTING_MAX] = {
	[GL_POLICY_READ] = {{READ, 0}, 3, "6.2", NO_TRUNCATE},
	[GL_POLICY_WRITE] = {{WRITE, 0}, 3, "6.2", NO_TRUNCATE},
	[GL_POLICY_EXECUTE] = {{EXECUTE, 0}, 3, "6.2", NO_TRUNCATE},
	[GL_POLICY_BIND] = {{0, GL_LANDLOCK_BIND_TCP}, 4, "6.7", "restrict ports"},
	[GL_POLICY_CONNECT] = {{0, GL_LANDLOCK_CONNECT_TCP}, 4, "6.7", "restrict ports"},
};

void gl_landlock_done(struct gl_landlock *landlock)
{
	gl_fd_close(&landlock->ruleset);
	free(landlock->filter);
	*landlock = GL_LANDLOCK_INIT;
}

int gl_landlock_version(void)
{
	return (int)gl_syscall3(GL_LANDLOCK_SYS_CREATE_RULESET, NULL, 0, VERSION_FLAG);
}

struct gl_landlock_rights gl_landlock_of_kind(enum gl_policy_setting_kind kind)
{
	return kinds[kind].rights;
}

static bool is_ours(const struct gl_policy_setting *setting)
{
	return kinds[setting->kind].version != 0;
}

bool gl_landlock_wanted(const struct gl_policy *policy)
{
	for (size_t i = 0; i < policy->setting_count; i++)
		if (is_ours(&policy->settings[i]))
			return true;
	return false;
}

struct gl_landlock_rights gl_landlock_known(int version)
{
	struct gl_landlock_rights known = {0, 0};

	for (size_t i = 0; i < GL_ARRAY_SIZE(added) && added[i].version <= version; i++) {
		known.files |= added[i].rights.files;
		known.ports |= added[i].rights.ports;
	}
	return known;
}

static void describe_gap(const struct kind *kind, int version, char *text, size_t size)
{
	if (version < 0)
		snprintf(text, size, "Landlock is unavailable here (%s)", strerror(-version));
	else
		snprintf(text, size, "this kernel's Landlock (version %d) cannot %s, Linux %s can", version,
			 kind->gap, kind->release);
}

int gl_landlock_settle(const struct gl_policy *policy, int version, struct gl_landlock_rights *ret_handled,
		       char ret_note[GL_LANDLOCK_MAX_NOTE], struct gl_err *err)
{
	struct gl_landlock_rights wanted = {0, 0}, known = gl_landlock_known(version);
	char gap[GL_LANDLOCK_MAX_NOTE], note[GL_LANDLOCK_MAX_NOTE] = "";

	for (size_t i = 0; i < policy->setting_count; i++) {
		const struct gl_policy_setting *setting = &policy->settings[i];
		const struct kind *kind = &kinds[setting->kind];

		if (!is_ours(setting))
			continue;
		wanted.files |= kind->rights.files ? UINT64_MAX : 0;
		wanted.ports |= kind->rights.ports;
		if (version >= kind->version)
			continue;
		describe_gap(kind, version, gap, sizeof(gap));
		if (!setting->optional)
			return gl_policy_complain(policy, setting->place, ENOSYS, err, "%s", gap);
		snprintf(note, sizeof(note), "%s", gap);
	}
	*ret_handled = (struct gl_landlock_rights){wanted.files & known.files, wanted.ports & known.ports};
	memcpy(ret_note, note, sizeof(note));
	return 0;
}

/*
 * The process's own directory is known only here.  Without it the program runs
 * as it does where /proc is not mounted.  The kernel may forget the directory
 * entry when memory is short, and the rule with it: Go reads there at its start.
 */
static void allow_self(const struct gl_landlock *landlock)
{
	uint64_t rights = READ & landlock->handled.files;
	long fd;

	if (!rights)
		return;
	fd = gl_syscall4(SYS_openat, AT_FDCWD, GL_LANDLOCK_SELF, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd >= 0) {
		struct gl_landlock_path_rule rule = {.rights = rights, .fd = (int32_t)fd};

		gl_syscall4(GL_LANDLOCK_SYS_ADD_RULE, landlock->ruleset, GL_LANDLOCK_RULE_PATH, &rule, 0);
		gl_syscall1(SYS_close, fd);
	}
}

/* The policy's own filter comes after it; of all filters' answers the strictest counts. */
static int load_filter(const struct gl_landlock *landlock)
{
	struct sock_fprog program = {.len = (unsigned short)landlock->filter_count,
				     .filter = landlock->filter};

	if (!landlock->filter)
		return 0;
	return (int)gl_syscall5(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int gl_landlock_apply(const struct gl_landlock *landlock)
{
	long r;

	if (!landlock->handled.files && !landlock->handled.ports)
		return 0;
	allow_self(landlock);
	r = gl_syscall2(GL_LANDLOCK_SYS_RESTRICT_SELF, landlock->ruleset, 0);
	return r < 0 ? (int)r : load_filter(landlock);
}
