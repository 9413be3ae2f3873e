/*
 * aarch64: see loader/machine.h.
 */
#pragma once

#include <linux/elf-em.h>
#include <stdint.h>

#define GL_LD_MACHINE  EM_AARCH64
#define GL_LD_TASK_END 0x1000000000000 /* 48 bits; more only for those who ask by hint */
#define GL_LD_PIE_BASE 0xa80000000000  /* ELF_ET_DYN_BASE is 0xaaaaaaaaa000; a hint too high is ignored */

static inline long gl_ld_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline void gl_ld_stop(uint64_t bias, const char *program)
{
	register uint64_t x0 __asm__("x0") = bias;
	register const char *x1 __asm__("x1") = program;

	__asm__ volatile("brk #0" : : "r"(x0), "r"(x1) : "memory");
}
