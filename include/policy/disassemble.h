/*
 * A compiled filter as text, for "policy show --format bpf".
 *
 *	        load  arch
 *	        if == x86-64                     else L212
 *	        load  number
 *	        if >= 165 (mount)                then L88
 *	L4:     return errno EPERM               unless cap SYS_ADMIN: allow
 *
 * One instruction a line, a label where something jumps to.  A comparison goes
 * on with the next line where it does not say "then" or "else".  What a number
 * means is found by following the jumps: names of calls are those of the ABI
 * that is known where the comparison stands.
 */
#pragma once

#include "base/buf.h"
#include "policy/compile.h"

/*
 * filter must have passed gl_filter_check().  machine: whose it is.  What does
 * not fit or cannot be allocated sticks in text (base/buf.h).
 */
void gl_filter_disassemble(const struct gl_filter *filter, const struct gl_machine_calls *machine,
			   struct gl_buf *text) GL_NONNULL;

/* A return value in words: "allow", "errno EPERM", "notify", "kill", "trap", "log". */
void gl_filter_describe_return(uint32_t value, struct gl_buf *text) GL_NONNULL;
