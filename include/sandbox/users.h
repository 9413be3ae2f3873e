/*
 * --user U[:G] by /etc/passwd and /etc/group themselves, without NSS: a static
 * program cannot use it, and a container's files are the truth there.
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"

#define GL_USERS_MAX_BYTES  ((size_t)16 << 20) /* of each file */
#define GL_USERS_MAX_GROUPS 65536	       /* NGROUPS_MAX of Linux */

struct gl_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned; supplementary groups, gid among them */
	size_t group_count;
	char *name; /* owned; for USER and LOGNAME; NULL: the number has no entry */
	char *home; /* owned; for HOME; "/" where the entry has none, or there is none */
};
#define GL_USER_INIT ((struct gl_user){.groups = NULL})

void gl_user_done(struct gl_user *user) GL_NONNULL;

/*
 * U and G are names or numbers; a number is never looked up as a name.
 *	U	U's own group and those in the group file that list U's name.  A
 *		number without an entry has no group, so ":G" must be said (never
 *		silently group 0).
 *	U:G	group G and no other.
 * passwd and group are the files' texts; lines that are not understood are
 * passed over.  Returns 0; -EINVAL for a bad form, -ENOENT for a name that is
 * not there, -E2BIG, -ENOMEM.
 */
int gl_user_resolve(const char *spec, const char *passwd, const char *group, struct gl_user *ret_user,
		    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;

/* The same by /etc/passwd and /etc/group; a file that is not there is empty. */
int gl_user_resolve_here(const char *spec, struct gl_user *ret_user,
			 struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
