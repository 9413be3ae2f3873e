/*
 * The supervisor: see proc/supervise.h.
 *
 * One loop around poll().  SIGCHLD coalesces, so every one of them reaps until
 * nothing is left.  waitid() is called raw: its fifth argument brings the
 * resource usage, which libc's wrapper hides.  Nothing here allocates, and
 * nothing here may fail for want of memory: as PID 1 golaunch must not die.
 */
#include "proc/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "arch/syscall.h"
#include "base/exitcode.h"
#include "base/fd.h"

#define SIGNALS_AT_ONCE 8

struct run {
	const struct gl_supervise *s;
	struct gl_signal_scene scene;
	bool job_control; /* a shell above us, not PID 1 and no session leader */
	bool dead;
	bool give_up; /* asked to leave while stderr takes nothing */
	int error;    /* -errno: children cannot be waited for */
	uint64_t began_ns;
	struct gl_death death;
};

static uint64_t now_ns(void)
{
	struct timespec now = {.tv_sec = 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool has_controlling_terminal(void)
{
	gl_autoclose int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd >= 0;
}

static void begin(struct run *run, const struct gl_supervise *s)
{
	bool is_init = getpid() == 1;

	*run = (struct run){.s = s, .began_ns = now_ns()};
	run->scene.self = getpid();
	run->scene.shares_group = getpgid(s->pid) == getpgrp();
	run->scene.lone_init = is_init && !has_controlling_terminal();
	run->scene.is_leader = getsid(0) == getpid();
	run->job_control = !is_init && !run->scene.is_leader;
	if (s->capture)
		gl_capture_begin(s->capture);
}

/*
 * Hands the terminal on fd 0 from one process group to another; all signals
 * are blocked, so no SIGTTOU stops us.  No terminal, no harm.
 */
static void pass_terminal(pid_t from, pid_t to)
{
	if (tcgetpgrp(STDIN_FILENO) == from)
		tcsetpgrp(STDIN_FILENO, to);
}

/* The program stopped by job control: so do we, then both go on. */
static void mirror_stop(const struct run *run, int signo)
{
	bool shares_group = run->scene.shares_group;
	pid_t program = run->s->pid;

	if (!run->job_control) {
		/*
		 * No shell above could continue it.  Without golaunch its group
		 * would be orphaned and Ctrl-Z without effect: have that.
		 */
		if (signo == SIGTSTP && !shares_group)
			kill(-program, SIGCONT);
		return;
	}
	if (!shares_group)
		pass_terminal(program, getpgrp());
	gl_signals_suffer(signo);
	if (!shares_group) {
		pass_terminal(getpgrp(), program);
		kill(-program, SIGCONT);
	}
	/* In one group the shell's SIGCONT reached both; one for us alone is passed on as any signal. */
}

static void bury_program(struct run *run, const siginfo_t *info, const struct rusage *usage)
{
	run->dead = true;
	run->death.by_signal = info->si_code != CLD_EXITED;
	run->death.status = info->si_status;
	run->death.core = info->si_code == CLD_DUMPED;
	run->death.uid = info->si_uid;
	run->death.usage = *usage;
	run->death.wall_ns = now_ns() - run->began_ns;
	if (run->s->watch)
		gl_watch_ended(run->s->watch, info);
}

static void bury_orphan(struct run *run, const siginfo_t *info)
{
	int status = info->si_code == CLD_EXITED ? info->si_status << 8 : info->si_status;

	if (info->si_code == CLD_DUMPED)
		status |= WCOREFLAG;
	run->death.orphans++;
	if (run->s->on_orphan)
		run->s->on_orphan(run->s->context, info->si_pid, status);
}

static bool is_job_control(int signo)
{
	/* A SIGSTOP is somebody's who will continue the program, and knows nothing of us. */
	return signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static void program_stopped(struct run *run, int signo)
{
	if (is_job_control(signo))
		mirror_stop(run, signo);
}

static void child_changed(struct run *run, const siginfo_t *info, const struct rusage *usage)
{
	bool is_program = info->si_pid == run->s->pid;

	/* Only the watch traces, the program and for a moment what it forks. */
	if (info->si_code == CLD_TRAPPED && run->s->watch)
		program_stopped(run, gl_watch_trapped(run->s->watch, info));
	else if (info->si_code == CLD_STOPPED && is_program)
		program_stopped(run, info->si_status);
	else if (info->si_code != CLD_STOPPED && info->si_code != CLD_TRAPPED && is_program)
		bury_program(run, info, usage);
	else if (info->si_code != CLD_STOPPED && info->si_code != CLD_TRAPPED)
		bury_orphan(run, info);
}

static void reap(struct run *run)
{
	for (;;) {
		siginfo_t info = {.si_signo = 0};
		struct rusage usage = {.ru_maxrss = 0};
		int what = WEXITED | WSTOPPED | WNOHANG;

		long r = gl_syscall5(SYS_waitid, P_ALL, 0, &info, what, &usage);

		if (r == -EINTR)
			continue;
		/* An outer filter may deny it; and a death that nobody will see must not be waited for. */
		if (r < 0 && !run->dead)
			run->error = (int)r;
		if (r < 0 || info.si_pid == 0)
			return;
		child_changed(run, &info, &usage);
	}
}

static void forward(struct run *run, const struct signalfd_siginfo *info)
{
	if (gl_signals_send(run->s->pid, run->s->kill_group && !run->scene.shares_group, info) < 0)
		return;
	run->death.forwarded_count++;
	run->death.forwarded = (struct gl_signal_origin){
		.signo = (int)info->ssi_signo,
		.code = info->ssi_code,
		.pid = info->ssi_code <= 0 ? (pid_t)info->ssi_pid : 0,
		.uid = info->ssi_code <= 0 ? (uid_t)info->ssi_uid : 0,
	};
}

/* /proc of another pid namespace has our numbers too, but of other processes. */
static bool proc_is_ours(const struct run *run)
{
	char self[16];
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);

	self[GL_MAX(n, 0)] = '\0';
	return strtol(self, NULL, 10) == (long)run->scene.self;
}

/* Is the program stopped at this moment?  True where /proc cannot tell. */
static bool program_is_stopped(const struct run *run)
{
	char path[32], stat[512], *end;
	gl_autoclose int fd = -1;
	ssize_t n;

	if (run->s->watch && gl_watch_is_stopped(run->s->watch))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)run->s->pid);
	fd = proc_is_ours(run) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (n <= 0)
		return true;
	stat[n] = '\0';
	end = strrchr(stat, ')'); /* the name before it may hold anything */
	return !end || end[1] != ' ' || end[2] == 'T';
}

/*
 * A shell continues a job by a SIGCONT to its whole group: a program in our
 * group has had it.  One for golaunch alone finds the program still stopped.
 */
static bool is_second_continue(const struct run *run, const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCONT && run->scene.shares_group && !program_is_stopped(run);
}

static void handle_signal(struct run *run, const struct signalfd_siginfo *info)
{
	enum gl_signal_verdict verdict = gl_signals_judge(info, &run->scene);

	if (is_second_continue(run, info))
		return;
	if (verdict == GL_SIGNAL_REAP) {
		reap(run);
	} else if (run->dead) {
		int signo = (int)info->ssi_signo;

		run->give_up |= signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTERM;
	} else if (verdict == GL_SIGNAL_FORWARD) {
		forward(run, info);
	}
}

static void handle_signals(struct run *run)
{
	struct signalfd_siginfo infos[SIGNALS_AT_ONCE];
	ssize_t n = read(run->s->signal_fd, infos, sizeof(infos));

	for (ssize_t i = 0; i < n / (ssize_t)sizeof(infos[0]); i++)
		handle_signal(run, &infos[i]);
}

/* Is there anything left to wait for? */
static bool goes_on(struct run *run)
{
	if (!run->dead)
		return true;
	return run->s->capture && !run->give_up && gl_capture_busy(run->s->capture);
}

/* The sources' entries; poll() passes over a negative descriptor. */
static void want_sources(const struct run *run, struct pollfd polls[GL_SUPERVISE_SOURCES])
{
	for (size_t i = 0; i < GL_SUPERVISE_SOURCES; i++) {
		const struct gl_supervise_source *source = run->s->sources[i];

		polls[i] = (struct pollfd){.fd = -1};
		if (source && !run->dead)
			polls[i] = (struct pollfd){.fd = source->fd, .events = source->events};
	}
}

static void step_sources(const struct run *run, const struct pollfd polls[GL_SUPERVISE_SOURCES])
{
	for (size_t i = 0; i < GL_SUPERVISE_SOURCES; i++) {
		struct gl_supervise_source *source = run->s->sources[i];

		if (!polls[i].revents || run->dead)
			continue;
		source->came = polls[i].revents;
		source->ready(source->context);
	}
}

/* The shorter of two times for poll(), -1: for ever. */
static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return GL_MAX(a, b);
	return GL_MIN(a, b);
}

/* Milliseconds until somebody has something to do without being asked. */
static int patience(const struct run *run)
{
	int watch = run->s->watch ? gl_watch_timeout(run->s->watch) : -1;
	int capture = run->s->capture ? gl_capture_timeout(run->s->capture) : -1;

	return sooner(watch, capture);
}

/* One turn of the loop.  Returns 0 or -errno. */
static int turn(struct run *run)
{
	struct gl_capture *capture = run->s->capture;
	struct pollfd polls[1 + GL_SUPERVISE_SOURCES + GL_CAPTURE_POLLS] = {
		{.fd = run->s->signal_fd, .events = POLLIN}};
	struct pollfd *of_sources = polls + 1, *of_capture = of_sources + GL_SUPERVISE_SOURCES;
	nfds_t count = 1 + GL_SUPERVISE_SOURCES;
	bool was_dead = run->dead;

	want_sources(run, of_sources);
	if (capture) {
		gl_capture_want(capture, of_capture);
		count += GL_CAPTURE_POLLS;
	}
	if (poll(polls, count, patience(run)) < 0)
		return errno == EINTR || errno == ENOMEM ? 0 : -errno;
	/* Before the watch, which may drain it: then what poll() promised is no longer true. */
	if (capture)
		gl_capture_step(capture, of_capture);
	if (run->s->watch)
		gl_watch_tick(run->s->watch);
	if (polls[0].revents)
		handle_signals(run);
	step_sources(run, of_sources);
	if (capture && run->dead && !was_dead)
		gl_capture_finish(capture);
	return 0;
}

int gl_supervise_run(const struct gl_supervise *s, struct gl_death *ret_death, struct gl_err *err)
{
	struct run run;

	begin(&run, s);
	/* Whoever called us may have read the SIGCHLD already. */
	reap(&run);
	if (s->settle)
		s->settle(s->context);
	if (run.dead && s->capture)
		gl_capture_finish(s->capture);
	while (goes_on(&run)) {
		int r = run.error ? run.error : turn(&run);

		if (r < 0 && s->watch)
			gl_watch_abandon(s->watch);
		if (r < 0)
			return gl_err_sys(err, -r, "cannot wait for the program");
	}
	if (!run.scene.shares_group)
		pass_terminal(s->pid, getpgrp());
	*ret_death = run.death;
	return 0;
}

int gl_supervise_subreaper(struct gl_err *err)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return gl_err_sys(err, errno, "cannot become the reaper of orphans");
	return 0;
}

GL_NORETURN void gl_supervise_die_of(int signo)
{
	const struct rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};

	if (getpid() != 1) {
		/* A core that goes to a pipe (core_pattern "|...") minds only the second (coredump.c). */
		setrlimit(RLIMIT_CORE, &no_core);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		gl_signals_suffer(signo);
	}
	_exit(GL_EXIT_SIGNAL_BASE + signo);
}
