/*
 * Policies from files, with what they include.
 *
 * A file's includes are opened relative to it.  Where a privileged golaunch
 * reads them, each file must belong to root or to the user that runs golaunch,
 * and must not be writable by others: whoever can write a policy can take it
 * away.  Writable by the group is a warning only: Kubernetes mounts files so
 * (fsGroup).
 */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "policy/policy.h"

struct gl_policy_reading {
	const struct gl_machine_calls *machine;
	bool check_owner;	 /* gl_policy_owner_matters() */
	uid_t owner;		 /* whose files are trusted besides root's: geteuid() */
	struct gl_buf *warnings; /* one line each; NULL: they are not wanted */
	struct gl_buf *notes;	 /* the same for what may stay unsaid */
};

/* Does golaunch run as root, or with more rights than who started it (AT_SECURE)? */
bool gl_policy_owner_matters(void);

/*
 * Reads the file.  ret_policy must be GL_POLICY_INIT.  Returns 0 or -errno: those
 * of gl_policy_parse(), -EACCES for one that is not trusted, -EFBIG beyond
 * GL_POLICY_MAX_BYTES, -EINVAL for what is no regular file or holds NUL.
 */
int gl_policy_read_file(const struct gl_policy_reading *reading, const char *path,
			struct gl_policy *ret_policy, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* The same for a text that is here already and came from no file: includes are looked for in the current folder. */
int gl_policy_read_text(const struct gl_policy_reading *reading, const char *name, const char *text,
			struct gl_policy *ret_policy, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/*
 * The bytes of a file that is trusted as above, at most max, with a NUL behind
 * them (free() them).  Returns 0 or -errno as above; any byte may be in it.
 */
int gl_policy_read_bytes(const struct gl_policy_reading *reading, const char *path, size_t max,
			 char **ret_bytes, size_t *ret_len, struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* How an included file is called in messages: name as seen from where from is.  A fresh string, or NULL. */
char *gl_policy_include_name(const char *from, const char *name) GL_MUST_CHECK GL_NONNULL;

/* Reads what --policy names: a preset, else a file.  Returns as above; -ENOENT: there is neither. */
int gl_policy_read(const struct gl_policy_reading *reading, const char *name, struct gl_policy *ret_policy,
		   struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
