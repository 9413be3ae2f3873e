/*
 * How a run ends: in words, in the report, in the termination log, in the exit
 * status.  What golaunch could not write changes nothing about the status.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "cmd/verbs.h"
#include "proc/watch_inits.h"
#include "report/denials.h"
#include "report/json.h"
#include "report/phases.h"
#include "report/text.h"

#define PREFIX "golaunch: "

void gl_run_say(const struct gl_run *run, const struct gl_finding *f, int exit_status)
{
	gl_cmd_say(run->o.common.format, f, exit_status);
}

static void write_report(struct gl_run *run, const struct gl_outcome *outcome, const struct gl_cause *cause,
			 const struct gl_capture_text *text)
{
	struct gl_report report = {.program = run->path ? run->path : run->argv[0],
				   .outcome = *outcome,
				   .cause = cause,
				   .text = text,
				   .findings = &run->findings};
	gl_autofree char *line = NULL;
	struct gl_err err = GL_ERR_INIT;
	size_t len = 0;

	if (run->report.fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &report.time);
	report.go = run->has_examination ? gl_examination_go_json(&run->x) : NULL;
	report.host = run->has_host ? gl_host_json(&run->host, &err) : NULL;
	report.launch = outcome->kind == GL_OUTCOME_REFUSED || outcome->kind == GL_OUTCOME_EXEC_FAILED
				? NULL
				: gl_launch_name(run->choice.launch);
	if (run->watch)
		report.phases_ms =
			gl_phases_json(gl_watch_result(run->watch), gl_watch_start(run->watch), &run->death);
	/* What a dry run lets pass was not denied. */
	report.denials = run->listener && !run->plan.observe
				 ? gl_denials_json(gl_listener_denials(run->listener), &run->judge)
				 : NULL;
	line = gl_report_json(&report, &len);
	json_decref(report.denials);
	json_decref(report.phases_ms);
	json_decref(report.go);
	json_decref(report.host);
	if (!line)
		gl_log(GL_LOG_WARNING, "the report was not written: out of memory");
	else if (gl_sink_write(&run->report, line, len, &err))
		gl_log(GL_LOG_WARNING, "the report was not written: %s", err.msg);
}

static void write_termination_log(struct gl_run *run, const struct gl_cause *cause,
				  const struct gl_capture_text *text)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	gl_report_termination_text(&b, cause, text);
	if (b.len && gl_termination_log_write(&run->termination_log, gl_buf_text(&b), b.len, &err) < 0)
		gl_log(GL_LOG_NOTE, "the termination log was not written: %s", err.msg);
}

/* The record first: words may meet a reader that is gone. */
static void report_unstarted(struct gl_run *run, const struct gl_finding *f, enum gl_outcome_kind kind,
			     int status)
{
	struct gl_outcome outcome = {.kind = kind, .status = status};
	struct gl_cause cause = gl_cause_of_finding(f);

	run->status = status;
	if (run->o.dry_run)
		return;
	write_report(run, &outcome, &cause, NULL);
	write_termination_log(run, &cause, NULL);
}

int gl_run_end_unstarted(struct gl_run *run, const struct gl_finding *f, enum gl_outcome_kind kind,
			 int status)
{
	report_unstarted(run, f, kind, status);
	if (f)
		gl_run_say(run, f, status);
	return GL_RUN_DONE;
}

void gl_run_end_failed(struct gl_run *run, const struct gl_err *err)
{
	report_unstarted(run, NULL, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
	gl_log_err(err);
}

int gl_run_end_unprotected(struct gl_run *run, const struct gl_err *err)
{
	gl_autofree char *said = gl_escape_dup(err->msg, 0);
	struct gl_finding *f = gl_findings_add(&run->findings, GL_CODE_PROTECTION_UNAVAILABLE, "%s", said);

	gl_finding_row(f, "why", "it was asked for by name, so the program does not start without it");
	gl_finding_evidence_int(f, "errno", err->errnum);
	gl_finding_fix(f, "run where the kernel and the outer sandbox allow it, or do not ask for it");
	return gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
}

static const char *why_nobody_listens(int errnum)
{
	switch (errnum) {
	case EBUSY:
		return "an outer filter has a listener already";
	case EINVAL:
		return "this kernel has no listeners, which came with Linux 5.0";
	default:
		return strerror(errnum);
	}
}

int gl_run_end_unobserved(struct gl_run *run, int errnum)
{
	struct gl_finding *f = gl_findings_add(&run->findings, GL_CODE_PROTECTION_UNAVAILABLE,
					       "nobody can look on at what the program calls: %s",
					       why_nobody_listens(errnum));

	gl_finding_row(f, "why",
		       "policy learn takes its notes as the listener of a filter; a process can have one");
	gl_finding_evidence_int(f, "errno", errnum);
	gl_finding_fix(f, "learn where there is no such filter: outside of the container or sandbox");
	return gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
}

static void say_cause(const struct gl_run *run, const struct gl_cause *cause)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	bool asked = run->o.capture == GL_CAPTURE_ALL || run->o.capture == GL_CAPTURE_INIT;

	if (!cause->finding || (!gl_cause_speaks(cause) && !asked))
		return;
	if (run->o.common.format == GL_FORMAT_JSON) {
		gl_cmd_say(GL_FORMAT_JSON, cause->finding, -1);
		return;
	}
	gl_report_text(&b, cause, PREFIX, gl_log_current()->color);
	gl_log_block(gl_buf_text(&b));
}

/* What the real stderr refused (a full disk) is in the report's text, not where it belongs. */
static void say_lost(const struct gl_run *run)
{
	int errnum = 0;
	uint64_t lost = run->capture ? gl_capture_lost(run->capture, &errnum) : 0;

	if (lost)
		gl_log(GL_LOG_WARNING, "%llu bytes of the program's stderr could not be written on: %s",
		       (unsigned long long)lost, strerror(errnum));
}

/* Leaves as the program did: see DESIGN, "Exit status". */
static int leave(struct gl_run *run, const struct gl_outcome *outcome, enum gl_code code)
{
	if (outcome->kind == GL_OUTCOME_SIGNAL && code == GL_CODE_KILLED_BY_POLICY)
		run->status = GL_EXIT_KILLED_BY_POLICY;
	else if (outcome->kind == GL_OUTCOME_SIGNAL &&
		 run->o.ok_status[GL_EXIT_SIGNAL_BASE + outcome->signal])
		run->status = 0;
	else if (outcome->kind == GL_OUTCOME_SIGNAL)
		gl_supervise_die_of(outcome->signal);
	else
		run->status = run->o.ok_status[outcome->status] ? 0 : outcome->status;
	return GL_RUN_DONE;
}

/* What the start watch saw of the end; returns true with *ret filled. */
static bool read_witness(const struct gl_run *run, struct gl_witness *ret)
{
	int r = run->watch ? gl_witness_of_watch(run->watch, &run->death, ret) : 1;

	if (r < 0)
		gl_log(GL_LOG_NOTE, "the stack of the end cannot be named: %s", strerror(-r));
	return r == 0;
}

int gl_run_end(struct gl_run *run, struct gl_err *err)
{
	struct gl_capture_text text;
	struct gl_witness witness = GL_WITNESS_INIT;
	struct gl_evidence evidence = {.death = &run->death,
				       .filtered = run->plan.filter_kills,
				       .program = run->argv[0],
				       .cgroup = &run->cgroup,
				       .timeout_ms =
					       run->start_timeout.expired ? run->o.start_timeout_ms : 0};
	struct gl_outcome outcome = gl_outcome_of_death(&run->death);
	struct gl_cause cause = GL_CAUSE_INIT;
	enum gl_code code;

	if (run->has_examination)
		evidence.gobin = &run->x.gobin;
	if (run->watch)
		evidence.phase = gl_watch_result(run->watch)->phase;
	if (read_witness(run, &witness)) {
		evidence.witness = &witness;
		evidence.phase = witness.phase;
	}
	if (run->capture) {
		gl_capture_text(run->capture, &text);
		evidence.text = gl_run_handed_back(run) ? NULL : &text;
	}
	if (run->listener) {
		evidence.denials = gl_listener_denials(run->listener);
		evidence.judge = &run->judge;
	}
	if (gl_cause_decide(&evidence, &run->findings, &cause, err))
		gl_log(GL_LOG_NOTE, "the end was not examined: %s", err->msg);
	gl_run_explain_denied(run, evidence.text);
	write_report(run, &outcome, &cause, run->capture ? &text : NULL);
	write_termination_log(run, &cause, evidence.text);
	gl_run_end_denials(run);
	gl_run_write_trace(run, &outcome);
	say_cause(run, &cause);
	say_lost(run);
	code = cause.code;
	gl_cause_done(&cause);
	gl_witness_done(&witness);
	if (gl_run_end_learning(run) < 0) {
		run->status = GL_EXIT_GOLAUNCH_FAILED;
		return GL_RUN_DONE;
	}
	return leave(run, &outcome, code);
}
