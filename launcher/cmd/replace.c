/*
 * A temporary file beside the old one, then rename(2): see cmd/replace.h.  The mode is
 * that of any file which others may read.
 */
#include "cmd/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"

#define MODE 0644

static int fill(int fd, const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	int r = gl_file_write_all(fd, bytes->data, bytes->len);

	if (r == 0 && fchmod(fd, MODE) < 0)
		r = -errno;
	return r < 0 ? gl_err_sys(err, -r, "cannot write '%.200s'", path) : 0;
}

/* On the disk before its name is: a crash shall not leave an empty file. */
static int put_in_place(int fd, const char *temporary, const char *path, struct gl_err *err)
{
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		return gl_err_sys(err, errno, "cannot write '%.200s'", path);
	return rename(temporary, path) < 0 ? gl_err_sys(err, errno, "cannot write '%.200s'", path) : 0;
}

int gl_replace_open_special(const char *path, int *ret_fd, struct gl_err *err)
{
	struct stat st;
	int fd = -1;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, MODE);
		if (fd < 0)
			return gl_err_sys(err, errno, "cannot write '%.200s'", path);
	}
	*ret_fd = fd;
	return 0;
}

int gl_replace_write_special(int special, const char *path, const struct gl_buf *bytes, struct gl_err *err)
{
	int r = gl_file_write_all(special, bytes->data, bytes->len);

	return r < 0 ? gl_err_sys(err, -r, "cannot write '%.200s'", path) : 0;
}

int gl_replace_file(const char *path, const struct gl_buf *bytes,
		    int (*look)(void *arg, int fd, const char *temporary, struct gl_err *err), void *arg,
		    struct gl_err *err)
{
	gl_autofree char *temporary = NULL;
	gl_autoclose int fd = -1;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return gl_err_sys(err, ENOMEM, "cannot write '%.200s'", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot write '%.200s'", path);
	r = fill(fd, path, bytes, err);
	if (r == 0 && look)
		r = look(arg, fd, temporary, err);
	if (r == 0)
		r = put_in_place(fd, temporary, path, err);
	if (r < 0)
		unlink(temporary);
	return r;
}
