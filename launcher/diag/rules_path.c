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

/* Why this part of the path stops the walk, 0 if it does not: it cannot be looked up, or not be passed. */
static int part_errno(const struct gl_examination *x, const char *part, bool is_last)
{
	struct stat st;
	int r = gl_root_stat(x->at, part, &st);

	if (r || is_last || !S_ISDIR(st.st_mode))
		return -r;
	return gl_root_may(x->at, &st, X_OK) ? 0 : EACCES;
}

/*
 * Where the first part ends that stops the walk, *ret_errno saying why; the
 * length of the path if none does.  A relative path starts where we are.
 */
static size_t first_failure(const struct gl_examination *x, int *ret_errno)
{
	size_t len = strlen(x->path), end = 0;

	*ret_errno = 0;
	while (end < len) {
		end += strspn(x->path + end, "/");
		end += strcspn(x->path + end, "/");
		gl_autofree char *part = prefix(x->path, end);

		*ret_errno = part ? part_errno(x, part, end == len) : ENOMEM;
		if (*ret_errno)
			return end;
	}
	return len;
}

static void say_link(struct gl_examination *x, const char *part, int errnum)
{
	char target[PATH_MAX] = "";
	gl_autofree char *shown = gl_escape_dup(part, 0);
	gl_autofree char *shown_target = NULL;
	struct gl_finding *f;

	if (gl_root_readlink(x->at, part, target, sizeof(target)) < 0)
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

/* part itself where it is a directory that may not be searched, else the one it lies in. */
static char *unsearchable_directory(const struct gl_examination *x, const char *part)
{
	const char *slash = strrchr(part, '/');
	struct stat st;

	if (!gl_root_stat(x->at, part, &st) && S_ISDIR(st.st_mode))
		return strdup(part);
	return slash ? prefix(part, (size_t)(slash - part)) : strdup(".");
}

static void say_unsearchable(struct gl_examination *x, const char *part)
{
	gl_autofree char *dir = unsearchable_directory(x, part);
	gl_autofree char *shown = gl_escape_dup(dir, 0);
	struct gl_finding *f;

	f = gl_findings_add(&x->findings, GL_CODE_PATH_UNSEARCHABLE,
			    "%s lies below a directory that user %u may not search", x->shown, x->at->uid);
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
	struct stat link;
	int errnum;
	size_t end;

	(void)err;
	if (strlen(x->path) >= PATH_MAX) {
		say_missing(x, x->path, ENAMETOOLONG);
		return GL_RULES_STOP;
	}
	end = first_failure(x, &errnum);
	if (!errnum)
		return 0;
	part = prefix(x->path, end);
	if (!part || errnum == ENOMEM)
		return -ENOMEM;
	if (errnum == EACCES)
		say_unsearchable(x, part);
	else if (errnum == ELOOP || (!gl_root_lstat(x->at, part, &link) && S_ISLNK(link.st_mode)))
		say_link(x, part, errnum);
	else
		say_missing(x, part, errnum);
	return GL_RULES_STOP;
}
