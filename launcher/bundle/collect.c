/*
 * From programs to the files that will travel with them: see bundle/collect.h.
 *
 * A program is first examined alone, as "golaunch check" does it, so that what is
 * wrong with it is said in the same words.  Then its closure is resolved once
 * more with what glibc loads by name; of that, what will not do is left out
 * without a word: dlopen() would not have loaded it either.
 */
#include "bundle/collect.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/mem.h"
#include "bundle/by_name.h"
#include "bundle/reach.h"
#include "host/path.h"
#include "host/root.h"

#define LIBC	   "libc.so.6"
#define NAME_SHOWN 255

/* One program (or libc itself) on its way into the collection. */
struct collect {
	struct gl_source *source;
	struct gl_collection *c;
	struct gl_findings *findings;
	struct gl_examination *x;
	struct gl_closure closure; /* with what is loaded by name */
	struct gl_reach needed;
	const char *wanted_by; /* NULL for libc itself */
};

/*
 * Errors that say nothing of the copy in the bundle: it is executable, lies on
 * another file system and starts on another machine.
 */
static bool matters(const struct gl_finding *f)
{
	static const enum gl_code elsewhere[] = {
		GL_CODE_NOT_EXECUTABLE, GL_CODE_NOEXEC_MOUNT,
		GL_CODE_EXEC_DENIED,	GL_CODE_FILE_CAPABILITY_UNAVAILABLE,
		GL_CODE_KERNEL_TOO_OLD, GL_CODE_CPU_LEVEL_TOO_LOW,
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(elsewhere); i++)
		if (f->code == elsewhere[i])
			return false;
	return f->severity == GL_SEVERITY_ERROR;
}

static struct gl_finding *say_unsuitable(struct collect *collect, const char *what)
{
	struct gl_finding *f = gl_findings_add(collect->findings, GL_CODE_BUNDLE_UNSUITABLE, "%s %s",
					       collect->x->shown, what);

	gl_finding_evidence(f, "file", collect->x->file);
	return f;
}

static void say_libc_unknown(struct collect *collect)
{
	struct gl_finding *f = say_unsuitable(
		collect, "cannot be bundled: the loader to be taken is neither glibc's nor musl's");
	gl_autofree char *shown = gl_escape_dup(collect->x->libc.interpreter, NAME_SHOWN);

	gl_finding_row(f, "loader", "%s (%s)", shown, gl_libc_kind_name(collect->x->libc.kind));
	gl_finding_fix(f, "take another host's loader: --from SYSROOT or --libc PATH");
}

static void say_machine(struct collect *collect)
{
	const struct gl_image_header *header = gl_image_header(collect->x->image);
	char name[32];
	struct gl_finding *f =
		say_unsuitable(collect, "cannot be bundled: it is not for the machine golaunch is built for");

	gl_finding_row(f, "machine", "%s, golaunch's is %s",
		       gl_arch_machine_name(header->machine, header->elf_class, name, sizeof(name)),
		       gl_arch_native()->name);
	gl_finding_fix(f, "make the bundle with golaunch for that machine");
}

/* What the loader misses (GL2xxx) another system may have. */
static void fix_source(struct gl_findings *findings, size_t first)
{
	for (size_t i = first; i < findings->count; i++)
		if (!strncmp(gl_code_info(findings->items[i]->code)->code, "GL2", 3))
			gl_finding_fix(findings->items[i],
				       "or take all from a system where it runs: --from SYSROOT");
}

/* May the examined program be bundled?  If not findings say why. */
static bool is_suitable(struct collect *collect)
{
	const struct gl_arch *native = gl_arch_native();
	struct gl_examination *x = collect->x;
	size_t before = collect->findings->count;

	gl_findings_move(collect->findings, &x->findings, matters);
	fix_source(collect->findings, before);
	if (collect->findings->count > before)
		return false;
	if (!x->image)
		say_unsuitable(collect, x->fd < 0 ? "cannot be bundled: it cannot be read"
						  : "cannot be bundled: it is no ELF program");
	else if (gl_image_header(x->image)->machine != native->elf_machine ||
		 gl_image_header(x->image)->elf_class != native->elf_class)
		say_machine(collect);
	else if (!gl_image_interpreter(x->image))
		say_unsuitable(collect, collect->wanted_by ? "needs no bundle: it is linked statically"
							   : "makes no bundle by itself: it names no loader");
	else if (x->libc.kind != GL_LIBC_GLIBC && x->libc.kind != GL_LIBC_MUSL)
		say_libc_unknown(collect);
	else if (x->unknown || x->closure.incomplete)
		say_unsuitable(collect, "cannot be bundled: not all of its libraries could be looked at");
	return collect->findings->count == before;
}

/* Every program of a bundle is loaded by one loader, found by its name.  Returns 0 or -ENOMEM. */
static int take_loader(struct collect *collect, struct gl_err *err)
{
	const char *loader = gl_path_basename(gl_image_interpreter(collect->x->image));
	gl_autofree char *shown = gl_escape_dup(loader, NAME_SHOWN);
	struct gl_collection *c = collect->c;
	gl_autofree char *other = gl_escape_dup(c->loader, NAME_SHOWN);
	struct gl_finding *f;

	if (!c->loader) {
		c->libc = collect->x->libc;
		c->loader = strdup(loader);
		if (c->loader)
			return gl_libc_ask_version(&collect->source->host, &c->libc, err);
		return gl_err_sys(err, ENOMEM, "cannot note the loader");
	}
	if (!strcmp(c->loader, loader) && c->libc.kind == collect->x->libc.kind)
		return 0;
	f = say_unsuitable(collect, "cannot share a bundle: it needs another loader");
	gl_finding_row(f, "needs", "%s, the others %s", shown, other);
	gl_finding_fix(f, "make a bundle for each");
	return 0;
}

static void say_conflict(struct collect *collect, const char *place)
{
	const struct gl_part *part = gl_collection_find(collect->c, place);
	gl_autofree char *shown = gl_escape_dup(place, NAME_SHOWN);
	gl_autofree char *other = gl_escape_dup(part && part->wanted_by ? part->wanted_by : LIBC, NAME_SHOWN);
	struct gl_finding *f = say_unsuitable(collect, "cannot share a bundle: two files have one name");

	gl_finding_row(f, "name", "%s, which is another file for %s", shown, other);
	gl_finding_fix(f, "make a bundle for each");
}

static void say_name(struct collect *collect, const char *place)
{
	gl_autofree char *shown = gl_escape_dup(place, NAME_SHOWN);
	struct gl_finding *f =
		say_unsuitable(collect, "cannot be bundled: a bundle cannot hold a file of that name");

	gl_finding_row(f, "name", "%s", shown);
	gl_finding_fix(
		f, "rename it: no control characters, no name that a bundle has itself (lib, program, %s)",
		GL_MANIFEST_NAME);
}

/* Adds a file of that name in the folder of its role. */
static int add_part(struct collect *collect, enum gl_bundle_role role, const char *name,
		    const struct gl_part_origin *origin, struct gl_err *err)
{
	const char *folder = gl_bundle_role_folder(role);
	gl_autofree char *place = *folder ? gl_path_join(folder, "", name) : strdup(name);
	int r;

	if (!place)
		return gl_err_sys(err, ENOMEM, "cannot add '%s' to the bundle", name);
	if (!gl_bundle_role_takes(role, place)) {
		say_name(collect, place);
		return 0;
	}
	r = gl_collection_add(collect->c, place, role, origin, collect->wanted_by, err);
	if (r > 0)
		say_conflict(collect, place);
	return r < 0 ? r : 0;
}

static int add_program(struct collect *collect, struct gl_err *err)
{
	const struct gl_examination *x = collect->x;
	const char *name = gl_path_basename(x->path);
	const struct gl_part_origin origin = {
		.host = x->at, .path = x->path, .dev = x->st.st_dev, .ino = x->st.st_ino};
	size_t before = collect->findings->count;
	int r = add_part(collect, GL_ROLE_STUB, name, NULL, err);

	/* One word on a name is enough. */
	if (r || collect->findings->count > before)
		return r;
	return add_part(collect, GL_ROLE_PROGRAM, name, &origin, err);
}

static int add_loader(struct collect *collect, struct gl_err *err)
{
	struct gl_part_origin origin = {.host = &collect->source->host, .path = collect->c->libc.interpreter};
	struct stat st;
	int r = gl_root_stat(origin.host, origin.path, &st);

	if (r)
		return gl_err_sys(err, -r, "cannot look at '%s'", origin.path);
	origin.dev = st.st_dev;
	origin.ino = st.st_ino;
	return add_part(collect, GL_ROLE_LOADER, collect->c->loader, &origin, err);
}

static void say_path(struct collect *collect, const struct gl_library *library)
{
	gl_autofree char *shown = gl_escape_dup(library->name, NAME_SHOWN);
	struct gl_finding *f =
		say_unsuitable(collect, "cannot be bundled: it needs a library by its path, not by its name");

	gl_finding_row(f, "needs", "%s", shown);
	gl_finding_evidence(f, "soname", library->name);
	gl_finding_fix(f, "link it with a library that has a soname (-Wl,-soname)");
}

static int add_library(struct collect *collect, size_t index, struct gl_err *err)
{
	const struct gl_library *library = collect->closure.libraries[index];
	const struct gl_library *real = library->same ? library->same : library;
	const struct gl_part_origin origin = {
		.host = &collect->source->host, .path = real->path, .dev = real->dev, .ino = real->ino};

	/* A name that musl answers with itself needs no file. */
	if (library->via == GL_VIA_BUILTIN)
		return 0;
	if (strchr(library->name, '/')) {
		say_path(collect, library);
		return 0;
	}
	return add_part(collect, GL_ROLE_LIBRARY, library->name, &origin, err);
}

/* libc.so.6 where it was resolved as a program. */
static int add_libc(struct collect *collect, struct gl_err *err)
{
	const struct gl_examination *x = collect->x;
	const struct gl_part_origin origin = {
		.host = x->at, .path = x->path, .dev = x->st.st_dev, .ino = x->st.st_ino};

	return add_part(collect, GL_ROLE_LIBRARY, LIBC, &origin, err);
}

/* The path of the libc that is loaded, or NULL. */
static const char *libc_path(const struct collect *collect)
{
	const struct gl_library *libc = gl_reach_find(&collect->needed, LIBC);

	if (!collect->wanted_by)
		return collect->x->path;
	return libc && libc->status == GL_LIBRARY_FOUND ? libc->path : NULL;
}

/* In the same directory, by whatever path? */
static bool is_beside(const struct gl_host *host, const char *path, const char *other)
{
	gl_autofree char *dir = gl_path_dirname(path), *other_dir = gl_path_dirname(other);
	struct stat st, other_st;

	return dir && other_dir && !gl_root_stat(host, dir, &st) &&
	       !gl_root_stat(host, other_dir, &other_st) && st.st_dev == other_st.st_dev &&
	       st.st_ino == other_st.st_ino;
}

static bool lacks_version(const struct gl_closure *closure, const struct gl_library *library)
{
	const struct gl_library *real = library->same ? library->same : library;

	for (size_t i = 0; i < closure->missing_version_count; i++)
		if (closure->missing_versions[i].needed_by == real->index &&
		    !closure->missing_versions[i].weak)
			return true;
	return false;
}

/* Would dlopen() load it, with all that it needs?  -ENOMEM or a truth. */
static int is_usable(const struct collect *collect, const struct gl_library *library, struct gl_err *err)
{
	const struct gl_closure *closure = &collect->closure;
	struct gl_reach own;
	int r = gl_reach_init(&own, closure, err), usable = 1;

	if (r)
		return r;
	gl_reach_mark(&own, library->index);
	for (size_t i = 1; i < closure->count && usable; i++)
		usable = !own.marked[i] || (closure->libraries[i]->status == GL_LIBRARY_FOUND &&
					    !strchr(closure->libraries[i]->name, '/') &&
					    !lacks_version(closure, closure->libraries[i]));
	gl_reach_done(&own);
	return usable;
}

/* Marks what the libc of the closure loads by name, where it is there and of one build with it. */
static int mark_by_name(struct collect *collect, struct gl_err *err)
{
	const char *libc = libc_path(collect);
	int r;

	for (size_t i = 0; gl_by_name[i].name && libc; i++) {
		const struct gl_library *library = gl_reach_find(&collect->needed, gl_by_name[i].name);

		if (!library || library->status != GL_LIBRARY_FOUND ||
		    (gl_by_name[i].of_libc && !is_beside(&collect->source->host, library->path, libc)))
			continue;
		r = is_usable(collect, library, err);
		if (r < 0)
			return r;
		if (r)
			gl_reach_mark(&collect->needed, library->index);
	}
	return 0;
}

static int add_libraries(struct collect *collect, struct gl_err *err)
{
	int r = gl_reach_init(&collect->needed, &collect->closure, err);

	if (r)
		return r;
	gl_reach_mark(&collect->needed, 0);
	if (collect->closure.libc.kind == GL_LIBC_GLIBC)
		r = mark_by_name(collect, err);
	for (size_t i = 1; i < collect->closure.count && !r; i++)
		if (collect->needed.marked[i])
			r = add_library(collect, i, err);
	gl_reach_done(&collect->needed);
	return r;
}

/* The examined file, of which nothing is wrong. */
static int add_all(struct collect *collect, struct gl_err *err)
{
	struct gl_examination *x = collect->x;
	/* the path that $ORIGIN starts from must be absolute */
	gl_autofree char *path = x->path[0] == '/' ? strdup(x->path) : realpath(x->path, NULL);
	size_t before = collect->findings->count;
	int r = path ? take_loader(collect, err) : gl_err_sys(err, errno, "cannot find '%s'", x->shown);

	if (r || collect->findings->count > before)
		return r;
	r = gl_by_name_resolve(&collect->source->host, x->image, path, &collect->closure, err);
	if (!r)
		r = add_loader(collect, err);
	if (!r)
		r = collect->wanted_by ? add_program(collect, err) : add_libc(collect, err);
	if (!r)
		r = add_libraries(collect, err);
	gl_closure_done(&collect->closure);
	return r;
}

static int collect_examined(struct collect *collect, struct gl_err *err)
{
	int r = is_suitable(collect) ? add_all(collect, err) : 0;

	if (!r && collect->findings->incomplete)
		r = gl_err_sys(err, ENOMEM, "cannot examine '%s'", collect->x->shown);
	return r;
}

int gl_collect_program(struct gl_source *source, const char *program, struct gl_collection *c,
		       struct gl_findings *findings, struct gl_err *err)
{
	struct gl_examination x;
	struct collect collect = {
		.source = source, .c = c, .findings = findings, .x = &x, .wanted_by = program};
	int r = gl_source_examine(source, program, &x, err);

	if (!r)
		r = collect_examined(&collect, err);
	gl_examination_done(&x);
	return r;
}

/* libc.so.6 has a PT_INTERP: it is a program that prints its version, and so has a closure like any other. */
static int collect_glibc(struct gl_source *source, const char *loader, struct gl_collection *c,
			 struct gl_findings *findings, struct gl_err *err)
{
	gl_autofree char *dir = gl_path_dirname(loader);
	gl_autofree char *libc = dir ? gl_path_join(dir, "", LIBC) : NULL;
	struct gl_examination x;
	struct collect collect = {.source = source, .c = c, .findings = findings, .x = &x};
	int r;

	if (!libc)
		return gl_err_sys(err, ENOMEM, "cannot look for '%s'", LIBC);
	r = gl_examine_at(&source->host, &source->host, libc, libc, &x, err);
	if (!r)
		r = collect_examined(&collect, err);
	gl_examination_done(&x);
	return r;
}

/* musl is its loader. */
static int collect_musl(struct gl_source *source, const char *loader, struct gl_collection *c,
			struct gl_err *err)
{
	gl_autofree char *name = NULL;
	struct collect collect = {.source = source, .c = c};
	int r = gl_libc_identify(&source->host, loader, &c->libc, err);

	if (r)
		return r;
	if (c->libc.kind != GL_LIBC_MUSL)
		return gl_err_set(err, ENOENT, "'%s' is not musl's loader", loader);
	name = strdup(gl_path_basename(loader));
	if (!name)
		return gl_err_sys(err, ENOMEM, "cannot note the loader");
	c->loader = GL_TAKE_PTR(name);
	return add_loader(&collect, err);
}

int gl_collect_libc(struct gl_source *source, enum gl_libc_kind kind, struct gl_collection *c,
		    struct gl_findings *findings, struct gl_err *err)
{
	const struct gl_arch *arch = source->host.arch;
	const char *named = kind == GL_LIBC_MUSL ? arch->musl_interpreter : arch->glibc_interpreter;
	gl_autofree char *loader = gl_libc_interpreter(&source->host, named);
	char real[4096];
	int r;

	if (!loader)
		return gl_err_sys(err, ENOMEM, "cannot note the loader");
	if (kind == GL_LIBC_MUSL)
		return collect_musl(source, loader, c, err);
	/* libc.so.6 lies where the loader really is; /lib64 may have nothing but a link to it. */
	r = gl_root_canonical(&source->host, loader, real, sizeof(real));
	if (r)
		return gl_err_sys(err, -r, "cannot look at the loader '%s'", loader);
	return collect_glibc(source, real, c, findings, err);
}
