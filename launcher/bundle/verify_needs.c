/*
 * Does a bundle's file find in the bundle what it needs?  See
 * bundle/verification.h.
 *
 * Programs are resolved as their loader would, with the bundle as the whole
 * host.  A library may be loaded by name only (NSS modules) and is in no
 * program's closure, so each is asked for its own needs too.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "bundle/verification.h"
#include "elf/versions.h"
#include "host/path.h"
#include "host/search.h"

#define SHOWN 255

/* Does an earlier finding say this of that library? */
static bool is_said(const struct gl_verification *v, const char *soname, const char *version)
{
	for (size_t i = 0; i < v->findings->count; i++) {
		const json_t *evidence = v->findings->items[i]->evidence;
		const char *theirs =
			json_string_value(json_object_get(evidence, version ? "library" : "soname"));
		const char *other = json_string_value(json_object_get(evidence, "version"));

		if (theirs && !strcmp(theirs, soname) && (!version || (other && !strcmp(other, version))))
			return true;
	}
	return false;
}

static void say_library(struct gl_verification *v, const char *needer, const char *soname, const char *status)
{
	gl_autofree char *shown = gl_escape_dup(soname, SHOWN);
	struct gl_finding *f;

	if (is_said(v, soname, NULL))
		return;
	f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, needer, "needs %s: %s in the bundle", shown,
				status);
	gl_finding_evidence(f, "soname", soname);
	gl_finding_evidence(f, "needed_by", needer);
	gl_finding_fix(f, "make it again where %s is: golaunch bundle create", shown);
}

static struct gl_finding *say_version(struct gl_verification *v, const char *needer, const char *library,
				      const char *version)
{
	gl_autofree char *shown = gl_escape_dup(version, SHOWN), *of = gl_escape_dup(library, SHOWN);
	struct gl_finding *f;

	if (is_said(v, library, version))
		return NULL;
	f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, needer,
				"needs %s of %s, and the bundle's has it not", shown, of);
	gl_finding_evidence(f, "version", version);
	gl_finding_evidence(f, "library", library);
	gl_finding_evidence(f, "needed_by", needer);
	gl_finding_fix(f, "make it again of newer libraries: golaunch bundle create --from SYSROOT");
	return f;
}

/* --- programs ------------------------------------------------------------------ */

/* How an element of the closure is called in the bundle. */
static const char *needer_name(const struct gl_closure *closure, size_t index,
			       const struct gl_bundle_file *program)
{
	const char *path = closure->libraries[index]->path;

	return index == 0 || !path ? program->path : path + (path[0] == '/');
}

static void say_closure(struct gl_verification *v, const struct gl_bundle_file *file,
			const struct gl_closure *closure)
{
	for (size_t i = 1; i < closure->count; i++) {
		const struct gl_library *lib = closure->libraries[i];

		if (lib->status != GL_LIBRARY_FOUND)
			say_library(v, needer_name(closure, lib->needed_by, file), lib->name,
				    lib->status == GL_LIBRARY_MISSING ? "it is not"
								      : "no library of its machine is");
	}
	for (size_t i = 0; i < closure->missing_version_count; i++) {
		const struct gl_missing_version *m = &closure->missing_versions[i];
		struct gl_finding *f;

		if (m->weak)
			continue; /* the loader only warns */
		f = say_version(v, needer_name(closure, m->needed_by, file),
				closure->libraries[m->provider]->name, m->version);
		gl_finding_evidence_list(f, "symbols", m->symbols, m->symbol_count);
		gl_finding_evidence(f, "have", *m->have ? m->have : NULL);
	}
	if (closure->incomplete)
		gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path,
				    "needs more than could be looked at");
}

int gl_verify_program_needs(struct gl_verification *v, const struct gl_bundle_file *file,
			    struct gl_image *image)
{
	const char *loader = gl_path_basename(gl_manifest_loader(&v->bundle->manifest));
	const char *interpreter = gl_image_interpreter(image);
	gl_autofree char *shown = gl_escape_dup(interpreter, SHOWN), *path = NULL;
	struct gl_closure closure = GL_CLOSURE_INIT;
	int r;

	if (!interpreter || strcmp(gl_path_basename(interpreter), loader) != 0) {
		gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path,
				    "names the loader %s, the bundle has %s", interpreter ? shown : "none",
				    loader);
		return 0;
	}
	path = gl_path_join("/", "", file->path);
	if (!path)
		return gl_err_sys(v->err, ENOMEM, "cannot resolve '%s'", file->path);
	r = gl_closure_resolve(&v->inside, image, path, &closure, v->err);
	if (!r)
		say_closure(v, file, &closure);
	gl_closure_done(&closure);
	return r;
}

/* --- libraries ------------------------------------------------------------------- */

static const struct gl_bundle_file *find_in(const struct gl_verification *v, const char *folder,
					    const char *name)
{
	char path[sizeof(GL_BUNDLE_GCONV) + 1 + GL_MANIFEST_MAX_TEXT];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return NULL;
	return gl_manifest_find(&v->bundle->manifest, path);
}

/* The bundle's file that a loader takes for that name, or NULL.  Modules may have company. */
static const struct gl_bundle_file *find_library(const struct gl_verification *v,
						 const struct gl_bundle_file *needer, const char *name)
{
	const struct gl_bundle_file *beside =
		needer->role == GL_ROLE_GCONV ? find_in(v, GL_BUNDLE_GCONV, name) : NULL;

	return beside ? beside : find_in(v, GL_BUNDLE_LIB, name);
}

static bool provides(const struct gl_bundle_file *library, const char *version)
{
	for (size_t i = 0; i < library->provide_count; i++)
		if (!strcmp(library->provides[i], version))
			return true;
	return false;
}

/* As glibc does (elf/dl-version.c): a library without any versions has them all. */
static int check_versions(struct gl_verification *v, const struct gl_bundle_file *file,
			  struct gl_image *image)
{
	const struct gl_version_need *needs;
	size_t count;
	int r = gl_image_version_needs(image, &needs, &count, v->err);

	if (r)
		return r;
	for (size_t i = 0; i < count; i++) {
		const struct gl_bundle_file *library = find_library(v, file, needs[i].file);

		if (library && library->provide_count && !needs[i].weak &&
		    !provides(library, needs[i].version))
			say_version(v, file->path, needs[i].file, needs[i].version);
	}
	return 0;
}

int gl_verify_library_needs(struct gl_verification *v, const struct gl_bundle_file *file,
			    struct gl_image *image)
{
	const struct gl_image_dynamic *dynamic = gl_image_dynamic(image);
	bool musl = v->bundle->manifest.libc == GL_LIBC_MUSL;

	for (size_t i = 0; i < dynamic->needed_count; i++) {
		const char *name = dynamic->needed[i];

		if (!find_library(v, file, name) && !(musl && gl_musl_is_builtin(name)))
			say_library(v, file->path, name, "it is not");
	}
	return musl ? 0 : check_versions(v, file, image);
}
