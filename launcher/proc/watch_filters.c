/*
 * Seccomp filters that are not known to golaunch.
 *
 * A filter may kill for a call that it does not expect, and nobody can ask it.
 * Those that golaunch is under itself let the calls pass that the program is
 * made to do (golaunch does them too, at every start), and its own filter answers
 * an errno.  Others, from a wrapper or from init, are the program's business: then
 * it is made to do nothing.
 *
 * Where /proc is that of another pid namespace, the number leads to some other
 * process: it is not the program if its tracer is not golaunch.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "proc/watch_private.h"

#define STATUS_MAX  8192 /* of /proc/PID/status: some 1.5 KiB */
#define PROC_PATH   40
#define MODE_FILTER 2

/* The number behind a line's name, or -1. */
static int field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? (int)strtol(line + strlen(name), NULL, 10) : -1;
}

struct gl_watch_filters gl_watch_filters_parse(const char *status)
{
	return (struct gl_watch_filters){
		.mode = field(status, "\nSeccomp:"),
		.count = field(status, "\nSeccomp_filters:"), /* Linux 5.9 */
		.tracer = field(status, "\nTracerPid:"),
	};
}

/* What /proc/PID/status says; process is the number, or "self". */
static struct gl_watch_filters filters_of(const char *process)
{
	char path[PROC_PATH], status[STATUS_MAX];
	gl_autoclose int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/status", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : gl_file_pread(fd, status, sizeof(status) - 1, 0);
	status[GL_MAX(n, 0)] = '\0';
	return gl_watch_filters_parse(status);
}

bool gl_watch_filters_known(const struct gl_watch_filters *ours, const struct gl_watch_filters *theirs,
			    int added)
{
	if (theirs->mode == 0)
		return true;
	if (theirs->mode != MODE_FILTER || ours->mode < 0)
		return false;
	if (theirs->count >= 0 && ours->count >= 0)
		return theirs->count <= ours->count + added;
	return ours->mode == MODE_FILTER || added > 0;
}

static struct gl_watch_filters filters_of_program(const struct gl_watch *w)
{
	char pid[PROC_PATH / 2];

	snprintf(pid, sizeof(pid), "%d", (int)w->pid);
	return filters_of(pid);
}

static bool is_ours(const struct gl_watch_filters *filters)
{
	return filters->tracer == (int)getpid();
}

bool gl_watch_in_proc(const struct gl_watch *w)
{
	struct gl_watch_filters theirs = filters_of_program(w);

	return is_ours(&theirs);
}

bool gl_watch_knows_filters(const struct gl_watch *w)
{
	struct gl_watch_filters ours = {.mode = 0}, theirs = filters_of_program(w);

	/* Most have none: then the kernel tells faster. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0)
		ours = filters_of("self");
	return is_ours(&theirs) && gl_watch_filters_known(&ours, &theirs, w->config.filters);
}
