/*
 * One line of JSON about how a run ended: schema golaunch.report/1.
 *
 * Every field is there in every line; what is not known is null or empty.
 * Never program arguments, never environment values.  Depends on: diag, proc
 * (the captured text).
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <time.h>

#include "base/macros.h"
#include "report/cause.h"

/* Most bytes that stderr_tail takes in the line, JSON's own escapes included. */
#define GL_REPORT_MAX_TAIL ((size_t)8 << 10)

/* Everything is borrowed. */
struct gl_report {
	struct timespec time; /* CLOCK_REALTIME of the end */
	const char *program;
	struct gl_outcome outcome;
	const struct gl_cause *cause;
	const struct gl_capture_text *text; /* NULL: not captured */
	json_t *go;			    /* as in golaunch.check/1; NULL: null */
	json_t *host;			    /* as in golaunch.check/1; NULL: null */
	const char *launch;		    /* "direct"; NULL: "none" */
	json_t *phases_ms;		    /* NULL: {} */
	json_t *denials;		    /* gl_denials_json(); NULL: [] */
	const struct gl_findings *findings; /* the run's; those besides the cause are told; NULL: none */
};

/* {"kind", "status", "signal"}; NULL when out of memory. */
json_t *gl_outcome_json(const struct gl_outcome *outcome) GL_NONNULL;
/* The line with its newline (free() it); NULL when out of memory. */
char *gl_report_json(const struct gl_report *report, size_t *ret_len) GL_MUST_CHECK GL_NONNULL;
