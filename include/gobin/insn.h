/*
 * What the machine code of runtime.main tells: where a call is, which data it
 * uses.  Only the few instructions that Go's compiler uses for that on amd64 and
 * arm64 are known; others are passed over.  Depends on: base, arch, elf.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gobin/pclntab.h"

/* Bytes of a function that are looked at. */
#define GL_INSN_MAX_BYTES ((size_t)64 << 10)

/*
 * Addresses of the instructions that call `target` directly (amd64: E8 rel32,
 * arm64: BL) in the function that holds pc, in order, at most room of them.
 * Returns 0 (*ret_count may be 0), 1: no such function, or a machine that is not
 * known, or -errno.
 */
int gl_insn_calls(struct gl_pclntab *table, uint64_t pc, uint64_t target, uint64_t *addresses, size_t room,
		  size_t *ret_count) GL_MUST_CHECK;

/*
 * The addresses of data that its code forms relative to its own place (amd64: LEA
 * and MOV with RIP, arm64: ADRP with ADD or LDR), in order; those it calls or
 * jumps to are not among them.  Returns as above.
 */
int gl_insn_references(struct gl_pclntab *table, uint64_t pc, uint64_t *addresses, size_t room,
		       size_t *ret_count) GL_MUST_CHECK;

/*
 * The end of init: the call of runtime.closechan in runtime.main (runtime/proc.go,
 * main_init_done; Go 1.15 to 1.27 have one).  There every init function has
 * returned, the goroutine still runs on the main thread, and main.main has not
 * begun.  Where that call is not found, or not alone: that of
 * runtime.unlockOSThread, which is the next one and lets the goroutine leave the
 * thread.  Returns 0, 1: neither was found, or -errno.
 */
int gl_insn_init_end(struct gl_pclntab *table, uint64_t *ret_address) GL_MUST_CHECK;
