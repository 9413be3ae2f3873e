/*
 * Packages by dpkg-query: see bundle/origin.h.  Two questions for all files: who
 * owns them, and of which version those packages are.
 */
#include <errno.h>

#include "base/mem.h"
#include "bundle/origin.h"
#include "bundle/tool.h"
#include "host/root.h"

#define TOOL		    "dpkg-query"
#define MAX_WORDS	    (2 * GL_ORIGIN_AT_ONCE + 8)
#define MAX_COPYRIGHT_BYTES ((size_t)1 << 20)

struct question {
	const struct gl_source *source;
	const char *words[MAX_WORDS];
	size_t count;
	struct gl_origin *origins;
	size_t origin_count;
};

/* Takes one line of the answer; "" is none.  Returns 0 or -ENOMEM. */
typedef int (*line_fn)(struct question *q, const char *line, size_t len, struct gl_err *err);

static void put_word(struct question *q, const char *word)
{
	if (q->count + 1 < MAX_WORDS)
		q->words[q->count++] = word;
}

/* dpkg-query takes names for patterns. */
static bool is_pattern(const char *path)
{
	return strpbrk(path, "*?[]\\") != NULL;
}

static int ask(struct question *q, line_fn take, struct gl_err *err)
{
	gl_autofree char *answer = NULL;
	size_t len;
	int r = gl_tool_ask(q->words, &answer, err);

	if (r)
		return r < 0 ? r : 0;
	for (const char *at = answer; *at && !r; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		r = take(q, at, len, err);
	}
	return r;
}

/* "libc6:amd64, other: /lib/x86_64-linux-gnu/libc.so.6"; of several owners the first counts. */
static int take_owner(struct question *q, const char *line, size_t len, struct gl_err *err)
{
	const char *sign = memmem(line, len, ": /", 3), *path = sign ? sign + 2 : NULL;
	size_t path_len = path ? len - (size_t)(path - line) : 0, owner = strcspn(line, ", ");
	int r = 0;

	/* "diversion by PACKAGE from: /path" */
	if (!path || !strncmp(line, "diversion ", strlen("diversion ")) ||
	    !strncmp(line, "local diversion ", strlen("local diversion ")))
		return 0;
	if (owner > (size_t)(sign - line))
		owner = (size_t)(sign - line);
	for (size_t i = 0; i < q->origin_count && !r; i++)
		for (int s = 0; s < 2 && !r; s++)
			if (strlen(q->origins[i].spellings[s]) == path_len &&
			    !memcmp(q->origins[i].spellings[s], path, path_len))
				r = gl_origin_set(&q->origins[i].file->package, line, owner, err);
	return r;
}

/* "libc6:amd64<tab>2.36-9+deb12u1" */
static int take_version(struct question *q, const char *line, size_t len, struct gl_err *err)
{
	const char *tab = memchr(line, '\t', len);
	size_t name = tab ? (size_t)(tab - line) : 0;
	int r = 0;

	for (size_t i = 0; tab && i < q->origin_count && !r; i++) {
		struct gl_bundle_file *file = q->origins[i].file;

		if (file->package && strlen(file->package) == name && !memcmp(file->package, line, name))
			r = gl_origin_set(&file->package_version, tab + 1, len - name - 1, err);
	}
	return r;
}

static int find_licence(const struct gl_source *source, struct gl_bundle_file *file, struct gl_err *err)
{
	gl_autofree char *path = NULL, *text = NULL, *licence = NULL;
	size_t len;

	if (asprintf(&path, "/usr/share/doc/%.*s/copyright", (int)strcspn(file->package, ":"),
		     file->package) < 0) {
		path = NULL;
		return gl_err_sys(err, ENOMEM, "cannot look for a licence");
	}
	if (gl_root_slurp(&source->host, path, MAX_COPYRIGHT_BYTES, &text, &len, NULL))
		return 0;
	licence = gl_licence_of_copyright(text);
	if (!licence)
		return errno ? gl_err_sys(err, errno, "cannot look for a licence") : 0;
	return gl_origin_set(&file->licence, licence, strlen(licence), err);
}

static bool is_first_of_package(const struct gl_origin *origins, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (origins[i].file->package && !strcmp(origins[i].file->package, origins[at].file->package))
			return false;
	return true;
}

static int ask_owners(struct question *q, const char *admin_dir, struct gl_err *err)
{
	size_t before;

	q->count = 0;
	put_word(q, TOOL);
	put_word(q, admin_dir);
	put_word(q, "--search");
	before = q->count;
	for (size_t i = 0; i < q->origin_count; i++)
		for (int s = 0; s < 2; s++)
			if (!is_pattern(q->origins[i].spellings[s]))
				put_word(q, q->origins[i].spellings[s]);
	q->words[q->count] = NULL;
	return q->count > before ? ask(q, take_owner, err) : 0;
}

static int ask_versions(struct question *q, const char *admin_dir, struct gl_err *err)
{
	size_t before;

	q->count = 0;
	put_word(q, TOOL);
	put_word(q, admin_dir);
	put_word(q, "--showformat=${binary:Package}\\t${Version}\\n");
	put_word(q, "--show");
	before = q->count;
	for (size_t i = 0; i < q->origin_count; i++)
		if (q->origins[i].file->package && is_first_of_package(q->origins, i))
			put_word(q, q->origins[i].file->package);
	q->words[q->count] = NULL;
	return q->count > before ? ask(q, take_version, err) : 0;
}

int gl_origins_ask_dpkg(const struct gl_source *source, const char *admin_dir, struct gl_origin *origins,
			size_t count, struct gl_err *err)
{
	struct question q = {.source = source, .origins = origins, .origin_count = count};
	gl_autofree char *option = NULL;
	int r;

	if (asprintf(&option, "--admindir=%s", admin_dir) < 0) {
		option = NULL;
		return gl_err_sys(err, ENOMEM, "cannot ask for packages");
	}
	r = ask_owners(&q, option, err);
	if (!r)
		r = ask_versions(&q, option, err);
	for (size_t i = 0; i < count && !r; i++)
		if (origins[i].file->package)
			r = find_licence(source, origins[i].file, err);
	return r;
}
