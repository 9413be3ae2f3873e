/*
 * aarch64: data, raw system calls.  It has no ladder of CPU levels.
 */
#include <elf.h>
#include <linux/audit.h>

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

unsigned gl_arch_cpu_level(void)
{
	return 0;
}
#endif
