/*
 * The file itself: what execve tests before it looks at a byte of it.  Modes,
 * mount, writers, file capabilities (fs/exec.c, security/commoncap.c).
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "host/root.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000 /* Linux 6.14 */
#endif

#define MAX_PROC_FILE (1 << 20)
#define MAX_PIDS      65536

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode)	? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISCHR(mode)	? "a character device"
	       : S_ISBLK(mode)	? "a block device"
				: "no regular file";
}

static int check_kind(struct gl_examination *x)
{
	struct gl_finding *f;

	if (S_ISREG(x->st.st_mode))
		return 0;
	f = gl_findings_add(&x->findings, GL_CODE_NOT_A_REGULAR_FILE, "%s is %s", x->shown,
			    kind_of(x->st.st_mode));
	gl_finding_row(f, "why", "execve says \"Permission denied\" for anything but a regular file");
	gl_finding_evidence(f, "kind", kind_of(x->st.st_mode));
	gl_finding_fix(f, S_ISDIR(x->st.st_mode) ? "name the program inside the directory"
						 : "name the program's file");
	return GL_RULES_STOP;
}

static void check_mode(struct gl_examination *x)
{
	struct gl_finding *f;

	if (gl_root_may(x->at, &x->st, X_OK))
		return;
	f = gl_findings_add(&x->findings, GL_CODE_NOT_EXECUTABLE, "%s may not be executed by user %u",
			    x->shown, x->at->uid);
	gl_finding_row(f, "mode", "%04o, owner %u, group %u", x->st.st_mode & 07777, x->st.st_uid,
		       x->st.st_gid);
	gl_finding_evidence_int(f, "mode", x->st.st_mode & 07777);
	gl_finding_fix(f, "chmod +x %s   (in a Dockerfile: COPY --chmod=0755)", x->shown);
}

/* The mount point that path lies on, by the longest prefix in mountinfo; "" if that cannot be read. */
static void find_mount(const char *path, char *mount, size_t size)
{
	gl_autofree char *text = NULL;
	size_t len, best = 0, point_len;
	char *save = NULL, *point;
	int end;

	snprintf(mount, size, "%s", "");
	if (gl_file_slurp("/proc/self/mountinfo", MAX_PROC_FILE, &text, &len, NULL))
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		end = 0;
		if (sscanf(line, "%*u %*u %*s %*s %n", &end) < 0 || !end)
			continue;
		point = line + end;
		point_len = strcspn(point, " ");
		if (strncmp(path, point, point_len) ||
		    (point_len > 1 && path[point_len] != '/' && path[point_len] != '\0'))
			continue;
		if (point_len >= best) {
			best = point_len;
			snprintf(mount, size, "%.*s", (int)point_len, point);
		}
	}
}

static void check_mount(struct gl_examination *x, int path_fd)
{
	gl_autofree char *real = NULL, *shown = NULL;
	struct statvfs vfs;
	char mount[4096];
	struct gl_finding *f;

	if (!x->at->live || fstatvfs(path_fd, &vfs) || !(vfs.f_flag & ST_NOEXEC))
		return;
	real = realpath(x->path, NULL);
	find_mount(real ? real : x->path, mount, sizeof(mount));
	shown = gl_escape_dup(mount, 0);
	f = gl_findings_add(&x->findings, GL_CODE_NOEXEC_MOUNT, "%s lies on a file system mounted noexec",
			    x->shown);
	gl_finding_row(f, "mount", "%s", shown);
	gl_finding_row(f, "why", "execve says \"Permission denied\" although the mode allows it");
	gl_finding_evidence(f, "mount", mount);
	gl_finding_fix(f, "put the program on a file system that allows execution");
	gl_finding_fix(f, "mount -o remount,exec %s", shown);
}

/* The bounding set of this process, all ones if unknown. */
static uint64_t bounding_set(void)
{
	gl_autofree char *text = NULL;
	unsigned long long set;
	const char *line;
	size_t len;

	if (gl_file_slurp("/proc/self/status", MAX_PROC_FILE, &text, &len, NULL))
		return UINT64_MAX;
	line = strstr(text, "\nCapBnd:");
	return line && sscanf(line, "\nCapBnd: %llx", &set) == 1 ? set : UINT64_MAX;
}

/* security/commoncap.c, bprm_caps_from_vfs_caps(): with the effective bit all of fP must be had, else EPERM. */
static void check_capabilities(struct gl_examination *x)
{
	struct vfs_ns_cap_data data = {0};
	uint64_t wanted, lost;
	struct gl_finding *f;
	ssize_t n;

	if (!x->at->live)
		return;
	n = getxattr(x->path, "security.capability", &data, sizeof(data));
	if (n < (ssize_t)sizeof(__le32) * 3 || !(le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE))
		return;
	wanted = le32toh(data.data[0].permitted);
	if (n >= (ssize_t)XATTR_CAPS_SZ_2)
		wanted |= (uint64_t)le32toh(data.data[1].permitted) << 32;
	lost = wanted & (~bounding_set() | x->at->denied_caps);
	if (!lost)
		return;
	f = gl_findings_add(&x->findings, GL_CODE_FILE_CAPABILITY_UNAVAILABLE,
			    "%s has a file capability that is not in the bounding set", x->shown);
	gl_finding_row(f, "needs", "capabilities %#llx, of which %#llx cannot be had",
		       (unsigned long long)wanted, (unsigned long long)lost);
	gl_finding_row(f, "why", "execve says \"Operation not permitted\", even for root");
	gl_finding_evidence_int(f, "missing", (long long)lost);
	gl_finding_fix(f, "start the container with the capability (docker run --cap-add)");
	gl_finding_fix(f, "setcap -r %s", x->shown);
}

/*
 * Is the file behind the link that one?  By what the kernel knows of it: asking a
 * file system whose server is gone (FUSE, NFS) would take for ever.
 */
static bool leads_to(int dir, const char *name, const struct stat *st)
{
	struct statx other;

	if (syscall(SYS_statx, dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &other))
		return false;
	return makedev(other.stx_dev_major, other.stx_dev_minor) == st->st_dev && other.stx_ino == st->st_ino;
}

/* Does the process pid hold st open for writing?  Its name goes to *ret_name ("" if unknown). */
static bool is_writer(const char *pid, const struct stat *st, char *name, size_t size)
{
	char path[64], info_path[96];
	gl_autofree char *info = NULL, *comm = NULL;
	struct dirent *entry;
	bool found = false;
	unsigned flags;
	size_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (!leads_to(dirfd(dir), entry->d_name, st))
			continue;
		snprintf(info_path, sizeof(info_path), "/proc/%.20s/fdinfo/%.20s", pid, entry->d_name);
		gl_mem_free_p(&info);
		if (!gl_file_slurp(info_path, MAX_PROC_FILE, &info, &len, NULL) &&
		    sscanf(info, "pos: %*u flags: %o", &flags) == 1)
			found = (flags & O_ACCMODE) != O_RDONLY;
	}
	if (dir)
		closedir(dir);
	if (!found)
		return false;
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if (!gl_file_slurp(path, MAX_PROC_FILE, &comm, &len, NULL))
		snprintf(name, size, "%.*s", (int)strcspn(comm, "\n"), comm);
	return true;
}

static void say_busy(struct gl_examination *x)
{
	struct gl_finding *f =
		gl_findings_add(&x->findings, GL_CODE_BUSY, "%s is open for writing", x->shown);
	gl_autofree char *shown = NULL;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char name[32] = "";

	gl_finding_row(f, "why", "execve says \"Text file busy\" while any process can write to it");
	for (size_t n = 0; proc && n < MAX_PIDS && (entry = readdir(proc)); n++) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
		    !is_writer(entry->d_name, &x->st, name, sizeof(name)))
			continue;
		shown = gl_escape_dup(name, 0);
		gl_finding_row(f, "by", "process %.20s (%s)", entry->d_name, shown);
		gl_finding_evidence(f, "pid", entry->d_name);
		break;
	}
	if (proc)
		closedir(proc);
	gl_finding_fix(f, "wait for the writer, and install by renaming a finished copy into place");
}

/* AT_EXECVE_CHECK asks the kernel without running anything; older kernels say EINVAL and nothing is known. */
static void check_busy(struct gl_examination *x)
{
	char *none[] = {NULL};

	if (x->at->live && syscall(SYS_execveat, AT_FDCWD, x->path, none, none, AT_EXECVE_CHECK) < 0 &&
	    errno == ETXTBSY)
		say_busy(x);
}

int gl_rules_file(struct gl_examination *x, struct gl_err *err)
{
	gl_autoclose int fd = gl_root_open(x->at, x->path, O_PATH);

	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot look at '%s'", x->shown);
	if (fstat(fd, &x->st))
		return gl_err_sys(err, errno, "cannot look at '%s'", x->shown);
	if (check_kind(x))
		return GL_RULES_STOP;
	check_mode(x);
	check_mount(x, fd);
	check_capabilities(x);
	check_busy(x);
	return 0;
}

static int say_unreadable(struct gl_examination *x, int errnum)
{
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_UNREADABLE,
					       "%s cannot be read, so it was not checked", x->shown);

	gl_finding_row(f, "why", "%s", strerror(errnum));
	gl_finding_fix(f, "chmod +r %s, or check it as its owner", x->shown);
	x->unknown = true;
	return GL_RULES_STOP;
}

int gl_rules_open(struct gl_examination *x, struct gl_err *err)
{
	int fd = gl_root_open(x->at, x->path, O_RDONLY);

	(void)err;
	if (fd < 0) {
		/* At launch a file that is not there is execve's to report. */
		if (x->scope == GL_SCOPE_LAUNCH && fd != -EACCES)
			return GL_RULES_STOP;
		return say_unreadable(x, -fd);
	}
	x->fd = fd;
	if (fstat(fd, &x->st) || !S_ISREG(x->st.st_mode))
		return GL_RULES_STOP;
	return 0;
}
