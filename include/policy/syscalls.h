/*
 * System calls by name and number, and since which kernel there are such; their
 * arguments, and the constants these take.  Tables made when golaunch is built,
 * by policy-tables from policy/data and libseccomp (numbers), for all machines.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/*
 * One way to call the kernel on a machine.  The first ABI of a machine is its
 * own.  x32 shares AUDIT_ARCH_X86_64 with it: bit 30 is set in its numbers, and
 * is left out of the table.
 */
#define GL_X32_BIT  0x40000000u
#define GL_X32_LAST 0x7fffffffu
struct gl_abi {
	const char *name;   /* "x86-64", "i386", "x32", "aarch64", "arm" */
	uint32_t arch;	    /* AUDIT_ARCH_* */
	bool private_calls; /* arm: GL_ARM_PRIVATE_*, cacheflush and set_tls among them: never filtered */
	bool x32;	    /* numbers with GL_X32_BIT */
	const struct gl_syscall_number *numbers; /* by number, ascending */
	size_t number_count;
};

/* arch/arm/include/uapi/asm/unistd.h: breakpoint to get_tls */
#define GL_ARM_PRIVATE_FIRST 0x0f0001u
#define GL_ARM_PRIVATE_LAST  0x0f0006u

/* A call: one name, whatever ABIs have it. */
struct gl_syscall {
	const char *name;
	uint32_t since; /* GL_KERNEL(): the first release that has it on any machine; 0: before 3.0 */
	bool always;	/* never filtered: exit_group, rt_sigreturn ... */
};

/* An argument of a call that has a name. */
enum gl_argument_kind {
	GL_ARGUMENT_NARROW, /* the kernel reads its low 32 bits only */
	GL_ARGUMENT_WIDE,   /* all of it */
	GL_ARGUMENT_SHORT,  /* its low 16 bits: only "&" tells what they are */
	GL_ARGUMENT_POINTER /* what it means is in memory, where no filter can look */
};

/*
 * Names here are places in one string: a pointer would take 8 bytes, and 24 more for
 * its relocation, which is done at each start of a program that can lie anywhere.
 */
struct gl_argument {
	uint16_t call;
	uint8_t index; /* 0 to 5, the same in every ABI */
	uint8_t kind;  /* enum gl_argument_kind */
	uint16_t name, families;
};

struct gl_constant {
	uint16_t name, family;
	uint32_t value;
};

struct gl_syscall_number {
	uint16_t number;
	uint16_t call; /* index into the machine's calls */
};

#define GL_MACHINE_ABIS 3
#define GL_CALL_NONE	UINT16_MAX

struct gl_machine_calls {
	const char *name; /* as uname(2) says */
	uint16_t elf_machine;
	struct gl_abi abis[GL_MACHINE_ABIS]; /* ended by one without a name */
	uint32_t through;		     /* GL_KERNEL(): the last release whose calls are known here */
	const struct gl_syscall *calls;	     /* by name, ascending; every call of every Linux machine */
	size_t call_count;
	const struct gl_argument *arguments; /* by call and index, ascending */
	size_t argument_count;
	const struct gl_constant *constants; /* by family, in the order of policy/data/constants.list */
	size_t constant_count;
};

/* golaunch's own machine. */
const struct gl_machine_calls *gl_machine_calls(void);
/* Any that golaunch can be built for, by its name; NULL: not one of them. */
const struct gl_machine_calls *gl_machine_calls_of(const char *name) GL_NONNULL;

/* The index of a call, or GL_CALL_NONE. */
uint16_t gl_syscall_find(const struct gl_machine_calls *m, const char *name, size_t len) GL_NONNULL;
/* Its number in an ABI (of x32 without GL_X32_BIT), or -1. */
int gl_syscall_number(const struct gl_abi *abi, uint16_t call) GL_NONNULL;
/* The call that has this number in an ABI, or GL_CALL_NONE. */
uint16_t gl_syscall_at(const struct gl_abi *abi, unsigned number) GL_NONNULL;
/* The name nearest to a mistyped one (policy/suggest.h), or NULL. */
const char *gl_syscall_suggest(const struct gl_machine_calls *m, const char *name, size_t len) GL_NONNULL;
/*
 * The ABI of a call as a filter sees it: arch and number of seccomp_data.  NULL:
 * none of this machine.  Numbers from GL_X32_BIT to GL_X32_LAST are x32's; those above,
 * as the -1 that a tracer puts in to skip a call, are calls of the machine's own ABI that do not exist.
 */
const struct gl_abi *gl_abi_of(const struct gl_machine_calls *m, uint32_t arch, uint32_t number) GL_NONNULL;

/* What policy-tables makes: the string of the names above. */
extern const char gl_machine_text[];

static inline const char *gl_argument_name(const struct gl_argument *argument)
{
	return gl_machine_text + argument->name;
}

/* Of constants, "A+B"; "" for plain numbers. */
static inline const char *gl_argument_families(const struct gl_argument *argument)
{
	return gl_machine_text + argument->families;
}

static inline const char *gl_constant_name(const struct gl_constant *constant)
{
	return gl_machine_text + constant->name;
}

static inline const char *gl_constant_family(const struct gl_constant *constant)
{
	return gl_machine_text + constant->family;
}

/* The same: golaunch's own machine is the first. */
extern const struct gl_machine_calls gl_machine_table[];
extern const size_t gl_machine_table_count;
