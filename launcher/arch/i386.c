/*
 * i386: data only; golaunch examines such programs and its kernel may run them.
 */
#include <elf.h>
#include <linux/audit.h>

#include "arch/machines.h"

const struct gl_arch gl_arch_i386 = {
	.name = "i386",
	.uname = "i686",
	.goarch = "386",
	.elf_machine = EM_386,
	.elf_class = ELFCLASS32,
	.audit_arch = AUDIT_ARCH_I386,
	.glibc_interpreter = "/lib/ld-linux.so.2",
	.musl_interpreter = "/lib/ld-musl-i386.so.1",
	.platform = "i686",
	.multiarch = "i386-linux-gnu",
	.slib = "lib",
	.ld_cache_flags = 0x0003,
};
