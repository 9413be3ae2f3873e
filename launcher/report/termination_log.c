/*
 * The message file of a Kubernetes container: see report/termination_log.h.
 */
#include "report/termination_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/mem.h"

#define FLAGS (O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int open_regular(const char *path, int flags, int *ret_fd, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(path, 0);
	gl_autoclose int fd = open(path, flags, 0644);
	struct stat st;

	if (!shown)
		return gl_err_sys(err, ENOMEM, "termination log");
	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open termination log '%s'", shown);
	if (fstat(fd, &st) < 0)
		return gl_err_sys(err, errno, "termination log '%s'", shown);
	if (!S_ISREG(st.st_mode))
		return gl_err_set(err, EINVAL, "termination log '%s' is no regular file", shown);
	if (gl_fd_raise(&fd, err) < 0)
		return gl_err_wrap(err, "termination log '%s'", shown);
	*ret_fd = GL_TAKE_FD(fd);
	return 0;
}

int gl_termination_log_open(const char *spec, struct gl_termination_log *ret, struct gl_err *err)
{
	struct gl_err unsaid = GL_ERR_INIT;

	if (strcmp(spec, "off") == 0)
		return 0;
	if (strcmp(spec, "auto") != 0)
		return open_regular(spec, FLAGS | O_CREAT, &ret->fd, err);
	/* nobody asked for it: without it there is nothing to say */
	if (open_regular(GL_TERMINATION_LOG_DEFAULT, FLAGS, &ret->fd, &unsaid) < 0)
		ret->fd = -1;
	return 0;
}

void gl_termination_log_done(struct gl_termination_log *log)
{
	gl_fd_close(&log->fd);
}

/* The most bytes of valid UTF-8 that fit. */
static size_t fitting(const char *text, size_t len)
{
	if (len <= GL_TERMINATION_LOG_MAX)
		return len;
	len = GL_TERMINATION_LOG_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* In one write(2), from the start of the file.  Returns what was taken, or -errno. */
static ssize_t put(int fd, const char *text, size_t len)
{
	ssize_t n;

	do {
		n = pwrite(fd, text, len, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

void gl_termination_log_note(struct gl_termination_log *log, const char *text, size_t len)
{
	struct stat st;
	ssize_t n;

	if (log->fd < 0 || fstat(log->fd, &st) < 0 || st.st_size > 0)
		return;
	n = put(log->fd, text, fitting(text, len));
	if (n <= 0 || fstat(log->fd, &st) < 0)
		return;
	log->noted = (size_t)n;
	log->noted_at = st.st_mtim;
}

void gl_termination_log_withdraw(struct gl_termination_log *log)
{
	size_t noted = log->noted;
	struct stat st;

	log->noted = 0;
	if (!noted || fstat(log->fd, &st) < 0 || (size_t)st.st_size != noted ||
	    st.st_mtim.tv_sec != log->noted_at.tv_sec || st.st_mtim.tv_nsec != log->noted_at.tv_nsec)
		return;
	/* Should that fail, the note stays: it says of itself what it is worth. */
	if (ftruncate(log->fd, 0) < 0)
		return;
}

int gl_termination_log_write(const struct gl_termination_log *log, const char *text, size_t len,
			     struct gl_err *err)
{
	struct stat st;
	ssize_t n;

	if (log->fd < 0)
		return 1;
	if (fstat(log->fd, &st) < 0)
		return gl_err_sys(err, errno, "termination log");
	if (st.st_size > 0)
		return 1;
	len = fitting(text, len);
	n = put(log->fd, text, len);
	if (n < 0)
		return gl_err_sys(err, (int)-n, "cannot write the termination log");
	if ((size_t)n < len)
		return gl_err_set(err, EIO,
				  "cannot write the termination log: only %zd of %zu bytes were taken", n,
				  len);
	return 0;
}
