/*
 * "exec deny", before the start: a program that could do nothing under it.
 *
 * Of a script the kernel starts the interpreter, by golaunch's own execve; what the
 * script is for are the programs that it starts, and there is none to be had any more.
 * It would fail line by line, or seem to work.  A program that calls others is
 * something else: its calls are denied, and explained.
 */
#include <fcntl.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/run.h"
#include "policy/show.h"

#define PATH_SHOWN 300

bool gl_run_read_interpreter(const char *path, char ret_interpreter[GL_SCRIPT_LINE_MAX + 1])
{
	gl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[GL_SCRIPT_LINE_MAX];
	ssize_t len = fd < 0 ? fd : gl_file_pread(fd, line, sizeof(line), 0);

	return len > 2 && line[0] == '#' && line[1] == '!' &&
	       gl_script_interpreter(line, (size_t)len, ret_interpreter);
}

static void put_rule(struct gl_finding *f, const struct gl_policy *policy)
{
	gl_autobuf struct gl_buf place = GL_BUF_INIT;

	if (policy->exec_place.line == 0)
		return;
	gl_policy_show_place(policy, policy->exec_place, &place);
	gl_finding_row(f, "rule", "%s \"exec deny\"", gl_buf_text(&place));
}

static const struct gl_finding *add_finding(struct gl_run *run, const char *interpreter)
{
	gl_autofree char *program = gl_escape_dup(run->argv[0], PATH_SHOWN);
	gl_autofree char *by = gl_escape_dup(interpreter, PATH_SHOWN);
	struct gl_finding *f =
		gl_findings_add(&run->findings, GL_CODE_EXEC_DENIED_TO_SCRIPT,
				"%s is a script, and the policy lets it start no program", program);

	gl_finding_row(f, "script", "#!%s", by);
	gl_finding_evidence(f, "interpreter", interpreter);
	put_rule(f, &run->policy.policy);
	gl_finding_fix(f, "golaunch [OPTION...] -- the program that the script starts in the end");
	gl_finding_fix(f, "or, if it starts none: golaunch [OPTION...] -- %s %s [ARG...]", by, program);
	return f;
}

/* Who only looks on knows golaunch's execve by its key too, but denies nothing beyond the run's own policy. */
bool gl_run_denies_exec(const struct gl_run *run)
{
	const struct gl_plan *plan = &run->plan;

	if (plan->observe == GL_OBSERVE_NOTHING)
		return plan->exec_denied;
	return plan->observe == GL_OBSERVE_LEARN && plan->filter &&
	       gl_exec_is_denied(plan->filter, plan->filter_count);
}

int gl_run_check_exec(struct gl_run *run, struct gl_err *err)
{
	char interpreter[GL_SCRIPT_LINE_MAX + 1];

	(void)err;
	if (!gl_run_denies_exec(run) || !gl_run_read_interpreter(run->path, interpreter))
		return 0;
	return gl_run_end_unstarted(run, add_finding(run, interpreter), GL_OUTCOME_REFUSED,
				    GL_EXIT_GOLAUNCH_FAILED);
}
