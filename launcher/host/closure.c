/*
 * Resolves all libraries of a program: see host/closure.h.
 *
 * The order is the loader's: the program, what is preloaded, then breadth first
 * what each needs.  Which rules hold is a matter of the interpreter's kind
 * alone: a table of functions per libc.
 */
#include "host/closure.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "host/libc_image.h"
#include "host/libraries.h"
#include "host/path.h"
#include "host/preload.h"
#include "host/search.h"
#include "host/versions_check.h"

#define LIBC "libc.so.6"

struct resolve;

/* The rules of one libc. */
struct rules {
	int (*search)(struct gl_search *search, struct gl_library *library, struct gl_err *err);
	gl_screen_fn screen;
	int (*preload)(struct gl_search *search, gl_preload_fn each, void *arg, struct gl_err *err);
	/* names an object answers to once it is loaded */
	int (*names)(struct resolve *resolve, struct gl_library *library, struct gl_err *err);
	/* may be NULL: does the loader answer this name with itself? */
	bool (*is_builtin)(const char *name);
	int (*finish)(struct resolve *resolve, struct gl_err *err);
	bool reads_versions;
};

struct resolve {
	const struct rules *rules;
	struct gl_search search;
	struct gl_names names;
	size_t needed; /* DT_NEEDED looked at */
};

static int put_name(struct resolve *resolve, const char *text, struct gl_library *library, struct gl_err *err)
{
	if (!text || gl_names_find(&resolve->names, text))
		return 0;
	return gl_names_put(&resolve->names, text, library, err);
}

/* glibc: the path it was loaded from and its DT_SONAME; whoever has a name first keeps it. */
static int name_glibc(struct resolve *resolve, struct gl_library *library, struct gl_err *err)
{
	int r = put_name(resolve, library->path, library, err);

	return r ? r : put_name(resolve, gl_image_dynamic(library->image)->soname, library, err);
}

/* musl: nothing but the name it was searched by, which its element has. */
static int name_musl(struct resolve *resolve, struct gl_library *library, struct gl_err *err)
{
	(void)resolve;
	(void)library;
	(void)err;
	return 0;
}

/* The element of a name, which is the interpreter's from when it is first asked for. */
static int find_element(struct resolve *resolve, const char *name, size_t needed_by, struct gl_library **ret,
			struct gl_err *err)
{
	*ret = gl_names_find(&resolve->names, name);
	if (!*ret || *ret != resolve->search.interpreter)
		return 0;
	return gl_libraries_add_interpreter(&resolve->search, needed_by, ret, err);
}

/* An element of another name for one that is there. */
static int add_alias(struct resolve *resolve, const char *name, struct gl_library *real, enum gl_via via,
		     size_t needed_by, struct gl_err *err)
{
	gl_autolibrary struct gl_library *alias = gl_library_new(name, needed_by);
	struct gl_library *added = alias;
	int r;

	if (alias)
		alias->path = strdup(real->path);
	if (!alias || !alias->path)
		return gl_err_sys(err, ENOMEM, "cannot note '%s'", name);
	alias->via = via;
	alias->status = GL_LIBRARY_FOUND;
	alias->same = real;
	r = gl_libraries_add(resolve->search.closure, GL_TAKE_PTR(alias), err);
	if (r)
		return r < 0 ? r : 0;
	return gl_names_put(&resolve->names, added->name, added, err);
}

/* The interpreter's element, which then is in the closure. */
static int need_interpreter(struct resolve *resolve, size_t needed_by, struct gl_library **ret,
			    struct gl_err *err)
{
	if (resolve->search.interpreter)
		return gl_libraries_add_interpreter(&resolve->search, needed_by, ret, err);
	for (size_t i = 0; i < resolve->search.closure->count; i++) {
		if (resolve->search.closure->libraries[i]->via == GL_VIA_LOADED &&
		    !resolve->search.closure->libraries[i]->same)
			*ret = resolve->search.closure->libraries[i];
	}
	return 0;
}

static int add_builtin(struct resolve *resolve, const char *name, size_t needed_by, struct gl_err *err)
{
	struct gl_library *interpreter = NULL;
	int r;

	if (gl_names_find(&resolve->names, name))
		return 0;
	r = need_interpreter(resolve, needed_by, &interpreter, err);
	return r ? r : add_alias(resolve, name, interpreter, GL_VIA_BUILTIN, needed_by, err);
}

static int search_new(struct resolve *resolve, const char *name, size_t needed_by, enum gl_via via,
		      struct gl_err *err)
{
	struct gl_library *library = gl_library_new(name, needed_by);
	int r;

	if (!library)
		return gl_err_sys(err, ENOMEM, "cannot look for '%s'", name);
	library->via = via;
	r = gl_libraries_add(resolve->search.closure, library, err);
	if (r)
		return r < 0 ? r : 0;
	r = gl_names_put(&resolve->names, library->name, library, err);
	if (!r)
		r = resolve->rules->search(&resolve->search, library, err);
	if (!r && library->image)
		r = resolve->rules->names(resolve, library, err);
	return r;
}

/*
 * One name that an object needs.  An element of that name settles it, but for
 * one that was only to be preloaded and is missing: the loader forgot it.
 */
static int resolve_name(struct resolve *resolve, const char *name, size_t needed_by, struct gl_err *err)
{
	struct gl_library *found;
	int r;

	if (resolve->rules->is_builtin && resolve->rules->is_builtin(name))
		return add_builtin(resolve, name, needed_by, err);
	r = find_element(resolve, name, needed_by, &found, err);
	if (r)
		return r;
	if (!found || (found->via == GL_VIA_PRELOAD && found->status != GL_LIBRARY_FOUND))
		return search_new(resolve, name, needed_by, GL_VIA_NONE, err);
	if (!found->index || !strcmp(found->name, name))
		return 0;
	return add_alias(resolve, name, found, GL_VIA_LOADED, needed_by, err);
}

/* gl_preload_fn */
static int preload_name(const char *name, void *arg, struct gl_err *err)
{
	struct resolve *resolve = arg;

	if (gl_names_find(&resolve->names, name))
		return 0;
	if (resolve->rules->is_builtin && resolve->rules->is_builtin(name))
		return 0;
	return search_new(resolve, name, 0, GL_VIA_PRELOAD, err);
}

/* All that one object needs. */
static int resolve_object(struct resolve *resolve, const struct gl_library *object, struct gl_err *err)
{
	const struct gl_image_dynamic *dynamic = gl_image_dynamic(object->image);
	int r = 0;

	for (size_t n = 0; !r && n < dynamic->needed_count; n++) {
		if (resolve->needed == GL_CLOSURE_MAX_NEEDED) {
			resolve->search.closure->incomplete = true;
			break;
		}
		resolve->needed++;
		r = resolve_name(resolve, dynamic->needed[n], object->index, err);
	}
	return r;
}

static int walk(struct resolve *resolve, struct gl_err *err)
{
	struct gl_closure *closure = resolve->search.closure;
	int r = resolve->rules->preload(&resolve->search, preload_name, resolve, err);

	for (size_t i = 0; !r && i < closure->count; i++) {
		if (closure->libraries[i]->image)
			r = resolve_object(resolve, closure->libraries[i], err);
	}
	return r;
}

/* gl_provider_fn */
static struct gl_library *find_provider(const char *file, void *arg)
{
	struct resolve *resolve = arg;
	struct gl_library *library;

	if (find_element(resolve, file, 0, &library, NULL) || !library)
		return NULL;
	return gl_library_real(library);
}

/* The version of the libc that was loaded; where none was, of the one that would be. */
static int find_version(struct resolve *resolve, struct gl_err *err)
{
	struct gl_search *search = &resolve->search;
	struct gl_library *libc = gl_names_find(&resolve->names, LIBC);
	unsigned minor = 0;
	int r;

	if (search->glibc.minor_known || !libc || !gl_library_real(libc)->image)
		r = gl_glibc_minor(&search->glibc, &minor, err);
	else
		r = gl_glibc_minor_of(search->host, gl_library_real(libc)->path, gl_library_real(libc)->image,
				      &minor, err);
	if (!r)
		gl_libc_set_glibc_version(&search->closure->libc, minor);
	return r;
}

static int finish_glibc(struct resolve *resolve, struct gl_err *err)
{
	int r = find_version(resolve, err);

	return r ? r : gl_versions_check(&resolve->search, find_provider, resolve, err);
}

static int finish_musl(struct resolve *resolve, struct gl_err *err)
{
	(void)resolve;
	(void)err;
	return 0;
}

static const struct rules glibc_rules = {
	.search = gl_search_glibc,
	.screen = gl_screen_glibc,
	.preload = gl_preload_glibc,
	.names = name_glibc,
	.finish = finish_glibc,
	.reads_versions = true,
};

static const struct rules musl_rules = {
	.search = gl_search_musl,
	.screen = gl_screen_musl,
	.preload = gl_preload_musl,
	.names = name_musl,
	.is_builtin = gl_musl_is_builtin,
	.finish = finish_musl,
};

/* NULL: an interpreter whose rules are not known (a stub, nix-ld, uClibc). */
static const struct rules *rules_of(enum gl_libc_kind kind)
{
	static const struct rules *const table[GL_LIBC_KIND_MAX] = {
		[GL_LIBC_GLIBC] = &glibc_rules,
		[GL_LIBC_MUSL] = &musl_rules,
		/* the shim calls the musl loader of this host */
		[GL_LIBC_GCOMPAT] = &musl_rules,
	};

	return table[kind];
}

/* The loader's names: where it is, and how the program calls it (glibc elf/rtld.c, _dl_rtld_libname). */
static int name_interpreter(struct resolve *resolve, struct gl_library *interpreter, struct gl_err *err)
{
	const struct gl_library *program = resolve->search.closure->libraries[0];
	int r = gl_names_put(&resolve->names, interpreter->path, interpreter, err);

	if (!r)
		r = put_name(resolve, gl_image_interpreter(program->image), interpreter, err);
	return r ? r : resolve->rules->names(resolve, interpreter, err);
}

/* The open interpreter as an element that is not yet in the closure. */
static int hold_interpreter(struct resolve *resolve, int *fd, struct gl_image **image, struct gl_err *err)
{
	const char *path = resolve->search.closure->libc.interpreter;
	struct gl_library *library = gl_library_new(gl_path_basename(path), 0);
	struct stat st;

	resolve->search.interpreter = library;
	if (library)
		library->path = strdup(path);
	if (!library || !library->path)
		return gl_err_sys(err, ENOMEM, "cannot note the interpreter");
	if (fstat(*fd, &st))
		return gl_err_sys(err, errno, "cannot examine '%s'", path);
	library->via = GL_VIA_LOADED;
	library->status = GL_LIBRARY_FOUND;
	library->dev = st.st_dev;
	library->ino = st.st_ino;
	library->fd = GL_TAKE_FD(*fd);
	library->image = GL_TAKE_PTR(*image);
	return name_interpreter(resolve, library, err);
}

static int add_program(struct resolve *resolve, struct gl_image *image, struct gl_err *err)
{
	struct gl_search *search = &resolve->search;
	struct gl_library *program = gl_library_new(search->program_path, 0);

	if (!program)
		return gl_err_sys(err, ENOMEM, "cannot note the program");
	program->via = GL_VIA_PROGRAM;
	program->status = GL_LIBRARY_FOUND;
	program->image = image;
	program->path = strdup(search->program_path);
	if (!program->path) {
		gl_library_free(program);
		return gl_err_sys(err, ENOMEM, "cannot note the program");
	}
	return gl_libraries_add(search->closure, program, err);
}

static int open_interpreter(struct resolve *resolve, const struct gl_image *program, int *ret_fd,
			    struct gl_image **ret_image, struct gl_err *err)
{
	struct gl_search *search = &resolve->search;
	gl_autofree char *path = gl_libc_interpreter(search->host, gl_image_interpreter(program));

	if (!path)
		return gl_err_sys(err, ENOMEM, "cannot note the interpreter");
	return gl_libc_open(search->host, path, &search->closure->libc, ret_fd, ret_image, err);
}

/* The program is in the closure and has an interpreter: the rest. */
static int resolve_rest(struct resolve *resolve, struct gl_image *program, struct gl_err *err)
{
	struct gl_search *search = &resolve->search;
	struct gl_closure *closure = search->closure;
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;
	int r = open_interpreter(resolve, program, &fd, &image, err);

	if (r)
		return r;
	resolve->rules = search->arch ? rules_of(closure->libc.kind) : NULL;
	/* What is not known of the program could lead anywhere. */
	closure->incomplete = gl_image_is_partial(program);
	if (!resolve->rules)
		closure->incomplete |= gl_image_dynamic(program)->needed_count > 0;
	if (!resolve->rules || closure->incomplete)
		return 0;
	gl_glibc_init(&search->glibc, search->host, search->arch, closure->libc.interpreter, image);
	search->screen = resolve->rules->screen;
	search->reads_versions = resolve->rules->reads_versions;
	r = hold_interpreter(resolve, &fd, &image, err);
	if (!r)
		r = put_name(resolve, gl_image_dynamic(program)->soname, closure->libraries[0], err);
	if (!r)
		r = walk(resolve, err);
	return r ? r : resolve->rules->finish(resolve, err);
}

int gl_closure_resolve(struct gl_host *host, struct gl_image *program, const char *program_path,
		       struct gl_closure *ret, struct gl_err *err)
{
	const struct gl_image_header *header = gl_image_header(program);
	struct gl_closure closure = GL_CLOSURE_INIT;
	struct resolve resolve = {
		.search =
			{
				.host = host,
				.arch = gl_arch_find(header->machine, header->elf_class),
				.closure = &closure,
				.program_path = program_path,
				.budget = {.reads = GL_CLOSURE_MAX_READS, .kept = GL_CLOSURE_MAX_KEPT},
			},
	};
	int r = add_program(&resolve, program, err);

	if (!r && gl_image_interpreter(program))
		r = resolve_rest(&resolve, program, err);
	closure.incomplete |= resolve.search.budget.exhausted;
	for (size_t i = 0; i < closure.count; i++)
		gl_library_let_go(closure.libraries[i]);
	gl_names_done(&resolve.names);
	gl_search_done(&resolve.search);
	if (r) {
		gl_closure_done(&closure);
		return r;
	}
	*ret = closure;
	return 0;
}

static void missing_version_done(struct gl_missing_version *missing)
{
	for (size_t i = 0; i < missing->symbol_count; i++)
		free(missing->symbols[i]);
	free(missing->symbols);
	free(missing->version);
}

void gl_closure_done(struct gl_closure *closure)
{
	for (size_t i = 0; i < closure->count; i++)
		gl_library_free(closure->libraries[i]);
	for (size_t i = 0; i < closure->missing_version_count; i++)
		missing_version_done(&closure->missing_versions[i]);
	free(closure->libraries);
	free(closure->missing_versions);
	*closure = GL_CLOSURE_INIT;
}

const char *gl_via_name(enum gl_via via)
{
	static const char *const names[GL_VIA_MAX] = {
		[GL_VIA_NONE] = "none",	      [GL_VIA_PROGRAM] = "program",	[GL_VIA_PATH] = "path",
		[GL_VIA_RPATH] = "rpath",     [GL_VIA_ENV] = "LD_LIBRARY_PATH", [GL_VIA_RUNPATH] = "runpath",
		[GL_VIA_CACHE] = "cache",     [GL_VIA_DEFAULT] = "default",	[GL_VIA_LOADED] = "loaded",
		[GL_VIA_BUILTIN] = "builtin", [GL_VIA_PRELOAD] = "preload",
	};

	return via < GL_VIA_MAX ? names[via] : "none";
}

const char *gl_library_status_name(enum gl_library_status status)
{
	static const char *const names[GL_LIBRARY_STATUS_MAX] = {
		[GL_LIBRARY_FOUND] = "found",
		[GL_LIBRARY_MISSING] = "missing",
		[GL_LIBRARY_WRONG_MACHINE] = "wrong-machine",
		[GL_LIBRARY_CORRUPT] = "corrupt",
		[GL_LIBRARY_UNREADABLE] = "unreadable",
	};

	return status < GL_LIBRARY_STATUS_MAX ? names[status] : "missing";
}
