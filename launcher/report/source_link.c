/*
 * Links to source: see report/source_link.h.
 *
 * The directory comes from the import path, since a file's own path begins
 * wherever it was built; the two must agree.  What does not consist of plain
 * characters makes no link: nothing of it needs to be quoted then.
 */
#include "report/source_link.h"

#include <ctype.h>

#include "base/macros.h"
#include "base/mem.h"
#include "report/frame_text.h"

static const struct host {
	const char *prefix;	 /* of the module's path */
	unsigned elements;	 /* of it that name the repository; 0: all */
	const char *tree, *line; /* what stands before the revision and before the line's number */
} hosts[] = {
	{"github.com/", 3, "/blob/", "#L"},
	{"gitlab.com/", 0, "/-/blob/", "#L"},
	{"bitbucket.org/", 3, "/src/", "#lines-"},
};

static bool is_plain(struct gl_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.text[i]) && !strchr("._-/~+", s.text[i]))
			return false;
	return s.len > 0;
}

static bool is_revision(const char *text)
{
	size_t len = strlen(text);

	return (len == 40 || len == 64) && strspn(text, "0123456789abcdef") == len;
}

static struct gl_slice slice_of(const char *text)
{
	return (struct gl_slice){.text = text, .len = strlen(text)};
}

/* The module's path without a major version at its end ("/v2"), which as a rule is no directory. */
static struct gl_slice without_major(struct gl_slice module)
{
	const char *slash = memrchr(module.text, '/', module.len);
	struct gl_slice last = slash ? gl_slice_skip(module, (size_t)(slash + 1 - module.text)) : module;
	unsigned long major;

	if (!slash || !gl_slice_starts(last, "v"))
		return module;
	last = gl_slice_skip(last, 1);
	if (gl_slice_take_number(&last, &major) && !last.len)
		module.len = (size_t)(slash - module.text);
	return module;
}

/* The path's first elements; all of them if elements is 0 or there are no more. */
static struct gl_slice first_elements(struct gl_slice path, unsigned elements)
{
	unsigned met = 0;

	for (size_t i = 0; i < path.len; i++)
		if (path.text[i] == '/' && ++met == elements)
			return (struct gl_slice){.text = path.text, .len = i};
	return path;
}

/* What follows a path that begins with base: "" or "/conf"; false: it does not begin so. */
static bool below(struct gl_slice path, struct gl_slice base, struct gl_slice *ret)
{
	if (path.len < base.len || memcmp(path.text, base.text, base.len) != 0)
		return false;
	*ret = gl_slice_skip(path, base.len);
	return !ret->len || ret->text[0] == '/';
}

static const struct host *host_of(struct gl_slice module)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(hosts); i++)
		if (gl_slice_starts(module, hosts[i].prefix))
			return &hosts[i];
	return NULL;
}

/* "/src/app/conf/conf.go" is in "/conf"; *ret_name is "conf.go". */
static bool is_in(struct gl_slice file, struct gl_slice directory, struct gl_slice *ret_name)
{
	const char *slash = memrchr(file.text, '/', file.len);
	size_t at = slash ? (size_t)(slash - file.text) : 0;

	if (!slash || at < directory.len ||
	    memcmp(file.text + at - directory.len, directory.text, directory.len) != 0)
		return false;
	*ret_name = gl_slice_skip(file, at + 1);
	return gl_slice_ends(*ret_name, ".go");
}

/* A line of the main module, taken apart. */
struct place {
	const struct host *host;
	struct gl_slice repository, directory, inside,
		file; /* module within repository, package within module */
};

static bool find_place(const struct gl_gobin *gobin, const struct gl_frame *frame, struct gl_slice package,
		       struct place *ret)
{
	struct gl_slice module = slice_of(gobin->module);

	if (gl_slice_equals(package, "main") && gobin->path)
		package = slice_of(gobin->path);
	ret->host = host_of(module);
	if (!ret->host || !below(package, module, &ret->inside) ||
	    !is_in(frame->file, ret->inside, &ret->file))
		return false;
	module = without_major(module);
	ret->repository = first_elements(module, ret->host->elements);
	ret->directory = gl_slice_skip(module, ret->repository.len);
	return is_plain(module) && is_plain(ret->file) && (!ret->inside.len || is_plain(ret->inside));
}

/* The revision, if it says what the program was built from; else NULL. */
static const char *revision_of(const struct gl_gobin *gobin)
{
	const char *revision = gl_gobin_setting(gobin, "vcs.revision");
	const char *modified = gl_gobin_setting(gobin, "vcs.modified");

	if (!revision || !is_revision(revision) || (modified && strcmp(modified, "true") == 0))
		return NULL;
	return revision;
}

static void put(struct gl_buf *b, struct gl_slice s)
{
	gl_buf_printf(b, "%.*s", (int)s.len, s.text);
}

bool gl_source_link(struct gl_buf *b, const struct gl_gobin *gobin, const struct gl_frame *frame)
{
	const char *revision = revision_of(gobin);
	gl_autofree char *package = gl_frame_name(gl_trace_package(frame->function));
	struct place place;

	if (!revision || !gobin->module || !package || !frame->line ||
	    !find_place(gobin, frame, slice_of(package), &place))
		return false;
	gl_buf_puts(b, "https://");
	put(b, place.repository);
	gl_buf_printf(b, "%s%s", place.host->tree, revision);
	put(b, place.directory);
	put(b, place.inside);
	gl_buf_puts(b, "/");
	put(b, place.file);
	gl_buf_printf(b, "%s%lu", place.host->line, frame->line);
	return true;
}
