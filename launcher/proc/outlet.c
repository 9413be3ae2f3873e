/*
 * The real stderr: see proc/outlet.h.
 *
 * O_NONBLOCK belongs to the open file description, which golaunch shares with
 * its parent and everyone else: setting it would make their writes fail.  The
 * descriptions that golaunch opens through /proc/self/fd are its own.  A
 * regular file is never reopened: its offset and O_APPEND are shared on
 * purpose.
 */
#include "proc/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"

/* A description of the same object for ourselves; -1 if /proc or its mode does not let us. */
static int reopen_nonblocking(int fd, const struct stat *st)
{
	gl_autoclose int own = -1;
	char path[32];
	struct stat seen;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0 || fstat(own, &seen) < 0 || seen.st_dev != st->st_dev || seen.st_ino != st->st_ino)
		return -1;
	return gl_fd_duplicate(own);
}

/* An unnamed pipe whose reader went away stays without one; a FIFO may be opened again. */
static bool reader_cannot_return(int fd, const struct stat *st)
{
	struct statfs fs;

	if (S_ISSOCK(st->st_mode))
		return true;
	return S_ISFIFO(st->st_mode) && fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == PIPEFS_MAGIC;
}

static enum gl_outlet_kind kind_of(int fd, const struct stat *st)
{
	if (S_ISSOCK(st->st_mode))
		return GL_OUTLET_SOCKET;
	if (S_ISFIFO(st->st_mode) || (S_ISCHR(st->st_mode) && isatty(fd)))
		return GL_OUTLET_POLLED;
	return GL_OUTLET_FILE;
}

int gl_outlet_open(int target, struct gl_outlet *ret_outlet, struct gl_err *err)
{
	struct gl_outlet outlet = GL_OUTLET_INIT;
	gl_autoclose int fd = -1;
	struct stat st;

	if (target >= 0) {
		fd = gl_fd_duplicate(target);
		if (fd < 0 || fstat(fd, &st) < 0)
			return gl_err_sys(err, fd < 0 ? -fd : errno, "cannot use descriptor %d as stderr",
					  target);
		outlet.kind = kind_of(fd, &st);
		outlet.watch = reader_cannot_return(fd, &st);
	}
	if (outlet.kind == GL_OUTLET_POLLED) {
		int own = reopen_nonblocking(fd, &st);

		if (own >= 0) {
			close(fd);
			fd = own;
			outlet.kind = GL_OUTLET_OWN;
		}
	}
	outlet.fd = GL_TAKE_FD(fd);
	*ret_outlet = outlet;
	return 0;
}

void gl_outlet_done(struct gl_outlet *outlet)
{
	gl_fd_close(&outlet->fd);
	outlet->kind = GL_OUTLET_NONE;
	outlet->watch = false;
}

/* How much of a longer text to write at once: up to PIPE_BUF, ending with a line if one ends there. */
static size_t cut_piece(const char *bytes, size_t len)
{
	const char *newline;

	if (len <= PIPE_BUF)
		return len;
	newline = memrchr(bytes, '\n', PIPE_BUF);
	return newline ? (size_t)(newline - bytes) + 1 : PIPE_BUF;
}

static ssize_t write_piece(const struct gl_outlet *outlet, const char *bytes, size_t len)
{
	if (outlet->kind == GL_OUTLET_SOCKET)
		return send(outlet->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(outlet->fd, bytes, len);
}

ssize_t gl_outlet_write(struct gl_outlet *outlet, const char *bytes, size_t len)
{
	ssize_t n;

	if (outlet->kind == GL_OUTLET_NONE)
		return (ssize_t)len;
	if (outlet->kind == GL_OUTLET_OWN || outlet->kind == GL_OUTLET_POLLED)
		len = cut_piece(bytes, len);
	n = write_piece(outlet, bytes, len);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return -EPIPE;
	outlet->lost += len;
	outlet->lost_errno = errno;
	return (ssize_t)len;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until outlet takes something.  Returns 0 or -EAGAIN: not by then. */
static int await(const struct gl_outlet *outlet, int64_t until)
{
	struct pollfd ready = {.fd = outlet->fd, .events = POLLOUT};
	int n;

	do {
		n = poll(&ready, 1, (int)GL_MAX(until - now_ms(), (int64_t)0));
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : -EAGAIN;
}

/* A file is always ready; anything else is asked before each piece. */
static int say(struct gl_outlet *outlet, const char *bytes, size_t len, int64_t until)
{
	bool waits = outlet->kind != GL_OUTLET_FILE && outlet->kind != GL_OUTLET_NONE;
	ssize_t n;
	int r;

	while (len > 0) {
		r = waits ? await(outlet, until) : 0;
		if (r < 0)
			return r;
		n = gl_outlet_write(outlet, bytes, len);
		if (n < 0)
			return (int)n;
		if (n == 0 && (!waits || now_ms() >= until))
			return -EAGAIN;
		bytes += n;
		len -= (size_t)n;
	}
	return outlet->lost_errno ? -outlet->lost_errno : 0;
}

int gl_outlet_say(int target, const char *bytes, size_t len, int patience_ms)
{
	struct gl_outlet outlet = GL_OUTLET_INIT;
	struct gl_err err;
	int r = gl_outlet_open(target, &outlet, &err);

	if (r == 0)
		r = say(&outlet, bytes, len, now_ms() + patience_ms);
	gl_outlet_done(&outlet);
	return r;
}
