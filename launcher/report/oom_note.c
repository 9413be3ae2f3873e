/*
 * The note before a death that takes golaunch along: see report/oom_note.h.
 *
 * Two descriptors take turns in the loop.  memory.events tells of a change by
 * POLLPRI: not by inotify, whose word comes by way of a work queue (fs/kernfs/file.c,
 * kernfs_notify), while poll() is woken at once.  Then a timer looks once a second
 * whether the limit is still being reached, so that a group that lives at its limit
 * does not wake golaunch a hundred times a second.
 */
#include "report/oom_note.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>

#include "base/buf.h"
#include "base/file.h"
#include "report/oom.h"

#define EVENTS_FILE 512 /* bytes of memory.events */
#define QUIET_S	    1

static uint64_t read_hits(const struct gl_oom_note *note)
{
	char text[EVENTS_FILE];
	ssize_t n = gl_file_pread(note->events, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return gl_cgroup_number(text, "max");
}

/* Has the limit been reached since the last look? */
static bool is_at_limit(struct gl_oom_note *note)
{
	uint64_t hits = read_hits(note);
	bool risen = hits != GL_CGROUP_UNKNOWN && hits > note->hits;

	if (risen)
		note->hits = hits;
	return risen;
}

static void wait_for(struct gl_oom_note *note, bool quiet)
{
	const struct itimerspec when = {.it_value = {.tv_sec = QUIET_S}};

	if (quiet)
		timerfd_settime(note->timer, 0, &when, NULL);
	note->source.fd = quiet ? note->timer : note->events;
	note->source.events = quiet ? POLLIN : POLLPRI;
}

static void ready(void *context)
{
	struct gl_oom_note *note = context;

	/* Reading the file, or setting the timer again, takes the event back. */
	if (is_at_limit(note)) {
		gl_termination_log_note(note->log, note->text, note->len);
		wait_for(note, true);
	} else if (note->source.fd == note->timer) {
		gl_termination_log_withdraw(note->log);
		wait_for(note, false);
	}
}

static void compose(struct gl_oom_note *note, const struct gl_cgroup *cgroup)
{
	const struct gl_code_info *info = gl_code_info(GL_CODE_OUT_OF_MEMORY);
	struct gl_buf b = GL_BUF_FIXED(note->text);

	gl_buf_printf(&b, "error[%s]: out of memory, likely: the limit of ", info->code);
	gl_oom_size(&b, gl_cgroup_limit(cgroup));
	gl_buf_puts(&b, " had just been reached\n"
			"  why      all processes are killed at once (memory.oom.group), golaunch too;\n"
			"           this was written before, and is taken back when the program goes on\n"
			"  fix      raise the limit, or set GOMEMLIMIT below it (Go 1.19 and later)\n");
	note->len = b.len;
}

/* A descriptor that the program's own numbers are out of the way of. */
static int take(int fd, const char *what, int *ret, struct gl_err *err)
{
	if (fd < 0)
		return gl_err_sys(err, errno, "%s", what);
	*ret = fd;
	return gl_fd_raise(ret, err);
}

static int listen_to(struct gl_oom_note *note, const char *path, struct gl_err *err)
{
	int r = take(open(path, O_RDONLY | O_CLOEXEC), "memory.events", &note->events, err);

	if (!r)
		r = take(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timer", &note->timer,
			 err);
	return r;
}

int gl_oom_note_arm(struct gl_oom_note *note, const struct gl_cgroup *cgroup, struct gl_termination_log *log,
		    struct gl_err *err)
{
	char path[PATH_MAX];
	int r;

	*note = GL_OOM_NOTE_INIT;
	if (log->fd < 0 || !gl_cgroup_is_killed_as_one(cgroup))
		return 1;
	gl_cgroup_file(cgroup, "memory.events", path);
	r = listen_to(note, path, err);
	if (r < 0) {
		gl_oom_note_done(note);
		return gl_err_wrap(err, "cannot watch the memory limit");
	}
	compose(note, cgroup);
	note->hits = read_hits(note);
	note->log = log;
	note->source = (struct gl_supervise_source){.ready = ready, .context = note};
	wait_for(note, false);
	return 0;
}

void gl_oom_note_done(struct gl_oom_note *note)
{
	if (note->log)
		gl_termination_log_withdraw(note->log);
	gl_fd_close(&note->timer);
	gl_fd_close(&note->events);
	*note = GL_OOM_NOTE_INIT;
}
