/*
 * Tells what stands behind an ELF interpreter: see host/libc.h.
 *
 * glibc's loader is known by its tables: a SONAME ld-linux*.so* or ld*.so*, and
 * Verdef entries GLIBC_*.  musl's need have neither (Debian's has no SONAME), nor
 * have the shims, so those are known by a string that only they hold, among
 * the file's constants.  Nothing is run.
 */
#include "host/libc.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/mem.h"
#include "elf/versions.h"
#include "host/glibc.h"
#include "host/libc_image.h"
#include "host/path.h"
#include "host/rodata.h"
#include "host/root.h"

/* No file holds two of them; musl's comes first, since it is the one that is met. */
static const struct {
	const char *text;
	enum gl_libc_kind kind;
} marks[] = {
	{"musl libc (", GL_LIBC_MUSL},		     /* what musl's loader prints of itself */
	{"libgcompat.so", GL_LIBC_GCOMPAT},	     /* what the shim preloads */
	{"nix.dev/permalink/stub-ld", GL_LIBC_STUB}, /* the address NixOS's stub prints */
	{"NIX_LD_LIBRARY_PATH", GL_LIBC_NIX_LD},     /* the variable nix-ld reads */
};

struct marks_found {
	enum gl_libc_kind kind;
	char version[32];
};

/* "1.2.5" or "1.2.5-git-9-gabcdef": three numbers, and the whole of a string of that length. */
static bool is_musl_version(const char *text, size_t len, size_t room)
{
	size_t at = 0, numbers = 0;

	if (len >= room || text[0] != '1')
		return false;
	for (; numbers < 3; numbers++) {
		size_t digits = strspn(text + at, "0123456789");

		if (digits < 1 || digits > 3 || (numbers < 2 && text[at + digits] != '.'))
			return false;
		at += digits + (numbers < 2);
	}
	return at == len || !strncmp(text + at, "-git-", strlen("-git-"));
}

/* What stands before the first NUL may be the end of a longer string. */
static void look_for_version(const char *bytes, size_t len, struct marks_found *found)
{
	const char *end = bytes + len;
	size_t piece;

	for (const char *at = bytes + strnlen(bytes, len); at < end && !found->version[0]; at += piece + 1) {
		piece = strnlen(at, (size_t)(end - at));
		if (is_musl_version(at, piece, sizeof(found->version)))
			memcpy(found->version, at, piece + 1);
	}
}

/* gl_rodata_fn: ends with the first mark, musl's with its version. */
static int look_for_marks(const char *bytes, size_t len, void *arg)
{
	struct marks_found *found = arg;

	for (size_t i = 0; i < GL_ARRAY_SIZE(marks) && found->kind == GL_LIBC_OTHER; i++) {
		if (memmem(bytes, len, marks[i].text, strlen(marks[i].text)))
			found->kind = marks[i].kind;
	}
	if (!found->version[0])
		look_for_version(bytes, len, found);
	return found->kind != GL_LIBC_OTHER && (found->kind != GL_LIBC_MUSL || found->version[0]);
}

/* A sound ELF file with SONAME ld*.so* that defines versions GLIBC_*: 1, else 0; -ENOMEM. */
static int is_glibc(struct gl_image *image, struct gl_err *err)
{
	const char *soname = gl_image_dynamic(image)->soname;
	const struct gl_version_def *defs;
	size_t count;
	int r;

	if (!soname || strncmp(soname, "ld", 2) || !strstr(soname, ".so"))
		return 0;
	r = gl_image_version_defs(image, &defs, &count, err);
	if (r)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < count; i++) {
		if (!strncmp(defs[i].version, "GLIBC_", strlen("GLIBC_")))
			return 1;
	}
	return 0;
}

int gl_libc_of_image(struct gl_image *image, struct gl_libc *ret, struct gl_err *err)
{
	struct marks_found found = {.kind = GL_LIBC_OTHER};
	int r = is_glibc(image, err);

	if (r < 0)
		return r;
	ret->version[0] = '\0';
	ret->kind = r ? GL_LIBC_GLIBC : GL_LIBC_OTHER;
	if (r)
		return 0;
	r = gl_rodata_each(image, GL_RODATA_CHUNK, look_for_marks, &found);
	if (r < 0)
		return gl_err_sys(err, -r, "cannot read the interpreter");
	ret->kind = found.kind;
	if (ret->kind == GL_LIBC_MUSL)
		memcpy(ret->version, found.version, sizeof(found.version));
	return 0;
}

void gl_libc_set_glibc_version(struct gl_libc *libc, unsigned minor)
{
	libc->version[0] = '\0';
	if (minor)
		snprintf(libc->version, sizeof(libc->version), "2.%u", minor);
}

char *gl_libc_interpreter(const struct gl_host *host, const char *named)
{
	return host->loader_dir ? gl_path_join(host->loader_dir, "", gl_path_basename(named)) : strdup(named);
}

static int ask_glibc_version(const struct gl_host *host, const struct gl_image *image, struct gl_libc *libc,
			     struct gl_err *err)
{
	const struct gl_image_header *header = gl_image_header(image);
	const struct gl_arch *arch = gl_arch_find(header->machine, header->elf_class);
	struct gl_glibc glibc;
	unsigned minor;
	int r;

	if (!arch)
		return 0;
	gl_glibc_init(&glibc, host, arch, libc->interpreter, image);
	r = gl_glibc_minor(&glibc, &minor, err);
	if (!r)
		gl_libc_set_glibc_version(libc, minor);
	gl_glibc_done(&glibc);
	return r;
}

int gl_libc_open(const struct gl_host *host, const char *path, struct gl_libc *ret, int *ret_fd,
		 struct gl_image **ret_image, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = gl_root_open(host, path, O_RDONLY);
	struct gl_libc libc = {.kind = fd == -ENOENT || fd == -ENOTDIR ? GL_LIBC_NONE : GL_LIBC_OTHER};
	int r = 0;

	snprintf(libc.interpreter, sizeof(libc.interpreter), "%s", path);
	if (fd >= 0)
		r = gl_image_open(fd, &image, err);
	if (r == -ENOMEM)
		return r;
	if (image)
		r = gl_libc_of_image(image, &libc, err);
	if (r == -ENOMEM)
		return r;
	*ret = libc;
	*ret_image = GL_TAKE_PTR(image);
	*ret_fd = fd < 0 ? -1 : GL_TAKE_FD(fd);
	return 0;
}

int gl_libc_identify(const struct gl_host *host, const char *path, struct gl_libc *ret, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;
	int r = gl_libc_open(host, path, ret, &fd, &image, err);

	if (r || ret->kind != GL_LIBC_GLIBC)
		return r;
	return ask_glibc_version(host, image, ret, err);
}

int gl_libc_identify_kind(const struct gl_host *host, const char *path, struct gl_libc *ret,
			  struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;

	return gl_libc_open(host, path, ret, &fd, &image, err);
}

int gl_libc_ask_version(const struct gl_host *host, struct gl_libc *libc, struct gl_err *err)
{
	struct gl_libc known;
	int r;

	if (libc->kind != GL_LIBC_GLIBC || *libc->version)
		return 0;
	r = gl_libc_identify(host, libc->interpreter, &known, err);
	if (!r)
		*libc = known;
	return r;
}

int gl_libc_of_host(const struct gl_host *host, struct gl_libc *ret, struct gl_err *err)
{
	const char *const paths[] = {host->arch->glibc_interpreter, host->arch->musl_interpreter};
	int r = 0;

	*ret = (struct gl_libc){.kind = GL_LIBC_NONE};
	for (size_t i = 0; i < GL_ARRAY_SIZE(paths) && !r && ret->kind == GL_LIBC_NONE; i++) {
		if (paths[i])
			r = gl_libc_identify(host, paths[i], ret, err);
	}
	return r;
}

const char *gl_libc_kind_name(enum gl_libc_kind kind)
{
	static const char *const names[GL_LIBC_KIND_MAX] = {
		[GL_LIBC_NONE] = "none",       [GL_LIBC_GLIBC] = "glibc", [GL_LIBC_MUSL] = "musl",
		[GL_LIBC_GCOMPAT] = "gcompat", [GL_LIBC_STUB] = "stub",	  [GL_LIBC_NIX_LD] = "nix-ld",
		[GL_LIBC_OTHER] = "other",
	};

	return kind < GL_LIBC_KIND_MAX ? names[kind] : "other";
}
