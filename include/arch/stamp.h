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
 * for the address of the table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What the code works on, in the program's memory: this, then `count` entries. */
struct gl_stamp_table {
	uint64_t next; /* address of the entry that is looked at first */
	uint64_t first, end;
	uint64_t count; /* of steps before a word that is not there gives up, by a trap */
};

struct gl_stamp_entry {
	uint64_t word;	   /* its address */
	uint64_t function; /* what belongs there */
	uint64_t ticks;	   /* when it was called; 0: it was not */
};

struct gl_stamp_code {
	const uint8_t *bytes;
	size_t size;  /* a multiple of 8 */
	size_t table; /* in it: the 8 bytes for the address of the table */
};

#define GL_STAMP_MAX_CODE 128

/* This machine's. */
struct gl_stamp_code gl_stamp_code(void);
/* The counter that the code reads; it runs evenly, and alike on all CPUs. */
uint64_t gl_stamp_ticks(void);
