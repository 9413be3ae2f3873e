/*
 * What differs between machines, each in its own file:
 *
 *	GL_LD_MACHINE	the e_machine this stub loads
 *	GL_LD_TASK_END	no user address is as high, whatever the kernel's layout
 *	GL_LD_PIE_BASE	where a PIE program is put: 1 TiB from here is used, below
 *			the kernel's own ELF_ET_DYN_BASE, so that the program stays
 *			the first mapping, as programs have it
 *	gl_ld_syscall()	any system call; returns its result or -errno
 *	gl_ld_stop()	the breakpoint of GL_STUB_TRACED (loader/slot.h)
 *
 * and in start.S _start, which calls gl_ld_main(), and gl_ld_jump().
 */
#pragma once

#include <stdint.h>

#if defined(__x86_64__)
#include "launcher/loader/x86_64/machine.h"
#elif defined(__aarch64__)
#include "launcher/loader/aarch64/machine.h"
#else
#error "the loader stub knows x86-64 and aarch64"
#endif

/* The stub's main function: stack is the kernel's vector, from argc on. */
_Noreturn void gl_ld_main(uint64_t *stack);

/* To entry, with the stack pointer there and every other register as after execve. */
_Noreturn void gl_ld_jump(const uint64_t *stack, uint64_t entry);
