/*
 * --start-timeout: a Go program that is still initialising when the time is over
 * is killed, and its end explained.
 *
 * By SIGKILL at once: the watch sees the main thread once more as it ends, with the
 * stack of what it was waiting in; a SIGTERM that the program handles, or that a
 * deadlocked init never answers, would lose that place.  Only what is known to be a
 * Go program before main.main is ever killed: a script, a wrapper or a program that
 * cannot be watched may long be doing its work.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cmd/run.h"

static void expire(void *context)
{
	struct gl_run *run = context;

	run->start_timeout.source.fd = -1;
	if (gl_watch_is_starting(run->watch)) {
		run->start_timeout.expired = kill(run->pid, SIGKILL) == 0;
		return;
	}
	if (gl_watch_result(run->watch)->phase != GL_PHASE_MAIN)
		gl_log(GL_LOG_WARNING, "--start-timeout has no effect: %s",
		       gl_watch_answer_text(gl_watch_result(run->watch)->answer));
}

int gl_run_require_watch(const struct gl_run *run, struct gl_err *err)
{
	const struct gl_watch_record *record = run->watch ? gl_watch_result(run->watch) : NULL;

	if (!gl_run_must_watch(&run->o) || (record && record->answer == GL_WATCH_ON))
		return 0;
	return gl_err_set(err, EPERM, "%s cannot be had, the start cannot be watched: %s",
			  run->o.start_timeout_ms ? "--start-timeout" : "trace --init",
			  record ? gl_watch_answer_text(record->answer)
				 : "the program would lose its privileges");
}

int gl_run_arm_timeout(struct gl_run *run, struct gl_err *err)
{
	struct gl_start_timeout *timeout = &run->start_timeout;
	unsigned ms = run->o.start_timeout_ms;
	const struct itimerspec when = {
		.it_value = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}};

	if (!ms)
		return 0;
	timeout->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timeout->timer < 0 || timerfd_settime(timeout->timer, 0, &when, NULL))
		return gl_err_sys(err, errno, "--start-timeout cannot be had");
	if (gl_fd_raise(&timeout->timer, err))
		return gl_err_wrap(err, "--start-timeout cannot be had");
	timeout->source = (struct gl_supervise_source){
		.fd = timeout->timer, .events = POLLIN, .ready = expire, .context = run};
	return 0;
}
