/*
 * The phases' times: see report/phases.h.
 */
#include "report/phases.h"

#define NS_PER_US 1000u
#define US_PER_MS 1000.0

static void put(json_t *phases, const char *name, uint64_t from_ns, uint64_t to_ns)
{
	if (to_ns >= from_ns)
		json_object_set_new(phases, name,
				    json_real((double)((to_ns - from_ns) / NS_PER_US) / US_PER_MS));
}

/* What only a trace has seen. */
static void put_start(json_t *phases, const struct gl_start *start)
{
	const uint64_t *marks = start ? start->marks : NULL;

	if (!start)
		return;
	if (marks[GL_START_ENTRY])
		put(phases, "loader", marks[GL_START_EXEC], marks[GL_START_ENTRY]);
	if (marks[GL_START_ENTRY] && marks[GL_START_MAIN])
		put(phases, "runtime", marks[GL_START_ENTRY], marks[GL_START_MAIN]);
	if (marks[GL_START_MAIN] && marks[GL_START_END])
		put(phases, "packages", marks[GL_START_MAIN], marks[GL_START_END]);
}

json_t *gl_phases_json(const struct gl_watch_record *record, const struct gl_start *start,
		       const struct gl_death *death)
{
	json_t *phases = json_object();
	uint64_t exec = record->exec_ns, init_end = record->init_end_ns;

	if (!exec)
		return phases;
	put_start(phases, start);
	put(phases, "exec", 0, exec);
	if (init_end) {
		put(phases, "init", exec, init_end);
		put(phases, "main", init_end - exec, death->wall_ns);
	} else if (record->exit.seen) {
		put(phases, "init", exec, record->exit_ns);
	}
	return phases;
}
