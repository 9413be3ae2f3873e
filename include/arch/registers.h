/*
 * The registers of a stopped thread, and what a breakpoint is, as data for each
 * machine (struct gl_arch has the pointer).
 *
 * Registers are kept as the kernel gives them for NT_PRSTATUS (ptrace(2),
 * PTRACE_GETREGSET): struct user_regs_struct of x86-64, struct user_pt_regs of
 * aarch64.  Both are words of 64 bits, so a register is an index.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define GL_REGISTERS_MAX	 34 /* words: aarch64's 31 + sp, pc, pstate */
#define GL_REGISTERS_ARGUMENTS	 6
#define GL_REGISTERS_INSTRUCTION 8 /* room for a breakpoint, a call, a system call */

struct gl_registers {
	uint64_t words[GL_REGISTERS_MAX];
};

#define GL_REGISTER_NONE 0xff

struct gl_register_layout {
	uint8_t count; /* words of NT_PRSTATUS; a thread of another machine (32 bits) has fewer bytes */
	uint8_t pc, sp, fp, lr; /* fp: what Go's and C's frames are linked by; lr: NONE where calls push */
	/*
	 * Of the system call that the thread is in: its number (x86-64: orig_rax,
	 * all ones outside of one; aarch64: x8, which is stale outside), its result
	 * and its arguments.
	 */
	uint8_t number, result;
	uint8_t arguments[GL_REGISTERS_ARGUMENTS];
	uint8_t parameters[3]; /* of a function that was just called (psABI) */

	uint8_t breakpoint[4]; /* the instruction */
	uint8_t breakpoint_size;
	uint8_t breakpoint_past; /* bytes between it and pc when it has trapped */
	uint8_t call_size;	 /* bytes of a direct call */
	uint8_t syscall[4];	 /* the instruction that calls the kernel */
	uint8_t syscall_size;
	uint8_t compat_syscall[2];   /* likewise by the numbers of its 32-bit programs */
	uint8_t compat_syscall_size; /* 0: there is none */
	bool watched;		     /* the start watch was tried on a real kernel of this machine */
};

static inline uint64_t gl_register(const struct gl_registers *registers, uint8_t index)
{
	return index < GL_REGISTERS_MAX ? registers->words[index] : 0;
}
