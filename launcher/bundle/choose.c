/*
 * The choice of launch: see bundle/choose.h.
 *
 * A bundle is tried by examining the program again with the bundle's loader and
 * libraries; the same rules that refused it on the host then say whether it would
 * run.  That is a full examination: where a stub is executed, execve judges the
 * stub and nobody the program.
 */
#include "bundle/choose.h"

#include <elf.h>
#include <errno.h>
#include <sys/statvfs.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "bundle/candidates.h"
#include "bundle/say.h"
#include "bundle/stub.h"
#include "bundle/suits.h"
#include "host/path.h"
#include "host/root.h"

/* What a bundle can mend; what is wrong with the file, the kernel or the CPU it cannot. */
static const enum gl_code curable[] = {
	GL_CODE_INTERPRETER_MISSING, GL_CODE_INTERPRETER_WRONG_MACHINE, GL_CODE_INTERPRETER_NOT_EXECUTABLE,
	GL_CODE_INTERPRETER_INVALID, GL_CODE_LIBRARY_MISSING,		GL_CODE_LIBRARY_WRONG_MACHINE,
	GL_CODE_LIBRARY_CORRUPT,     GL_CODE_SYMBOL_VERSION_MISSING,
};

/* What became of one candidate; negative: -errno. */
enum outcome {
	NEXT,	/* not this one; why is in findings, where it matters */
	CHOSEN, /* choice and trial are filled */
	STOP	/* and no other is tried */
};

struct choosing {
	struct gl_host *host;
	const struct gl_fallback *fallback;
	struct gl_findings findings; /* about the candidates that were passed over */
	struct gl_bundle_case about;
	struct gl_choice *choice;
	bool of_stub;		     /* the program is itself a bundle's stub: no fallback, so no GL7001 */
	struct gl_examination trial; /* with the candidate's loader and libraries */
	bool has_trial;
};

static bool is_curable(const struct gl_finding *f)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(curable); i++)
		if (f->code == curable[i])
			return f->severity == GL_SEVERITY_ERROR;
	return false;
}

/* The finding that a bundle is needed for, or NULL. */
static const struct gl_finding *find_need(const struct gl_examination *x)
{
	for (size_t i = 0; i < x->findings.count; i++)
		if (is_curable(x->findings.items[i]))
			return x->findings.items[i];
	return NULL;
}

static void end_trial(struct choosing *c)
{
	if (c->has_trial)
		gl_examination_done(&c->trial);
	c->has_trial = false;
	c->host->loader_dir = NULL;
}

/*
 * Where the cache directory will not do, why: our own rules for it, and that the
 * program's user gets there and may execute.  NULL: it will, or out of memory.
 */
static char *cache_problem(const struct choosing *c)
{
	const char *dir = c->fallback->cache;
	struct gl_err err = GL_ERR_INIT;
	gl_autofree char *real = NULL;
	struct statvfs vfs;
	struct stat st;

	if (!c->host->live)
		return NULL;
	if (gl_choice_check_cache(c->choice, c->fallback, &err))
		return gl_escape_dup(err.msg, 0);
	real = realpath(dir, NULL);
	if (!real || stat(real, &st) || !gl_root_may(c->host, &st, X_OK) || !gl_root_may_reach(c->host, real))
		return strdup("the program's user may not enter it");
	if (!statvfs(real, &vfs) && (vfs.f_flag & ST_NOEXEC))
		return strdup("it lies on a file system mounted noexec");
	return NULL;
}

/* Where a program in no bundle gets its stub. */
static int settle_place(struct choosing *c, char **ret_problem, struct gl_err *err)
{
	int r;

	*ret_problem = NULL;
	if (c->choice->launch == GL_LAUNCH_BUNDLE_STUB)
		return 0;
	*ret_problem = c->fallback->cache ? cache_problem(c) : NULL;
	c->choice->launch =
		c->fallback->cache && !*ret_problem ? GL_LAUNCH_BUNDLE_CACHE : GL_LAUNCH_BUNDLE_MEMFD;
	/* A memfd leaves no trace, so that it can be had is always found out by making it. */
	if (!c->host->live || (c->choice->launch == GL_LAUNCH_BUNDLE_CACHE && !c->fallback->prepare))
		return 0;
	r = gl_choice_prepare(c->choice, c->fallback, err);
	if (r > 0)
		*ret_problem = gl_escape_dup(err->msg, 0);
	return GL_MIN(r, 0);
}

/* The bundle carries the program: by what?  GL7001.  Returns an outcome. */
static int settle(struct choosing *c)
{
	struct gl_bundle_case about = c->about;
	gl_autofree char *problem = NULL;
	struct gl_err why = GL_ERR_INIT;

	if (settle_place(c, &problem, &why)) {
		gl_bundle_say_no_memfd(&c->about, c->choice->bundle.dir, &why);
		return NEXT;
	}
	about.list = &c->trial.findings;
	gl_bundle_say_used(&about, c->choice, problem);
	return CHOSEN;
}

/*
 * The bundle in the choice is good: would it carry the program?  That is the
 * bundle's own file of this path, relative to it; an absolute path, for which the
 * same holds; or what x is of (NULL).
 */
static int try_bundle(struct choosing *c, const char *file, struct gl_err *err)
{
	const struct gl_examination *x = c->about.x;
	struct gl_choice *choice = c->choice;
	gl_autobuf struct gl_buf why = GL_BUF_INIT;
	int r;

	choice->lib = gl_bundle_path(&choice->bundle, GL_BUNDLE_LIB);
	choice->program = !file		 ? gl_root_real_path(x->at, x->path)
			  : *file == '/' ? strdup(file)
					 : gl_bundle_path(&choice->bundle, file);
	if (!choice->lib || !choice->program)
		return gl_err_sys(err, errno, "cannot try the bundle '%s'", choice->bundle.dir);
	c->host->loader_dir = choice->lib;
	r = gl_examine_at(c->host, file ? c->host : x->at, x->file, file ? choice->program : x->path,
			  &c->trial, err);
	c->has_trial = true;
	if (r)
		return r;
	if (c->trial.image && !gl_bundle_suits(&choice->bundle, c->host, &c->trial, choice->program,
					       c->of_stub ? choice->program : x->path, &why)) {
		gl_bundle_say_unsuitable(&c->about, choice->bundle.dir, gl_buf_text(&why));
		return NEXT;
	}
	if (gl_findings_worst(&c->trial.findings) != GL_SEVERITY_ERROR)
		return c->of_stub ? CHOSEN : settle(c);
	gl_bundle_say_insufficient(&c->about, choice->bundle.dir, &c->trial);
	return NEXT;
}

/* The bundle's program of that name, if it is x's very file and has a stub.  Returns 1, 0 or -errno. */
static int find_named(const struct choosing *c, const char *name, const struct gl_bundle_file **ret,
		      struct gl_err *err)
{
	const struct gl_bundle *bundle = &c->choice->bundle;
	const struct gl_bundle_file *stub = gl_manifest_find(&bundle->manifest, name);

	if (!stub || stub->role != GL_ROLE_STUB)
		return 0;
	return gl_bundle_find_program(bundle, name, c->about.x->fd, ret, err);
}

/* By the name x was called, or by the one its file has. */
static int find_program(const struct choosing *c, const struct gl_bundle_file **ret, struct gl_err *err)
{
	const struct gl_examination *x = c->about.x;
	gl_autofree char *real = gl_root_real_path(x->at, x->path);
	int r = find_named(c, gl_path_basename(x->path), ret, err);

	return r || !real ? r : find_named(c, gl_path_basename(real), ret, err);
}

/* Does it hold a program of x's name?  Then of another build. */
static bool is_stale(const struct choosing *c)
{
	const char *name = gl_path_basename(c->about.x->path);
	const struct gl_manifest *m = &c->choice->bundle.manifest;

	for (size_t i = 0; i < m->count; i++)
		if (m->files[i].role == GL_ROLE_PROGRAM && !strcmp(gl_path_basename(m->files[i].path), name))
			return true;
	return false;
}

/* The bundle's copy of the program is kept from us: whether it is the same cannot be told. */
static int say_unreadable(struct choosing *c, const char *dir, const struct gl_err *err)
{
	gl_autofree char *why = gl_escape_dup(err->msg, 0);

	gl_bundle_say_unsuitable(&c->about, dir, why ? why : "");
	return NEXT;
}

static int try_good(struct choosing *c, const struct gl_candidate *candidate, struct gl_err *err)
{
	const struct gl_bundle_file *program = NULL;
	struct gl_finding *f;
	int r;

	/* The others are installed for other programs. */
	if (candidate->kind == GL_CANDIDATE_INSTALLED &&
	    !gl_bundle_is_of_kind(&c->choice->bundle, c->about.x))
		return NEXT;
	r = find_program(c, &program, err);
	if (r == -EACCES)
		return say_unreadable(c, candidate->dir, err);
	if (r < 0)
		return r;
	if (r > 0) {
		c->choice->launch = GL_LAUNCH_BUNDLE_STUB;
		c->choice->path = gl_bundle_path(&c->choice->bundle, gl_path_basename(program->path));
		if (!c->choice->path)
			return gl_err_sys(err, ENOMEM, "cannot try the bundle '%s'", candidate->dir);
		return try_bundle(c, program->path, err);
	}
	if (candidate->kind == GL_CANDIDATE_OWN && is_stale(c)) {
		f = gl_bundle_say_unsuitable(&c->about, candidate->dir,
					     "it was made of another build of the program");
		gl_finding_fix(f, "make it again: golaunch bundle create %s", c->about.x->shown);
		return NEXT;
	}
	return try_bundle(c, NULL, err);
}

static int say_untrusted(struct choosing *c, const char *dir)
{
	const struct gl_bundle *bundle = &c->choice->bundle;
	gl_autofree char *why = NULL;
	struct gl_finding *f;

	if (asprintf(&why, "%s%s%s", bundle->file, *bundle->file ? ": " : "", bundle->problem) < 0)
		why = NULL;
	f = gl_bundle_say_unsuitable(&c->about, dir, why ? why : bundle->problem);
	gl_finding_fix(
		f,
		"if it is yours: let what is named there belong to you or root, and nobody else write to it");
	return NEXT;
}

/* named: it was asked for by name.  Returns an outcome or -errno. */
static int judge_state(struct choosing *c, int state, const char *dir, bool named)
{
	const struct gl_bundle *bundle = &c->choice->bundle;

	switch (state) {
	case GL_BUNDLE_CORRUPT:
		gl_bundle_say_corrupt(&c->about, dir, bundle->file, bundle->problem);
		return STOP;
	case GL_BUNDLE_UNTRUSTED:
		return say_untrusted(c, dir);
	case GL_BUNDLE_ABSENT:
		if (named)
			gl_bundle_say_absent(&c->about, dir);
		return NEXT;
	default:
		return state;
	}
}

static int open_bundle(struct choosing *c, const char *dir, uid_t owner, struct gl_err *err)
{
	const struct gl_bundle_trust trust = {.check = true, .owner = owner};

	return gl_bundle_open(c->host, dir, &trust, GL_BUNDLE_QUICK, &c->choice->bundle, err);
}

static int try_candidate(struct choosing *c, const struct gl_candidate *candidate, struct gl_err *err)
{
	int state = open_bundle(c, candidate->dir, candidate->owner, err), r;

	if (state == GL_BUNDLE_GOOD)
		r = try_good(c, candidate, err);
	else
		r = judge_state(c, state, candidate->dir, candidate->kind == GL_CANDIDATE_NAMED);
	if (r != CHOSEN) {
		end_trial(c);
		gl_choice_done(c->choice);
	}
	return r;
}

static int try_candidates(struct choosing *c, struct gl_err *err)
{
	struct gl_candidates list;
	int r = gl_candidates_list(c->host, c->fallback, c->about.x, &list, err);

	for (size_t i = 0; i < list.count && r == NEXT; i++)
		r = try_candidate(c, &list.items[i], err);
	if (r == NEXT && !c->findings.count && c->fallback->mode == GL_FALLBACK_ALWAYS)
		gl_bundle_say_absent(&c->about, NULL);
	gl_candidates_done(&list);
	return r;
}

/*
 * Where the stub's bundle is, and its program, absolute or relative to it: in the
 * slot, or as follows from where the stub stands.  Both fresh.
 */
static int locate_stub(const struct gl_examination *x, const struct gl_stub_slot *slot, char **ret_dir,
		       char **ret_program)
{
	gl_autofree char *real = gl_root_real_path(x->at, x->path);
	gl_autofree char *dir = NULL, *program = NULL;

	if (!real)
		return -errno;
	dir = gl_path_dirname(*slot->lib ? slot->lib : real);
	program = *slot->program ? strdup(slot->program)
				 : gl_path_join(GL_BUNDLE_PROGRAM, "", gl_path_basename(real));
	if (!dir || !program)
		return -ENOMEM;
	*ret_dir = GL_TAKE_PTR(dir);
	*ret_program = GL_TAKE_PTR(program);
	return 0;
}

/* A stub, of this version: static and position independent, which few programs are. */
static bool is_stub(const struct gl_examination *x, struct gl_stub_slot *slot)
{
	return x->image && x->at == x->host && gl_image_header(x->image)->type == ET_DYN &&
	       !gl_image_interpreter(x->image) && gl_stub_read(x->image, slot) == 1 &&
	       slot->version == GL_STUB_VERSION;
}

/* The program is a stub: whatever the mode, it runs with its own bundle or not at all. */
static int try_stub(struct choosing *c, const struct gl_stub_slot *slot, struct gl_err *err)
{
	gl_autofree char *dir = NULL, *program = NULL;
	int r = locate_stub(c->about.x, slot, &dir, &program), state;

	if (r)
		return gl_err_sys(err, -r, "cannot find the bundle of '%s'", c->about.x->shown);
	c->of_stub = true;
	c->choice->launch = GL_LAUNCH_BUNDLE_STUB;
	state = open_bundle(c, dir, c->about.x->st.st_uid, err);
	c->choice->path = strdup(c->about.x->path);
	if (!c->choice->path)
		return gl_err_sys(err, ENOMEM, "cannot find the bundle of '%s'", c->about.x->shown);
	if (state == GL_BUNDLE_GOOD)
		return try_bundle(c, program, err);
	if (state != GL_BUNDLE_ABSENT)
		return judge_state(c, state, dir, true);
	gl_bundle_say_corrupt(&c->about, dir, "", "its stub is there, and the bundle is not");
	return STOP;
}

static bool any(const struct gl_finding *f)
{
	return f != NULL;
}

/* *x becomes the examination with the bundle; what was said of others is now by the way. */
static void accept(struct choosing *c, struct gl_examination *x)
{
	for (size_t i = 0; i < c->findings.count; i++)
		c->findings.items[i]->severity = GL_SEVERITY_WARNING;
	gl_examination_done(x);
	*x = c->trial;
	c->has_trial = false;
	x->launch = c->choice->launch;
	gl_findings_move(&x->findings, &c->findings, any);
}

/* The corrupt bundle, at which the search ended, before those that were passed over. */
static void reject(struct choosing *c, int outcome, struct gl_examination *x)
{
	size_t count = c->findings.count;
	const struct gl_finding *refusal = count ? c->findings.items[outcome == STOP ? count - 1 : 0] : NULL;

	end_trial(c);
	gl_choice_done(c->choice);
	gl_findings_move(&x->findings, &c->findings, any);
	c->choice->refusal = x->findings.incomplete ? NULL : refusal;
}

static int conclude(struct choosing *c, int outcome, struct gl_examination *x, struct gl_err *err)
{
	bool incomplete = c->findings.incomplete;

	if (outcome == CHOSEN)
		accept(c, x);
	else
		reject(c, outcome, x);
	gl_findings_done(&c->findings);
	if (outcome >= 0 && (x->findings.incomplete || incomplete))
		return gl_err_sys(err, ENOMEM, "cannot choose a bundle for %s", x->shown);
	return outcome < 0 ? outcome : 0;
}

int gl_bundle_choose(struct gl_host *host, const struct gl_fallback *fallback, struct gl_examination *x,
		     struct gl_choice *ret, struct gl_err *err)
{
	gl_autofree struct gl_stub_slot *slot = malloc(sizeof(*slot));
	struct choosing c = {.host = host, .fallback = fallback, .choice = ret};

	*ret = GL_CHOICE_INIT;
	c.about = (struct gl_bundle_case){.list = &c.findings, .x = x, .because = find_need(x)};
	if (!slot)
		return gl_err_sys(err, ENOMEM, "cannot choose a bundle for %s", x->shown);
	if (is_stub(x, slot))
		return conclude(&c, try_stub(&c, slot, err), x, err);
	if (fallback->mode == GL_FALLBACK_NEVER || !x->image || !gl_image_interpreter(x->image) ||
	    (!c.about.because && fallback->mode != GL_FALLBACK_ALWAYS))
		return 0;
	return conclude(&c, try_candidates(&c, err), x, err);
}
