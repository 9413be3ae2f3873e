/*
 * golaunch bundle create [PROGRAM...]
 */
#include "bundle/create.h"

#include <errno.h>
#include <signal.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/bundle.h"
#include "cmd/common.h"

#define PREFIX ""

struct create_options {
	struct gl_common common; /* first: see cmd/common.h */
	struct gl_bundle_request request;
};

static int take_output(void *into, const char *value, struct gl_err *err)
{
	struct create_options *o = into;

	o->request.output = value;
	return *value ? 0 : gl_err_set(err, EINVAL, "must be the name of a directory");
}

static int take_from(void *into, const char *value, struct gl_err *err)
{
	struct create_options *o = into;

	o->request.sysroot = value;
	return *value ? 0 : gl_err_set(err, EINVAL, "must be the name of a directory");
}

static int take_libc(void *into, const char *value, struct gl_err *err)
{
	struct create_options *o = into;

	o->request.libc = value;
	return *value ? 0 : gl_err_set(err, EINVAL, "must be the name of a libc or its directory");
}

static int take_gconv(void *into, const char *value, struct gl_err *err)
{
	struct create_options *o = into;

	(void)value;
	(void)err;
	o->request.gconv = true;
	return 0;
}

static int take_musl(void *into, const char *value, struct gl_err *err)
{
	struct create_options *o = into;

	(void)value;
	(void)err;
	o->request.musl = true;
	return 0;
}

static const struct gl_option options[] = {
	{"output", 'o', "DIR", 0, take_output, "the bundle to be made (PROGRAM.bundle)"},
	{"from", 0, "SYSROOT", 0, take_from, "take loader and libraries from the system below SYSROOT"},
	{"libc", 0, "PATH", 0, take_libc, "take loader and libc from PATH, a libc or its directory"},
	{"gconv", 0, NULL, 0, take_gconv, "iconv's modules too"},
	{"musl", 0, NULL, 0, take_musl, "without a PROGRAM: musl, not glibc"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_bundle_create_option_table(void)
{
	return &table;
}

/* What a bundle's files of some kind are together. */
struct total {
	size_t count;
	uint64_t bytes;
};

static struct total total_of(const struct gl_manifest *m, bool programs)
{
	struct total t = {.count = 0};

	for (size_t i = 0; i < m->count; i++) {
		enum gl_bundle_role role = m->files[i].role;

		if (role == GL_ROLE_STUB || (role == GL_ROLE_PROGRAM) != programs)
			continue;
		t.count++;
		t.bytes += m->files[i].size;
	}
	return t;
}

static void put_total(struct gl_buf *b, const struct total *t, const char *one, const char *many)
{
	gl_buf_printf(b, "%zu %s (%.1f MB), ", t->count, t->count == 1 ? one : many, (double)t->bytes / 1e6);
}

/* "./app.bundle: 1 program (3.8 MB), 16 libraries (4.1 MB), glibc 2.36", and how each program is run. */
static void put_text(struct gl_buf *b, const char *dir, const struct gl_manifest *m)
{
	gl_autofree char *shown = gl_escape_dup(dir, 0);
	struct total programs = total_of(m, true), libraries = total_of(m, false);

	gl_buf_printf(b, "%s: ", shown ? shown : "");
	if (programs.count)
		put_total(b, &programs, "program", "programs");
	put_total(b, &libraries, "library", "libraries");
	gl_buf_printf(b, "%s %s\n", gl_libc_kind_name(m->libc), m->libc_version);
	for (size_t i = 0; i < m->count; i++) {
		gl_autofree char *name = NULL;

		if (m->files[i].role != GL_ROLE_STUB)
			continue;
		name = gl_escape_dup(m->files[i].path, 0);
		gl_buf_printf(b, "  run  %s/%s\n", shown ? shown : "", name ? name : "");
	}
}

static int put_made(struct gl_buf *b, const struct create_options *o, const char *dir,
		    const struct gl_manifest *m, struct gl_err *err)
{
	json_t *document;

	if (o->common.format == GL_FORMAT_JSON) {
		document = gl_manifest_json(m);
		if (document)
			json_object_set_new(document, "dir", gl_json_text(dir));
		return gl_cmd_put_json(b, document, err);
	}
	if (o->common.verbosity >= 0)
		put_text(b, dir, m);
	return 0;
}

static int put_findings(struct gl_buf *b, const struct create_options *o, const struct gl_findings *findings,
			struct gl_err *err)
{
	bool color = gl_common_color(&o->common, STDOUT_FILENO);

	if (o->common.format == GL_FORMAT_JSON)
		return gl_cmd_put_findings_json(b, "golaunch.bundle-create/1", findings, err);
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->items[i]->told)
			gl_finding_text(b, findings->items[i], PREFIX, color, -1);
	return 0;
}

static int create(const struct create_options *o, char **env)
{
	struct gl_findings findings = GL_FINDINGS_INIT;
	struct gl_manifest manifest = GL_MANIFEST_INIT;
	struct gl_buf b = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	gl_autofree char *dir = NULL;
	int made = gl_bundle_create(&o->request, env, &dir, &manifest, &findings, &err), r = made;

	if (made == 0)
		r = put_made(&b, o, dir, &manifest, &err);
	else if (made > 0)
		r = put_findings(&b, o, &findings, &err);
	gl_manifest_done(&manifest);
	gl_findings_done(&findings);
	return gl_cmd_finish(&b, r, made, &err);
}

int gl_cmd_bundle_create(int argc, char **argv, char **env)
{
	struct create_options o = {.request = {.program_count = 0}};
	int used, status;

	if (!gl_common_begin(&table, "bundle create", argc, argv, env, &o, &used, &status))
		return status;
	o.request.programs = argv + used;
	o.request.program_count = (size_t)(argc - used);
	/* Where a limit ends a file that is said, and nothing half made is left. */
	signal(SIGXFSZ, SIG_IGN);
	return create(&o, env);
}
