/*
 * A trace of a start as JSON: golaunch.trace/1, whose fields are only ever added.
 * What is not known is null.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "diag/finding.h"
#include "report/init_trace.h"
#include "report/json.h"

#define NS_PER_MS 1e6

static json_t *ms_json(uint64_t ns)
{
	return json_real((double)ns / NS_PER_MS);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? gl_json_text(text) : json_null();
}

static json_t *phases_json(const struct gl_init_trace *t)
{
	json_t *phases = json_array();

	for (unsigned i = 0; i < GL_INIT_PHASE_MAX; i++)
		if (t->reached[i])
			json_array_append_new(phases,
					      json_pack("{s:s, s:o, s:o}", "phase", gl_init_phase_name(i),
							"at_ms", ms_json(t->phases[i].at_ns), "ms",
							ms_json(t->phases[i].ns)));
	return phases;
}

static json_t *function_json(const struct gl_init_trace *t, const struct gl_init_function *f)
{
	struct gl_position position;
	bool placed = gl_init_trace_place(t, f, &position);

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "function", text_or_null(f->name), "file",
			 placed ? text_or_null(position.file) : json_null(), "line",
			 placed ? json_integer(position.line) : json_null(), "at_ms", ms_json(f->span.at_ns),
			 "ms", ms_json(f->span.ns));
}

static json_t *package_json(const struct gl_init_trace *t, size_t i)
{
	const struct gl_init_package *p = &t->packages[i];
	bool running = !t->ended && i + 1 == t->package_count;
	json_t *functions = json_array();

	for (size_t k = 0; k < p->count; k++)
		json_array_append_new(functions, function_json(t, &t->functions[p->first + k]));
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "package", text_or_null(p->name), "state",
			 running ? "running" : "done", "at_ms", ms_json(p->span.at_ns), "ms",
			 ms_json(p->span.ns), "functions", functions);
}

static json_t *packages_json(const struct gl_init_trace *t)
{
	json_t *packages = json_array();

	for (size_t i = 0; i < t->package_count; i++)
		json_array_append_new(packages, package_json(t, i));
	for (size_t i = 0; i < t->waiting_count; i++)
		json_array_append_new(packages, json_pack("{s:o, s:s, s:n, s:n, s:[]}", "package",
							  text_or_null(t->waiting[i]), "state", "waiting",
							  "at_ms", "ms", "functions"));
	return packages;
}

static json_t *stops_json(const struct gl_start *s)
{
	return json_pack("{s:I, s:o, s:o}", "count", (json_int_t)s->stops, "ms", ms_json(s->stopped_ns),
			 "hidden_ms", ms_json(s->round_ns));
}

json_t *gl_init_trace_json(const struct gl_init_trace *t, const struct gl_init_trace_end *end)
{
	const struct gl_start *s = t->start;
	char time[GL_CLOCK_TEXT];

	gl_clock_text(&end->time, time);
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:I, s:o}", "schema",
			 GL_INIT_TRACE_SCHEMA, "time", text_or_null(time), "golaunch", GL_VERSION, "program",
			 text_or_null(end->program), "go", text_or_null(end->go), "outcome",
			 gl_outcome_json(&end->outcome), "init_ended", t->ended, "phases", phases_json(t),
			 "packages_unknown",
			 s->answer == GL_START_SEEN ? json_null()
						    : json_string(gl_start_answer_text(s->answer)),
			 "packages", packages_json(t), "functions_left_out", (json_int_t)s->left_out, "stops",
			 stops_json(s));
}
