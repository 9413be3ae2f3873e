/*
 * PATH lookup: see diag/search_path.h.
 */
#include "diag/search_path.h"

#include <errno.h>
#include <limits.h>

#include "base/escape.h"
#include "base/mem.h"

#define DEFAULT_PATH "/bin:/usr/bin"
#define PATH_SHOWN   300

/* The next element of *path as "ELEMENT/name" in buf; an empty element is the current directory.  False: no more. */
static bool next_candidate(const char **path, const char *name, char *buf, size_t size)
{
	size_t len;

	if (!*path)
		return false;
	len = strcspn(*path, ":");
	snprintf(buf, size, "%.*s%s%s", (int)len, *path, len ? "/" : "./", name);
	*path = (*path)[len] ? *path + len + 1 : NULL;
	return true;
}

int gl_search_path(const char *name, const char *path, char **ret, struct gl_err *err)
{
	gl_autofree char *there = NULL;
	char candidate[PATH_MAX];
	struct stat st;

	if (strchr(name, '/')) {
		*ret = strdup(name);
		return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot look up the program");
	}
	path = path ? path : DEFAULT_PATH;
	while (*name && next_candidate(&path, name, candidate, sizeof(candidate))) {
		if (stat(candidate, &st) || S_ISDIR(st.st_mode))
			continue;
		if (S_ISREG(st.st_mode) && !access(candidate, X_OK)) {
			*ret = strdup(candidate);
			return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot look up the program");
		}
		if (!there)
			there = strdup(candidate);
	}
	if (!there)
		return 1;
	*ret = GL_TAKE_PTR(there);
	return 0;
}

const struct gl_finding *gl_search_path_explain(struct gl_findings *list, const char *name, const char *path)
{
	gl_autofree char *shown = gl_escape_dup(name, 200);
	gl_autofree char *shown_path = gl_escape_dup(path ? path : DEFAULT_PATH, PATH_SHOWN);
	struct gl_finding *f =
		gl_findings_add(list, GL_CODE_NOT_FOUND, "'%s' is in no directory of PATH", shown);
	struct stat st;

	gl_finding_row(f, "looked", "%s%s", shown_path, path ? "" : "   (PATH is not set)");
	gl_finding_evidence(f, "missing", name);
	if (*name && !stat(name, &st) && S_ISREG(st.st_mode))
		gl_finding_fix(f, "it is in the current directory: golaunch ./%s", shown);
	else
		gl_finding_fix(f, "check the spelling and PATH, or give a path with a slash");
	return f;
}
