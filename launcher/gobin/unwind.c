/*
 * Unwinding: see gobin/unwind.h.
 *
 * One step leads from the registers in a function to those in its caller; what
 * differs between machines is a record of a few functions.  Some functions of the
 * runtime are known by name, as they do not return to where the table says:
 * those that change stacks, those that end a stack, and those that a signal
 * handler puts in place of an instruction, so that the "return address" is the
 * instruction itself.
 */
#include "gobin/unwind.h"

#include <elf.h>
#include <errno.h>

#include "gobin/pclntab_private.h"

#define FOREIGN_MAX 64 /* C frames that are passed */

struct machine;

struct state {
	struct gl_pclntab *table;
	const struct gl_unwind_memory *memory;
	const struct machine *machine;
	struct gl_unwind_registers regs;
	bool exact;    /* pc is an instruction that did not call */
	bool injected; /* the function left last was put there by a signal handler */
	bool own; /* the first frame of a goroutine that waits: on its own stack, whatever the function */
	struct gl_unwind *ret;
	size_t total; /* frames met */
	size_t steps; /* and signal frames */
};

/* What a step comes to: an enum gl_unwind_end, GO_ON, or -errno. */
enum { GO_ON = GL_UNWIND_END_MAX };

struct machine {
	uint16_t elf_machine;
	int (*call)(struct state *s, uint64_t delta);  /* back to the caller */
	int (*stack)(struct state *s, uint64_t delta); /* back to the stack that was left */
	/* the return from a signal handler: its code, and in the frame at the stack pointer then */
	const char *trampolines[2];
	size_t trampoline_len[2];
	uint16_t pc, sp, fp, lr;
};

enum role {
	ROLE_NONE,
	ROLE_TOP,      /* begins a stack */
	ROLE_STACKS,   /* changes from one stack to another */
	ROLE_INJECTED, /* called by no instruction */
};

static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"runtime.goexit", ROLE_TOP},		{"runtime.rt0_go", ROLE_TOP},
	{"runtime.mstart", ROLE_TOP},		{"runtime.systemstack", ROLE_STACKS},
	{"runtime.mcall", ROLE_STACKS},		{"runtime.morestack", ROLE_STACKS},
	{"runtime.asmcgocall", ROLE_STACKS},	{"runtime.switchToCrashStack0", ROLE_STACKS},
	{"runtime.sigpanic", ROLE_INJECTED},	{"runtime.asyncPreempt", ROLE_INJECTED},
	{"runtime.debugCallV1", ROLE_INJECTED}, {"runtime.debugCallV2", ROLE_INJECTED},
};

static enum role role_of(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(roles); i++)
		if (!strcmp(name, roles[i].name))
			return roles[i].role;
	return ROLE_NONE;
}

static bool read_word(const struct state *s, uint64_t address, uint64_t *ret)
{
	unsigned char bytes[8];

	if (address % 8 != 0 || s->memory->read(s->memory->arg, address, bytes, sizeof(bytes)) < 0)
		return false;
	*ret = gl_image_value(s->table->image, bytes, sizeof(bytes));
	return true;
}

/* The caller's registers, if the stack goes up. */
static int to_caller(struct state *s, uint64_t pc, uint64_t sp)
{
	if (sp <= s->regs.sp)
		return GL_UNWIND_LOST;
	s->regs.pc = pc;
	s->regs.sp = sp;
	return GO_ON;
}

/* -- amd64 -- */

/* A function with a frame keeps the caller's RBP below the return address and points RBP there. */
static int amd64_call(struct state *s, uint64_t delta)
{
	uint64_t slot = s->regs.sp + delta, pc, fp;

	if (!read_word(s, slot, &pc))
		return GL_UNWIND_UNREADABLE;
	if (delta >= 8 && s->regs.fp == slot - 8 && read_word(s, slot - 8, &fp))
		s->regs.fp = fp;
	return to_caller(s, pc, slot + 8);
}

/* The new stack begins anew; RBP is still that of the old one. */
static int amd64_stack(struct state *s, uint64_t delta)
{
	uint64_t slot = s->regs.fp, pc, fp;

	(void)delta;
	if (slot == 0)
		return GL_UNWIND_LOST;
	if (!read_word(s, slot, &fp) || !read_word(s, slot + 8, &pc))
		return GL_UNWIND_UNREADABLE;
	s->regs = (struct gl_unwind_registers){.pc = pc, .sp = slot + 16, .fp = fp};
	return GO_ON;
}

/* -- arm64: LR is kept at the stack pointer, the caller's X29 below it, and X29 points there -- */

static int arm64_call(struct state *s, uint64_t delta)
{
	uint64_t pc = s->regs.lr, fp;

	if (delta == 0) {
		/* also where a signal handler put a call: it kept what LR was */
		s->regs.lr = 0;
		if (pc == 0)
			return GL_UNWIND_LOST;
		s->regs.pc = pc;
		return GO_ON;
	}
	if (!read_word(s, s->regs.sp, &pc))
		return GL_UNWIND_UNREADABLE;
	if (s->regs.fp == s->regs.sp - 8 && read_word(s, s->regs.sp - 8, &fp))
		s->regs.fp = fp;
	s->regs.lr = 0;
	return to_caller(s, pc, s->regs.sp + delta);
}

/* X29 is that of the function that changes stacks, on the one that was left. */
static int arm64_stack(struct state *s, uint64_t delta)
{
	uint64_t slot = s->regs.fp, pc, fp;

	if (slot == 0 || delta == 0)
		return GL_UNWIND_LOST;
	if (!read_word(s, slot, &fp) || !read_word(s, slot + 8, &pc))
		return GL_UNWIND_UNREADABLE;
	s->regs = (struct gl_unwind_registers){.pc = pc, .sp = slot + 8 + delta, .fp = fp};
	return GO_ON;
}

/*
 * Signal frames as the kernel makes them: amd64 struct ucontext (arch/x86, uapi
 * asm/sigcontext.h), arm64 siginfo and ucontext (arch/arm64, struct rt_sigframe).
 * The trampolines are "mov $__NR_rt_sigreturn, ...; syscall" in each spelling:
 * the runtime's, glibc's and musl's, the kernel's vDSO.
 */
static const struct machine machines[] = {
	{
		.elf_machine = EM_X86_64,
		.call = amd64_call,
		.stack = amd64_stack,
		.trampolines = {"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", "\xb8\x0f\x00\x00\x00\x0f\x05"},
		.trampoline_len = {9, 7},
		.pc = 168,
		.sp = 160,
		.fp = 120,
		.lr = 168,
	},
	{
		.elf_machine = EM_AARCH64,
		.call = arm64_call,
		.stack = arm64_stack,
		.trampolines = {"\x68\x11\x80\xd2\x01\x00\x00\xd4"},
		.trampoline_len = {8},
		.pc = 568,
		.sp = 560,
		.fp = 544,
		.lr = 552,
	},
};

static const struct machine *find_machine(const struct gl_image *image)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(machines); i++)
		if (machines[i].elf_machine == gl_image_header(image)->machine)
			return &machines[i];
	return NULL;
}

static bool is_trampoline(const struct state *s)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(s->machine->trampolines); i++) {
		size_t len = s->machine->trampoline_len[i];
		char bytes[16];

		if (len && s->memory->read(s->memory->arg, s->regs.pc, bytes, len) >= 0 &&
		    !memcmp(bytes, s->machine->trampolines[i], len))
			return true;
	}
	return false;
}

/* Back to what the signal interrupted. */
static int leave_handler(struct state *s)
{
	struct gl_unwind_registers regs;
	const struct machine *m = s->machine;
	uint64_t frame = s->regs.sp;

	if (!read_word(s, frame + m->pc, &regs.pc) || !read_word(s, frame + m->sp, &regs.sp) ||
	    !read_word(s, frame + m->fp, &regs.fp) || !read_word(s, frame + m->lr, &regs.lr))
		return GL_UNWIND_UNREADABLE;
	s->regs = regs;
	s->exact = true;
	s->injected = false;
	return GO_ON;
}

/* The outermost ones go round in the last GL_UNWIND_OUTER places. */
static void keep(struct state *s, const struct gl_unwind_frame *frame)
{
	size_t at = s->total++;

	if (at >= GL_UNWIND_INNER)
		at = GL_UNWIND_INNER + (at - GL_UNWIND_INNER) % GL_UNWIND_OUTER;
	s->ret->frames[at] = *frame;
}

/* Puts the outermost ones in order. */
static void finish(struct state *s)
{
	struct gl_unwind_frame outer[GL_UNWIND_OUTER];
	size_t first = (s->total - GL_UNWIND_INNER) % GL_UNWIND_OUTER;

	s->ret->count = GL_MIN(s->total, GL_ARRAY_SIZE(s->ret->frames));
	s->ret->left_out = s->total - s->ret->count;
	if (s->ret->left_out == 0)
		return;
	memcpy(outer, s->ret->frames + GL_UNWIND_INNER, sizeof(outer));
	for (size_t i = 0; i < GL_UNWIND_OUTER; i++)
		s->ret->frames[GL_UNWIND_INNER + i] = outer[(first + i) % GL_UNWIND_OUTER];
}

/*
 * On arm64 the handler that puts a call in place keeps LR on the stack, in 16
 * bytes of its own (runtime/signal_arm64.go, preparePanic).
 */
static void undo_injection(struct state *s)
{
	uint64_t lr;

	if (s->machine->elf_machine != EM_AARCH64 || !read_word(s, s->regs.sp, &lr))
		return;
	s->regs.sp += 16;
	s->regs.lr = lr;
}

/*
 * C code that keeps frame pointers, or does not touch them, leads back to the Go
 * code that called it; what was in between stays unknown.  A return address is
 * never where a function begins.
 */
static int leave_foreign(struct state *s)
{
	uint64_t slot = s->regs.fp, fp, pc, entry;

	for (size_t i = 0; i < FOREIGN_MAX && slot != 0; i++) {
		int r;

		if (!read_word(s, slot, &fp) || !read_word(s, slot + 8, &pc))
			break;
		r = gl_pclntab_bounds(s->table, pc - s->memory->bias, &entry, NULL);
		if (r < 0)
			return r;
		if (r == 0 && entry != pc - s->memory->bias) {
			s->regs = (struct gl_unwind_registers){.pc = pc, .sp = slot + 16, .fp = fp};
			s->exact = s->injected = false;
			return GO_ON;
		}
		if (fp <= slot)
			break;
		slot = fp;
	}
	return GL_UNWIND_FOREIGN;
}

/* No Go function: where a signal handler returns to, or C code. */
static int foreign(struct state *s, const struct gl_unwind_frame *frame)
{
	struct gl_unwind_frame kept = *frame;

	if (is_trampoline(s))
		return leave_handler(s);
	kept.foreign = true;
	keep(s, &kept);
	return leave_foreign(s);
}

/* From the function that `frame` is in to its caller. */
static int leave_function(struct state *s, const struct gl_unwind_frame *frame, enum role role)
{
	uint64_t delta;
	int r;

	if (role == ROLE_TOP)
		return GL_UNWIND_TOP;
	r = gl_pclntab_sp_delta(s->table, frame->place, &delta);
	if (r)
		return r < 0 ? r : GL_UNWIND_FOREIGN;
	if (s->injected)
		undo_injection(s);
	s->exact = s->injected = role == ROLE_INJECTED;
	r = role == ROLE_STACKS && !s->own ? s->machine->stack(s, delta) : s->machine->call(s, delta);
	s->own = false;
	return r;
}

static int step(struct state *s)
{
	struct gl_unwind_frame frame = {.pc = s->regs.pc, .place = s->regs.pc - s->memory->bias};
	char name[GL_PCLNTAB_NAME];
	uint64_t entry;
	int r = gl_pclntab_bounds(s->table, frame.place, &entry, NULL);

	/* the runtime's own trampoline is a Go function, which is returned to, not called */
	if (r == 0 && !s->exact && entry == frame.place && is_trampoline(s))
		return leave_handler(s);
	frame.place -= !s->exact;
	if (r >= 0)
		r = gl_pclntab_name(s->table, frame.place, name);
	if (r)
		return r < 0 ? r : foreign(s, &frame);
	keep(s, &frame);
	return leave_function(s, &frame, role_of(name));
}

/*
 * A goroutine that waits is saved with the place where a call returns to, or with
 * the start of a function where the runtime pretends that it is there
 * (runtime.systemstack_switch).
 */
static bool is_exact(struct gl_pclntab *table, const struct gl_unwind_registers *regs, uint64_t bias)
{
	uint64_t entry;

	return !regs->saved ||
	       (!gl_pclntab_bounds(table, regs->pc - bias, &entry, NULL) && entry == regs->pc - bias);
}

int gl_unwind(struct gl_pclntab *table, const struct gl_unwind_registers *registers,
	      const struct gl_unwind_memory *memory, struct gl_unwind *ret)
{
	struct state s = {.table = table,
			  .memory = memory,
			  .machine = find_machine(table->image),
			  .regs = *registers,
			  .exact = is_exact(table, registers, memory->bias),
			  .own = registers->saved,
			  .ret = ret};
	int r = GO_ON;

	if (!s.machine)
		return 1;
	while (r == GO_ON && s.steps++ < GL_UNWIND_MAX)
		r = step(&s);
	if (r < 0)
		return r;
	ret->end = r == GO_ON ? GL_UNWIND_DEEP : (enum gl_unwind_end)r;
	finish(&s);
	return 0;
}
