/*
 * "golaunch bundle verify": see bundle/verify.h.
 *
 * First everything is compared with the manifest, to the last byte.  Only where
 * that holds it is asked whether the parts suffice, with the same code that
 * judges a host: the bundle as the root directory of one that has nothing else.
 */
#include "bundle/verification.h"

#include <errno.h>
#include <stdarg.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "bundle/inspect.h"

#define DIR_SHOWN 300

/* "the bundle 'DIR': lib/libc.so.6 is missing" */
static struct gl_finding *say(struct gl_findings *findings, const char *dir, enum gl_code code,
			      const char *file, const char *problem)
{
	gl_autofree char *shown = gl_escape_dup(dir, DIR_SHOWN);
	struct gl_finding *f = gl_findings_add(findings, code, "the bundle '%s': %s %s", shown,
					       *file ? file : "it", problem);

	gl_finding_evidence(f, "bundle", dir);
	gl_finding_evidence(f, "file", *file ? file : NULL);
	gl_finding_evidence(f, "problem", problem);
	return f;
}

struct gl_finding *gl_verification_say(struct gl_verification *v, enum gl_code code, const char *file,
				       const char *fmt, ...)
{
	gl_autobuf struct gl_buf problem = GL_BUF_INIT;
	gl_autofree char *shown = gl_escape_dup(file, 0);
	va_list ap;

	va_start(ap, fmt);
	gl_buf_vprintf(&problem, fmt, ap);
	va_end(ap);
	return say(v->findings, v->dir, code, shown ? shown : "", gl_buf_text(&problem));
}

static const enum gl_code code_of[GL_BUNDLE_STATE_MAX] = {
	[GL_BUNDLE_GOOD] = GL_CODE_NONE,
	[GL_BUNDLE_ABSENT] = GL_CODE_BUNDLE_NOT_FOUND,
	[GL_BUNDLE_UNTRUSTED] = GL_CODE_BUNDLE_UNSUITABLE,
	[GL_BUNDLE_CORRUPT] = GL_CODE_BUNDLE_CORRUPT,
};

struct gl_finding *gl_bundle_say_fault(struct gl_findings *findings, const char *dir,
				       const struct gl_bundle *bundle, enum gl_bundle_state state)
{
	return say(findings, dir, code_of[state], bundle->file, bundle->problem);
}

static void take_fault(const struct gl_bundle_look *look, enum gl_bundle_state state)
{
	const struct gl_verification *v = look->arg;
	struct gl_finding *f = gl_bundle_say_fault(v->findings, v->dir, look->bundle, state);

	gl_finding_fix(f, "make or copy it again: golaunch bundle create, cp -a");
}

/* The machine we run on, for the paths; who may own a bundle matters where it is used. */
static int look_at(struct gl_verification *v, const char *dir)
{
	static char *const no_environment[] = {NULL};
	static const struct gl_bundle_trust anybody = {.check = false};
	struct gl_host here;
	int r = gl_host_init(&here, no_environment, v->err);
	const struct gl_bundle_look look = {.host = &here,
					    .trust = &anybody,
					    .depth = GL_BUNDLE_FULL,
					    .bundle = v->bundle,
					    .err = v->err,
					    .each = take_fault,
					    .arg = v};

	if (r)
		return r;
	r = gl_bundle_look_at(&look, dir);
	gl_host_done(&here);
	return r;
}

static int go_inside(struct gl_verification *v)
{
	static char *const no_environment[] = {NULL};
	int r = gl_host_init(&v->inside, no_environment, v->err);

	if (r)
		return r;
	v->inside.root_fd = gl_fd_duplicate(v->bundle->fd);
	if (v->inside.root_fd < 0)
		return gl_err_sys(v->err, -GL_TAKE_FD(v->inside.root_fd), "cannot look into the bundle");
	v->inside.live = false;
	v->inside.arch = v->bundle->manifest.arch;
	v->inside.loader_dir = "/" GL_BUNDLE_LIB;
	return 0;
}

static int check_libc(struct gl_verification *v)
{
	const struct gl_manifest *m = &v->bundle->manifest;
	gl_autofree char *path = NULL, *claimed = gl_escape_dup(m->libc_version, 0);
	struct gl_libc libc;
	int r;

	if (asprintf(&path, "/%s", gl_manifest_loader(m)) < 0)
		return gl_err_sys(v->err, ENOMEM, "cannot look at the bundle's loader");
	r = gl_libc_identify(&v->inside, path, &libc, v->err);
	if (r)
		return r;
	if (libc.kind != m->libc || (*libc.version && strcmp(libc.version, m->libc_version) != 0))
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, gl_manifest_loader(m),
				    "is %s %s, the manifest says %s %s", gl_libc_kind_name(libc.kind),
				    libc.version, gl_libc_kind_name(m->libc), claimed);
	return 0;
}

static int check_one_build(struct gl_verification *v)
{
	struct gl_err why = GL_ERR_INIT;
	struct gl_finding *f;
	int r = gl_bundle_is_one_build(v->bundle, &why);

	if (r < 0 && r != -EBADMSG && r != -E2BIG)
		return gl_err_set(v->err, -r, "%s", why.msg);
	if (r == 1)
		return 0;
	f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, "", "is not of one build of libc: %s", why.msg);
	gl_finding_fix(f, "make it again: golaunch bundle create");
	return 0;
}

static void check_floor(struct gl_verification *v)
{
	const struct gl_manifest *m = &v->bundle->manifest;

	if (memcmp(v->kernel, m->kernel, sizeof(v->kernel)) != 0)
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, GL_MANIFEST_NAME,
				    "says that Linux %u.%u.%u will do, the files need %u.%u.%u", m->kernel[0],
				    m->kernel[1], m->kernel[2], v->kernel[0], v->kernel[1], v->kernel[2]);
	if (v->cpu_level != m->cpu_level)
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, GL_MANIFEST_NAME,
				    "says that a CPU of level %u will do, the files need %u", m->cpu_level,
				    v->cpu_level);
}

static int check_all(struct gl_verification *v)
{
	const struct gl_manifest *m = &v->bundle->manifest;
	int r = go_inside(v);

	/* Programs first: what they lack is said of them, and then not of their libraries. */
	for (size_t i = 0; i < m->count && !r; i++)
		if (m->files[i].role == GL_ROLE_PROGRAM)
			r = gl_verify_file(v, &m->files[i]);
	for (size_t i = 0; i < m->count && !r; i++)
		if (m->files[i].role != GL_ROLE_PROGRAM)
			r = gl_verify_file(v, &m->files[i]);
	if (!r)
		r = check_libc(v);
	if (!r)
		r = check_one_build(v);
	if (!r)
		check_floor(v);
	return r;
}

int gl_bundle_verify(const char *dir, struct gl_bundle *ret, struct gl_findings *findings, struct gl_err *err)
{
	struct gl_verification v = {
		.dir = dir, .bundle = ret, .findings = findings, .err = err, .inside = {.root_fd = -1}};
	int r;

	*ret = GL_BUNDLE_INIT;
	r = look_at(&v, dir);
	if (r == GL_BUNDLE_GOOD)
		r = check_all(&v);
	gl_host_done(&v.inside);
	if (r < 0)
		return r;
	return findings->incomplete ? gl_err_sys(err, ENOMEM, "cannot say all that is wrong") : 0;
}
