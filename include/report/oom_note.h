/*
 * A word left in time: where the kernel kills all processes of the group at once
 * (memory.oom.group, as Kubernetes sets it on version 2), golaunch dies with the
 * program and can explain nothing.  So the termination log is filled while the
 * group is at its limit, and emptied when it has been away from it for a while or
 * the program ends otherwise.
 *
 * It is a race that the kernel may win: from the first time the limit is reached
 * (memory.events, max) the kernel tries some 16 times to free memory before it
 * kills, and meanwhile golaunch has to be woken and to write.  A group that fills
 * with page cache first, as most do, gives seconds; a program that takes a hundred
 * megabytes at once in a group without any file pages gives a few milliseconds.
 * Measured in the worst case, where nothing can be freed (a virtual machine of
 * emulated processors, two, Linux 5.10, 64 MiB): in time in 44 of 60 deaths of a Go
 * program that takes a mebibyte at a time, and in 25 and 34 of 60 of C programs.
 *
 * Costs nothing while the limit is not reached, and at most two short wake-ups a
 * second while it is.  Depends on: proc, report/termination_log.h.
 */
#pragma once

#include <stdint.h>

#include "proc/cgroup.h"
#include "proc/supervise.h"
#include "report/termination_log.h"

#define GL_OOM_NOTE_MAX 512

struct gl_oom_note {
	struct gl_supervise_source source; /* for the loop */
	struct gl_termination_log *log;	   /* borrowed; NULL: not armed */
	int events, timer;		   /* memory.events, timerfd */
	uint64_t hits;			   /* memory.events' max when last looked at */
	size_t len;
	char text[GL_OOM_NOTE_MAX]; /* made beforehand: at the limit nothing may need memory */
};
#define GL_OOM_NOTE_INIT ((struct gl_oom_note){.source = {.fd = -1}, .events = -1, .timer = -1})

/*
 * Begins to listen, where there is a termination log and the group is killed as
 * one; cgroup is the program's, after gl_cgroup_begin().  Returns 0, 1 if no note is
 * needed, or -errno.  The note stays where it is while it is armed.
 */
int gl_oom_note_arm(struct gl_oom_note *note, const struct gl_cgroup *cgroup, struct gl_termination_log *log,
		    struct gl_err *err) GL_MUST_CHECK GL_NONNULL;
/* Takes the note back, and stops listening. */
void gl_oom_note_done(struct gl_oom_note *note) GL_NONNULL;
