/*
 * The breakpoints: set only where the memory has the very code that the file has,
 * and taken out of every copy of that memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "proc/watch_private.h"

#define PROC_PATH 40

static uint64_t place_of(const struct gl_watch *w, enum gl_watch_site_kind kind)
{
	return w->record.bias + w->target->sites[kind].address;
}

static bool is_set(const struct gl_watch *w, enum gl_watch_site_kind kind)
{
	return w->breakpoint & 1u << kind;
}

/* Returns 0 (also without such a place), 1: the memory has something else there, or -errno. */
static int compare(const struct gl_watch *w, enum gl_watch_site_kind kind)
{
	const struct gl_watch_site *site = &w->target->sites[kind];
	uint8_t there[GL_REGISTERS_INSTRUCTION];
	int r = gl_tracee_read(w->pid, place_of(w, kind), there, site->size);

	return r ? r : memcmp(there, site->code, site->size) != 0;
}

static int put(struct gl_watch *w, enum gl_watch_site_kind kind, const uint8_t *bytes, uint8_t size)
{
	struct gl_watch_site *site = &w->target->sites[kind];
	uint8_t before[GL_REGISTERS_INSTRUCTION];
	int r;

	if (!site->size)
		return 0;
	memcpy(before, site->code, sizeof(before));
	if (is_set(w, kind))
		memcpy(before, site->there, site->there_size);
	r = gl_tracee_write(w->pid, place_of(w, kind), bytes, size);
	if (r) {
		/* a part of it may be there */
		r = gl_tracee_write(w->pid, place_of(w, kind), before, size) ? -ESRCH : r;
		return r;
	}
	memmove(site->there, bytes, size);
	site->there_size = size;
	w->breakpoint |= 1u << kind;
	return 0;
}

static int set(struct gl_watch *w, enum gl_watch_site_kind kind)
{
	return put(w, kind, w->layout->breakpoint, w->layout->breakpoint_size);
}

int gl_watch_break_add(struct gl_watch *w, enum gl_watch_site_kind kind)
{
	int r = compare(w, kind);

	return r ? r : set(w, kind);
}

/* One that is set has been compared. */
int gl_watch_break_lead(struct gl_watch *w, enum gl_watch_site_kind kind, const uint8_t *call)
{
	int r = is_set(w, kind) ? 0 : compare(w, kind);

	return r ? r : put(w, kind, call, w->layout->call_size);
}

/* The loader of a program that is moved or linked with libraries, or our stub. */
static bool has_loader(const struct gl_watch *w)
{
	return w->record.is_stub || gl_image_interpreter(w->target->image);
}

/* Calls in runtime.main are for later (watch_stamps.c), but for the last. */
static bool is_first(const struct gl_watch *w, enum gl_watch_site_kind kind)
{
	if (kind == GL_WATCH_SITE_ENTRY)
		return has_loader(w);
	return kind != GL_WATCH_SITE_MAIN && kind != GL_WATCH_SITE_GCENABLE;
}

/* First what kills the program with us, then the breakpoints.  Returns 0, 1: not the file's code, or -errno. */
static int set_all(struct gl_watch *w)
{
	int r = 0;

	for (unsigned kind = 0; !r && kind < GL_WATCH_SITE_MAX; kind++)
		if (is_first(w, kind))
			r = compare(w, kind);
	if (!r)
		r = gl_watch_enter(w, GL_WATCH_INIT);
	for (unsigned kind = 0; !r && kind < GL_WATCH_SITE_MAX; kind++)
		if (is_first(w, kind))
			r = set(w, kind);
	return r;
}

void gl_watch_break_set(struct gl_watch *w)
{
	int r = set_all(w);

	if (r && gl_watch_break_clear(w) == 0) {
		gl_watch_leave(w, r < 0 ? GL_WATCH_UNREADABLE : GL_WATCH_OTHER_CODE, r < 0 ? -r : 0);
		return;
	}
	w->record.has_image = true;
	w->record.phase = GL_PHASE_RUNTIME;
	if (!has_loader(w))
		gl_watch_inits_entered(w);
	gl_watch_begin_init(w);
}

/*
 * Behind the breakpoint's byte is the midst of an instruction, where nothing else
 * leads to.  Where pc stays on it, a SIGTRAP of kill(2) could find it there too.
 */
static bool is_trap(const struct gl_watch *w)
{
	siginfo_t info;

	return w->layout->breakpoint_past || (gl_tracee_siginfo(w->pid, &info) == 0 && info.si_code > 0);
}

enum gl_watch_site_kind gl_watch_break_hit(const struct gl_watch *w, struct gl_registers *ret)
{
	struct gl_registers registers;
	unsigned kind = 0;

	if (!w->breakpoint || !is_trap(w) || gl_tracee_registers(w->pid, &registers))
		return GL_WATCH_SITE_MAX;
	registers.words[w->layout->pc] -= w->layout->breakpoint_past;
	if (gl_watch_stamps_at_end(w, &registers)) {
		*ret = registers;
		return GL_WATCH_SITE_END;
	}
	while (kind < GL_WATCH_SITE_MAX &&
	       !(is_set(w, kind) && place_of(w, kind) == registers.words[w->layout->pc]))
		kind++;
	if (kind < GL_WATCH_SITE_MAX)
		*ret = registers;
	return kind;
}

/* Not where the program has changed its code. */
static int put_back(const struct gl_watch *w, pid_t pid, enum gl_watch_site_kind kind)
{
	const struct gl_watch_site *site = &w->target->sites[kind];
	int r = gl_tracee_replace(pid, place_of(w, kind), site->there, site->code, site->there_size);

	return GL_MIN(r, 0);
}

/* Puts the instructions back that are among these.  Returns 0 or -errno. */
static int clear_in(const struct gl_watch *w, pid_t pid, unsigned which)
{
	int r = 0;

	for (unsigned kind = 0; !r && kind < GL_WATCH_SITE_MAX; kind++)
		if (which & 1u << kind)
			r = put_back(w, pid, kind);
	return r;
}

static int clear(struct gl_watch *w, unsigned which)
{
	int r = clear_in(w, w->pid, which);

	if (!r)
		w->breakpoint &= ~which;
	return r;
}

int gl_watch_break_take(struct gl_watch *w, enum gl_watch_site_kind kind)
{
	return clear(w, w->breakpoint & 1u << kind);
}

int gl_watch_break_clear(struct gl_watch *w)
{
	return clear(w, w->breakpoint);
}

bool gl_watch_break_is_lost(const struct gl_watch *w)
{
	const struct gl_watch_site *site = &w->target->sites[GL_WATCH_SITE_END];
	uint8_t there[GL_REGISTERS_INSTRUCTION];
	gl_autoclose int memory = -1;
	char path[PROC_PATH];

	if (!is_set(w, GL_WATCH_SITE_END))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)w->pid);
	memory = gl_watch_in_proc(w) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	return memory >= 0 &&
	       pread(memory, there, site->there_size, (off_t)place_of(w, GL_WATCH_SITE_END)) ==
		       site->there_size &&
	       memcmp(there, site->code, site->there_size) == 0;
}

void gl_watch_break_free(struct gl_watch *w, pid_t child)
{
	int r = w->breakpoint && w->target ? clear_in(w, child, w->breakpoint) : 0;

	(void)r; /* it died */
	gl_tracee_detach(child, 0);
}

/* What vfork() and its like make shares the memory: there the program's breakpoints are gone as well. */
void gl_watch_break_restore(struct gl_watch *w)
{
	for (unsigned kind = 0; kind < GL_WATCH_SITE_MAX; kind++) {
		const struct gl_watch_site *site = &w->target->sites[kind];
		int r = is_set(w, kind) ? gl_tracee_replace(w->pid, place_of(w, kind), site->code,
							    site->there, site->there_size)
					: 0;

		(void)r; /* it died */
	}
}
