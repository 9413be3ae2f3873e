/*
 * One run of a program, as the files run_*.c share it.
 *
 * A run is a list of steps (launcher/cmd/run.c).  A step returns 0 (go on),
 * GL_RUN_DONE (run->status is golaunch's exit status) or -errno with err
 * saying what golaunch could not do (exit status 125).
 */
#pragma once

#include "bundle/choose.h"
#include "cmd/environment.h"
#include "cmd/run_options.h"
#include "diag/examine.h"
#include "diag/script.h"
#include "policy/source.h"
#include "proc/capture.h"
#include "proc/cgroup.h"
#include "proc/fds.h"
#include "proc/listener.h"
#include "proc/signals.h"
#include "proc/supervise.h"
#include "report/cause.h"
#include "report/denial_rule.h"
#include "report/oom_note.h"
#include "report/sink.h"
#include "report/termination_log.h"
#include "sandbox/plan.h"

#define GL_RUN_DONE 1

/* --start-timeout */
struct gl_start_timeout {
	struct gl_supervise_source source; /* for the loop */
	int timer;
	bool expired; /* and golaunch killed the program for it */
};

/* Blocks about denials that may be said at once, and since when they were counted. */
struct gl_run_denials {
	uint64_t left, since_ns;
};

/* A verb that runs a program. */
struct gl_run_form {
	const char *verb;		       /* NULL: the default one */
	const struct gl_option_table *options; /* for struct gl_run_options */
	/* Do they make sense?  Returns 0 or -errno; NULL: always. */
	int (*check)(const struct gl_run_options *o, struct gl_err *err);
	bool learns; /* policy learn */
};

/* What a run that learns has besides; empty in all others, and in a dry one. */
struct gl_run_learning {
	struct gl_policy_source into; /* --merge */
	struct gl_filter observer;    /* its denials are what is recorded */
	struct gl_learn_scheme scheme;
	struct gl_learn *learn;
	bool connections; /* what Go's net does with each is recorded: gl_learned.connections */
	char *target;	  /* owned; NULL: standard error */
	int special;	  /* the target, where it is no regular file; -1: it is, or is not there yet */
};
#define GL_RUN_LEARNING_INIT ((struct gl_run_learning){.into = GL_POLICY_SOURCE_INIT, .special = -1})

struct gl_run {
	const struct gl_run_form *form;
	struct gl_run_options o;
	char **env;  /* golaunch's environment */
	char **argv; /* the program's, argv[0] as it was named */
	int status;

	struct gl_inherited_signals signals;
	struct gl_fds_entry entry_fds;
	pid_t parent;
	bool supervise;
	bool parent_asked;     /* by an option that only a parent can serve */
	bool gains_privileges; /* setuid, setgid or file capabilities */
	char *path;	       /* what execve gets */
	struct gl_environment environment;
	struct gl_sink report;
	struct gl_sink trace; /* where it goes; none: standard error */
	struct gl_termination_log termination_log;

	struct gl_host host;
	bool has_host;
	struct gl_examination x;
	bool has_examination;
	bool examined;					 /* and it was finished */
	struct gl_choice choice;			 /* host.loader_dir points into it */
	struct gl_policy_source policy;			 /* of a file that --policy names; else empty */
	struct gl_filter filters[GL_FILTER_VARIANT_MAX]; /* of that file, compiled here */
	struct gl_preset own_preset;	/* and as a preset; empty unless preset points here */
	const struct gl_preset *preset; /* NULL: no policy */
	struct gl_plan plan;
	struct gl_findings findings; /* those of no examination: PATH, deaths */

	int signal_fd;
	struct gl_capture *capture;
	int saved_fd;		      /* --capture init: where the program has its real stderr, or -1 */
	struct gl_watch *watch;	      /* NULL: the start is not watched */
	struct gl_listener *listener; /* NULL: denials are not explained */
	struct gl_denial_judge judge; /* with the listener */
	struct gl_run_learning learning;
	struct gl_run_denials said_denials;
	pid_t pid;
	struct gl_oom_note oom_note;
	struct gl_start_timeout start_timeout;
	struct gl_cgroup cgroup; /* read when the program started and when it was dead */
	struct gl_death death;
};

#define GL_RUN_INIT                                                                                          \
	((struct gl_run){.o = GL_RUN_OPTIONS_INIT,                                                           \
			 .environment = GL_ENVIRONMENT_INIT,                                                 \
			 .report = GL_SINK_INIT,                                                             \
			 .trace = GL_SINK_INIT,                                                              \
			 .termination_log = GL_TERMINATION_LOG_INIT,                                         \
			 .choice = GL_CHOICE_INIT,                                                           \
			 .start_timeout = {.source = {.fd = -1}, .timer = -1},                               \
			 .judge = GL_DENIAL_JUDGE_INIT,                                                      \
			 .oom_note = GL_OOM_NOTE_INIT,                                                       \
			 .policy = GL_POLICY_SOURCE_INIT,                                                    \
			 .learning = GL_RUN_LEARNING_INIT,                                                   \
			 .saved_fd = -1,                                                                     \
			 .plan = GL_PLAN_INIT,                                                               \
			 .signal_fd = -1})

/* run.c */
/* The whole run, from the words behind the verb.  Returns the exit status, or dies as the program did. */
int gl_run_form(const struct gl_run_form *form, int argc, char **argv, char **env);

/* run_prepare.c */
/* GOLAUNCH_BYPASS=1, and nothing on the command line forbids it. */
bool gl_run_is_bypassed(const struct gl_run *run);
int gl_run_bypass(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_choose_supervision(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_open_sinks(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_find_program(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_settle_descriptors(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_policy.c; reads what --policy names, and takes into run->o what it says of the user */
int gl_run_load_policy(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_plan.c */
int gl_run_make_plan(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_examine.c */
int gl_run_examine(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_judge(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_bundle.c; between the two above */
int gl_run_choose_launch(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_exec.c */
/* Refuses a script under "exec deny" (GL5010). */
int gl_run_check_exec(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* Is execve denied to the program by the plan?  The key of the plan alone does not tell: who learns has one too. */
bool gl_run_denies_exec(const struct gl_run *run);
/* Is the file a script that names an interpreter?  false also where it cannot be read. */
bool gl_run_read_interpreter(const char *path, char ret_interpreter[GL_SCRIPT_LINE_MAX + 1]);
/* run_repair.c; once it is known what PROGRAM is */
int gl_run_repair(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* That it failed after all. */
void gl_run_say_repair(const struct gl_plan_failure *failure);

/* run_landlock.c; once it is known what execve opens */
int gl_run_make_landlock(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_start.c */
int gl_run_start(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
int gl_run_supervise(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* Has the program its real stderr back (--capture init)?  Then what was captured is not its last words. */
bool gl_run_handed_back(const struct gl_run *run);

/* run_watch.c; makes the watch where there is something to watch, before the program is started */
int gl_run_make_watch(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* -v: why the start was not watched; -vv: what was seen. */
void gl_run_say_watch(const struct gl_run *run);

/* run_denials.c; where the plan has a filter to listen to, before the program is started */
int gl_run_make_listener(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* -v: why nobody listens after all. */
void gl_run_say_listener(const struct gl_plan_failure *failure);
/* What was not said yet, and how often each. */
void gl_run_end_denials(struct gl_run *run);

/* run_denied.c; the program has failed: whose denial its last complaint is about, where it is known.  text may be NULL. */
void gl_run_explain_denied(struct gl_run *run, const struct gl_capture_text *text);

/* run_memory.c; around gl_supervise_run() */
void gl_run_begin_memory(struct gl_run *run);
void gl_run_end_memory(struct gl_run *run);

/* run_timeout.c */
/* Is the watch that was asked for there, as far as can be told before the start?  Returns 0 or -EPERM. */
int gl_run_require_watch(const struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* The time runs: before gl_supervise_run(). */
int gl_run_arm_timeout(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_trace.c; the program has ended: writes the trace, where one was asked for */
void gl_run_write_trace(struct gl_run *run, const struct gl_outcome *outcome);

/* run_learn.c */
/* Reads what there is to be added to, and makes the filter that asks; before the plan. */
int gl_run_prepare_learning(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
enum gl_observe gl_run_observes(const struct gl_run *run);
/* The program has ended: writes the policy.  Returns 0, or -errno: it was said, and the run has failed. */
int gl_run_end_learning(struct gl_run *run) GL_MUST_CHECK;
void gl_run_learning_done(struct gl_run_learning *learning);

/* run_dry.c */
int gl_run_dry(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;

/* run_end.c */
/*
 * The program was not started for this reason (NULL: none could be made out):
 * says it, reports it, sets the exit status.  Returns GL_RUN_DONE.
 */
int gl_run_end_unstarted(struct gl_run *run, const struct gl_finding *f, enum gl_outcome_kind kind,
			 int status);
/*
 * The program was not started because a protection asked for by name cannot be
 * had (GL5004, exit status 125): says it in err's words.  Returns GL_RUN_DONE.
 */
int gl_run_end_unprotected(struct gl_run *run, const struct gl_err *err);
/* The same, where the filter that somebody is to look on through cannot be had: errnum, of seccomp(2). */
int gl_run_end_unobserved(struct gl_run *run, int errnum);
/* The program has ended: decides the cause, says and reports it, sets the status or dies as the program did. */
int gl_run_end(struct gl_run *run, struct gl_err *err) GL_MUST_CHECK;
/* golaunch itself failed: says it, reports it, sets the status 125. */
void gl_run_end_failed(struct gl_run *run, const struct gl_err *err);
/* Says a finding on golaunch's stderr, as text or JSON.  exit_status < 0: none. */
void gl_run_say(const struct gl_run *run, const struct gl_finding *f, int exit_status);
