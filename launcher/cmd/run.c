/*
 * golaunch [run] [OPTION...] [--] PROGRAM [ARG...]: the order of a run.
 *
 * Signals and descriptors come first, since everything later may disturb them;
 * what can fail for golaunch's own reasons (125) comes before the program is
 * judged (126, 127), and nothing is started before both are done.
 */
#include "cmd/run.h"

#include <errno.h>
#include <signal.h>

#include "base/exitcode.h"
#include "base/fd.h"
#include "cmd/verbs.h"
#include "proc/outlet.h"

static int (*const steps[])(struct gl_run *run, struct gl_err *err) = {
	gl_run_bypass,	     gl_run_choose_supervision,
	gl_run_open_sinks,   gl_run_settle_descriptors,
	gl_run_load_policy,  gl_run_prepare_learning,
	gl_run_find_program, gl_run_make_plan,
	gl_run_examine,	     gl_run_choose_launch,
	gl_run_judge,	     gl_run_check_exec,
	gl_run_repair,	     gl_run_make_landlock,
	gl_run_dry,	     gl_run_start,
	gl_run_supervise,    gl_run_end,
};

static int print_version(void)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_buf_puts(&b, "golaunch " GL_VERSION "\n");
	return gl_cmd_print(&b);
}

/* The program's argv: the words left over, or --program's path in front of them. */
static int take_program(struct gl_run *run, int argc, char **argv, struct gl_err *err)
{
	if (run->o.program) {
		run->argv = calloc((size_t)argc + 2, sizeof(char *));
		if (!run->argv)
			return gl_err_sys(err, ENOMEM, "cannot start");
		run->argv[0] = (char *)(uintptr_t)run->o.program; /* execve's type for it; nobody writes */
		memcpy(run->argv + 1, argv, (size_t)argc * sizeof(char *));
		return 0;
	}
	if (argc == 0)
		return gl_err_set(err, EINVAL, "no PROGRAM given");
	run->argv = calloc((size_t)argc + 1, sizeof(char *));
	if (!run->argv)
		return gl_err_sys(err, ENOMEM, "cannot start");
	memcpy(run->argv, argv, (size_t)argc * sizeof(char *));
	return 0;
}

static void run_done(struct gl_run *run)
{
	gl_watch_free(run->watch);
	if (run->has_examination)
		gl_examination_done(&run->x);
	gl_choice_done(&run->choice);
	if (run->has_host)
		gl_host_done(&run->host);
	gl_listener_free(run->listener);
	gl_run_learning_done(&run->learning);
	gl_denial_judge_done(&run->judge);
	gl_capture_free(run->capture);
	gl_fd_close(&run->signal_fd);
	gl_fd_close(&run->start_timeout.timer);
	gl_plan_done(&run->plan);
	gl_policy_source_done(&run->policy);
	for (size_t i = 0; i < GL_ARRAY_SIZE(run->filters); i++)
		gl_filter_done(&run->filters[i]);
	gl_environment_done(&run->environment);
	gl_findings_done(&run->findings);
	gl_sink_done(&run->report);
	gl_sink_done(&run->trace);
	gl_termination_log_done(&run->termination_log);
	free(run->path);
	free(run->argv);
}

/* golaunch's own words may wait for a reader, but not for long: see gl_outlet_say(). */
static void put_patiently(int fd, const char *text, size_t len)
{
	gl_outlet_say(fd, text, len, GL_OUTLET_PATIENCE_MS);
}

static void configure_log(const struct gl_common *common)
{
	struct gl_log_config config;

	gl_common_apply(common);
	config = *gl_log_current();
	config.put = put_patiently;
	gl_log_configure(&config);
}

/*
 * A reader of stderr that went away, and a limit on the size of files (a memfd
 * is one), must not take status and report with them: writes fail, with a word.
 * The program gets its mask back.
 */
static void block_write_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int run_steps(struct gl_run *run)
{
	struct gl_err err = GL_ERR_INIT;
	int r = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(steps) && !r; i++)
		r = steps[i](run, &err);
	if (r < 0)
		gl_run_end_failed(run, &err);
	return run->status;
}

static int parse_with(struct gl_run *run, int argc, char **argv, char **env, int *ret_used,
		      struct gl_err *err)
{
	bool ended;

	run->o = GL_RUN_OPTIONS_INIT;
	return gl_options_parse(run->form->options, argc, argv, env, &run->o, ret_used, &ended, err);
}

/*
 * With GOLAUNCH_BYPASS nothing else in the environment is looked at, so that a
 * broken variable cannot close the emergency exit.
 */
static int parse(struct gl_run *run, int argc, char **argv, int *ret_used, struct gl_err *err)
{
	bool perhaps = gl_run_is_bypassed(run); /* unless the command line forbids it */
	int r = parse_with(run, argc, argv, perhaps ? NULL : run->env, ret_used, err);

	if (!r && perhaps && !gl_run_is_bypassed(run))
		r = parse_with(run, argc, argv, run->env, ret_used, err);
	if (r || !run->form->check || run->o.common.help || run->o.version)
		return r;
	return run->form->check(&run->o, err);
}

int gl_cmd_run(int argc, char **argv, char **env)
{
	const struct gl_run_form form = {.options = gl_run_option_table()};

	return gl_run_form(&form, argc, argv, env);
}

int gl_run_form(const struct gl_run_form *form, int argc, char **argv, char **env)
{
	struct gl_run run = GL_RUN_INIT;
	struct gl_err err = GL_ERR_INIT;
	int used, r;

	gl_signals_capture(&run.signals);
	block_write_signals();
	run.parent = getppid();
	run.env = env;
	run.form = form;
	if (gl_fds_fill(&run.entry_fds, &err))
		return gl_cmd_failed(&err);
	r = parse(&run, argc, argv, &used, &err);
	configure_log(&run.o.common);
	if (r)
		return gl_cmd_usage(&err);
	if (run.o.common.help)
		return gl_cmd_help_of(form->verb);
	if (run.o.version)
		return print_version();
	if (*gl_options_from_environment())
		gl_log(GL_LOG_NOTE, "from the environment: %s", gl_options_from_environment());
	r = take_program(&run, argc - used, argv + used, &err);
	if (r)
		return gl_cmd_usage(&err);
	r = run_steps(&run);
	run_done(&run);
	return r;
}
