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
	.compat_syscall = {0xcd, 0x80}, /* int $0x80 */
	.compat_syscall_size = 2,
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
#include <string.h>

#include "arch/stamp.h"
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

/*
 * rdx: the word.  r11: the table, rcx: an entry, r10: steps left.  rax, rcx, r8, r10
 * and r11 are undefined at the begin of a function without arguments; the context is
 * kept.  RDTSC counts evenly on every x86-64 that Linux takes its time from.
 *
 * From 4 on: direct calls.  r13: which one, r12: the table.
 */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	".globl gl_stamp, gl_stamp_calls, gl_stamp_both, gl_stamp_trap, gl_stamp_end\n"
	".hidden gl_stamp, gl_stamp_calls, gl_stamp_both, gl_stamp_trap, gl_stamp_end\n"
	"gl_stamp:\n"
	"	movabs	$0x1122334455667788, %r11\n"
	"	mov	(%r11), %rcx\n"
	"	mov	24(%r11), %r10\n"
	"1:	cmp	16(%r11), %rcx\n"
	"	jb	2f\n"
	"	mov	8(%r11), %rcx\n"
	"2:	cmp	(%rcx), %rdx\n"
	"	je	3f\n"
	"	add	$24, %rcx\n"
	"	dec	%r10\n"
	"	jnz	1b\n"
	"	ud2\n"
	"3:	mov	8(%rcx), %r10\n"
	"	mov	%r10, (%rdx)\n"
	"	mov	%rdx, %r8\n"
	"	rdtsc\n"
	"	shl	$32, %rdx\n"
	"	or	%rdx, %rax\n"
	"	mov	%rax, 16(%rcx)\n"
	"	mov	%r8, %rdx\n"
	"	add	$24, %rcx\n"
	"	mov	%rcx, (%r11)\n"
	"	jmp	*%r10\n"
	".balign 8\n"
	"gl_stamp_calls:\n"
	"	mov	$0, %r13d\n"
	"	jmp	4f\n"
	"	mov	$1, %r13d\n"
	"	jmp	4f\n"
	"	mov	$2, %r13d\n"
	"	jmp	4f\n"
	"gl_stamp_both:\n"
	"4:	movabs	$0x1122334455667788, %r12\n"
	"	push	%rax\n"
	"	push	%rdx\n"
	"	rdtsc\n"
	"	shl	$32, %rdx\n"
	"	or	%rdx, %rax\n"
	"	mov	%rax, 32(%r12,%r13,8)\n"
	"	pop	%rdx\n"
	"	pop	%rax\n"
	"	jmp	*56(%r12,%r13,8)\n"
	"gl_stamp_trap:\n"
	"	int3\n"
	".balign 8\n"
	"gl_stamp_end:\n"
	".popsection\n");

extern const uint8_t gl_stamp[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_calls[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_both[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_trap[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_end[] __attribute__((visibility("hidden")));

#define MOVABS 2 /* bytes of REX and opcode */
#define STEP   8 /* bytes for each direct call */

struct gl_stamp_code gl_stamp_code(void)
{
	size_t calls = (size_t)(gl_stamp_calls - gl_stamp);

	return (struct gl_stamp_code){
		.bytes = gl_stamp,
		.size = (size_t)(gl_stamp_end - gl_stamp),
		.tables = {MOVABS, (size_t)(gl_stamp_both - gl_stamp) + MOVABS},
		.calls = {calls, calls + STEP, calls + 2 * STEP},
		.trap = (size_t)(gl_stamp_trap - gl_stamp),
	};
}

/* E8 rel32 */
size_t gl_stamp_call(uint64_t from, uint64_t to, uint8_t bytes[GL_STAMP_MAX_CALL])
{
	int64_t distance = (int64_t)(to - from - 5);
	int32_t relative = (int32_t)distance;

	if (relative != distance)
		return 0;
	bytes[0] = 0xe8;
	memcpy(bytes + 1, &relative, sizeof(relative));
	return 5;
}

uint64_t gl_stamp_ticks(void)
{
	return __builtin_ia32_rdtsc();
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
