/*
 * What a run settles before it looks at the program: bypass, supervision,
 * sinks, descriptors; and where the program is.
 */
#include <errno.h>

#include "base/exitcode.h"
#include "base/log.h"
#include "cmd/descriptors.h"
#include "cmd/run.h"
#include "diag/search_path.h"
#include "proc/spawn.h"

#define BYPASS "GOLAUNCH_BYPASS"

int gl_run_find_program(struct gl_run *run, struct gl_err *err)
{
	const char *path = gl_environment_get(run->env, "PATH");
	int r;

	if (run->path)
		return 0;
	r = gl_search_path(run->argv[0], path, &run->path, err);
	if (r < 0)
		return r;
	if (r > 0)
		return gl_run_end_unstarted(run, gl_search_path_explain(&run->findings, run->argv[0], path),
					    GL_OUTCOME_REFUSED, GL_EXIT_NOT_FOUND);
	return 0;
}

bool gl_run_is_bypassed(const struct gl_run *run)
{
	const char *wanted = gl_environment_get(run->env, BYPASS);

	return wanted && !strcmp(wanted, "1") && !run->o.no_bypass && !run->o.no_env;
}

/* Emergency exit: golaunch does nothing but execve. */
int gl_run_bypass(struct gl_run *run, struct gl_err *err)
{
	struct gl_plan_failure failure = {.step = GL_STEP_NONE};
	struct gl_spawn spawn = GL_SPAWN_INIT;
	int r;

	if (!gl_run_is_bypassed(run))
		return 0;
	gl_log(GL_LOG_WARNING, "%s is set: the program is started unchecked, unconfined and unsupervised",
	       BYPASS);
	r = gl_run_find_program(run, err);
	if (r)
		return r;
	r = gl_environment_make(run->env, &GL_RUN_OPTIONS_INIT, NULL, NULL, &run->environment, err);
	if (r)
		return r;
	spawn.plan = &run->plan;
	spawn.path = run->path;
	spawn.argv = run->argv;
	spawn.env = run->environment.strings;
	spawn.signals = &run->signals;
	r = gl_spawn_in_place(&spawn, &failure, err);
	gl_log_err(err);
	run->status = r == -ENOENT && access(run->path, F_OK) ? GL_EXIT_NOT_FOUND : GL_EXIT_CANNOT_EXECUTE;
	return GL_RUN_DONE;
}

/* The option that only a parent can serve, or NULL. */
static const char *wants_parent(const struct gl_run *run)
{
	const struct gl_run_options *o = &run->o;

	if (run->form->learns)
		return "policy learn";
	if (o->report)
		return "--report";
	if (o->capture == GL_CAPTURE_ALL)
		return "--capture all";
	if (o->capture == GL_CAPTURE_INIT)
		return "--capture init";
	if (o->termination_log && strcmp(o->termination_log, "off") && strcmp(o->termination_log, "auto"))
		return "--termination-log FILE";
	if (o->start_timeout_ms)
		return "--start-timeout";
	if (o->trace_init)
		return "trace --init";
	if (o->subreaper)
		return "-s";
	if (o->kill_group)
		return "-g";
	if (o->warn_reaping)
		return "-w";
	if (memchr(o->ok_status, true, sizeof(o->ok_status)))
		return "-e";
	return NULL;
}

/*
 * systemd's notification and watchdog protocols look at the sender's pid: a
 * parent in between would be taken for the service.
 */
static bool is_notify_service(const struct gl_run *run)
{
	const char *listen_pid = gl_environment_get(run->env, "LISTEN_PID");

	if (getpid() == 1)
		return false;
	return gl_environment_get(run->env, "NOTIFY_SOCKET") ||
	       (listen_pid && strtol(listen_pid, NULL, 10) == getpid());
}

int gl_run_choose_supervision(struct gl_run *run, struct gl_err *err)
{
	const char *asked = wants_parent(run);

	if (run->o.no_supervise && asked)
		return gl_err_set(err, EINVAL,
				  "--no-supervise and %s cannot be had together: no parent stays", asked);
	run->supervise = !run->o.no_supervise;
	run->parent_asked = asked != NULL;
	if (run->supervise && !asked && is_notify_service(run)) {
		gl_log(GL_LOG_NOTE,
		       "NOTIFY_SOCKET or LISTEN_PID is set: the program takes golaunch's place (--no-supervise)");
		run->supervise = false;
	}
	if (!run->o.parent_death_signal)
		return 0;
	return gl_signals_parent_death(run->o.parent_death_signal, run->parent, err);
}

/* What was closed when golaunch was entered holds its own placeholder now. */
static int check_fd(const struct gl_run *run, const char *what, const char *spec, struct gl_err *err)
{
	unsigned n;

	if (spec && sscanf(spec, "fd:%u", &n) == 1 && n <= STDERR_FILENO && run->entry_fds.closed[n])
		return gl_err_set(err, EBADF, "%s: descriptor %u is not open", what, n);
	return 0;
}

int gl_run_open_sinks(struct gl_run *run, struct gl_err *err)
{
	int r = check_fd(run, "report", run->o.report, err);

	if (!r)
		r = check_fd(run, "output", run->o.trace_output, err);
	if (r)
		return r;
	if (run->supervise && run->o.report)
		r = gl_sink_open("report", run->o.report, &run->report, err);
	if (!r && run->o.trace_output)
		r = gl_sink_open("output", run->o.trace_output, &run->trace, err);
	if (!r && run->supervise)
		r = gl_termination_log_open(run->o.termination_log ? run->o.termination_log : "auto",
					    &run->termination_log, err);
	return r;
}

int gl_run_settle_descriptors(struct gl_run *run, struct gl_err *err)
{
	return gl_descriptors_apply(&run->o, run->env, err);
}
