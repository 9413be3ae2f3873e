/*
 * x86-64: data, raw system calls, the CPU's level.
 */
#include <elf.h>
#include <linux/audit.h>

#include "arch/arch.h"
#include "arch/machines.h"

/* Indices into struct user_regs_struct (arch/x86/include/asm/user_64.h). */
static const struct gl_register_layout registers = {
	.count = 27,
	.pc = 16,
	.sp = 19,
	.fp = 4,
	.lr = GL_REGISTER_NONE,
	.number = 15, /* orig_rax */
	.result = 10,
	.arguments = {14, 13, 12, 7, 9, 8}, /* rdi rsi rdx r10 r8 r9 */
	.parameters = {14, 13, 12},
	.breakpoint = {0xcc}, /* int3 */
	.breakpoint_size = 1,
	.breakpoint_past = 1,
	.call_size = 5, /* call rel32 */
	.syscall = {0x0f, 0x05},
	.syscall_size = 2,
	.watched = true,
};

const struct gl_arch gl_arch_x86_64 = {
	.name = "x86-64",
	.uname = "x86_64",
	.goarch = "amd64",
	.elf_machine = EM_X86_64,
	.elf_class = ELFCLASS64,
	.audit_arch = AUDIT_ARCH_X86_64,
	.glibc_interpreter = "/lib64/ld-linux-x86-64.so.2",
	.musl_interpreter = "/lib/ld-musl-x86_64.so.1",
	.platform = "x86_64",
	.multiarch = "x86_64-linux-gnu",
	.slib = "lib64",
	.ld_cache_flags = 0x0303,
	.hwcaps = {"x86-64-v4", "x86-64-v3", "x86-64-v2"},
	.hwcaps_highest_level = 4,
	.compat_machine = EM_386,
	.registers = &registers,
};

#ifdef __x86_64__
#include <cpuid.h>

#include "arch/syscall.h"
#include "base/macros.h"

long gl_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long answer;

	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return answer;
}

enum cpuid_register {
	REG_EBX_7, /* leaf 7 */
	REG_ECX_1, /* leaf 1 */
	REG_EDX_1,
	REG_ECX_EXT, /* leaf 0x80000001 */
	REG_MAX
};

/* Features that each level adds, psABI 1.0 table 3.1. */
static const struct {
	unsigned level;
	enum cpuid_register reg;
	unsigned mask;
} features[] = {
	{2, REG_ECX_1, bit_CMPXCHG16B | bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT},
	{2, REG_ECX_EXT, bit_LAHF_LM},
	{3, REG_ECX_1, bit_AVX | bit_F16C | bit_FMA | bit_MOVBE | bit_OSXSAVE},
	{3, REG_EBX_7, bit_AVX2 | bit_BMI | bit_BMI2},
	{3, REG_ECX_EXT, bit_ABM},
	{4, REG_EBX_7, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL},
};

/* State that the operating system saves for us (XCR0): SSE and AVX for level 3, the AVX-512 parts for level 4. */
static unsigned state_level(unsigned ecx_1)
{
	unsigned low, high;

	if (!(ecx_1 & bit_OSXSAVE))
		return 2;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	if ((low & 0x06) != 0x06)
		return 2;
	return (low & 0xe6) == 0xe6 ? 4 : 3;
}

unsigned gl_arch_cpu_level(void)
{
	unsigned reg[REG_MAX] = {0}, unused, level = 4;

	if (!__get_cpuid(1, &unused, &unused, &reg[REG_ECX_1], &reg[REG_EDX_1]))
		return 1;
	__get_cpuid_count(7, 0, &unused, &reg[REG_EBX_7], &unused, &unused);
	__get_cpuid(0x80000001, &unused, &unused, &reg[REG_ECX_EXT], &unused);
	for (size_t i = 0; i < GL_ARRAY_SIZE(features); i++)
		if ((reg[features[i].reg] & features[i].mask) != features[i].mask)
			level = GL_MIN(level, features[i].level - 1);
	return GL_MIN(level, state_level(reg[REG_ECX_1]));
}
#endif
