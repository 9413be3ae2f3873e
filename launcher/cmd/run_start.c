/*
 * Starting the program, watching over it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "cmd/run.h"
#include "diag/execve.h"
#include "proc/outlet.h"
#include "proc/spawn.h"

/* auto: where a report wants the text, unless programs behave differently on what fd 2 is than on a pipe. */
static bool wants_capture(const struct gl_run *run)
{
	struct stat st;

	if (run->o.capture != GL_CAPTURE_AUTO)
		return run->o.capture != GL_CAPTURE_OFF;
	if (run->report.fd < 0 && run->termination_log.fd < 0)
		return false;
	if (isatty(STDERR_FILENO))
		return false;
	return fstat(STDERR_FILENO, &st) || !S_ISSOCK(st.st_mode);
}

/* The soft limit that the program will have. */
static rlim_t limit_of(const struct gl_run *run, int resource)
{
	struct rlimit ours = {.rlim_cur = RLIM_INFINITY};

	for (size_t i = 0; i < run->plan.limit_count; i++)
		if (run->plan.limits[i].resource == resource)
			return run->plan.limits[i].value.rlim_cur;
	getrlimit((__rlimit_resource_t)resource, &ours);
	return ours.rlim_cur;
}

/* Is there a watch that can hand stderr back?  Then the program brings it along. */
static void settle_handback(struct gl_run *run)
{
	bool watched = run->watch && gl_watch_result(run->watch)->answer == GL_WATCH_ON;
	struct rlimit ours = {.rlim_cur = RLIM_INFINITY};

	if (run->o.capture != GL_CAPTURE_INIT || !watched)
		return;
	getrlimit(RLIMIT_NOFILE, &ours);
	run->saved_fd = gl_fds_spare(GL_MIN(ours.rlim_cur, limit_of(run, RLIMIT_NOFILE)));
	if (run->saved_fd >= 0)
		gl_watch_hand_back(run->watch, run->capture, run->saved_fd);
}

bool gl_run_handed_back(const struct gl_run *run)
{
	return run->watch && gl_watch_result(run->watch)->handback == GL_HANDBACK_DONE;
}

static int open_capture(struct gl_run *run, struct gl_err *err)
{
	int r;

	if (!wants_capture(run))
		return 0;
	r = gl_capture_open(run->entry_fds.closed[STDERR_FILENO] ? -1 : STDERR_FILENO, &run->capture, err);
	if (!r || run->o.capture != GL_CAPTURE_AUTO)
		return r;
	gl_log(GL_LOG_NOTE, "stderr is not captured: %s", err->msg);
	return 0;
}

static int make_parent(struct gl_run *run, struct gl_err *err)
{
	int r = gl_environment_readdress(&run->environment, err);

	if (!r)
		r = gl_signals_open(&run->signal_fd, err);
	if (!r)
		r = open_capture(run, err);
	if (!r && run->o.subreaper)
		r = gl_supervise_subreaper(err);
	if (!r)
		r = gl_run_make_watch(run, err);
	if (!r)
		r = gl_run_require_watch(run, err);
	if (!r)
		r = gl_run_arm_timeout(run, err);
	if (!r)
		r = gl_run_make_listener(run, err);
	if (!r)
		settle_handback(run);
	return r;
}

static int explain(struct gl_run *run, int errnum, struct gl_err *err)
{
	struct gl_execve call = {
		.file = run->choice.path ? run->choice.path : run->path,
		.errnum = errnum,
		.argv = run->argv,
		.env = run->environment.strings,
		.stack_limit = limit_of(run, RLIMIT_STACK),
	};
	const struct gl_finding *f = NULL;
	int r;

	if (run->has_examination)
		gl_examination_done(&run->x);
	run->has_examination = true;
	/* A stub that has a path was executed itself, and needs no loader. */
	if (run->choice.path)
		run->host.loader_dir = NULL;
	r = gl_execve_explain(&run->host, &call, &run->x, &f, err);
	if (r < 0)
		return r;
	return gl_run_end_unstarted(run, f, GL_OUTCOME_EXEC_FAILED, gl_examination_exit_status(f));
}

/* Those that golaunch's own writes brought on while they were blocked; the program shall not die of them. */
static void forget_write_signals(void)
{
	const struct timespec now = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	while (sigtimedwait(&set, NULL, &now) > 0)
		continue;
}

/*
 * A starter that wants golaunch killed with it (PR_SET_PDEATHSIG SIGKILL) means
 * the program: SIGKILL cannot be passed on, so the program is tied to golaunch.
 */
static bool dies_with_parent(void)
{
	int signo = 0;

	return prctl(PR_GET_PDEATHSIG, &signo) == 0 && signo == SIGKILL;
}

static int try_start(struct gl_run *run, struct gl_plan_failure *failure, struct gl_err *err)
{
	struct gl_spawn spawn = {
		.plan = &run->plan,
		.path = run->choice.path ? run->choice.path : run->path,
		.exec_fd = run->choice.fd,
		.argv = run->argv,
		.env = run->environment.strings,
		.signals = &run->signals,
		.stderr_fd = run->capture ? gl_capture_write_end(run->capture) : -1,
		.saved_fd = run->saved_fd,
		.listen_pid = run->environment.listen_pid,
		.watchdog_pid = run->environment.watchdog_pid,
		.signal_fd = run->signal_fd,
		.watch = run->watch,
		.listener = run->listener,
		.must_watch = gl_run_must_watch(&run->o),
	};

	run->plan.tie_to = run->supervise && dies_with_parent() ? getpid() : 0;
	if (!run->supervise) {
		forget_write_signals();
		return gl_spawn_in_place(&spawn, failure, err);
	}
	spawn.group = gl_spawn_choose_group(run->o.kill_group);
	return gl_spawn_start(&spawn, &run->pid, failure, err);
}

/*
 * No process more for this user (RLIMIT_NPROC, a pids cgroup): the one there is
 * can still become the program, unless a parent was asked for.
 */
static bool can_do_without_parent(const struct gl_run *run, const struct gl_plan_failure *failure, int r)
{
	return r == -EAGAIN && failure->step == GL_STEP_NONE && run->supervise && !run->parent_asked;
}

static int start_without_parent(struct gl_run *run, struct gl_plan_failure *failure, struct gl_err *err)
{
	gl_log(GL_LOG_NOTE, "%s: the program takes golaunch's place (--no-supervise)", err->msg);
	run->supervise = false;
	gl_plan_forget_listener(&run->plan);
	gl_environment_keep_pid(&run->environment);
	return try_start(run, failure, err);
}

int gl_run_start(struct gl_run *run, struct gl_err *err)
{
	struct gl_plan_failure failure = {.step = GL_STEP_NONE};
	int r = run->supervise ? make_parent(run, err) : 0;

	if (r)
		return r;
	r = try_start(run, &failure, err);
	if (r < 0 && can_do_without_parent(run, &failure, r))
		r = start_without_parent(run, &failure, err);
	gl_plan_forget_exec_key(&run->plan);
	gl_run_say_listener(&failure);
	gl_run_say_repair(&failure);
	if (failure.filter_errnum)
		gl_log(GL_LOG_NOTE, "GL5004: the program runs without the default policy%s: %s",
		       run->plan.no_new_privs ? ", but with no_new_privs" : "",
		       strerror(failure.filter_errnum));
	if (r < 0 && failure.step == GL_STEP_EXEC)
		return explain(run, failure.errnum, err);
	if (r < 0 && failure.step == GL_STEP_FILTER && gl_run_observes(run))
		return gl_run_end_unobserved(run, failure.errnum);
	if (r < 0 && failure.step != GL_STEP_NONE)
		return gl_run_end_unprotected(run, err);
	gl_fd_close(&run->choice.fd);
	return r;
}

/* While the loop runs nothing may hold it: what stderr does not take at once is not said. */
static void put_at_once(int fd, const char *text, size_t len)
{
	gl_outlet_say(fd, text, len, 0);
}

static void warn_orphan(void *context, pid_t pid, int wait_status)
{
	(void)context;
	(void)wait_status;
	gl_log(GL_LOG_WARNING, "reaped orphan %d", (int)pid);
}

/* It takes as long as the search for the end of init does. */
static void settle(void *context)
{
	gl_run_begin_memory(context);
}

int gl_run_supervise(struct gl_run *run, struct gl_err *err)
{
	struct gl_supervise supervise = {
		.pid = run->pid,
		.signal_fd = run->signal_fd,
		.capture = run->capture,
		.watch = run->watch,
		.sources = {&run->oom_note.source, &run->start_timeout.source,
			    run->listener ? gl_listener_source(run->listener) : NULL},
		.kill_group = run->o.kill_group,
		.on_orphan = run->o.warn_reaping ? warn_orphan : NULL,
		.settle = settle,
		.context = run,
	};

	struct gl_log_config patient = *gl_log_current(), hurried = patient;
	int r;

	if (run->learning.learn)
		gl_learn_begin(run->learning.learn, run->pid, run->watch);

	/* execve goes on meanwhile. */
	if (run->watch)
		gl_watch_prepare(run->watch);
	hurried.put = put_at_once;
	gl_log_configure(&hurried);
	r = gl_supervise_run(&supervise, &run->death, err);
	gl_run_end_memory(run);
	gl_log_configure(&patient);
	gl_run_say_watch(run);
	return r;
}
