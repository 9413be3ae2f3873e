/*
 * golaunch [run] [OPTION...] [--] PROGRAM [ARG...]: the order of a run.
 *
 * Signals and descriptors come first, since everything later may disturb them;
 * what can fail for golaunch's own reasons (125) comes before the program is
 * judged (126, 127), and nothing is started before both are done.
 */
#include "cmd/run.h"

#include <errno.h>

#include "base/exitcode.h"
#include "base/fd.h"
#include "cmd/verbs.h"

static int (*const steps[])(struct gl_run *run, struct gl_err *err) = {
	gl_run_bypass,	     gl_run_choose_supervision, gl_run_open_sinks, gl_run_settle_descriptors,
	gl_run_find_program, gl_run_make_plan,		gl_run_examine,	   gl_run_dry,
	gl_run_start,	     gl_run_supervise,		gl_run_end,
};

/* --no-env takes back what parsing with the environment would have added, so it is looked for first. */
static char **option_environment(int argc, char **argv, char **env)
{
	for (int i = 0; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--no-env"))
			return NULL;
	return env;
}

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
	if (run->has_examination)
		gl_examination_done(&run->x);
	if (run->has_host)
		gl_host_done(&run->host);
	gl_capture_free(run->capture);
	gl_fd_close(&run->signal_fd);
	gl_plan_done(&run->plan);
	gl_environment_done(&run->environment);
	gl_findings_done(&run->findings);
	gl_sink_done(&run->report);
	gl_termination_log_done(&run->termination_log);
	free(run->path);
	free(run->argv);
}

static int run_steps(struct gl_run *run)
{
	struct gl_err err = GL_ERR_INIT;
	int r = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(steps) && !r; i++)
		r = steps[i](run, &err);
	return r < 0 ? gl_cmd_failed(&err) : run->status;
}

int gl_cmd_run(int argc, char **argv, char **env)
{
	struct gl_run run = GL_RUN_INIT;
	struct gl_err err = GL_ERR_INIT;
	bool ended;
	int used, r;

	gl_signals_capture(&run.signals);
	run.parent = getppid();
	run.env = env;
	if (gl_fds_fill(&run.entry_fds, &err))
		return gl_cmd_failed(&err);
	r = gl_options_parse(gl_run_option_table(), argc, argv, option_environment(argc, argv, env), &run.o,
			     &used, &ended, &err);
	gl_common_apply(&run.o.common);
	if (r)
		return gl_cmd_usage(&err);
	if (run.o.help)
		return gl_cmd_help(0, NULL, env);
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
