/*
 * A 32-bit system call from 64-bit code: the number is i386's, and of pointers only
 * the lower 32 bits count.  Returns -errno, as the kernel does.
 */
#pragma once

#ifdef __x86_64__
static inline long int80(long number, long a, long b, long c, long d, long e)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif
