/*
 * The libraries the program needs and the versions it needs of them, as the
 * host's loader would resolve them (host/closure.h).  glibc's loader itself
 * names only the first missing library and then no versions; here all are.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "host/privileges.h"

#define TRIED_SHOWN   6
#define SYMBOLS_SHOWN 3
#define NAME_SHOWN    255
#define GLIBC_PREFIX  "GLIBC_"

static const struct gl_library *needer_of(const struct gl_examination *x, const struct gl_library *lib)
{
	return lib->needed_by < x->closure.count ? x->closure.libraries[lib->needed_by]
						 : x->closure.libraries[0];
}

static void row_needed_by(const struct gl_examination *x, struct gl_finding *f,
			  const struct gl_library *needer)
{
	gl_autofree char *shown = gl_escape_dup(needer->name, NAME_SHOWN);

	if (needer != x->closure.libraries[0])
		gl_finding_row(f, "by", "%s, which the program needs", shown);
	gl_finding_evidence(f, "needed_by", needer == x->closure.libraries[0] ? x->file : needer->name);
}

static void row_tried(struct gl_finding *f, const struct gl_library *lib)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	size_t shown = GL_MIN(lib->tried_count, (size_t)TRIED_SHOWN);

	for (size_t i = 0; i < shown; i++) {
		gl_buf_puts(&b, i ? " " : "");
		gl_escape_text(&b, lib->tried[i], strlen(lib->tried[i]), 0);
	}
	if (lib->tried_total > shown)
		gl_buf_printf(&b, " +%zu", lib->tried_total - shown);
	if (shown)
		gl_finding_row(f, "tried", "%s", gl_buf_text(&b));
	gl_finding_evidence_list(f, "tried", lib->tried, lib->tried_count);
}

static void say_library(struct gl_examination *x, const struct gl_library *lib)
{
	static const struct {
		enum gl_code code;
		const char *text, *fix_before, *fix_after;
	} cases[GL_LIBRARY_STATUS_MAX] = {
		[GL_LIBRARY_MISSING] = {GL_CODE_LIBRARY_MISSING, "which this host has not",
					"install the package that has ", ""},
		[GL_LIBRARY_WRONG_MACHINE] = {GL_CODE_LIBRARY_WRONG_MACHINE,
					      "which is here for another machine only", "install ",
					      " for the program's machine"},
		[GL_LIBRARY_CORRUPT] = {GL_CODE_LIBRARY_CORRUPT,
					"and what is found under that name is no library",
					"install the package of ", " again"},
	};
	gl_autofree char *name = gl_escape_dup(lib->name, NAME_SHOWN);
	gl_autofree char *path = gl_escape_dup(lib->path, NAME_SHOWN);
	struct gl_finding *f;

	if (lib->status == GL_LIBRARY_UNREADABLE)
		x->unknown = true;
	if (lib->status == GL_LIBRARY_UNREADABLE || lib->status == GL_LIBRARY_FOUND ||
	    lib->via == GL_VIA_PRELOAD)
		return;
	f = gl_findings_add(&x->findings, cases[lib->status].code, "%s needs %s, %s", x->shown, name,
			    cases[lib->status].text);
	gl_rules_row_program(x, f);
	row_needed_by(x, f, needer_of(x, lib));
	if (lib->path)
		gl_finding_row(f, "found", "%s%s%s", path, lib->defect ? ": " : "",
			       lib->defect ? lib->defect : "");
	gl_finding_evidence(f, "soname", lib->name);
	gl_finding_evidence(f, "path", lib->path);
	row_tried(f, lib);
	gl_rules_row_host(x, f);
	gl_finding_fix(f, "%s%s%s", cases[lib->status].fix_before, name, cases[lib->status].fix_after);
	gl_finding_fix(f, "CGO_ENABLED=0 go build ..., if the program can do without cgo");
}

/* "GLIBC_2.34 pthread_create pthread_detach +2" */
static void put_version(struct gl_buf *b, const struct gl_missing_version *m)
{
	size_t shown = GL_MIN(m->symbol_count, (size_t)SYMBOLS_SHOWN);

	gl_escape_text(b, m->version, strlen(m->version), 0);
	for (size_t i = 0; i < shown; i++) {
		gl_buf_putc(b, ' ');
		gl_escape_text(b, m->symbols[i], strlen(m->symbols[i]), 0);
	}
	if (m->symbol_total > shown)
		gl_buf_printf(b, " +%zu", m->symbol_total - shown);
}

static bool is_glibc_version(const char *version)
{
	return !strncmp(version, GLIBC_PREFIX "2.", strlen(GLIBC_PREFIX "2."));
}

/* What the host has instead: glibc's own release, which may have brought no new version, else the highest provided. */
static const char *have_instead(const struct gl_examination *x, const struct gl_missing_version *m)
{
	return is_glibc_version(m->version) && *x->libc.version ? x->libc.version : m->have;
}

/* Whose library the provider is: the host's, or the bundle's whose loader stands in for the host's. */
static const char *owner_of(const struct gl_examination *x, const struct gl_library *provider)
{
	const char *dir = x->host->loader_dir;

	return dir && provider->path && !strncmp(provider->path, dir, strlen(dir)) ? "the bundle"
										   : "this host";
}

static void headline(struct gl_buf *b, const struct gl_examination *x, const struct gl_missing_version *m)
{
	const char *provider = x->closure.libraries[m->provider]->name, *have = have_instead(x, m);
	const char *owner = owner_of(x, x->closure.libraries[m->provider]);

	gl_buf_printf(b, "%s needs ", x->shown);
	if (is_glibc_version(m->version)) {
		gl_buf_puts(b, "glibc ");
		gl_escape_text(b, m->version + strlen(GLIBC_PREFIX),
			       strlen(m->version) - strlen(GLIBC_PREFIX), 0);
	} else {
		gl_escape_text(b, m->version, strlen(m->version), 0);
		gl_buf_puts(b, " of ");
		gl_escape_text(b, provider, strlen(provider), NAME_SHOWN);
	}
	if (*have) {
		gl_buf_printf(b, ", %s has ", owner);
		gl_escape_text(b, have, strlen(have), 0);
	} else {
		gl_buf_printf(b, ", %s's has it not", owner);
	}
}

/* Of the same file by the same file: told together. */
static bool is_company(const struct gl_missing_version *a, const struct gl_missing_version *b)
{
	return a->provider == b->provider && a->needed_by == b->needed_by && a->weak == b->weak;
}

static void row_needs(const struct gl_examination *x, struct gl_finding *f, size_t first)
{
	const struct gl_missing_version *all = x->closure.missing_versions;
	gl_autobuf struct gl_buf needs = GL_BUF_INIT;

	for (size_t i = first; i < x->closure.missing_version_count; i++) {
		if (!is_company(&all[first], &all[i]))
			continue;
		gl_buf_puts(&needs, i == first ? "" : " \xc2\xb7 ");
		put_version(&needs, &all[i]);
	}
	gl_finding_row(f, "needs", "%s", gl_buf_text(&needs));
}

static bool was_told(const struct gl_examination *x, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_company(&x->closure.missing_versions[i], &x->closure.missing_versions[at]))
			return true;
	return false;
}

static void say_version(struct gl_examination *x, size_t at)
{
	const struct gl_missing_version *m = &x->closure.missing_versions[at];
	const struct gl_library *provider = x->closure.libraries[m->provider],
				*needer = x->closure.libraries[m->needed_by];
	gl_autobuf struct gl_buf message = GL_BUF_INIT;
	gl_autofree char *path = gl_escape_dup(provider->path, NAME_SHOWN);
	const char *have = have_instead(x, m);
	struct gl_finding *f;

	headline(&message, x, m);
	f = gl_findings_add(&x->findings, GL_CODE_SYMBOL_VERSION_MISSING, "%s", gl_buf_text(&message));
	if (!f)
		return;
	if (m->weak)
		f->severity = GL_SEVERITY_WARNING; /* the loader only warns */
	f->told = was_told(x, at);
	gl_rules_row_program(x, f);
	if (!f->told)
		row_needs(x, f, at);
	row_needed_by(x, f, needer);
	gl_finding_row(f, "found", "%s", path);
	gl_rules_row_host(x, f);
	gl_finding_evidence(f, "version", m->version);
	gl_finding_evidence(f, "library", provider->name);
	gl_finding_evidence(f, "path", provider->path);
	gl_finding_evidence_list(f, "symbols", m->symbols, m->symbol_count);
	gl_finding_evidence(f, "have", *have ? have : NULL);
	gl_finding_fix(f, "build on the oldest distribution it shall run on");
	gl_finding_fix(f, "CGO_ENABLED=0 go build ..., if the program can do without cgo");
	gl_rules_fix_bundle(x, f);
}

/* The highest version of a library first: it says what the host would have to have. */
static int compare_versions(const void *left, const void *right)
{
	const struct gl_missing_version *a = left, *b = right;

	if (a->needed_by != b->needed_by)
		return a->needed_by < b->needed_by ? -1 : 1;
	if (a->provider != b->provider)
		return a->provider < b->provider ? -1 : 1;
	return strverscmp(b->version, a->version);
}

static int say_versions(struct gl_examination *x, struct gl_err *err)
{
	int r = gl_libc_ask_version(x->host, &x->libc, err);

	if (r)
		return r;
	qsort(x->closure.missing_versions, x->closure.missing_version_count,
	      sizeof(struct gl_missing_version), compare_versions);
	for (size_t i = 0; i < x->closure.missing_version_count; i++)
		say_version(x, i);
	return 0;
}

/*
 * The path that $ORIGIN starts from must be absolute.  A program that gains
 * privileges is loaded without LD_LIBRARY_PATH (AT_SECURE); at launch the
 * host's record says so already.  It gains none where the loader stub maps it.
 */
static int resolve(struct gl_examination *x, struct gl_err *err)
{
	gl_autofree char *origin = x->path[0] == '/' || !x->at->live ? NULL : realpath(x->path, NULL);
	bool secure = x->host->secure;
	int r;

	if (x->scope == GL_SCOPE_CHECK && x->at->live && !x->host->loader_dir)
		x->host->secure |= gl_program_gains_privileges(x->path, x->host->uid, x->host->gid);
	r = gl_closure_resolve(x->host, x->image, origin ? origin : x->path, &x->closure, err);
	x->host->secure = secure;
	return r;
}

int gl_rules_libraries(struct gl_examination *x, struct gl_err *err)
{
	int r;

	if (x->libc.kind == GL_LIBC_NONE || x->libc.kind == GL_LIBC_OTHER || x->libc.kind == GL_LIBC_NIX_LD) {
		/* An unknown loader has unknown rules; no loader, no libraries. */
		x->unknown |= x->libc.kind != GL_LIBC_NONE;
		return 0;
	}
	r = resolve(x, err);
	if (r < 0)
		return r;
	x->unknown |= x->closure.incomplete;
	for (size_t i = 1; i < x->closure.count; i++)
		say_library(x, x->closure.libraries[i]);
	return x->closure.missing_version_count ? say_versions(x, err) : 0;
}
