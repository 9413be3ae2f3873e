/*
 * A breakpoint that cannot be taken out.
 *
 * A program that changes its ids before main is no longer dumpable (kernel
 * cred.c, commit_creds), and then its tracer may not touch its memory without
 * CAP_SYS_PTRACE (ptrace_access_vm), which root in a container lacks.  Registers
 * are still ours: the thread is made to call prctl(PR_SET_DUMPABLE, 1) at an
 * instruction of its own code, the breakpoint is taken out, and the flag put back.
 * Signals are blocked meanwhile, so that no handler runs in between.
 *
 * Where even that fails (a filter denies prctl) the call is passed over:
 * main_init_done is then never closed, for which only a thread of C that calls
 * into Go for the first time would wait (runtime/cgocall.go, cgocallbackg1).
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "proc/watch_private.h"

#define CALLS_KERNEL "runtime.futex" /* assembly in every version; its system call is near its start */
#define LOOK_AT	     128

enum { ENTER_OPEN, LEAVE_OPEN, ENTER_CLOSE, LEAVE_CLOSE };

/* Finds a system call instruction in the program's code. */
static bool find_instruction(struct gl_watch *w)
{
	struct gl_watch_target *t = w->target;
	uint8_t code[LOOK_AT];
	const uint8_t *at;
	uint64_t entry;

	if (gl_pclntab_find(t->table, CALLS_KERNEL, &entry) != 0 ||
	    gl_image_read_vaddr(t->image, entry, code, sizeof(code)) != 0)
		return false;
	at = memmem(code, sizeof(code), w->layout->syscall, w->layout->syscall_size);
	if (!at)
		return false;
	w->repair.instruction = w->record.bias + entry + (uint64_t)(at - code);
	return true;
}

static long signal_mask(long request, pid_t pid, uint64_t *mask)
{
	return gl_syscall4(SYS_ptrace, request, pid, sizeof(*mask), mask);
}

static bool block_signals(struct gl_watch *w)
{
	uint64_t all = ~UINT64_C(0);

	return signal_mask(PTRACE_GETSIGMASK, w->pid, &w->repair.mask) == 0 &&
	       signal_mask(PTRACE_SETSIGMASK, w->pid, &all) == 0;
}

/* Sends the thread to that instruction. */
static bool call_prctl(struct gl_watch *w, unsigned long dumpable)
{
	const struct gl_register_layout *l = w->layout;
	struct gl_registers registers = w->repair.before;

	registers.words[l->pc] = w->repair.instruction;
	registers.words[l->result] = SYS_prctl; /* x86-64: number and result are one register */
	if (l->lr != GL_REGISTER_NONE)
		registers.words[l->number] = SYS_prctl;
	registers.words[l->arguments[0]] = PR_SET_DUMPABLE;
	registers.words[l->arguments[1]] = dumpable;
	for (size_t i = 2; i < GL_REGISTERS_ARGUMENTS; i++)
		registers.words[l->arguments[i]] = 0;
	return gl_tracee_set_registers(w->pid, &registers) == 0 && gl_tracee_syscall(w->pid, 0) == 0;
}

/* Back to where it was, with the breakpoint or behind the call. */
static void end(struct gl_watch *w)
{
	struct gl_registers registers = w->repair.before;

	if (w->breakpoint)
		registers.words[w->layout->pc] += w->layout->call_size;
	signal_mask(PTRACE_SETSIGMASK, w->pid, &w->repair.mask);
	gl_watch_reached_main(w, &registers);
}

void gl_watch_repair_begin(struct gl_watch *w, const struct gl_registers *registers)
{
	w->repair = (struct gl_watch_repair){.before = *registers};
	if (find_instruction(w) && block_signals(w) && gl_watch_enter(w, GL_WATCH_REPAIR) == 0 &&
	    call_prctl(w, 1))
		return;
	end(w);
}

void gl_watch_repair_step(struct gl_watch *w)
{
	switch (w->repair.step++) {
	case ENTER_OPEN:
	case ENTER_CLOSE:
		gl_tracee_syscall(w->pid, 0);
		return;
	case LEAVE_OPEN:
		if (gl_watch_break_clear(w) == 0 && call_prctl(w, 0))
			return;
		end(w);
		return;
	default:
		end(w);
	}
}
