/*
 * aarch64: data, raw system calls.  It has no ladder of CPU levels.
 */
#include <elf.h>
#include <linux/audit.h>
#include <string.h>

#include "arch/arch.h"
#include "arch/machines.h"

/* Indices into struct user_pt_regs (arch/arm64/include/uapi/asm/ptrace.h). */
static const struct gl_register_layout registers = {
	.count = 34,
	.pc = 32,
	.sp = 31,
	.fp = 29,
	.lr = 30,
	.number = 8,
	.result = 0,
	.arguments = {0, 1, 2, 3, 4, 5},
	.parameters = {0, 1, 2},
	.breakpoint = {0x00, 0x00, 0x20, 0xd4}, /* brk #0 */
	.breakpoint_size = 4,
	.breakpoint_past = 0,
	.call_size = 4,			     /* bl */
	.syscall = {0x01, 0x00, 0x00, 0xd4}, /* svc #0 */
	.syscall_size = 4,
};

const struct gl_arch gl_arch_aarch64 = {
	.name = "aarch64",
	.uname = "aarch64",
	.goarch = "arm64",
	.elf_machine = EM_AARCH64,
	.elf_class = ELFCLASS64,
	.audit_arch = AUDIT_ARCH_AARCH64,
	.glibc_interpreter = "/lib/ld-linux-aarch64.so.1",
	.musl_interpreter = "/lib/ld-musl-aarch64.so.1",
	.platform = "aarch64",
	.multiarch = "aarch64-linux-gnu",
	.slib = "lib64",
	.ld_cache_flags = 0x0a03,
	.compat_machine = EM_ARM,
	.registers = &registers,
};

#ifdef __aarch64__
#include "arch/stamp.h"
#include "arch/syscall.h"

long gl_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
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

/*
 * x26: the word.  x9: the table, x10: an entry, x11: steps left.  x9 to x13 are
 * undefined at the begin of a function without arguments.
 *
 * From 5 on: direct calls.  x17: which one, x27: the table.
 */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	".globl gl_stamp, gl_stamp_calls, gl_stamp_both, gl_stamp_trap, gl_stamp_end\n"
	".hidden gl_stamp, gl_stamp_calls, gl_stamp_both, gl_stamp_trap, gl_stamp_end\n"
	"gl_stamp:\n"
	"	ldr	x9, 4f\n"
	"	ldr	x10, [x9]\n"
	"	ldr	x11, [x9, #24]\n"
	"	ldr	x12, [x9, #16]\n"
	"1:	cmp	x10, x12\n"
	"	b.lo	2f\n"
	"	ldr	x10, [x9, #8]\n"
	"2:	ldr	x13, [x10]\n"
	"	cmp	x13, x26\n"
	"	b.eq	3f\n"
	"	add	x10, x10, #24\n"
	"	subs	x11, x11, #1\n"
	"	b.ne	1b\n"
	"	udf	#0\n"
	"3:	ldr	x13, [x10, #8]\n"
	"	str	x13, [x26]\n"
	"	isb\n"
	"	mrs	x12, cntvct_el0\n"
	"	str	x12, [x10, #16]\n"
	"	add	x10, x10, #24\n"
	"	str	x10, [x9]\n"
	"	br	x13\n"
	".balign 8\n"
	"4:	.quad	0\n"
	"gl_stamp_calls:\n"
	"	mov	x17, #0\n"
	"	b	5f\n"
	"	mov	x17, #1\n"
	"	b	5f\n"
	"	mov	x17, #2\n"
	"	b	5f\n"
	"5:	ldr	x27, 6f\n"
	"	isb\n"
	"	mrs	x16, cntvct_el0\n"
	"	add	x27, x27, x17, lsl #3\n"
	"	str	x16, [x27, #32]\n"
	"	ldr	x16, [x27, #56]\n"
	"	br	x16\n"
	"gl_stamp_trap:\n"
	"	brk	#0\n"
	"gl_stamp_both:\n"
	"6:	.quad	0\n"
	"gl_stamp_end:\n"
	".popsection\n");

extern const uint8_t gl_stamp[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_calls[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_both[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_trap[] __attribute__((visibility("hidden")));
extern const uint8_t gl_stamp_end[] __attribute__((visibility("hidden")));

#define STEP 8 /* bytes for each direct call */

struct gl_stamp_code gl_stamp_code(void)
{
	size_t calls = (size_t)(gl_stamp_calls - gl_stamp);

	return (struct gl_stamp_code){
		.bytes = gl_stamp,
		.size = (size_t)(gl_stamp_end - gl_stamp),
		.tables = {calls - sizeof(uint64_t), (size_t)(gl_stamp_both - gl_stamp)},
		.calls = {calls, calls + STEP, calls + 2 * STEP},
		.trap = (size_t)(gl_stamp_trap - gl_stamp),
	};
}

/* BL imm26 */
size_t gl_stamp_call(uint64_t from, uint64_t to, uint8_t bytes[GL_STAMP_MAX_CALL])
{
	int64_t distance = (int64_t)(to - from);
	uint32_t word = 0x94000000 | ((uint32_t)(distance / 4) & 0x3ffffff);

	if (distance % 4 || distance < -(INT64_C(1) << 27) || distance >= INT64_C(1) << 27)
		return 0;
	memcpy(bytes, &word, sizeof(word));
	return sizeof(word);
}

uint64_t gl_stamp_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

unsigned gl_arch_cpu_level(void)
{
	return 0;
}
#endif
