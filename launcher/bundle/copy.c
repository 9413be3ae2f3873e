/*
 * Copies files into a bundle: see bundle/copy.h.
 */
#include "bundle/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "bundle/facts.h"
#include "bundle/stub.h"
#include "elf/patch.h"
#include "host/root.h"

#define CHUNK	  ((size_t)64 << 10)
#define MOST_ONCE ((size_t)1 << 30)

/* The rest of one file to where the other stands: by the kernel, which may share blocks, then by hand what it left. */
static int copy_bytes(int from, int to)
{
	char bytes[CHUNK];
	ssize_t n;
	int r;

	while (copy_file_range(from, NULL, to, NULL, MOST_ONCE, 0) > 0)
		continue;
	for (;;) {
		n = read(from, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = gl_file_write_all(to, bytes, (size_t)n);
		if (r)
			return r;
	}
}

/* The very file that was collected. */
static int open_source(const struct gl_part *part, struct gl_err *err)
{
	gl_autoclose int fd = gl_root_open(part->host, part->path, O_RDONLY);
	struct stat st;

	if (fd < 0)
		return gl_err_sys(err, -fd, "cannot open '%s'", part->path);
	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot examine '%s'", part->path);
	if (!S_ISREG(st.st_mode) || st.st_dev != part->dev || st.st_ino != part->ino)
		return gl_err_set(err, ESTALE, "'%s' was replaced meanwhile", part->path);
	return GL_TAKE_FD(fd);
}

static int fill_from_source(const struct gl_part *part, int fd, struct gl_err *err)
{
	gl_autoclose int source = open_source(part, err);
	int r;

	if (source < 0)
		return source;
	r = copy_bytes(source, fd);
	if (r)
		return gl_err_sys(err, -r, "cannot copy '%s'", part->path);
	if (part->role != GL_ROLE_LOADER && part->role != GL_ROLE_LIBRARY)
		return 0;
	r = gl_patch_remove_run_paths(fd, err);
	return r < 0 ? gl_err_wrap(err, "'%s'", part->path) : 0;
}

static int fill_with_stub(const struct gl_copy *copy, const struct gl_part *part, int fd, struct gl_err *err)
{
	const struct gl_stub_config config = {.flags = copy->flags};
	gl_autofree unsigned char *stub = NULL;
	size_t size;
	int r = gl_stub_make(&config, &stub, &size, err);

	if (r)
		return r;
	r = gl_file_write_all(fd, stub, size);
	return r ? gl_err_sys(err, -r, "cannot write '%s'", part->place) : 0;
}

/* The entry of the part that others are added to; it was the last or is not far before. */
static struct gl_bundle_file *entry_of(struct gl_manifest *m, const char *place)
{
	for (size_t i = m->count; i-- > 0;)
		if (!strcmp(m->files[i].path, place))
			return &m->files[i];
	return NULL;
}

/* What the manifest says of the copy: of every file its size and hash, of an ELF file what that says itself. */
static int describe(int fd, struct gl_manifest *m, struct gl_bundle_file *file, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot examine '%s'", file->path);
	r = gl_sha256_fd(fd, (uint64_t)st.st_size, file->sha256);
	if (r)
		return gl_err_sys(err, -r, "cannot read '%s'", file->path);
	file->size = (uint64_t)st.st_size;
	r = gl_image_open(fd, &image, err);
	if (r || file->role == GL_ROLE_STUB || gl_image_defect(image) != GL_IMAGE_SOUND)
		return r;
	r = gl_facts_describe(image, file, err);
	if (r)
		return gl_err_wrap(err, "'%s'", file->path);
	gl_facts_raise_floor(image, m->kernel, &m->cpu_level);
	return 0;
}

/* A file of several names has the mode of the first. */
static int finish(const struct gl_copy *copy, const struct gl_collection *c, const struct gl_part *part,
		  int *fd, struct gl_err *err)
{
	unsigned mode = gl_bundle_role_mode(c->parts[part->same].role);
	struct gl_bundle_file *file = part->append ? entry_of(copy->manifest, part->place)
						   : gl_manifest_add(copy->manifest, part->place, part->role);
	int r;

	if (!file)
		return gl_err_sys(err, part->append ? ENOENT : errno, "cannot list '%s'", part->place);
	r = describe(*fd, copy->manifest, file, err);
	if (r)
		return r;
	file->mtime = gl_facts_mtime(copy->mtime, file->sha256);
	return gl_tree_close(part->place, fd, mode, file->mtime, err);
}

static int append_part(const struct gl_copy *copy, const struct gl_collection *c, const struct gl_part *part,
		       struct gl_err *err)
{
	gl_autoclose int fd = gl_tree_open(copy->tree, part->place, err);
	int r;

	if (fd < 0)
		return fd;
	/* A last line without its end must not run into the next. */
	r = lseek(fd, 0, SEEK_END) < 0 ? -errno : gl_file_write_all(fd, "\n", 1);
	if (r)
		return gl_err_sys(err, -r, "cannot write '%s'", part->place);
	r = fill_from_source(part, fd, err);
	return r ? r : finish(copy, c, part, &fd, err);
}

/* A further name for a file that is there.  Returns the descriptor, -errno: it must be copied. */
static int link_part(const struct gl_copy *copy, const struct gl_collection *c, const struct gl_part *part)
{
	const char *first = c->parts[part->same].place;

	if (linkat(copy->tree->fd, first, copy->tree->fd, part->place, 0))
		return -errno;
	return gl_tree_open(copy->tree, part->place, NULL);
}

int gl_copy_part(const struct gl_copy *copy, const struct gl_collection *c, size_t i, struct gl_err *err)
{
	const struct gl_part *part = &c->parts[i];
	gl_autoclose int fd = -1;
	int r = 0;

	if (part->append)
		return append_part(copy, c, part, err);
	if (part->same < i)
		fd = link_part(copy, c, part);
	if (fd >= 0)
		return finish(copy, c, part, &fd, err);
	fd = gl_tree_create(copy->tree, part->place, err);
	if (fd < 0)
		return fd;
	r = part->host ? fill_from_source(part, fd, err) : fill_with_stub(copy, part, fd, err);
	return r ? r : finish(copy, c, part, &fd, err);
}
