/*
 * The lines "read", "write", "execute", "bind" and "connect" of a policy, by
 * Landlock (Documentation/userspace-api/landlock.rst; versions of its interface
 * are called ABI there).
 *
 * What the lines mean:
 *
 *	read		opening files for reading, listing directories
 *	write		opening files for writing, truncating, creating, removing, renaming;
 *			ioctl on devices.  Reading is apart: who opens a file for both (Go's
 *			os.Create) needs it named under both.  Nothing can be moved to where more
 *			is allowed of it: EXDEV, as between file systems.
 *	execute		execve, and what it needs: opening for reading.  Files without a path
 *			(memfd_create) cannot be made but with MFD_NOEXEC_SEAL, Linux 6.3:
 *			EACCES
 *	bind, connect	TCP ports; each restricts its own half only, UDP is left alone.  Who
 *			listens without bind gets a port of the kernel's choice, which the
 *			kernel does not ask Landlock about
 *
 * A directory stands for all below it.  Where a policy has one of the first
 * three, all that they do not name is denied (EACCES), but for what Go and the
 * C library need themselves (sandbox/landlock_paths.h) and PROGRAM.  stat,
 * readlink, chdir, access, chmod, connecting to a Unix socket, and whatever is
 * open already are no matter of Landlock.  Libraries are only read: the kernel
 * has no hook where they are mapped.  A program that may execute the dynamic
 * loader can have it load any file that it may read.
 *
 * A path means the file that is there at the start: one that is replaced (rename
 * over it) is another file.  Directories do not have that trouble.
 *
 * Depends on: base, arch, policy.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/policy.h"

#define GL_LANDLOCK_MAX_PORTS 4096 /* in all lines: the kernel keeps a rule for each */
#define GL_LANDLOCK_MAX_NOTE  160

/* include/uapi/linux/landlock.h; libc's kernel headers may be older than the kernel. */
#define GL_LANDLOCK_EXECUTE	(UINT64_C(1) << 0)
#define GL_LANDLOCK_WRITE_FILE	(UINT64_C(1) << 1)
#define GL_LANDLOCK_READ_FILE	(UINT64_C(1) << 2)
#define GL_LANDLOCK_READ_DIR	(UINT64_C(1) << 3)
#define GL_LANDLOCK_REMOVE_DIR	(UINT64_C(1) << 4)
#define GL_LANDLOCK_REMOVE_FILE (UINT64_C(1) << 5)
#define GL_LANDLOCK_MAKE_CHAR	(UINT64_C(1) << 6)
#define GL_LANDLOCK_MAKE_DIR	(UINT64_C(1) << 7)
#define GL_LANDLOCK_MAKE_REG	(UINT64_C(1) << 8)
#define GL_LANDLOCK_MAKE_SOCK	(UINT64_C(1) << 9)
#define GL_LANDLOCK_MAKE_FIFO	(UINT64_C(1) << 10)
#define GL_LANDLOCK_MAKE_BLOCK	(UINT64_C(1) << 11)
#define GL_LANDLOCK_MAKE_SYM	(UINT64_C(1) << 12)
#define GL_LANDLOCK_REFER	(UINT64_C(1) << 13) /* version 2 */
#define GL_LANDLOCK_TRUNCATE	(UINT64_C(1) << 14) /* version 3 */
#define GL_LANDLOCK_IOCTL_DEV	(UINT64_C(1) << 15) /* version 5 */

#define GL_LANDLOCK_BIND_TCP	(UINT64_C(1) << 0) /* version 4 */
#define GL_LANDLOCK_CONNECT_TCP (UINT64_C(1) << 1) /* version 4 */

/* Of files and of ports. */
struct gl_landlock_rights {
	uint64_t files;
	uint64_t ports;
};

struct gl_landlock_request {
	const struct gl_policy *policy;
	int version; /* gl_landlock_version() */
	/* What execve opens: PROGRAM, its interpreter.  They may be executed and read whatever the policy says. */
	const char *const *programs;
	size_t program_count;
	bool any_loader; /* the interpreter is not known: the system's own may be executed */
	/* What the loader opens besides the system's own: libraries, a bundle. */
	const char *const *libraries;
	size_t library_count;
};

/* What the process is to be restricted to. */
struct gl_landlock {
	int ruleset;			   /* -1: nothing; else complete but for /proc/self */
	int version;			   /* of the kernel's interface */
	struct gl_landlock_rights handled; /* denied unless a rule allows it */
	size_t path_count, port_count;	   /* rules */
	struct sock_filter *filter;	   /* owned; NULL: none.  Closes the ways round the lines */
	size_t filter_count;
	char note[GL_LANDLOCK_MAX_NOTE]; /* "", or which "optional" lines could not be had, and why */
};
#define GL_LANDLOCK_INIT ((struct gl_landlock){.ruleset = -1})
void gl_landlock_done(struct gl_landlock *landlock) GL_NONNULL;
#define gl_autolandlock GL_CLEANUP(gl_landlock_done)

/*
 * The version of the kernel's interface, from 1, or -errno: -ENOSYS before Linux
 * 5.13 or where it is compiled out, -EOPNOTSUPP where it is switched off (lsm=),
 * what an outer filter answers.
 */
int gl_landlock_version(void);

/* Does the policy have such a line? */
bool gl_landlock_wanted(const struct gl_policy *policy) GL_NONNULL;

/* All rights that a version knows. */
struct gl_landlock_rights gl_landlock_known(int version);

/* What a line of that kind allows below its path or at its port; 0 for lines of other kinds. */
struct gl_landlock_rights gl_landlock_of_kind(enum gl_policy_setting_kind kind);

/*
 * What a ruleset has to handle for the policy on this version.  Lines that the
 * version cannot have are an error (-ENOSYS with the line in err) unless they are
 * optional; then the rest is done and ret_note says what is missing.  Versions 1
 * and 2 cannot keep files from being truncated, so they do for optional lines only.
 */
int gl_landlock_settle(const struct gl_policy *policy, int version, struct gl_landlock_rights *ret_handled,
		       char ret_note[GL_LANDLOCK_MAX_NOTE], struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Makes the ruleset; the paths are opened here, with golaunch's rights, so file
 * permissions still decide for the program.  A named path that cannot be opened
 * is an error (-ENOENT ...) unless its line is optional.  Returns 0 or -errno:
 * those above, -E2BIG (more than GL_LANDLOCK_MAX_PORTS).  ret_landlock must be
 * GL_LANDLOCK_INIT; gl_landlock_done() it.
 */
int gl_landlock_build(const struct gl_landlock_request *request, struct gl_landlock *ret_landlock,
		      struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * Restricts the calling thread, for good: raw system calls only.  It must have
 * no_new_privs or CAP_SYS_ADMIN.  Returns 0 or -errno (-E2BIG: 16 restrictions,
 * one in another, are the most).
 */
int gl_landlock_apply(const struct gl_landlock *landlock) GL_MUST_CHECK GL_NONNULL;
