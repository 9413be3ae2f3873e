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

static int open_number(const char *spec, struct gl_sink *ret, struct gl_err *err)
{
	int number = parse_number(spec + strlen(FD_PREFIX)), flags, fd;

	if (number < 0)
		return gl_err_set(err, EINVAL, "report: after 'fd:' comes the number of a descriptor");
	flags = fcntl(number, F_GETFL);
	if (flags < 0)
		return gl_err_sys(err, errno, "report: descriptor %d", number);
	if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH))
		return gl_err_set(err, EBADF, "report: descriptor %d is not open for writing", number);
	fd = gl_fd_duplicate(number);
	if (fd < 0)
		return gl_err_sys(err, -fd, "report: cannot duplicate descriptor %d", number);
	/* a report that the program could write to would be none; 0 to 2 are the program's own */
	if (number > STDERR_FILENO && fcntl(number, F_SETFD, FD_CLOEXEC) < 0) {
		int error = errno;

		gl_fd_close(&fd);
		return gl_err_sys(err, error, "report: descriptor %d", number);
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
static int open_file(const char *path, struct gl_sink *ret, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(path, 0);
	gl_autoclose int fd = -1;
	int error;

	if (!shown)
		return gl_err_sys(err, ENOMEM, "report");
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
	if (fd < 0 && errno == ENXIO)
		return gl_err_set(err, ENXIO, "report '%s': a FIFO that nobody reads, or a device", shown);
	if (fd < 0 && errno == ELOOP)
		return gl_err_set(err, ELOOP,
				  "report '%s' is a symbolic link: name the file itself, or use fd:N", shown);
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open report '%s'", shown);
	if (!is_sink(fd, &error))
		return error ? gl_err_sys(err, error, "report '%s'", shown)
			     : gl_err_set(err, EINVAL,
					  "report '%s' is neither a regular file nor a FIFO: use fd:N",
					  shown);
	if (gl_fd_raise(&fd, err) < 0)
		return gl_err_wrap(err, "report '%s'", shown);
	ret->fd = GL_TAKE_FD(fd);
	return 0;
}

int gl_sink_open(const char *spec, struct gl_sink *ret, struct gl_err *err)
{
	if (strncmp(spec, FD_PREFIX, strlen(FD_PREFIX)) == 0)
		return open_number(spec, ret, err);
	return open_file(spec, ret, err);
}

void gl_sink_done(struct gl_sink *sink)
{
	gl_fd_close(&sink->fd);
}

int gl_sink_write(const struct gl_sink *sink, const char *line, size_t len, struct gl_err *err)
{
	int r = gl_outlet_say(sink->fd, line, len, GL_OUTLET_PATIENCE_MS);

	return r < 0 ? gl_err_sys(err, -r, "cannot write the report") : 0;
}
