/*
 * What golaunch knows of a machine, as data: one record and one small file per
 * machine (launcher/arch/<machine>.c).  Code asks the record instead of
 * testing for a machine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/registers.h"

#define GL_ARCH_HWCAPS_MAX 4

struct gl_arch {
	const char *name;     /* as people write it: "x86-64" */
	const char *uname;    /* as uname(2) says: "x86_64" */
	const char *goarch;   /* as Go says: "amd64" */
	uint16_t elf_machine; /* EM_* */
	uint8_t elf_class;    /* ELFCLASS* */
	bool big_endian;
	uint32_t audit_arch; /* AUDIT_ARCH_*, what a seccomp filter sees */
	const char *glibc_interpreter;
	const char *musl_interpreter;
	const char *platform;	/* glibc's $PLATFORM (AT_PLATFORM) */
	const char *multiarch;	/* Debian's triplet: "x86_64-linux-gnu" */
	const char *slib;	/* the other customary directory name: "lib64" or "lib" */
	int32_t ld_cache_flags; /* flags of its entries in /etc/ld.so.cache (glibc sysdeps ldconfig.h) */
	/* sub-directories of glibc-hwcaps, highest level first, NULL-terminated; [i] needs CPU level hwcaps_highest_level - i */
	const char *hwcaps[GL_ARCH_HWCAPS_MAX];
	unsigned hwcaps_highest_level; /* level of hwcaps[0]; 0 where there are none */
	uint16_t compat_machine;       /* EM_* of the 32-bit programs its kernel runs too, EM_NONE if none */
	const struct gl_register_layout *registers; /* NULL: its threads are not looked at */
};

/* The machine golaunch was built for. */
const struct gl_arch *gl_arch_native(void);

/* The record of an ELF machine and class, or NULL if golaunch does not know it. */
const struct gl_arch *gl_arch_find(uint16_t elf_machine, uint8_t elf_class);

/* The record of that name ("x86-64"), or NULL. */
const struct gl_arch *gl_arch_named(const char *name);

/* A name for any EM_* value, known to golaunch or not ("RISC-V", "machine 4711"); static or in the caller's buffer. */
const char *gl_arch_machine_name(uint16_t elf_machine, uint8_t elf_class, char *buf, unsigned long size);

/*
 * The level of this CPU in its architecture's ladder: x86-64 psABI 1 to 4
 * (System V ABI AMD64 1.0, section 3.1.1, as glibc's cpu_features.c tests it,
 * with the state that the operating system must have enabled); 0 where the
 * architecture has no ladder.  Costs CPUID instructions, each a VM exit in a
 * guest: ask only when a program needs more than level 1.
 */
unsigned gl_arch_cpu_level(void);
