/*
 * --dry-run: what would be done, as lines or as one JSON object, on standard
 * output; nothing is started.
 */
#include "base/escape.h"
#include "base/exitcode.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "cmd/verbs.h"

static const char *policy_name(const struct gl_run *run)
{
	return run->plan.filter ? (run->o.policy ? run->o.policy : "default") : "none";
}

static const char *observing(const struct gl_run *run)
{
	switch (gl_run_observes(run)) {
	case GL_OBSERVE_LEARN:
		return ", what it calls is learned";
	case GL_OBSERVE_DRY:
		return ", which denies nothing in a dry run";
	case GL_OBSERVE_NOTHING:
	case GL_OBSERVE_MAX:
		break;
	}
	return "";
}

static void put_repair(struct gl_buf *b, const struct gl_repair *repair)
{
	if (repair->state != GL_REPAIR_DONE)
		return;
	gl_buf_puts(b, "repair      ");
	for (size_t i = 0; i < repair->call_count; i++)
		gl_buf_printf(b, "%s%s", i ? ", " : "", repair->calls[i].call->name);
	gl_buf_puts(b, ": the outer filter's EPERM becomes ENOSYS\n");
}

static void put_text(struct gl_buf *b, const struct gl_run *run)
{
	gl_autofree char *path = gl_escape_dup(run->path, 0);
	gl_autofree char *bundle = gl_escape_dup(run->choice.bundle.dir, 0);

	gl_buf_printf(b, "program     %s\n", path);
	if (run->has_examination) {
		gl_buf_puts(b, "judged      ");
		gl_examination_summary(&run->x, b);
		gl_buf_printf(b, ": %s\n", gl_verdict_name(gl_examination_verdict(&run->x)));
	}
	gl_buf_printf(b, "launch      %s%s\n", gl_launch_name(run->choice.launch),
		      run->supervise ? ", supervised" : ", in place");
	if (run->choice.bundle.dir)
		gl_buf_printf(b, "bundle      %s\n", bundle);
	gl_buf_printf(b, "policy      %s", policy_name(run));
	if (run->plan.filter)
		gl_buf_printf(b, " (%zu instructions)", run->plan.filter_count);
	gl_buf_printf(b, "%s%s%s\n", gl_run_denies_exec(run) ? ", exec denied" : "",
		      run->plan.no_new_privs ? ", no_new_privs" : "", observing(run));
	put_repair(b, &run->plan.repair);
	if (run->plan.change_ids)
		gl_buf_printf(b, "user        %u:%u, %zu groups\n", run->plan.user.uid, run->plan.user.gid,
			      run->plan.user.group_count);
	if (run->plan.change_caps)
		gl_buf_printf(b, "caps        permitted %#llx, bounding %#llx\n",
			      (unsigned long long)run->plan.caps.permitted,
			      (unsigned long long)run->plan.caps.bounding);
	for (size_t i = 0; i < run->plan.limit_count; i++)
		gl_buf_printf(b, "limit       %s %lld:%lld\n", gl_limit_name(run->plan.limits[i].resource),
			      (long long)run->plan.limits[i].value.rlim_cur,
			      (long long)run->plan.limits[i].value.rlim_max);
	if (run->plan.landlock.ruleset >= 0)
		gl_buf_printf(b, "landlock    version %d, %zu paths, %zu ports\n", run->plan.landlock.version,
			      run->plan.landlock.path_count, run->plan.landlock.port_count);
	gl_buf_printf(b, "environment %zu variables\n", run->environment.count);
}

static json_t *repairs_json(const struct gl_repair *repair)
{
	json_t *names = json_array();

	for (size_t i = 0; repair->state == GL_REPAIR_DONE && i < repair->call_count; i++)
		json_array_append_new(names, json_string(repair->calls[i].call->name));
	return names;
}

static void put_json(struct gl_buf *b, const struct gl_run *run)
{
	json_t *json =
		json_pack("{s:s, s:o, s:s, s:s, s:o, s:b, s:s, s:i, s:b, s:b, s:o, s:i}", "schema",
			  "golaunch.dry-run/1", "program", gl_json_text(run->path), "verdict",
			  run->has_examination ? gl_verdict_name(gl_examination_verdict(&run->x)) : "unknown",
			  "launch", gl_launch_name(run->choice.launch), "bundle",
			  gl_json_text(run->choice.bundle.dir), "supervised", run->supervise, "policy",
			  policy_name(run), "filter_instructions", (int)run->plan.filter_count, "exec_denied",
			  gl_run_denies_exec(run), "no_new_privs", run->plan.no_new_privs, "repairs",
			  repairs_json(&run->plan.repair), "environment", (int)run->environment.count);
	gl_autofree char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	gl_buf_printf(b, "%s\n", text ? text : "");
}

int gl_run_dry(struct gl_run *run, struct gl_err *err)
{
	struct gl_buf b = GL_BUF_INIT;

	(void)err;
	if (!run->o.dry_run)
		return 0;
	if (run->o.common.format == GL_FORMAT_JSON)
		put_json(&b, run);
	else
		put_text(&b, run);
	run->status = gl_cmd_print(&b);
	return GL_RUN_DONE;
}
