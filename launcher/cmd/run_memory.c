/*
 * The program's memory: what the kernel counts of it, for the explanation of a
 * SIGKILL, and the note that is left where the kernel would take golaunch along.
 */
#include <signal.h>

#include "base/log.h"
#include "cmd/run.h"

void gl_run_begin_memory(struct gl_run *run)
{
	struct gl_err err = GL_ERR_INIT;

	gl_cgroup_begin(&run->cgroup);
	if (gl_oom_note_arm(&run->oom_note, &run->cgroup, &run->termination_log, &err) < 0)
		gl_log(GL_LOG_NOTE, "no note is left before a death for want of memory: %s", err.msg);
}

void gl_run_end_memory(struct gl_run *run)
{
	gl_oom_note_done(&run->oom_note);
	/* The other figures are read only where they may have to explain something. */
	if (run->death.by_signal && run->death.status == SIGKILL)
		gl_cgroup_end(&run->cgroup);
}
