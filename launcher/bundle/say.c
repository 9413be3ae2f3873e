/*
 * GL7001 to GL7004 in words: see bundle/say.h.
 */
#include "bundle/say.h"

#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"

#define SHOWN 300

/* "GL2201: ./app needs glibc 2.38, this host has 2.31" */
static void row_because(struct gl_finding *f, const struct gl_finding *because)
{
	if (!f || !because)
		return;
	gl_finding_row(f, "because", "%s: %s", gl_code_info(because->code)->code, because->message);
	gl_finding_evidence(f, "because", gl_code_info(because->code)->code);
}

/* What helps where the stub can be, or is, in a memfd only; cache_problem: a directory was named. */
static void fix_memfd(struct gl_finding *f, const struct gl_bundle_case *c, const char *cache_problem)
{
	gl_finding_fix(f, "with a bundle of its own it has a path: golaunch bundle create %s, where it runs",
		       c->x->shown);
	if (!cache_problem)
		gl_finding_fix(f, "or name a directory for a copy of the stub: --bundle-cache DIR");
}

/* What the program sees of it. */
static void row_differs(struct gl_finding *f, const struct gl_choice *choice)
{
	gl_autofree char *path = gl_escape_dup(choice->path, SHOWN);

	if (choice->launch == GL_LAUNCH_BUNDLE_MEMFD)
		gl_finding_row(f, "differs", "os.Executable() is no path there: it names a memfd");
	else if (choice->launch == GL_LAUNCH_BUNDLE_CACHE)
		gl_finding_row(f, "differs", "os.Executable() is that stub, a copy");
	else
		gl_finding_row(f, "differs", "os.Executable() is %s", path);
}

struct gl_finding *gl_bundle_say_used(const struct gl_bundle_case *c, const struct gl_choice *choice,
				      const char *cache_problem)
{
	static const char *const methods[GL_LAUNCH_MAX] = {
		[GL_LAUNCH_DIRECT] = "none",
		[GL_LAUNCH_BUNDLE_STUB] = "the stub in the program's own bundle",
		[GL_LAUNCH_BUNDLE_MEMFD] = "a stub in a memfd",
		[GL_LAUNCH_BUNDLE_CACHE] = "a stub in the cache directory",
	};
	gl_autofree char *dir = gl_escape_dup(choice->bundle.dir, SHOWN);
	const struct gl_manifest *m = &choice->bundle.manifest;
	struct gl_finding *f = gl_findings_add(c->list, GL_CODE_FALLBACK_USED, "%s runs with the bundle '%s'",
					       c->x->shown, dir);

	gl_finding_row(f, "bundle", "%s%s%s", gl_libc_kind_name(m->libc), *m->libc_version ? " " : "",
		       m->libc_version);
	gl_finding_row(f, "method", "%s", methods[choice->launch]);
	row_because(f, c->because);
	if (cache_problem)
		gl_finding_row(f, "cache", "not used: %s", cache_problem);
	row_differs(f, choice);
	gl_finding_evidence(f, "method", gl_launch_name(choice->launch));
	gl_finding_evidence(f, "bundle", choice->bundle.dir);
	if (choice->launch == GL_LAUNCH_BUNDLE_MEMFD)
		fix_memfd(f, c, cache_problem);
	return f;
}

struct gl_finding *gl_bundle_say_absent(const struct gl_bundle_case *c, const char *dir)
{
	gl_autofree char *shown = gl_escape_dup(dir, SHOWN);
	struct gl_finding *f =
		dir ? gl_findings_add(c->list, GL_CODE_BUNDLE_NOT_FOUND, "there is no bundle '%s'", shown)
		    : gl_findings_add(c->list, GL_CODE_BUNDLE_NOT_FOUND, "there is no bundle for %s",
				      c->x->shown);

	gl_finding_row(
		f, "why", "%s",
		dir ? "it was named by --bundle"
		    : "--fallback always asks for one, and neither is there one beside the program nor "
		      "is one installed");
	row_because(f, c->because);
	gl_finding_evidence(f, "bundle", dir);
	gl_finding_fix(f, "make one where the program runs: golaunch bundle create %s", c->x->shown);
	return f;
}

struct gl_finding *gl_bundle_say_corrupt(const struct gl_bundle_case *c, const char *dir, const char *file,
					 const char *problem)
{
	gl_autofree char *shown = gl_escape_dup(dir, SHOWN);
	struct gl_finding *f =
		gl_findings_add(c->list, GL_CODE_BUNDLE_CORRUPT, "the bundle '%s' is corrupt", shown);

	if (*file)
		gl_finding_row(f, "file", "%s", file);
	gl_finding_row(f, "why", "%s", problem);
	row_because(f, c->because);
	gl_finding_evidence(f, "bundle", dir);
	gl_finding_evidence(f, "file", *file ? file : NULL);
	gl_finding_evidence(f, "problem", problem);
	gl_finding_fix(f, "see all that is wrong: golaunch bundle verify %s", shown);
	gl_finding_fix(f, "make it again: golaunch bundle create");
	return f;
}

struct gl_finding *gl_bundle_say_unsuitable(const struct gl_bundle_case *c, const char *dir, const char *why)
{
	gl_autofree char *shown = gl_escape_dup(dir, SHOWN);
	struct gl_finding *f = gl_findings_add(c->list, GL_CODE_BUNDLE_UNSUITABLE,
					       "the bundle '%s' cannot carry %s", shown, c->x->shown);

	gl_finding_row(f, "why", "%s", why);
	row_because(f, c->because);
	gl_finding_evidence(f, "bundle", dir);
	gl_finding_evidence(f, "reason", why);
	return f;
}

struct gl_finding *gl_bundle_say_no_memfd(const struct gl_bundle_case *c, const char *dir,
					  const struct gl_err *err)
{
	gl_autofree char *why = gl_escape_dup(err->msg, 0);
	struct gl_finding *f = gl_bundle_say_unsuitable(c, dir, why);

	if (err->errnum == EACCES)
		gl_finding_row(f, "host", "vm.memfd_noexec=2: no program may be in a memfd");
	gl_finding_evidence_int(f, "errno", err->errnum);
	fix_memfd(f, c, NULL);
	return f;
}

static bool is_missing(const struct gl_library *lib)
{
	return lib->via != GL_VIA_PRELOAD && lib->status != GL_LIBRARY_FOUND &&
	       lib->status != GL_LIBRARY_UNREADABLE;
}

/* The names of what is missing: sonames, then versions; count may be 0. */
static void evidence_missing(struct gl_finding *f, const struct gl_closure *closure)
{
	size_t most = GL_MAX(closure->count, closure->missing_version_count), count = 0;
	gl_autofree char **names = calloc(most + 1, sizeof(*names));

	for (size_t i = 1; names && i < closure->count; i++)
		if (is_missing(closure->libraries[i]))
			names[count++] = closure->libraries[i]->name;
	if (names)
		gl_finding_evidence_list(f, "sonames", names, count);
	count = 0;
	for (size_t i = 0; names && i < closure->missing_version_count; i++)
		if (!closure->missing_versions[i].weak)
			names[count++] = closure->missing_versions[i].version;
	if (names)
		gl_finding_evidence_list(f, "versions", names, count);
}

/* The rows of a finding that say what is missing where the message does not. */
static void copy_needs(struct gl_finding *f, const struct gl_finding *from)
{
	for (size_t i = 0; i < from->row_count; i++)
		if (!strcmp(from->rows[i].label, "needs"))
			gl_finding_row(f, "needs", "%s", from->rows[i].text);
}

struct gl_finding *gl_bundle_say_insufficient(const struct gl_bundle_case *c, const char *dir,
					      const struct gl_examination *trial)
{
	struct gl_finding *f = NULL;

	for (size_t i = 0; i < trial->findings.count; i++) {
		const struct gl_finding *error = trial->findings.items[i];

		if (error->severity != GL_SEVERITY_ERROR || error->told)
			continue;
		if (!f)
			f = gl_bundle_say_unsuitable(c, dir, error->message);
		else
			gl_finding_row(f, "also", "%s", error->message);
		copy_needs(f, error);
	}
	evidence_missing(f, &trial->closure);
	gl_finding_fix(f, "make a bundle of this very program, where it runs: golaunch bundle create %s",
		       c->x->shown);
	return f;
}
