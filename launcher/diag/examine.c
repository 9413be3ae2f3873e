/*
 * The order of an examination: see diag/examine.h.
 */
#include "diag/examine.h"

#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/fd.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "host/path.h"
#include "host/root.h"

#define SHOWN_MAX 300

static const struct {
	int (*look)(struct gl_examination *x, struct gl_err *err);
	bool at_launch; /* also when the program is about to be started */
} stages[] = {
	{gl_rules_path, false},	      {gl_rules_file, false},	  {gl_rules_open, true},
	{gl_rules_format, true},      {gl_rules_elf, true},	  {gl_rules_go, true},
	{gl_rules_interpreter, true}, {gl_rules_libraries, true}, {gl_rules_machine, true},
};

/*
 * What surely fails past execve's point of no return, where no errno comes
 * back.  Everything else execve reports itself.
 */
static const enum gl_code refusals[] = {
	GL_CODE_TRUNCATED,
	GL_CODE_MALFORMED_HEADERS,
	GL_CODE_NOT_AN_EXECUTABLE_TYPE,
	GL_CODE_FOREIGN_OPERATING_SYSTEM,
	GL_CODE_INTERPRETER_MISSING,
	GL_CODE_INTERPRETER_WRONG_MACHINE,
	GL_CODE_INTERPRETER_NOT_EXECUTABLE,
	GL_CODE_INTERPRETER_INVALID,
	GL_CODE_LIBRARY_MISSING,
	GL_CODE_LIBRARY_WRONG_MACHINE,
	GL_CODE_LIBRARY_CORRUPT,
	GL_CODE_SYMBOL_VERSION_MISSING,
	GL_CODE_KERNEL_TOO_OLD,
	GL_CODE_CPU_LEVEL_TOO_LOW,
};

static int begin(struct gl_examination *x, struct gl_host *host, struct gl_host *at, const char *file,
		 const char *path)
{
	x->host = host;
	x->at = at;
	x->fd = -1;
	x->gobin = GL_GOBIN_INIT;
	x->closure = GL_CLOSURE_INIT;
	x->file = strdup(file);
	x->shown = gl_escape_dup(file, SHOWN_MAX);
	x->path = strdup(path);
	return x->file && x->shown && x->path ? 0 : -ENOMEM;
}

/* A file that golaunch cannot examine is not thereby one that cannot run. */
static int say_unexaminable(struct gl_examination *x, const struct gl_err *err)
{
	gl_autofree char *why = gl_escape_dup(err->msg, 0);
	struct gl_finding *f =
		gl_findings_add(&x->findings, GL_CODE_UNREADABLE, "%s could not be examined", x->shown);

	gl_finding_row(f, "why", "%s", why);
	x->unknown = true;
	return 0;
}

static int examine(struct gl_examination *x, struct gl_err *err)
{
	struct gl_err own = GL_ERR_INIT;
	int r = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(stages) && !r; i++)
		if (x->scope == GL_SCOPE_CHECK || stages[i].at_launch)
			r = stages[i].look(x, &own);
	if (r < 0 && r != -ENOMEM)
		r = say_unexaminable(x, &own);
	if (r == -ENOMEM || x->findings.incomplete)
		return gl_err_sys(err, ENOMEM, "cannot examine the program");
	return 0;
}

static int examine_file(struct gl_examination *x, struct gl_host *host, struct gl_host *at, const char *file,
			const char *path, struct gl_err *err)
{
	if (begin(x, host, at, file, path))
		return gl_err_sys(err, ENOMEM, "cannot examine the program");
	return examine(x, err);
}

int gl_examine(struct gl_host *host, const char *file, enum gl_scope scope, struct gl_examination *ret,
	       struct gl_err *err)
{
	*ret = (struct gl_examination){.scope = scope};
	return examine_file(ret, host, host, file, file, err);
}

int gl_examine_at(struct gl_host *host, struct gl_host *at, const char *file, const char *path,
		  struct gl_examination *ret, struct gl_err *err)
{
	*ret = (struct gl_examination){.scope = GL_SCOPE_CHECK};
	return examine_file(ret, host, at, file, path, err);
}

int gl_examine_below(struct gl_host *host, struct gl_host *here, const char *root, const char *file,
		     struct gl_examination *ret, struct gl_err *err)
{
	gl_autofree char *place = root ? gl_root_real_place(here, file) : NULL;
	const char *inside = place ? gl_path_below(root, place) : NULL;

	if (inside)
		return gl_examine_at(host, host, file, inside, ret, err);
	return gl_examine_at(host, root ? here : host, file, file, ret, err);
}

int gl_examine_at_depth(struct gl_host *host, const char *file, unsigned depth, struct gl_examination *ret,
			struct gl_err *err)
{
	*ret = (struct gl_examination){.scope = GL_SCOPE_CHECK, .depth = depth};
	return examine_file(ret, host, host, file, file, err);
}

void gl_examination_done(struct gl_examination *x)
{
	gl_closure_done(&x->closure);
	gl_gobin_done(&x->gobin);
	gl_image_free(x->image);
	gl_findings_done(&x->findings);
	gl_fd_close(&x->fd);
	free(x->file);
	free(x->shown);
	free(x->path);
}

enum gl_verdict gl_examination_verdict(const struct gl_examination *x)
{
	if (gl_findings_worst(&x->findings) == GL_SEVERITY_ERROR)
		return GL_VERDICT_REFUSED;
	return x->unknown || x->emulated ? GL_VERDICT_UNKNOWN : GL_VERDICT_RUNS;
}

const char *gl_verdict_name(enum gl_verdict verdict)
{
	static const char *const names[GL_VERDICT_MAX] = {
		[GL_VERDICT_RUNS] = "runs",
		[GL_VERDICT_REFUSED] = "refused",
		[GL_VERDICT_UNKNOWN] = "unknown",
	};

	return verdict < GL_VERDICT_MAX ? names[verdict] : "unknown";
}

const char *gl_launch_name(enum gl_launch launch)
{
	static const char *const names[GL_LAUNCH_MAX] = {
		[GL_LAUNCH_DIRECT] = "direct",
		[GL_LAUNCH_BUNDLE_STUB] = "bundle-stub",
		[GL_LAUNCH_BUNDLE_MEMFD] = "bundle-memfd",
		[GL_LAUNCH_BUNDLE_CACHE] = "bundle-cache",
	};

	return launch < GL_LAUNCH_MAX ? names[launch] : "direct";
}

/* A full examination knows of all that execve would report as well. */
static bool is_refusal(const struct gl_examination *x, const struct gl_finding *f)
{
	if (f->severity != GL_SEVERITY_ERROR)
		return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(refusals); i++)
		if (f->code == refusals[i])
			return true;
	return x->scope == GL_SCOPE_CHECK;
}

const struct gl_finding *gl_examination_refusal(const struct gl_examination *x)
{
	struct gl_finding *first = NULL;
	size_t more = 0;

	for (size_t i = 0; i < x->findings.count; i++) {
		struct gl_finding *f = x->findings.items[i];

		if (!first && is_refusal(x, f))
			first = f;
		else if (f->severity == GL_SEVERITY_ERROR && !f->told)
			more++;
	}
	if (first && more)
		gl_finding_row(first, "also", "%zu more: golaunch check %s", more, x->shown);
	return first;
}

int gl_examination_exit_status(const struct gl_finding *f)
{
	return f->code == GL_CODE_NOT_FOUND ? GL_EXIT_NOT_FOUND : GL_EXIT_CANNOT_EXECUTE;
}
