/*
 * The options of run, as they were given.
 */
#pragma once

#include "cmd/common.h"
#include "cmd/fallback.h"
#include "cmd/options.h"

enum gl_check_mode {
	GL_CHECK_STRICT, /* refuse on a certain failure */
	GL_CHECK_WARN,	 /* say so and try */
	GL_CHECK_OFF,	 /* do not look */
	GL_CHECK_MAX
};

enum gl_capture_mode {
	GL_CAPTURE_AUTO, /* all where a report or termination log wants the text and fd 2 is no terminal or socket */
	GL_CAPTURE_INIT, /* until main.main, then the program gets its own back */
	GL_CAPTURE_ALL,
	GL_CAPTURE_OFF,
	GL_CAPTURE_MAX
};

/* Of golaunch policy learn, which is a run. */
struct gl_learn_options {
	const char *output, *merge; /* NULL: not given */
	bool dry;
};

struct gl_run_options {
	struct gl_common common; /* first: see cmd/common.h */
	bool version;
	const char *policy; /* NULL: not asked for by name */
	const char *program;
	enum gl_check_mode check;
	enum gl_capture_mode capture;
	const char *report;
	const char *termination_log; /* NULL: not asked for by name */
	unsigned start_timeout_ms;   /* 0: none */
	struct gl_fallback_options fallback;
	bool no_supervise, dry_run, no_bypass, no_env;
	const char *user;
	struct gl_values caps, limits, env_keep, keep_fds;
	bool env_clear, close_fds;
	bool subreaper, kill_group, warn_reaping;
	int parent_death_signal; /* 0: none */
	bool ok_status[256];	 /* -e: these exit statuses become 0 */
	/* of golaunch trace, which is a run */
	bool trace_init;
	const char *trace_output; /* NULL: standard error */
	struct gl_learn_options learn;
};

/* Does an option need the start to be watched? */
static inline bool gl_run_must_watch(const struct gl_run_options *o)
{
	return o->start_timeout_ms || o->trace_init;
}

#define GL_RUN_OPTIONS_INIT ((struct gl_run_options){.policy = NULL})
