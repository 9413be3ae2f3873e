/*
 * Setuid, setgid and file capabilities: see host/privileges.h.
 */
#include "host/privileges.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

bool gl_program_gains_privileges(const char *path, uid_t uid, gid_t gid)
{
	struct statvfs vfs;
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	if (!statvfs(path, &vfs) && (vfs.f_flag & ST_NOSUID))
		return false;
	if ((st.st_mode & S_ISUID) && st.st_uid != uid)
		return true;
	/* Without group x the bit means mandatory locking (bprm_fill_uid in fs/exec.c). */
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != gid)
		return true;
	return getxattr(path, "security.capability", NULL, 0) > 0;
}
