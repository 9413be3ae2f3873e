/*
 * x86-64: see loader/machine.h.
 */
#pragma once

#include <linux/elf-em.h>
#include <stdint.h>

#define GL_LD_MACHINE  EM_X86_64
#define GL_LD_TASK_END 0x7ffffffff000
#define GL_LD_PIE_BASE 0x540000000000 /* ELF_ET_DYN_BASE is 0x555555554aaa */

static inline long gl_ld_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline void gl_ld_stop(uint64_t bias, const char *program)
{
	__asm__ volatile("int3" : : "D"(bias), "S"(program) : "memory");
}
