/*
 * The report's destination: see report/sink.h.
 */
#include "report/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "proc/outlet.h"
#include "base/mem.h"

#define FD_PREFIX "fd:"

/* "fd:7" -> 7; -EINVAL if what follows is no descriptor number. */
static int parse_number(const char *digits)
{
	char *end;
	long number;

	if (*digits < '0' || *digits > '9')
		return -EINVAL;
	errno = 0;
	number = strtol(digits, &end, 10);
	if (*end || errno || number > INT_MAX)
		return -EINVAL;
	return (int)number;
}

static int open_number(const char *what, const char *spec, struct gl_sink *ret, struct gl_err *err)
{
	int number = parse_number(spec + strlen(FD_PREFIX)), flags, fd;

	if (number < 0)
		return gl_err_set(err, EINVAL, "%s: after 'fd:' comes the number of a descriptor", what);
	flags = fcntl(number, F_GETFL);
	if (flags < 0)
		return gl_err_sys(err, errno, "%s: descriptor %d", what, number);
	if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH))
		return gl_err_set(err, EBADF, "%s: descriptor %d is not open for writing", what, number);
	fd = gl_fd_duplicate(number);
	if (fd < 0)
		return gl_err_sys(err, -fd, "%s: cannot duplicate descriptor %d", what, number);
	/* a report that the program could write to would be none; 0 to 2 are the program's own */
	if (number > STDERR_FILENO && fcntl(number, F_SETFD, FD_CLOEXEC) < 0) {
		int error = errno;

		gl_fd_close(&fd);
		return gl_err_sys(err, error, "%s: descriptor %d", what, number);
	}
	ret->fd = fd;
	return 0;
}

static bool is_sink(int fd, int *ret_errno)
{
	struct stat st;

	*ret_errno = 0;
	if (fstat(fd, &st) < 0) {
		*ret_errno = errno;
		return false;
	}
	return S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode);
}

/* O_NONBLOCK: neither a FIFO without a reader nor a device may hold us. */
static int open_file(const char *what, const char *path, struct gl_sink *ret, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(path, 0);
	gl_autoclose int fd = -1;
	int error;

	if (!shown)
		return gl_err_sys(err, ENOMEM, "%s", what);
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
	if (fd < 0 && errno == ENXIO)
		return gl_err_set(err, ENXIO, "%s '%s': a FIFO that nobody reads, or a device", what, shown);
	if (fd < 0 && errno == ELOOP)
		return gl_err_set(err, ELOOP, "%s '%s' is a symbolic link: name the file itself, or use fd:N",
				  what, shown);
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open %s '%s'", what, shown);
	if (!is_sink(fd, &error))
		return error ? gl_err_sys(err, error, "%s '%s'", what, shown)
			     : gl_err_set(err, EINVAL,
					  "%s '%s' is neither a regular file nor a FIFO: use fd:N", what,
					  shown);
	if (gl_fd_raise(&fd, err) < 0)
		return gl_err_wrap(err, "%s '%s'", what, shown);
	ret->fd = GL_TAKE_FD(fd);
	return 0;
}

int gl_sink_open(const char *what, const char *spec, struct gl_sink *ret, struct gl_err *err)
{
	if (strncmp(spec, FD_PREFIX, strlen(FD_PREFIX)) == 0)
		return open_number(what, spec, ret, err);
	return open_file(what, spec, ret, err);
}

void gl_sink_done(struct gl_sink *sink)
{
	gl_fd_close(&sink->fd);
}

int gl_sink_write(const struct gl_sink *sink, const char *line, size_t len, struct gl_err *err)
{
	int r = gl_outlet_say(sink->fd, line, len, GL_OUTLET_PATIENCE_MS);

	return r < 0 ? gl_err_sys(err, -r, "cannot write") : 0;
}
