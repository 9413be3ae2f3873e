/*
 * A piece of machine code that is put into a Go program in the place of code that
 * has run for good, and that functions without arguments are then called through:
 * it notes the time, by the CPU's counter, and goes on to the function.
 *
 * It finds its function by the closure context, which is where the caller has read
 * the code pointer from (cmd/compile/abi-internal.md: amd64 RDX, arm64 R26; the
 * same before register arguments): that word is looked for in a table, gets the
 * function's own address back, and so leads through here but once.  It uses only
 * registers that a call leaves undefined, no stack, and is position-independent but
 * for the addresses of the table.
 *
 * Direct calls can be led through it too, a few of them: each has a place of its own
 * to be led to, where the time is noted, and then goes on to where the table says.
 * All registers but two that Go's compiler never gives a meaning at a call (amd64
 * R12, R13, arm64 R16, R17, R27), and the flags, are as they were.  One may go on to
 * a breakpoint.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define GL_STAMP_CALLS 3 /* direct calls that can be led through it */

/* What the code works on, in the program's memory: this, then `count` entries. */
struct gl_stamp_table {
	uint64_t next; /* address of the entry that is looked at first */
	uint64_t first, end;
	uint64_t count;			  /* of steps before a word that is not there gives up, by a trap */
	uint64_t ticks[GL_STAMP_CALLS];	  /* when a direct call was made last; 0: never */
	uint64_t targets[GL_STAMP_CALLS]; /* where it goes on to */
};

struct gl_stamp_entry {
	uint64_t word;	   /* its address */
	uint64_t function; /* what belongs there */
	uint64_t ticks;	   /* when it was called; 0: it was not */
};

struct gl_stamp_code {
	const uint8_t *bytes;
	size_t size; /* a multiple of 8 */
	/* In it: */
	size_t tables[2];	      /* the 8 bytes for the address of the table, twice */
	size_t calls[GL_STAMP_CALLS]; /* where a direct call is led to */
	size_t trap;		      /* the breakpoint that one of them may go on to */
};

#define GL_STAMP_MAX_CODE 192
#define GL_STAMP_MAX_CALL 8 /* bytes of a direct call */

/* This machine's. */
struct gl_stamp_code gl_stamp_code(void);
/*
 * A direct call at `from` that leads to `to`.  Returns its bytes (as many as
 * gl_register_layout.call_size says), or 0: it is too far.
 */
size_t gl_stamp_call(uint64_t from, uint64_t to, uint8_t bytes[GL_STAMP_MAX_CALL]) GL_MUST_CHECK;
/* The counter that the code reads; it runs evenly, and alike on all CPUs. */
uint64_t gl_stamp_ticks(void);
