/*
 * musl's search for a library: ldso/dynlink.c, load_library().
 *
 * A few names mean musl itself.  A name with a slash is a path.  Any other is
 * looked for in LD_LIBRARY_PATH (unless AT_SECURE), in the run-time path of the
 * object that needs it, of the one that needed that, and so on up (DT_RPATH and
 * DT_RUNPATH are one thing, DT_RUNPATH wins), then in the system path: the
 * contents of PREFIX/etc/ld-musl-MACHINE.path, PREFIX being the loader's own
 * path without its last two components.  Lists are separated by colons and line
 * feeds, empty elements are nothing; there are no tokens but $ORIGIN.  The first
 * file that opens is taken, whatever it is.
 *
 * Not modelled: a file that defines both __libc_start_main and stdin is another
 * libc, and musl takes itself instead.
 */
#include "host/search.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/buf.h"
#include "base/mem.h"
#include "host/libraries.h"
#include "host/path.h"
#include "host/root.h"

#define SEPARATORS	    ":\n"
#define DEFAULT_PATH	    "/lib:/usr/local/lib:/usr/lib"
#define PATH_FILE_MAX_BYTES (64 * 1024)
#define PATH_BUFFER	    (2 * NAME_MAX + 2) /* musl's buffer; what does not fit is passed over */

bool gl_musl_is_builtin(const char *name)
{
	static const char *const reserved[] = {"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."};

	if (strncmp(name, "lib", strlen("lib")))
		return false;
	for (size_t i = 0; i < GL_ARRAY_SIZE(reserved); i++) {
		if (!strncmp(name + strlen("lib"), reserved[i], strlen(reserved[i])))
			return true;
	}
	return false;
}

static int no_memory(const struct gl_library *library, struct gl_err *err)
{
	return gl_err_sys(err, ENOMEM, "cannot look for '%s'", library->name);
}

/* One directory of a list, not NUL-terminated. */
static int try_dir(struct gl_search *search, const char *dir, size_t len, struct gl_library *library,
		   struct gl_err *err)
{
	gl_autofree char *path = NULL, *absolute = NULL;
	int r;

	if (!gl_search_step(search, library, len))
		return GL_FOUND;
	if (len + 1 + strlen(library->name) >= PATH_BUFFER)
		return GL_FOUND_NOT;
	if (asprintf(&path, "%.*s/%s", (int)len, dir, library->name) < 0) {
		path = NULL;
		return no_memory(library, err);
	}
	r = gl_search_absolute(search, path, &absolute, err);
	if (!r)
		r = gl_search_file(search, absolute, library, err);
	if (r == GL_FOUND_NOT) {
		r = gl_search_tried(search, library, absolute, err);
		return r ? r : GL_FOUND_NOT;
	}
	return r;
}

static int try_list(struct gl_search *search, const char *list, enum gl_via via, struct gl_library *library,
		    struct gl_err *err)
{
	size_t len;
	int r = GL_FOUND_NOT;

	for (const char *at = list; r == GL_FOUND_NOT; at += len) {
		at += strspn(at, SEPARATORS);
		len = strcspn(at, SEPARATORS);
		if (!len)
			break;
		r = try_dir(search, at, len, library, err);
		if (r == GL_FOUND)
			library->via = via;
	}
	return r;
}

/* Is every dollar of the text $ORIGIN or ${ORIGIN}? */
static bool has_only_origin(const char *text)
{
	for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
		if (strncmp(at, "$ORIGIN", strlen("$ORIGIN")) &&
		    strncmp(at, "${ORIGIN}", strlen("${ORIGIN}")))
			return false;
	}
	return true;
}

/* musl drops a path with any other token whole, and the program's $ORIGIN under AT_SECURE.  *ret is NULL then. */
static int expand(struct gl_search *search, const struct gl_library *object, const char *text, char **ret,
		  struct gl_err *err)
{
	gl_autofree char *origin = NULL;
	struct gl_buf b = GL_BUF_INIT;
	int r;

	*ret = NULL;
	if (!has_only_origin(text) || (!object->index && search->host->secure))
		return 0;
	r = gl_search_origin(search, object->index, &origin, err);
	if (r || !origin[0])
		return r;
	b.limit = GL_PATH_MAX_EXPANDED;
	while (*text) {
		if (*text != '$') {
			gl_buf_putc(&b, *text++);
			continue;
		}
		gl_buf_puts(&b, origin);
		text += strlen(text[1] == '{' ? "${ORIGIN}" : "$ORIGIN");
	}
	r = gl_buf_error(&b) == ENOMEM ? gl_err_sys(err, ENOMEM, "cannot expand a path") : 0;
	*ret = gl_buf_take(&b);
	gl_buf_done(&b);
	return r;
}

static int try_own_path(struct gl_search *search, const struct gl_library *object, struct gl_library *library,
			struct gl_err *err)
{
	const struct gl_image_dynamic *dynamic = gl_image_dynamic(object->image);
	const char *rpath = dynamic->runpath ? dynamic->runpath : dynamic->rpath;
	enum gl_via via =
		dynamic->runpath && !gl_search_is_led(search, object) ? GL_VIA_RUNPATH : GL_VIA_RPATH;
	gl_autofree char *expanded = NULL;
	int r;

	if (!rpath)
		return GL_FOUND_NOT;
	if (!strchr(rpath, '$'))
		return try_list(search, rpath, via, library, err);
	if (!gl_search_step(search, library, strlen(rpath)))
		return GL_FOUND;
	r = expand(search, object, rpath, &expanded, err);
	if (r || !expanded)
		return r;
	return try_list(search, expanded, via, library, err);
}

static int try_object(struct gl_search *search, const struct gl_library *object, struct gl_library *library,
		      struct gl_err *err)
{
	int r = GL_FOUND_NOT;

	if (gl_search_is_led(search, object))
		r = try_list(search, search->host->loader_dir, GL_VIA_RPATH, library, err);
	return r == GL_FOUND_NOT ? try_own_path(search, object, library, err) : r;
}

/* A preloaded library has no requester: no chain. */
static int try_chain(struct gl_search *search, struct gl_library *library, struct gl_err *err)
{
	const struct gl_library *object = gl_library_real(search->closure->libraries[library->needed_by]);
	int r = GL_FOUND_NOT;

	while (r == GL_FOUND_NOT && library->via != GL_VIA_PRELOAD) {
		if (!gl_search_step(search, library, 0))
			return GL_FOUND;
		r = try_object(search, object, library, err);
		if (!object->index || object->via == GL_VIA_PRELOAD)
			break;
		object = gl_library_real(search->closure->libraries[object->needed_by]);
	}
	return r;
}

/* Length of the loader's path without its last two components. */
static size_t prefix_length(const char *path)
{
	const char *last = path, *before = path;

	for (const char *at = path; *at; at++) {
		if (*at == '/') {
			before = last;
			last = at;
		}
	}
	return path[0] == '/' ? (size_t)(before - path) : 0;
}

/* "/lib/ld-musl-x86_64.so.1" gives the machine's name as musl has it; musl's own path is what the program says it is. */
static void path_file_name(const struct gl_search *search, char *buf, size_t size)
{
	const char *name = gl_path_basename(search->arch->musl_interpreter);
	const char *interpreter = gl_image_interpreter(search->closure->libraries[0]->image);

	snprintf(buf, size, "%.*s/etc/%.*s.path", (int)prefix_length(interpreter), interpreter,
		 (int)(strlen(name) - strlen(".so.1")), name);
}

static int know_system_path(struct gl_search *search, struct gl_err *err)
{
	char file[PATH_MAX + 64];
	size_t len;
	int r;

	if (search->musl_path)
		return 0;
	path_file_name(search, file, sizeof(file));
	r = gl_root_slurp(search->host, file, PATH_FILE_MAX_BYTES, &search->musl_path, &len, err);
	if (r == -ENOMEM)
		return r;
	/* A file that is there but cannot be read leaves no path at all. */
	if (r)
		search->musl_path = strdup(r == -ENOENT ? DEFAULT_PATH : "");
	return search->musl_path ? 0 : gl_err_sys(err, ENOMEM, "cannot read '%s'", file);
}

static int search_places(struct gl_search *search, struct gl_library *library, struct gl_err *err)
{
	const struct gl_host *host = search->host;
	const char *env = host->secure ? NULL : gl_host_env(host, "LD_LIBRARY_PATH");
	int r = env ? try_list(search, env, GL_VIA_ENV, library, err) : GL_FOUND_NOT;

	if (r == GL_FOUND_NOT)
		r = try_chain(search, library, err);
	if (r != GL_FOUND_NOT)
		return r;
	r = know_system_path(search, err);
	return r ? r : try_list(search, search->musl_path, GL_VIA_DEFAULT, library, err);
}

static int open_path(struct gl_search *search, struct gl_library *library, struct gl_err *err)
{
	gl_autofree char *path = NULL;
	int r = gl_search_absolute(search, library->name, &path, err);

	if (!r)
		r = gl_search_file(search, path, library, err);
	if (r == GL_FOUND)
		library->via = GL_VIA_PATH;
	else if (r >= 0)
		r = gl_search_tried(search, library, path, err);
	return r;
}

int gl_search_musl(struct gl_search *search, struct gl_library *library, struct gl_err *err)
{
	bool preload = library->via == GL_VIA_PRELOAD;
	int r = 0;

	if (strchr(library->name, '/'))
		r = open_path(search, library, err);
	else if (library->name[0] && strlen(library->name) <= NAME_MAX)
		r = search_places(search, library, err);
	if (preload)
		library->via = GL_VIA_PRELOAD;
	return r < 0 ? r : 0;
}
