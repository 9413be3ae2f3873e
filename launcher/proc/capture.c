/*
 * Capture of the program's stderr: see proc/capture.h.
 *
 * The pipe's read end is non-blocking (it is golaunch's alone), its write end
 * is not (it is the program's).  Nothing here waits: the supervisor polls for
 * both ends and calls gl_capture_step().  When the ring is full, reading stops,
 * so the pipe fills and the program waits, exactly as it would wait for a slow
 * stderr.
 *
 * A reader that waits in poll() is woken by every line: that costs the writer
 * more than the line.  So what comes is read at once, but then the pipe is left
 * alone for GL_CAPTURE_REST_MS: a program that writes much fills it undisturbed.
 */
#include "proc/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "proc/outlet.h"
#include "proc/ring.h"

struct gl_capture {
	int read_fd, write_fd;
	bool batches; /* its pipe has room for what comes while nobody reads */
	bool resting; /* for GL_CAPTURE_REST_MS */
	bool finishing;
	uint64_t left; /* while finishing: bytes of the program still in the pipe */
	struct gl_capture_file pipe, target;
	struct gl_outlet outlet;
	struct gl_ring ring;
	struct gl_record record;
	char bytes[GL_CAPTURE_RING];
};

static int open_pipe(struct gl_capture *c, struct gl_err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return gl_err_sys(err, errno, "cannot make a pipe for stderr");
	c->read_fd = ends[0];
	c->write_fd = ends[1];
	if (gl_fd_raise(&c->read_fd, err) < 0 || gl_fd_raise(&c->write_fd, err) < 0)
		return -err->errnum;
	if (fcntl(c->read_fd, F_SETFL, O_NONBLOCK) < 0)
		return gl_err_sys(err, errno, "cannot make the pipe for stderr non-blocking");
	/* A user with many pipes gets no large ones (pipe(7), pipe-user-pages-soft). */
	c->batches = fcntl(c->write_fd, F_SETPIPE_SZ, (int)GL_CAPTURE_PIPE) >= (int)GL_CAPTURE_PIPE;
	/*
	 * The pipe is ours, the program may run as another user, and programs
	 * open /dev/stderr by name: let them.  The name leads only those here
	 * who may look into the program's /proc/PID/fd.
	 */
	if (fchmod(c->write_fd, 0622) < 0)
		return gl_err_sys(err, errno, "cannot open the pipe for stderr to the program's user");
	return 0;
}

static int identify(int fd, struct gl_capture_file *ret, struct gl_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return gl_err_sys(err, errno, "cannot look at descriptor %d", fd);
	*ret = (struct gl_capture_file){.dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

int gl_capture_open(int target, struct gl_capture **ret_capture, struct gl_err *err)
{
	gl_autocapture struct gl_capture *c = NULL;
	void *memory = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int r;

	if (memory == MAP_FAILED)
		return gl_err_sys(err, errno, "cannot get memory for stderr");
	c = memory;
	c->read_fd = c->write_fd = -1;
	c->outlet = GL_OUTLET_INIT;
	c->ring = (struct gl_ring){.bytes = c->bytes, .size = sizeof(c->bytes)};
	gl_record_init(&c->record);
	r = open_pipe(c, err);
	if (r == 0)
		r = gl_outlet_open(target, &c->outlet, err);
	if (r == 0)
		r = identify(c->write_fd, &c->pipe, err);
	if (r == 0)
		r = identify(target < 0 ? STDERR_FILENO : target, &c->target, err);
	if (r < 0)
		return r;
	*ret_capture = GL_TAKE_PTR(c);
	return 0;
}

void gl_capture_free(struct gl_capture *c)
{
	if (!c)
		return;
	gl_fd_close(&c->read_fd);
	gl_fd_close(&c->write_fd);
	gl_outlet_done(&c->outlet);
	munmap(c, sizeof(*c));
}

const struct gl_capture_file *gl_capture_pipe(const struct gl_capture *c)
{
	return &c->pipe;
}

const struct gl_capture_file *gl_capture_target(const struct gl_capture *c)
{
	return &c->target;
}

int gl_capture_write_end(const struct gl_capture *c)
{
	return c->write_fd;
}

void gl_capture_text(const struct gl_capture *c, struct gl_capture_text *ret_text)
{
	gl_record_text(&c->record, ret_text);
}

uint64_t gl_capture_lost(const struct gl_capture *c, int *ret_errno)
{
	*ret_errno = c->outlet.lost_errno;
	return c->outlet.lost;
}

void gl_capture_begin(struct gl_capture *c)
{
	gl_fd_close(&c->write_fd);
}

static bool wants_more(const struct gl_capture *c)
{
	if (c->read_fd < 0 || (c->finishing && c->left == 0))
		return false;
	return gl_ring_used(&c->ring) < c->ring.size;
}

void gl_capture_want(const struct gl_capture *c, struct pollfd *polls)
{
	bool pending = gl_ring_used(&c->ring) > 0;

	polls[0] = (struct pollfd){.fd = wants_more(c) && !c->resting ? c->read_fd : -1, .events = POLLIN};
	/* An idle terminal that was hung up would report POLLHUP for ever: not asked. */
	polls[1] = (struct pollfd){.fd = pending || c->outlet.watch ? c->outlet.fd : -1,
				   .events = pending ? POLLOUT : 0};
}

int gl_capture_timeout(const struct gl_capture *c)
{
	return c->resting ? GL_CAPTURE_REST_MS : -1;
}

/* One read into the ring and the record.  Returns false when there is nothing (more) to read now. */
static bool read_some(struct gl_capture *c)
{
	size_t len;
	char *space = gl_ring_space(&c->ring, &len);
	ssize_t n;

	if (c->finishing)
		len = GL_MIN(len, c->left);
	if (len == 0)
		return false;
	n = read(c->read_fd, space, len);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0) {
		c->left = 0;
		if (n == 0)
			gl_fd_close(&c->read_fd); /* every write end is closed */
		return false;
	}
	gl_record_feed(&c->record, space, (size_t)n);
	gl_ring_filled(&c->ring, (size_t)n);
	if (c->finishing)
		c->left -= (uint64_t)n;
	else
		c->resting = c->batches && (size_t)n < len;
	return true;
}

/* The real stderr is gone: record what the pipe holds, then let the program meet EPIPE. */
static void reader_gone(struct gl_capture *c)
{
	gl_outlet_done(&c->outlet);
	gl_ring_taken(&c->ring, gl_ring_used(&c->ring));
	gl_capture_finish(c);
	while (c->read_fd >= 0 && read_some(c))
		gl_ring_taken(&c->ring, gl_ring_used(&c->ring));
	gl_fd_close(&c->read_fd);
}

/* Writes until the ring is empty or the outlet takes no more. */
static void write_out(struct gl_capture *c)
{
	while (gl_ring_used(&c->ring) > 0) {
		size_t len;
		const char *data = gl_ring_data(&c->ring, &len);
		ssize_t n = gl_outlet_write(&c->outlet, data, len);

		if (n == -EPIPE) {
			reader_gone(c);
			return;
		}
		if (n <= 0)
			return;
		gl_ring_taken(&c->ring, (size_t)n);
		if (c->outlet.kind == GL_OUTLET_POLLED)
			return; /* only what POLLOUT promised */
	}
}

void gl_capture_step(struct gl_capture *c, const struct pollfd *polls)
{
	bool ready = polls[1].fd >= 0 && polls[1].revents, rested = c->resting;

	c->resting = false;
	if (rested || (polls[0].fd >= 0 && polls[0].revents))
		read_some(c);
	if (ready && gl_ring_used(&c->ring) == 0 && (polls[1].revents & (POLLERR | POLLHUP))) {
		reader_gone(c);
		return;
	}
	if (ready || c->outlet.kind != GL_OUTLET_POLLED)
		write_out(c);
}

static uint64_t in_pipe(const struct gl_capture *c)
{
	int count = 0;

	return c->read_fd >= 0 && ioctl(c->read_fd, FIONREAD, &count) == 0 ? (uint64_t)count : 0;
}

/* Bytes of the stream that the real stderr has, or that were dropped because it is gone. */
static uint64_t written(const struct gl_capture *c)
{
	return c->record.total - gl_ring_used(&c->ring);
}

/* Others may go on writing meanwhile: the end is where the stream ended at first. */
bool gl_capture_drain(struct gl_capture *c)
{
	uint64_t end = c->record.total + in_pipe(c);
	struct pollfd polls[GL_CAPTURE_POLLS];

	while (written(c) < end && (c->read_fd >= 0 || gl_ring_used(&c->ring))) {
		c->resting = false;
		gl_capture_want(c, polls);
		if (poll(polls, GL_CAPTURE_POLLS, 0) <= 0)
			return false;
		gl_capture_step(c, polls);
	}
	return true;
}

void gl_capture_finish(struct gl_capture *c)
{
	c->finishing = true;
	c->resting = false;
	c->left = in_pipe(c);
}

bool gl_capture_busy(const struct gl_capture *c)
{
	return gl_ring_used(&c->ring) > 0 || (c->read_fd >= 0 && c->left > 0);
}
