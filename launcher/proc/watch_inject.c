/*
 * System calls of a stopped program: see proc/watch_inject.h.
 *
 * The instruction is one of the Go runtime's, found through the pclntab of the
 * file whose code was compared with the memory when the breakpoint was set.
 * "Outside of a system call" is told to the kernel too (x86-64: orig_rax), or it
 * might restart one that there never was when a signal comes (signal.c,
 * arch_do_signal_or_restart).
 */
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "proc/watch_private.h"

#define LOOK_AT 128

void gl_watch_inject_search(struct gl_watch_target *t)
{
	const struct gl_register_layout *l = gl_arch_native()->registers;
	uint8_t code[LOOK_AT];
	const uint8_t *at;
	uint64_t entry;

	if (t->kernel_call || gl_pclntab_find(t->table, GL_WATCH_CALLS_KERNEL, &entry) != 0 ||
	    gl_image_read_vaddr(t->image, entry, code, sizeof(code)) != 0)
		return;
	at = memmem(code, sizeof(code), l->syscall, l->syscall_size);
	if (at)
		t->kernel_call = entry + (uint64_t)(at - code);
}

static bool has_instruction(struct gl_watch *w)
{
	if (w->target)
		gl_watch_inject_search(w->target);
	return w->target && w->target->kernel_call;
}

static long signal_mask(long request, pid_t pid, uint64_t *mask)
{
	return gl_syscall4(SYS_ptrace, request, pid, sizeof(*mask), mask);
}

static bool block_signals(struct gl_watch *w)
{
	uint64_t all = ~UINT64_C(0);

	return signal_mask(PTRACE_GETSIGMASK, w->pid, &w->inject.mask) == 0 &&
	       signal_mask(PTRACE_SETSIGMASK, w->pid, &all) == 0;
}

/* Once there is something to do: most starts need nothing of this. */
static bool prepare(struct gl_watch *w)
{
	if (!w->inject.prepared)
		w->inject.prepared =
			has_instruction(w) && block_signals(w) && gl_watch_enter(w, GL_WATCH_INJECT) == 0;
	return w->inject.prepared;
}

/* x86-64 keeps the number of the system call that a thread is in apart from the register that names it. */
static bool number_is_apart(const struct gl_register_layout *l)
{
	return l->lr == GL_REGISTER_NONE;
}

static void set_outside(const struct gl_register_layout *l, struct gl_registers *registers)
{
	if (number_is_apart(l))
		registers->words[l->number] = ~UINT64_C(0);
}

/* Sends the thread to that instruction. */
static bool start(struct gl_watch *w, const struct gl_watch_call *call)
{
	const struct gl_register_layout *l = w->layout;
	struct gl_registers registers = w->inject.before;

	registers.words[l->pc] = w->record.bias + w->target->kernel_call;
	registers.words[number_is_apart(l) ? l->result : l->number] = call->number;
	for (size_t i = 0; i < GL_REGISTERS_ARGUMENTS; i++)
		registers.words[l->arguments[i]] = call->arguments[i];
	if (gl_tracee_set_registers(w->pid, &registers))
		return false;
	gl_watch_inits_resuming(w);
	return gl_tracee_syscall(w->pid, 0) == 0;
}

static void finish(struct gl_watch *w)
{
	struct gl_registers registers = w->inject.before;

	gl_watch_inject_undo(w);
	w->inject.list->end(w, &registers);
}

/* From step to step, up to one that has to wait, for the kernel or for somebody else. */
static void go_on(struct gl_watch *w)
{
	struct gl_watch_inject *inject = &w->inject;

	for (; inject->at < inject->list->count; inject->at++) {
		struct gl_watch_call call = {.number = 0};
		enum gl_watch_make make = inject->list->steps[inject->at].make(w, &call);

		if (make == GL_WATCH_SKIP)
			continue;
		if (!prepare(w))
			break;
		inject->waiting = make == GL_WATCH_WAIT;
		if (inject->waiting || start(w, &call))
			return;
		break; /* it is dead */
	}
	finish(w);
}

void gl_watch_inject_begin(struct gl_watch *w, const struct gl_watch_list *list,
			   const struct gl_registers *registers)
{
	w->inject = (struct gl_watch_inject){.list = list, .before = *registers};
	set_outside(w->layout, &w->inject.before);
	go_on(w);
}

void gl_watch_inject_begin_at_exec(struct gl_watch *w, const struct gl_watch_list *list)
{
	w->inject = (struct gl_watch_inject){.list = list, .leaving_exec = true};
	if (gl_watch_enter(w, GL_WATCH_INJECT) == 0)
		gl_tracee_syscall(w->pid, 0);
	else
		gl_tracee_continue(w->pid, 0);
}

static int64_t result_of(struct gl_watch *w)
{
	struct gl_registers registers;
	int r = gl_tracee_registers(w->pid, &registers);

	return r ? r : (int64_t)gl_register(&registers, w->layout->result);
}

void gl_watch_inject_step(struct gl_watch *w)
{
	struct gl_watch_inject *inject = &w->inject;
	const struct gl_watch_step *step;
	struct gl_registers registers;

	if (inject->leaving_exec) {
		if (gl_tracee_registers(w->pid, &registers) == 0)
			gl_watch_inject_begin(w, inject->list, &registers);
		return; /* else it is dead */
	}
	inject->inside = !inject->inside;
	if (inject->inside) {
		gl_watch_inits_resuming(w);
		gl_tracee_syscall(w->pid, 0);
		return;
	}
	step = &inject->list->steps[inject->at++];
	if (step->took)
		step->took(w, result_of(w));
	go_on(w);
}

void gl_watch_inject_again(struct gl_watch *w)
{
	w->inject.waiting = false;
	go_on(w);
}

void gl_watch_inject_undo(struct gl_watch *w)
{
	if (!w->inject.prepared)
		return;
	w->inject.prepared = false;
	if (gl_tracee_set_registers(w->pid, &w->inject.before) == 0)
		signal_mask(PTRACE_SETSIGMASK, w->pid, &w->inject.mask);
}
