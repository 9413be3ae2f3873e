/*
 * Reading and writing files with bounds: see base/file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"

#define FIRST_CHUNK 4096
#define FD_PATH	    32 /* "/proc/self/fd/" and a number */

ssize_t gl_file_pread(int fd, void *bytes, size_t len, uint64_t offset)
{
	size_t have = 0;
	ssize_t n;

	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return 0;
	while (have < len) {
		n = pread(fd, (char *)bytes + have, len - have, (off_t)(offset + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int gl_file_write_all(int fd, const void *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(fd, (const char *)bytes + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

/* The size to start with: what fstat says (nothing, for /proc), within the limit, with a byte to see the end. */
static size_t first_room(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size <= 0)
		return GL_MIN((size_t)FIRST_CHUNK, max) + 1;
	return GL_MIN((size_t)st.st_size, max) + 1;
}

/* read() until len bytes or the end. */
static ssize_t read_on(int fd, char *bytes, size_t len)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = read(fd, bytes + have, len - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* The next bytes of what is read from its start, or where nothing else can be had from where it is. */
static ssize_t read_next(int fd, char *bytes, size_t len, size_t at)
{
	ssize_t n = gl_file_pread(fd, bytes, len, at);

	return n == -ESPIPE ? read_on(fd, bytes, len) : n;
}

int gl_file_slurp_fd(int fd, size_t max, char **ret_bytes, size_t *ret_len, struct gl_err *err)
{
	size_t room = first_room(fd, max), have = 0;
	gl_autofree char *bytes = malloc(room + 1);
	char *bigger;
	ssize_t n;

	if (!bytes)
		return gl_err_sys(err, ENOMEM, "cannot read");
	for (;;) {
		n = read_next(fd, bytes + have, room - have, have);
		if (n < 0)
			return gl_err_sys(err, (int)-n, "cannot read");
		have += (size_t)n;
		if (have > max)
			return gl_err_set(err, EFBIG, "more than %zu bytes", max);
		if (have < room)
			break;
		room = GL_MIN(room * 2, max + 1);
		bigger = realloc(bytes, room + 1);
		if (!bigger)
			return gl_err_sys(err, ENOMEM, "cannot read");
		bytes = bigger;
	}
	bytes[have] = '\0';
	*ret_bytes = GL_TAKE_PTR(bytes);
	*ret_len = have;
	return 0;
}

int gl_file_slurp_regular(int fd, const char *path, size_t max, char **ret_bytes, size_t *ret_len,
			  struct gl_err *err)
{
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot examine '%s'", path);
	if (!S_ISREG(st.st_mode))
		return gl_err_set(err, EINVAL, "'%s' is not a regular file", path);
	r = gl_file_slurp_fd(fd, max, ret_bytes, ret_len, err);
	if (r)
		gl_err_wrap(err, "'%s'", path);
	return r;
}

/* In two steps: first the name is resolved, then what it led to is opened. */
int gl_file_open_regular(const char *path)
{
	gl_autoclose int place = open(path, O_PATH | O_CLOEXEC);
	char again[FD_PATH];
	struct stat st;
	int fd;

	if (place < 0 || fstat(place, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", place);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int gl_file_slurp(const char *path, size_t max, char **ret_bytes, size_t *ret_len, struct gl_err *err)
{
	gl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open '%s'", path);
	return gl_file_slurp_regular(fd, path, max, ret_bytes, ret_len, err);
}
