/*
 * The way to the program: which component is missing, a file, a link that
 * leads nowhere, or a directory that may not be searched (path_resolution(7)).
 */
#include <errno.h>
#include <limits.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "host/root.h"

/* The path up to (not including) the slash at end, or "/" for the first. */
static char *prefix(const char *path, size_t end)
{
	return end ? strndup(path, end) : strdup("/");
}

/* Where the first component ends that cannot be looked up; the length of the path if all can. */
static size_t first_failure(const struct gl_examination *x, int *ret_errno, struct stat *ret_parent)
{
	size_t len = strlen(x->path), end = 0;
	struct stat st;

	*ret_errno = -gl_root_stat(x->host, "/", ret_parent);
	if (*ret_errno)
		return 0;
	while (end < len) {
		end += strspn(x->path + end, "/");
		end += strcspn(x->path + end, "/");
		gl_autofree char *part = prefix(x->path, end);

		if (!part)
			break;
		*ret_errno = -gl_root_stat(x->host, part, &st);
		if (*ret_errno)
			return end;
		if (end < len)
			*ret_parent = st;
	}
	return len;
}

static void say_link(struct gl_examination *x, const char *part, int errnum)
{
	char target[PATH_MAX] = "";
	gl_autofree char *shown = gl_escape_dup(part, 0);
	gl_autofree char *shown_target = NULL;
	struct gl_finding *f;

	if (gl_root_readlink(x->host, part, target, sizeof(target)) < 0)
		target[0] = '\0';
	shown_target = gl_escape_dup(target, 0);
	f = gl_findings_add(&x->findings, GL_CODE_SYMLINK_BROKEN,
			    errnum == ELOOP ? "%s leads in a circle of symbolic links"
					    : "%s is reached by a symbolic link that leads nowhere",
			    x->shown);
	gl_finding_row(f, "link", "%s -> %s", shown, shown_target);
	gl_finding_evidence(f, "link", part);
	gl_finding_evidence(f, "target", target);
	gl_finding_fix(f, "make the link point to the program");
}

static void say_unsearchable(struct gl_examination *x, const char *part)
{
	gl_autofree char *dir = strdup(part);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	gl_autofree char *shown = NULL;
	struct gl_finding *f;

	if (slash)
		slash[slash == dir ? 1 : 0] = '\0';
	shown = gl_escape_dup(dir, 0);
	f = gl_findings_add(&x->findings, GL_CODE_PATH_UNSEARCHABLE,
			    "%s lies below a directory that user %u may not search", x->shown, x->host->uid);
	gl_finding_row(f, "where", "%s", shown);
	gl_finding_evidence(f, "directory", dir);
	gl_finding_fix(f, "chmod a+x %s, or run as a user who may enter it", shown);
}

static void say_missing(struct gl_examination *x, const char *part, int errnum)
{
	gl_autofree char *shown = gl_escape_dup(part, 0);
	struct gl_finding *f = gl_findings_add(&x->findings, GL_CODE_NOT_FOUND, "%s is not there", x->shown);

	if (errnum == ENOTDIR)
		gl_finding_row(f, "why", "a part of the path is a file, not a directory, before %s", shown);
	else if (errnum == ENAMETOOLONG)
		gl_finding_row(f, "why", "the path has %zu bytes; the kernel takes %d, and %d for one name",
			       strlen(x->path), PATH_MAX - 1, NAME_MAX);
	else
		gl_finding_row(f, "missing", "%s", shown);
	gl_finding_evidence(f, "missing", part);
	gl_finding_fix(f, "check the spelling, the working directory and, in a container, the COPY line");
}

int gl_rules_path(struct gl_examination *x, struct gl_err *err)
{
	gl_autofree char *part = NULL;
	struct stat parent = {0}, link;
	int errnum;
	size_t end;

	(void)err;
	if (strlen(x->path) >= PATH_MAX) {
		say_missing(x, x->path, ENAMETOOLONG);
		return GL_RULES_STOP;
	}
	end = first_failure(x, &errnum, &parent);
	if (!errnum && gl_root_may(x->host, &parent, X_OK))
		return 0;
	part = prefix(x->path, end);
	if (!part)
		return -ENOMEM;
	if (!errnum || errnum == EACCES)
		say_unsearchable(x, part);
	else if (errnum == ELOOP || (!gl_root_lstat(x->host, part, &link) && S_ISLNK(link.st_mode)))
		say_link(x, part, errnum);
	else
		say_missing(x, part, errnum);
	return GL_RULES_STOP;
}
