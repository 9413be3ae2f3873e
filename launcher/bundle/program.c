/*
 * Is a bundle's program the very program that is to run?  See bundle/bundle.h.
 *
 * Linkers write a build id so that this can be told without reading a hundred
 * megabytes; only files without one are compared byte for byte, by their hash.
 */
#include <errno.h>

#include "base/fd.h"
#include "bundle/bundle.h"
#include "elf/notes.h"

/* Both ids a file may have; a length of 0 where there is none. */
struct ids {
	unsigned char gnu[GL_BUILD_ID_MAX];
	size_t gnu_len;
	char go[GL_GO_BUILD_ID_MAX];
};

static int read_ids(int fd, struct ids *ret, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	int r = gl_image_open(fd, &image, err);

	*ret = (struct ids){.gnu_len = 0};
	if (r)
		return r;
	r = gl_image_build_id(image, ret->gnu, sizeof(ret->gnu), &ret->gnu_len);
	if (r >= 0)
		r = gl_image_go_build_id(image, ret->go, sizeof(ret->go));
	return r < 0 ? gl_err_sys(err, -r, "cannot read a program's build id") : 0;
}

static bool are_same_ids(const struct ids *a, const struct ids *b)
{
	return a->gnu_len == b->gnu_len && !memcmp(a->gnu, b->gnu, a->gnu_len) && !strcmp(a->go, b->go);
}

static int is_same_content(const struct gl_bundle_file *file, int fd, struct gl_err *err)
{
	unsigned char hash[GL_SHA256_BYTES];
	int r = gl_sha256_fd(fd, file->size, hash);

	if (r == -EFBIG)
		return 0;
	if (r)
		return gl_err_sys(err, -r, "cannot read the program");
	return !memcmp(hash, file->sha256, sizeof(hash));
}

/* Files of one size, neither of them the other. */
static int is_same_build(const struct gl_bundle_file *file, int bundled, int fd, struct gl_err *err)
{
	struct ids theirs, ours;
	int r = read_ids(bundled, &theirs, err);

	if (!r)
		r = read_ids(fd, &ours, err);
	if (r)
		return r;
	if (!theirs.gnu_len && !theirs.go[0])
		return is_same_content(file, fd, err);
	return are_same_ids(&theirs, &ours);
}

static int is_same_program(const struct gl_bundle *bundle, const struct gl_bundle_file *file, int fd,
			   struct gl_err *err)
{
	gl_autoclose int bundled = gl_bundle_open_file(bundle, file);
	struct stat theirs, ours;

	if (bundled < 0)
		return gl_err_sys(err, -bundled, "cannot open '%s' of the bundle", file->path);
	if (fstat(bundled, &theirs) || fstat(fd, &ours))
		return gl_err_sys(err, errno, "cannot examine the program");
	if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
		return 1;
	return theirs.st_size == ours.st_size ? is_same_build(file, bundled, fd, err) : 0;
}

int gl_bundle_find_program(const struct gl_bundle *bundle, const char *name, int fd,
			   const struct gl_bundle_file **ret, struct gl_err *err)
{
	char path[sizeof(GL_BUNDLE_PROGRAM) + 1 + GL_MANIFEST_MAX_TEXT];
	const struct gl_bundle_file *file;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", GL_BUNDLE_PROGRAM, name) >= sizeof(path))
		return 0;
	file = gl_manifest_find(&bundle->manifest, path);
	if (!file || file->role != GL_ROLE_PROGRAM)
		return 0;
	r = is_same_program(bundle, file, fd, err);
	if (r == 1)
		*ret = file;
	return r;
}
