/*
 * What golaunch trace writes, once the program has ended: until then standard error
 * is the program's alone.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "report/init_trace.h"

#define DIGITS 9 /* of a time in milliseconds */

static void put_json(struct gl_buf *b, const struct gl_init_trace *trace, const struct gl_init_trace_end *end)
{
	json_t *document = gl_init_trace_json(trace, end);
	gl_autofree char *line = NULL;

	if (document)
		line = json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(DIGITS));
	json_decref(document);
	if (line)
		gl_buf_printf(b, "%s\n", line);
	else
		b->error = ENOMEM;
}

static void put_trace(const struct gl_run *run, const struct gl_init_trace *trace,
		      const struct gl_outcome *outcome, struct gl_buf *b)
{
	const struct gl_watch_record *record = gl_watch_result(run->watch);
	struct gl_init_trace_end end = {
		.program = *record->path ? record->path : run->path,
		.outcome = *outcome,
		.go = run->examined ? run->x.gobin.version : NULL,
	};

	clock_gettime(CLOCK_REALTIME, &end.time);
	if (run->o.common.format == GL_FORMAT_JSON)
		put_json(b, trace, &end);
	else
		gl_init_trace_text(b, trace, &end, "golaunch: ", run->o.common.verbosity > 0);
}

static void write_out(const struct gl_run *run, const struct gl_buf *b)
{
	struct gl_err err = GL_ERR_INIT;

	if (gl_buf_error(b))
		gl_log(GL_LOG_ERROR, "the trace was not written: %s", strerror(gl_buf_error(b)));
	else if (run->trace.fd < 0)
		gl_log_block(gl_buf_text(b));
	else if (gl_sink_write(&run->trace, gl_buf_text(b), b->len, &err))
		gl_log(GL_LOG_ERROR, "the trace was not written: %s", err.msg);
}

/* Who killed it must not have to be guessed. */
static void say_abandoned(const struct gl_init_trace *trace)
{
	if (trace->start->abandoned)
		gl_log(GL_LOG_ERROR,
		       "golaunch has killed the program: it closed its memory and denies prctl, so that the "
		       "trace's breakpoint could not be taken out");
}

/* A program that was watched to the end and yet has none got past its breakpoint. */
static void say_missing(const struct gl_run *run)
{
	enum gl_watch_answer answer = gl_watch_result(run->watch)->answer;

	gl_log(GL_LOG_ERROR, "there is no trace: %s",
	       gl_watch_answer_text(answer == GL_WATCH_ON ? GL_WATCH_OTHER_CODE : answer));
}

void gl_run_write_trace(struct gl_run *run, const struct gl_outcome *outcome)
{
	gl_autoinittrace struct gl_init_trace trace = GL_INIT_TRACE_INIT;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	int r;

	if (!run->o.trace_init || !run->watch)
		return;
	r = gl_init_trace_read(run->watch, &run->death, &trace);
	if (r > 0) {
		say_missing(run);
		return;
	}
	if (r < 0) {
		gl_log(GL_LOG_ERROR, "there is no trace: %s", strerror(-r));
		return;
	}
	put_trace(run, &trace, outcome, &b);
	write_out(run, &b);
	say_abandoned(&trace);
}
