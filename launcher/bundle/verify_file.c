/*
 * What a file of a bundle says of itself, against its manifest and against what
 * a bundle's files may say: see bundle/verification.h.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "bundle/facts.h"
#include "bundle/stub.h"
#include "bundle/verification.h"

#define SHOWN 120

static bool are_same_texts(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

/* soname and build id: found by the file, claimed by the manifest. */
static void compare_text(struct gl_verification *v, const struct gl_bundle_file *file, const char *what,
			 const char *found, const char *claimed)
{
	gl_autofree char *ours = gl_escape_dup(found ? found : "none", SHOWN);
	gl_autofree char *theirs = gl_escape_dup(claimed ? claimed : "none", SHOWN);

	if (!are_same_texts(found, claimed))
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, file->path,
				    "has the %s %s, the manifest says %s", what, ours, theirs);
}

static void compare_versions(struct gl_verification *v, const struct gl_bundle_file *file,
			     const struct gl_bundle_file *found)
{
	bool same = file->provide_count == found->provide_count;

	for (size_t i = 0; same && i < found->provide_count; i++)
		same = !strcmp(file->provides[i], found->provides[i]);
	if (!same)
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, file->path,
				    "provides other versions than the manifest says");
}

static int compare_facts(struct gl_verification *v, const struct gl_bundle_file *file, struct gl_image *image)
{
	struct gl_manifest scratch = GL_MANIFEST_INIT; /* to be freed by */
	struct gl_bundle_file *found = gl_manifest_add(&scratch, file->path, file->role);
	int r = found ? gl_facts_describe(image, found, v->err)
		      : gl_err_sys(v->err, errno, "cannot compare '%s'", file->path);

	if (!r) {
		compare_text(v, file, "soname", found->soname, file->soname);
		compare_text(v, file, "build id", found->build_id, file->build_id);
		compare_versions(v, file, found);
	}
	gl_manifest_done(&scratch);
	return r;
}

/*
 * A directory of its own would lead a library past the bundle.  gconv's modules
 * are loaded by their place and find one another by $ORIGIN.
 */
static void check_run_paths(struct gl_verification *v, const struct gl_bundle_file *file,
			    const struct gl_image *image)
{
	const struct gl_image_dynamic *dynamic = gl_image_dynamic(image);
	const char *path = dynamic->runpath ? dynamic->runpath : dynamic->rpath;
	gl_autofree char *shown = gl_escape_dup(path, SHOWN);

	if (path && (file->role != GL_ROLE_GCONV || strcmp(path, "$ORIGIN")))
		gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path, "has a %s of its own: %s",
				    dynamic->runpath ? "DT_RUNPATH" : "DT_RPATH", shown);
}

static int check_library(struct gl_verification *v, const struct gl_bundle_file *file, struct gl_image *image)
{
	int r = compare_facts(v, file, image);

	if (r)
		return r;
	check_run_paths(v, file, image);
	gl_facts_raise_floor(image, v->kernel, &v->cpu_level);
	return gl_verify_library_needs(v, file, image);
}

static int check_program(struct gl_verification *v, const struct gl_bundle_file *file, struct gl_image *image)
{
	int r = compare_facts(v, file, image);

	if (r)
		return r;
	gl_facts_raise_floor(image, v->kernel, &v->cpu_level);
	return gl_verify_program_needs(v, file, image);
}

/* In a bundle the stub finds everything beside itself. */
static int check_stub(struct gl_verification *v, const struct gl_bundle_file *file, struct gl_image *image)
{
	unsigned flags = v->bundle->manifest.gconv ? GL_STUB_GCONV : 0;
	struct gl_stub_slot slot;
	struct gl_finding *f = NULL;
	int r = gl_stub_read(image, &slot);

	if (r < 0)
		return gl_err_sys(v->err, -r, "cannot read '%s'", file->path);
	if (!r)
		f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path, "is no stub of golaunch's");
	else if (slot.version != GL_STUB_VERSION)
		f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path,
					"was made by another version of golaunch (stub %u, here %u)",
					slot.version, GL_STUB_VERSION);
	else if (slot.program[0] || slot.lib[0])
		f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path, "leads out of the bundle");
	else if (slot.flags != flags)
		f = gl_verification_say(v, GL_CODE_BUNDLE_UNSUITABLE, file->path,
					"has the flags %#x, a bundle like this needs %#x", slot.flags, flags);
	gl_finding_fix(f, "make it again: golaunch bundle create");
	return 0;
}

/* gconv has text files too: the lists of its modules. */
static bool is_text(const struct gl_bundle_file *file, const struct gl_image *image)
{
	enum gl_image_defect defect = gl_image_defect(image);

	return file->role == GL_ROLE_GCONV && (defect == GL_IMAGE_NOT_ELF || defect == GL_IMAGE_EMPTY);
}

/* A sound file of the bundle's machine? */
static bool check_headers(struct gl_verification *v, const struct gl_bundle_file *file,
			  const struct gl_image *image)
{
	const struct gl_image_header *h = gl_image_header(image);
	const struct gl_arch *arch = v->bundle->manifest.arch;
	char name[32];

	if (gl_image_defect(image) != GL_IMAGE_SOUND || gl_image_is_partial(image)) {
		gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, file->path, "is no sound ELF file: %s",
				    gl_image_defect_text(image));
		return false;
	}
	if (h->machine == arch->elf_machine && h->elf_class == arch->elf_class)
		return true;
	gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, file->path, "is for %s, the bundle for %s",
			    gl_arch_machine_name(h->machine, h->elf_class, name, sizeof(name)), arch->name);
	return false;
}

int gl_verify_file(struct gl_verification *v, const struct gl_bundle_file *file)
{
	static int (*const checks[GL_ROLE_MAX])(struct gl_verification *, const struct gl_bundle_file *,
						struct gl_image *) = {
		[GL_ROLE_STUB] = check_stub,	  [GL_ROLE_PROGRAM] = check_program,
		[GL_ROLE_LOADER] = check_library, [GL_ROLE_LIBRARY] = check_library,
		[GL_ROLE_GCONV] = check_library,
	};
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;
	int r = gl_bundle_open_image(v->bundle, file, &fd, &image, v->err);

	if (r || is_text(file, image) || !check_headers(v, file, image))
		return r;
	r = checks[file->role](v, file, image);
	if (r != -EBADMSG && r != -E2BIG)
		return r;
	/* Tables that nobody could have made sense of are the file's fault. */
	gl_verification_say(v, GL_CODE_BUNDLE_CORRUPT, file->path, "cannot be understood: %s", v->err->msg);
	return 0;
}
