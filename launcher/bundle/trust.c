/*
 * Who could have written a bundle: see bundle/bundle.h.
 *
 * Everything is asked of descriptors that are open already, so that what was
 * judged is what is used.  ACLs need no look of their own: where they let more
 * users write, the kernel shows that in the group's bits (acl(5), "mask").
 */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "bundle/inspect.h"
#include "host/root_walk.h"

static bool may_own(const struct gl_bundle_trust *trust, uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid == trust->owner;
}

bool gl_bundle_trusts(const struct gl_host *host, const struct gl_bundle_trust *trust, const struct stat *st,
		      char *why, size_t size)
{
	bool root_uses_it = geteuid() == 0 || host->uid == 0;

	if (!may_own(trust, st->st_uid))
		snprintf(why, size, "belongs to user %u, not to root, us or the program's owner", st->st_uid);
	else if (st->st_mode & S_IWOTH)
		snprintf(why, size, "may be written by everybody");
	else if (root_uses_it && (st->st_mode & S_IWGRP))
		snprintf(why, size, "may be written by group %u, and root would use it", st->st_gid);
	else
		return true;
	return false;
}

int gl_bundle_trust_file(const struct gl_bundle_look *look, const char *file, const struct stat *st)
{
	char why[128];

	if (!look->trust->check || gl_bundle_trusts(look->host, look->trust, st, why, sizeof(why)))
		return GL_BUNDLE_GOOD;
	return gl_bundle_blame(look, GL_BUNDLE_UNTRUSTED, file, "%s", why);
}

/*
 * One directory above the bundle; len bytes of its path name it.  Its owner may
 * exchange what is in it, sticky or not.  In a user namespace root may have no
 * number: there he is who owns the root directory.
 */
static int trust_directory(const struct gl_bundle_look *look, int fd, size_t len, uid_t root)
{
	int shown = (int)GL_MAX(len, (size_t)1);
	const char *dir = look->bundle->dir;
	struct stat st;

	if (fstat(fd, &st))
		return gl_err_sys(look->err, errno, "cannot examine '%.*s'", shown, dir);
	if (st.st_uid != root && !may_own(look->trust, st.st_uid))
		return gl_bundle_blame(look, GL_BUNDLE_UNTRUSTED, "",
				       "is below %.*s, which belongs to user %u", shown, dir, st.st_uid);
	if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		return gl_bundle_blame(look, GL_BUNDLE_UNTRUSTED, "",
				       "is below %.*s, where everybody may write", shown, dir);
	return GL_BUNDLE_GOOD;
}

static int find_root_owner(const struct gl_bundle_look *look, uid_t *ret)
{
	struct stat st;

	if (look->host->root_fd < 0 ? stat("/", &st) : fstat(look->host->root_fd, &st))
		return gl_err_sys(look->err, errno, "cannot examine the root directory");
	*ret = st.st_uid;
	return GL_BUNDLE_GOOD;
}

/* The way is walked upwards, by ".." of what is open: there are no links on it. */
int gl_bundle_trust_way(const struct gl_bundle_look *look)
{
	const char *dir = look->bundle->dir;
	gl_autoclose int at = -1;
	uid_t root;
	int r;

	if (!look->trust->check)
		return GL_BUNDLE_GOOD;
	r = find_root_owner(look, &root);
	for (size_t len = strlen(dir); len > 1 && r == GL_BUNDLE_GOOD;) {
		int up = openat(at < 0 ? look->bundle->fd : at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return gl_bundle_blame_open(look, "", errno);
		gl_fd_close(&at);
		at = up;
		while (dir[--len] != '/')
			;
		r = trust_directory(look, at, len, root);
	}
	return r;
}

/* Not only what is there matters, but who chose it: a link in /tmp may be anybody's (proc(5), protected_symlinks). */
int gl_bundle_trust_link(const struct gl_bundle_look *look, const char *path)
{
	gl_autoclose int fd = -1;
	struct stat st;

	if (!look->trust->check || (look->bundle->dir && !strcmp(path, look->bundle->dir)))
		return GL_BUNDLE_GOOD;
	fd = gl_root_walk(look->host->root_fd, path, O_PATH | O_NOFOLLOW, NULL, 0);
	if (fd < 0)
		return gl_bundle_blame_open(look, "", -GL_TAKE_FD(fd));
	if (fstat(fd, &st))
		return gl_err_sys(look->err, errno, "cannot examine '%s'", path);
	if (!S_ISLNK(st.st_mode) || may_own(look->trust, st.st_uid))
		return GL_BUNDLE_GOOD;
	return gl_bundle_blame(look, GL_BUNDLE_UNTRUSTED, "", "is reached by a link of user %u", st.st_uid);
}
