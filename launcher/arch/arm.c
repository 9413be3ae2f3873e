/*
 * 32-bit ARM, hard float: data only; golaunch examines such programs.
 */
#include <elf.h>
#include <linux/audit.h>

#include "arch/machines.h"

const struct gl_arch gl_arch_arm = {
	.name = "arm",
	.uname = "armv7l",
	.goarch = "arm",
	.elf_machine = EM_ARM,
	.elf_class = ELFCLASS32,
	.audit_arch = AUDIT_ARCH_ARM,
	.glibc_interpreter = "/lib/ld-linux-armhf.so.3",
	.musl_interpreter = "/lib/ld-musl-armhf.so.1",
	.platform = "v7l",
	.multiarch = "arm-linux-gnueabihf",
	.slib = "lib",
	.ld_cache_flags = 0x0903,
};
