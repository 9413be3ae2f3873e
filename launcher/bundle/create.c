/*
 * The steps that make a bundle, in their order: see bundle/create.h.
 *
 * First everything is collected, and only if nothing is wrong with it anything is
 * written.  Then the tree is filled beside the place where it is to appear, read
 * back as any bundle is, and renamed.
 */
#include "bundle/create.h"

#include <errno.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "bundle/bundle.h"
#include "bundle/copy.h"
#include "bundle/origin.h"
#include "bundle/stub.h"
#include "bundle/verify.h"

/*
 * The latest mtime of a file (bundle/facts.h), and that of folders: 1981-01-01,
 * so that none is before 1980, the oldest that every archive format can hold.
 * Times that follow from the content make the same bundle of the same input.
 * SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch) sets it:
 * nothing is to be of a later time.
 */
#define DEFAULT_MTIME 347155200
#define EPOCH	      "SOURCE_DATE_EPOCH="

struct creation {
	const struct gl_bundle_request *request;
	struct gl_source source;
	struct gl_collection parts;
	struct gl_tree tree;
	struct gl_manifest manifest;
	int64_t mtime;
};

static int64_t choose_mtime(char *const *env)
{
	for (; env && *env; env++) {
		const char *value = *env + strlen(EPOCH);
		char *end;
		long long seconds;

		if (strncmp(*env, EPOCH, strlen(EPOCH)) || *value < '0' || *value > '9')
			continue;
		errno = 0;
		seconds = strtoll(value, &end, 10);
		return *end || errno ? DEFAULT_MTIME : seconds;
	}
	return DEFAULT_MTIME;
}

static int check_request(const struct gl_bundle_request *request, struct gl_err *err)
{
	if (!request->program_count && !request->output)
		return gl_err_set(err, EINVAL, "a bundle without a program needs a name (--output)");
	if (request->program_count && request->musl)
		return gl_err_set(err, EINVAL, "which libc it is follows from the programs (--musl)");
	if (request->musl && request->gconv)
		return gl_err_set(err, EINVAL, "musl has no iconv modules (--gconv)");
	if (request->sysroot && request->libc)
		return gl_err_set(err, EINVAL, "a libc is taken from one place (--from, --libc)");
	return 0;
}

/* Findings are what is wrong; without any the parts are complete. */
static int collect(struct creation *make, struct gl_findings *findings, struct gl_err *err)
{
	const struct gl_bundle_request *request = make->request;
	int r = 0;

	for (size_t i = 0; i < request->program_count && !r; i++)
		r = gl_collect_program(&make->source, request->programs[i], &make->parts, findings, err);
	if (!r && !request->program_count)
		r = gl_collect_libc(&make->source, request->musl ? GL_LIBC_MUSL : GL_LIBC_GLIBC, &make->parts,
				    findings, err);
	if (!r && !findings->count && request->gconv)
		r = gl_collect_gconv(&make->source, &make->parts, err);
	if (!r && !findings->count && !make->parts.libc.version[0])
		r = gl_err_set(err, EBADMSG, "cannot tell the version of the libc behind '%s'",
			       make->parts.libc.interpreter);
	return r;
}

static int begin_tree(struct creation *make, struct gl_err *err)
{
	gl_autofree char *beside = NULL;
	const char *output = make->request->output;

	if (!output) {
		if (asprintf(&beside, "%s%s", make->request->programs[0], GL_BUNDLE_SUFFIX) < 0) {
			beside = NULL;
			return gl_err_sys(err, ENOMEM, "cannot make a bundle");
		}
		output = beside;
	}
	return gl_tree_begin(output, &make->tree, err);
}

static const char *const folders[] = {GL_BUNDLE_LIB, GL_BUNDLE_PROGRAM, GL_BUNDLE_GCONV};

static bool has_folder(const struct creation *make, size_t i)
{
	for (size_t p = 0; p < make->parts.count; p++)
		if (!strcmp(gl_bundle_role_folder(make->parts.parts[p].role), folders[i]))
			return true;
	return false;
}

static int copy_parts(struct creation *make, struct gl_err *err)
{
	const struct gl_copy copy = {
		.tree = &make->tree,
		.manifest = &make->manifest,
		.mtime = make->mtime,
		.flags = make->request->gconv ? GL_STUB_GCONV : 0,
	};
	int r = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(folders) && !r; i++)
		if (has_folder(make, i))
			r = gl_tree_folder(&make->tree, folders[i], err);
	for (size_t i = 0; i < make->parts.count && !r; i++)
		r = gl_copy_part(&copy, &make->parts, i, err);
	return r;
}

/* The inner ones first: a folder's time changes when something is put into it. */
static int close_folders(struct creation *make, struct gl_err *err)
{
	int r = 0;

	for (size_t i = GL_ARRAY_SIZE(folders); i-- > 0 && !r;)
		if (has_folder(make, i))
			r = gl_tree_close_folder(&make->tree, folders[i], make->mtime, err);
	return r ? r : gl_tree_close_folder(&make->tree, ".", make->mtime, err);
}

/* The path where the host has the file of a manifest's entry; NULL: it is none of the host's. */
static const char *path_in_host(const struct creation *make, const struct gl_bundle_file *file)
{
	const struct gl_part *part = gl_collection_find(&make->parts, file->path);

	return part && part->host == &make->source.host && part->path[0] == '/' ? part->path : NULL;
}

static int find_origins(struct creation *make, struct gl_err *err)
{
	gl_autofree struct gl_origin *origins = calloc(make->manifest.count + 1, sizeof(*origins));
	size_t count = 0;

	if (!origins)
		return gl_err_sys(err, ENOMEM, "cannot ask for packages");
	for (size_t i = 0; i < make->manifest.count; i++) {
		const char *path = path_in_host(make, &make->manifest.files[i]);

		if (path)
			origins[count++] = (struct gl_origin){.path = path, .file = &make->manifest.files[i]};
	}
	return gl_origins_find(&make->source, origins, count, err);
}

/* Reads off the collection what is true of the bundle as a whole. */
static int head_manifest(struct creation *make, struct gl_err *err)
{
	struct gl_manifest *m = &make->manifest;

	m->golaunch = strdup(GL_VERSION);
	m->libc = make->parts.libc.kind;
	memcpy(m->libc_version, make->parts.libc.version, sizeof(m->libc_version));
	m->arch = gl_arch_native();
	m->gconv = make->request->gconv;
	return m->golaunch ? 0 : gl_err_sys(err, ENOMEM, "cannot write the manifest");
}

static int write_manifest(struct creation *make, struct gl_err *err)
{
	gl_autofree char *text = NULL;
	gl_autoclose int fd = -1;
	int r;

	gl_manifest_sort(&make->manifest);
	text = gl_manifest_text(&make->manifest);
	if (!text)
		return gl_err_sys(err, ENOMEM, "cannot write the manifest");
	fd = gl_tree_create(&make->tree, GL_MANIFEST_NAME, err);
	if (fd < 0)
		return fd;
	r = gl_file_write_all(fd, text, strlen(text));
	if (r)
		return gl_err_sys(err, -r, "cannot write '%s'", GL_MANIFEST_NAME);
	return gl_tree_close(GL_MANIFEST_NAME, &fd, 0644, make->mtime, err);
}

static void say_builds(struct gl_findings *findings, const struct gl_err *why)
{
	gl_autofree char *shown = gl_escape_dup(why->msg, 0);
	struct gl_finding *f = gl_findings_add(findings, GL_CODE_BUNDLE_UNSUITABLE,
					       "the libc to be taken is not of one build");

	gl_finding_row(f, "why", "%s", shown);
	gl_finding_fix(f, "install libc again, or take another host's: --from SYSROOT or --libc PATH");
}

/* What was written is a bundle?  Findings tell of parts that do not fit together. */
static int read_back(struct creation *make, struct gl_findings *findings, struct gl_err *err)
{
	const struct gl_bundle_trust anybody = {.check = false};
	struct gl_bundle bundle = GL_BUNDLE_INIT;
	struct gl_err why = GL_ERR_INIT;
	int r = gl_bundle_open(&make->source.here, make->tree.path, &anybody, GL_BUNDLE_QUICK, &bundle, err);

	if (r > 0)
		r = gl_err_set(err, EBADMSG, "what was written is no bundle: '%s' %s", bundle.file,
			       bundle.problem);
	else if (r == GL_BUNDLE_GOOD)
		r = gl_bundle_is_one_build(&bundle, &why);
	if (r < 0 && why.errnum)
		*err = why;
	if (r == 0)
		say_builds(findings, &why);
	gl_bundle_done(&bundle);
	return r < 0 ? r : 0;
}

static int write_tree(struct creation *make, struct gl_findings *findings, struct gl_err *err)
{
	int r = begin_tree(make, err);

	if (!r)
		r = head_manifest(make, err);
	if (!r)
		r = copy_parts(make, err);
	if (!r)
		r = find_origins(make, err);
	if (!r)
		r = write_manifest(make, err);
	if (!r)
		r = close_folders(make, err);
	if (!r)
		r = read_back(make, findings, err);
	if (r || findings->count)
		return r;
	return gl_tree_publish(&make->tree, err);
}

static void creation_done(struct creation *make)
{
	gl_tree_done(&make->tree);
	gl_manifest_done(&make->manifest);
	gl_collection_done(&make->parts);
	gl_source_done(&make->source);
}

int gl_bundle_create(const struct gl_bundle_request *request, char *const *env, char **ret_dir,
		     struct gl_manifest *ret, struct gl_findings *findings, struct gl_err *err)
{
	GL_CLEANUP(creation_done)
	struct creation make = {
		.request = request,
		.source = {.host = {.root_fd = -1}, .here = {.root_fd = -1}},
		.tree = GL_TREE_INIT,
		.mtime = choose_mtime(env),
	};
	int r = check_request(request, err);

	if (!r)
		r = gl_source_open(request, &make.source, err);
	if (!r)
		r = collect(&make, findings, err);
	if (!r && !findings->count)
		r = write_tree(&make, findings, err);
	if (!r && findings->incomplete)
		r = gl_err_sys(err, ENOMEM, "cannot say what is wrong");
	if (r || findings->count)
		return r ? r : 1;
	*ret_dir = GL_TAKE_PTR(make.tree.output);
	*ret = make.manifest;
	make.manifest = GL_MANIFEST_INIT;
	return 0;
}
