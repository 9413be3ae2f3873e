/*
 * Makes small programs with a pclntab, in each of its four layouts: text,
 * read-only data with the table, data with the moduledata.
 *
 * Written from the description of the formats (runtime/symtab.go,
 * cmd/link/internal/ld/pcln.go), independently of the reader under test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/elfgen.h"

#define GOTABLE_TEXT   UINT64_C(0x401000) /* the first function */
#define GOTABLE_TABLE  UINT64_C(0x500000)
#define GOTABLE_MODULE UINT64_C(0x600000) /* runtime.firstmoduledata */
#define GOTABLE_DATA   UINT64_C(0x601000) /* the caller's bytes */

enum gotable_layout { GOTABLE_115, GOTABLE_116, GOTABLE_118, GOTABLE_120, GOTABLE_LAYOUT_MAX };

/* What holds up to (and without) that offset of a function, from where the one before ends. */
struct gotable_span {
	uint32_t until;
	int32_t line;
	int32_t delta; /* of the stack pointer */
	int call;      /* the innermost inlined call, an index of calls; or -1 */
};

/* A function inlined into another: its name, and an offset of the other whose position is the call. */
struct gotable_call {
	const char *name;
	uint32_t parent;
};

struct gotable_func {
	const char *name;
	const char *file;		  /* NULL: none is known */
	uint32_t size;			  /* bytes of text */
	const struct gotable_span *spans; /* up to one that ends at size; NULL: C code without tables */
	const struct gotable_call *calls; /* up to one without name, or NULL */
	const void *code;		  /* size bytes, or NULL: zeroes */
};

struct gotable {
	enum gotable_layout layout;
	uint16_t machine; /* 0: EM_X86_64 */
	bool no_text;	  /* the header does not say where the text is, as since Go 1.26 */
	bool no_module;
	uint16_t gofunc;		  /* offset of the field in the moduledata; 0: that of 1.18 or 1.20 */
	const struct gotable_func *funcs; /* in the order of text, up to one without name */
	const void *data;
	size_t data_len;
	uint16_t slice_at; /* not 0: offset in the moduledata of a slice of data's pointers: */
	uint64_t slice, slice_len;
};

/* Where a function starts. */
uint64_t gotable_entry(const struct gotable *spec, size_t index);

/* Aborts the test program when out of memory; elfgen_done() releases the bytes. */
void gotable_make(const struct gotable *spec, struct elfgen_file *ret);

/* Offsets in the file of the table and of the moduledata. */
#define GOTABLE_FILE_TEXT 0x1000
size_t gotable_file_table(const struct gotable *spec);
