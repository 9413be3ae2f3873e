/*
 * What a stopped thread tells: registers, stack, mapping, how far init was.
 *
 * Only for a program that ends before main, or may: here time and memory may be
 * spent, and whatever cannot be had is left out.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "gobin/goroutine.h"
#include "proc/mapping.h"
#include "proc/watch_private.h"

#define PROC_PATH 40
/* Signals whose stack is kept too; a program may live on faults that it recovers from. */
#define FAULTS_FULL 32

enum meaning { NOTHING, FAULT, ASKED };

static enum meaning meaning_of(int signo, const siginfo_t *info)
{
	switch (signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS:
	case SIGABRT:
		return FAULT;
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
	case SIGUSR1:
	case SIGUSR2:
	case SIGXCPU:
	case SIGXFSZ:
		/* Not what the program sends itself (runtime.dieFromSignal). */
		return info->si_code == SI_TKILL ? NOTHING : ASKED;
	default:
		return NOTHING;
	}
}

int gl_watch_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct gl_watch *w = arg;

	return gl_tracee_read(w->pid, address, bytes, len);
}

/* Returns true with *ret if the main goroutine is not on the thread. */
static bool unwind(struct gl_watch *w, struct gl_watch_moment *m, struct gl_unwind_registers *ret)
{
	struct gl_pclntab *table = w->target->table;
	const struct gl_register_layout *l = w->layout;
	struct gl_unwind_memory memory = {.read = gl_watch_memory, .arg = w, .bias = w->record.bias};
	struct gl_unwind_registers regs = {
		.pc = gl_register(&m->registers, l->pc),
		.sp = gl_register(&m->registers, l->sp),
		.fp = gl_register(&m->registers, l->fp),
		.lr = gl_register(&m->registers, l->lr),
	};

	m->has_stack = gl_unwind(table, &regs, &memory, &m->stack) == 0;
	if (gl_goroutine_main(table, &memory, regs.sp, ret) != GL_GOROUTINE_SAVED)
		return false;
	m->has_goroutine = gl_unwind(table, ret, &memory, &m->goroutine) == 0;
	return true;
}

/* Of the program, that holds the address; NULL: none does. */
static const struct gl_segment *segment_of(const struct gl_watch *w, uint64_t address)
{
	size_t count;
	const struct gl_segment *segments = gl_image_segments(w->target->image, &count);
	uint64_t vaddr = address - w->record.bias;

	for (size_t i = 0; i < count; i++)
		if (segments[i].type == PT_LOAD && vaddr - segments[i].vaddr < segments[i].memsz)
			return &segments[i];
	return NULL;
}

/* The dynamic loader is told by its file: its code is another mapping than its begin. */
static bool is_interpreter(const struct gl_watch *w, const struct gl_mapping *m)
{
	struct gl_mapping loader;

	return w->record.interpreter && *m->path &&
	       gl_mapping_find(w->pid, w->record.interpreter, &loader) == 0 && !strcmp(loader.path, m->path);
}

static enum gl_watch_place place_of(const struct gl_watch *w, uint64_t pc, const struct gl_mapping *m)
{
	if (w->target && segment_of(w, pc))
		return GL_WATCH_PLACE_PROGRAM;
	if (!strncmp(m->path, "[v", 2))
		return GL_WATCH_PLACE_KERNEL;
	return is_interpreter(w, m) ? GL_WATCH_PLACE_INTERPRETER : GL_WATCH_PLACE_FILE;
}

/* The known program was not asked for its path when it was executed. */
static const char *path_of(const struct gl_watch *w)
{
	bool is_known = !*w->record.path && w->target == &w->known && w->config.path;

	return is_known ? w->config.path : w->record.path;
}

/* Without the program's /proc/PID/maps: what is known of it, and what its loader knows. */
static void locate_unmapped(const struct gl_watch *w, uint64_t pc, struct gl_watch_mapping *ret)
{
	const struct gl_segment *segment = w->target ? segment_of(w, pc) : NULL;

	if (!segment) {
		gl_watch_links_find(w, pc, ret);
		return;
	}
	ret->place = GL_WATCH_PLACE_PROGRAM;
	ret->offset = pc - w->record.bias - segment->vaddr + segment->offset;
	snprintf(ret->path, sizeof(ret->path), "%.*s", GL_WATCH_MAX_NAME - 1, path_of(w));
}

static void locate(struct gl_watch *w, uint64_t pc, struct gl_watch_mapping *ret)
{
	struct gl_mapping found;
	int r = gl_watch_in_proc(w) ? gl_mapping_find(w->pid, pc, &found) : -ESRCH;

	if (r < 0) {
		locate_unmapped(w, pc, ret);
		return;
	}
	if (r > 0) {
		ret->place = GL_WATCH_PLACE_NOWHERE;
		return;
	}
	ret->place = place_of(w, pc, &found);
	ret->offset = pc - found.start + found.offset;
	snprintf(ret->path, sizeof(ret->path), "%.*s", GL_WATCH_MAX_NAME - 1, found.path);
}

static void take_moment(struct gl_watch *w, struct gl_watch_moment *m, bool full)
{
	struct gl_unwind_registers goroutine;
	bool elsewhere;

	m->seen = true;
	m->at_ns = gl_watch_now(w);
	m->has_stack = m->has_goroutine = m->in_syscall = false;
	m->where = (struct gl_watch_mapping){.place = GL_WATCH_PLACE_UNKNOWN};
	m->wait = (struct gl_watch_wait){.blocked = false};
	if (gl_tracee_registers(w->pid, &m->registers))
		return;
	m->syscall = gl_register(&m->registers, w->layout->number);
	m->in_syscall = (int64_t)m->syscall >= 0;
	if (!full)
		return;
	locate(w, gl_register(&m->registers, w->layout->pc), &m->where);
	elsewhere = w->target && unwind(w, m, &goroutine);
	gl_watch_keep_wait(w, m, elsewhere ? &goroutine : NULL);
}

void gl_watch_keep_signal(struct gl_watch *w, int signo)
{
	struct gl_watch_moment *m;
	siginfo_t info;
	enum meaning meaning;

	if (w->state != GL_WATCH_INIT && w->state != GL_WATCH_STUB)
		return;
	if (gl_tracee_siginfo(w->pid, &info))
		return;
	meaning = meaning_of(signo, &info);
	if (meaning == NOTHING)
		return;
	m = meaning == FAULT ? &w->record.fault : &w->record.asked;
	m->signo = signo;
	m->info = info;
	gl_watch_vector(w);
	take_moment(w, m, w->faults++ < FAULTS_FULL);
}

static void read_inits(struct gl_watch *w)
{
	struct gl_watch_target *t = w->target;
	struct gl_watch_inits *inits = &w->record.inits;
	struct gl_err err = GL_ERR_INIT;
	uint32_t state;

	if (!t || (!t->tasks.items && gl_inittasks_read(t->table, &t->tasks, &err) != 0))
		return;
	inits->count = inits->current = t->tasks.count;
	for (size_t i = 0; i < t->tasks.count; i++) {
		bool has_work = t->tasks.items[i].count > 0;

		if (gl_tracee_read(w->pid, w->record.bias + t->tasks.items[i].address, &state, sizeof(state)))
			return;
		inits->total += has_work;
		if (state == GL_INITTASK_DONE)
			inits->done += has_work;
		/* Before Go 1.21 one that waits for another is running too: the last one begun is the one. */
		else if (state == GL_INITTASK_RUNNING && inits->current == inits->count)
			inits->current = i;
	}
	inits->known = true;
}

static bool has_main(const struct gl_watch *w, const struct gl_unwind *stack)
{
	char name[GL_PCLNTAB_NAME];

	for (size_t i = stack->count; i > 0; i--)
		if (gl_pclntab_name(w->target->table, stack->frames[i - 1].place, name) == 0 &&
		    !strcmp(name, "main.main"))
			return true;
	return false;
}

/* The end of init passes unseen where the program has put other code over the breakpoint. */
static bool is_in_main(const struct gl_watch *w)
{
	const struct gl_watch_moment *exit = &w->record.exit;
	const struct gl_watch_inits *inits = &w->record.inits;

	if (!inits->known || inits->done < inits->total)
		return false;
	return (exit->has_stack && has_main(w, &exit->stack)) ||
	       (exit->has_goroutine && has_main(w, &exit->goroutine));
}

/*
 * The out-of-memory killer takes its victim's memory while that still dies, after
 * two seconds at the latest (mm/oom_kill.c, oom_reaper): what is read then is what
 * the file has, where no task has begun.
 */
static bool may_be_reaped(const struct gl_watch_record *record)
{
	const struct gl_watch_inits *inits = &record->inits;

	return record->exit_status >= 0 && WIFSIGNALED(record->exit_status) &&
	       WTERMSIG(record->exit_status) == SIGKILL && inits->done == 0 && inits->current == inits->count;
}

/* Was it in a package's code?  The runtime starts with its own, and that of internal/... */
static bool runs_package(const struct gl_watch *w)
{
	const struct gl_unwind *stack = &w->record.exit.stack;
	char name[GL_PCLNTAB_NAME];

	for (size_t i = 0; w->record.exit.has_stack && i < stack->count; i++)
		if (gl_pclntab_name(w->target->table, stack->frames[i].place, name) == 0 &&
		    strncmp(name, "runtime", strlen("runtime")) != 0 &&
		    strncmp(name, "internal/", strlen("internal/")) != 0)
			return true;
	return false;
}

/*
 * Before the runtime begins a package it has begun none of its tasks.  The loader
 * ends in its own code, before the program's entry.
 */
static enum gl_phase phase_of(const struct gl_watch *w)
{
	const struct gl_watch_record *record = &w->record;

	if (!record->has_image)
		return GL_PHASE_LOADER;
	if (is_in_main(w))
		return GL_PHASE_MAIN;
	if (record->inits.known && (record->inits.done || record->inits.current < record->inits.count))
		return GL_PHASE_INIT;
	if (record->exit.where.place == GL_WATCH_PLACE_INTERPRETER && !record->exit.has_goroutine)
		return GL_PHASE_LOADER;
	if (record->inits.known)
		return GL_PHASE_RUNTIME;
	return runs_package(w) ? GL_PHASE_INIT : GL_PHASE_UNKNOWN;
}

static void keep_path(struct gl_watch *w)
{
	char proc[PROC_PATH], path[GL_WATCH_MAX_PATH];
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/%d/exe", (int)w->pid);
	n = *w->record.path ? -1 : readlink(proc, path, sizeof(path) - 1);
	if (n > 0)
		snprintf(w->record.path, sizeof(w->record.path), "%.*s", (int)n, path);
	else if (path_of(w) != w->record.path)
		snprintf(w->record.path, sizeof(w->record.path), "%s", path_of(w));
}

void gl_watch_keep_exit(struct gl_watch *w)
{
	struct gl_watch_record *record = &w->record;
	unsigned long status;

	gl_watch_vector(w);
	if (gl_tracee_message(w->pid, &status) == 0)
		record->exit_status = (int)status;
	take_moment(w, &record->exit, true);
	record->exit_ns = record->exit.at_ns;
	record->own_exit = record->exit.in_syscall &&
			   (record->exit.syscall == SYS_exit_group || record->exit.syscall == SYS_exit);
	keep_path(w);
	read_inits(w);
	record->inits.known = record->inits.known && !may_be_reaped(record);
	record->phase = phase_of(w);
}
