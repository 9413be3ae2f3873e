/*
 * The one breakpoint: set only where the memory has the very call that the file
 * has, and taken out of every copy of that memory.
 */
#include <errno.h>
#include <string.h>

#include "proc/watch_private.h"

void gl_watch_break_set(struct gl_watch *w)
{
	uint64_t at = w->record.bias + w->target->address;
	uint8_t there[GL_REGISTERS_INSTRUCTION];
	int r = gl_tracee_read(w->pid, at, there, w->layout->call_size);

	if (!r && memcmp(there, w->target->call, w->layout->call_size) != 0) {
		gl_watch_leave(w, GL_WATCH_OTHER_CODE, 0);
		return;
	}
	/* First what kills the program with us, then the breakpoint. */
	if (!r)
		r = gl_watch_enter(w, GL_WATCH_INIT);
	if (!r)
		r = gl_tracee_write(w->pid, at, w->layout->breakpoint, w->layout->breakpoint_size);
	if (r) {
		gl_watch_leave(w, GL_WATCH_UNREADABLE, -r);
		return;
	}
	w->breakpoint = at;
	w->record.has_image = true;
	w->record.phase = GL_PHASE_RUNTIME;
	gl_tracee_continue(w->pid, 0);
}

bool gl_watch_break_hit(const struct gl_watch *w, struct gl_registers *ret)
{
	struct gl_registers registers;
	siginfo_t info;

	if (!w->breakpoint || gl_tracee_siginfo(w->pid, &info) || info.si_code <= 0)
		return false;
	if (gl_tracee_registers(w->pid, &registers))
		return false;
	if (registers.words[w->layout->pc] != w->breakpoint + w->layout->breakpoint_past)
		return false;
	registers.words[w->layout->pc] = w->breakpoint;
	*ret = registers;
	return true;
}

static int clear_in(const struct gl_watch *w, pid_t pid)
{
	return gl_tracee_write(pid, w->breakpoint, w->target->call, w->layout->breakpoint_size);
}

int gl_watch_break_clear(struct gl_watch *w)
{
	int r = clear_in(w, w->pid);

	if (!r)
		w->breakpoint = 0;
	return r;
}

/* What vfork() and its like make shares the memory: then the program's breakpoint is gone as well. */
static void set_again(const struct gl_watch *w)
{
	uint8_t there[GL_REGISTERS_INSTRUCTION];
	size_t size = w->layout->breakpoint_size;

	if (gl_tracee_read(w->pid, w->breakpoint, there, size) || !memcmp(there, w->layout->breakpoint, size))
		return;
	if (gl_tracee_write(w->pid, w->breakpoint, w->layout->breakpoint, size))
		return; /* it died */
}

void gl_watch_break_free(struct gl_watch *w, pid_t child)
{
	if (w->breakpoint && w->target && clear_in(w, child) == 0)
		set_again(w);
	gl_tracee_detach(child, 0);
}
