/*
 * What the modules that read a pclntab share and nobody else sees.
 *
 * Offsets are from the start of the table ("P" in the sources of Go).  A return
 * of 1 means that the table has no such thing or is damaged there.
 */
#pragma once

#include "gobin/pclntab.h"

/* One layout of header, functab, _func, and of what funcdata says of inlining: offsets and sizes in bytes. */
struct gl_pclntab_layout {
	uint32_t magic;
	uint8_t text; /* in the header: where the text starts; 0: the functab has addresses */
	uint8_t tables; /* in the header: offsets of names, units, files, values, functab; 0: none of them (Go 1.15) */
	uint8_t header;	   /* its size */
	uint8_t pc_size;   /* of each half of a functab entry: 8, or 4 (then relative to the text) */
	uint8_t func_size; /* _func, up to its pcdata */
	uint8_t name, pcsp, pcfile, pcln, npcdata, nfuncdata; /* in _func */
	uint8_t unit;					      /* in _func: cuOffset; 0: none */
	uint8_t funcdata_size;			   /* 8: addresses, 4: offsets from moduledata.gofunc */
	uint8_t inline_tree;			   /* FUNCDATA_InlTree */
	uint8_t call_size, call_name, call_parent; /* runtime.inlinedCall */
};

/* A part of the table: [start, end). */
struct gl_pclntab_part {
	uint64_t start, end;
};

/* The relative relocations that a linker put first, sorted by address (DT_RELACOUNT); count 0: there are none such. */
struct gl_relocations {
	uint64_t address, count;
};

/* A name that was looked for before it was asked for. */
struct gl_pclntab_expected {
	const char *name;
	uint64_t entry;
	bool found;
};

struct gl_pclntab {
	const struct gl_image *image;
	struct gl_relocations relocations;
	const struct gl_pclntab_layout *layout;
	uint64_t offset, address; /* of the table, in the file and in memory */
	uint64_t length;	  /* up to the end of what its segment takes from the file */
	uint64_t count;		  /* functions */
	uint64_t text;		  /* what pcs of the functab are relative to; 0 if nothing */
	uint8_t quantum;	  /* bytes of the smallest instruction */
	struct gl_pclntab_part names, units, files, values, functab;
	uint64_t moduledata; /* its address; 0: not looked for, UINT64_MAX: not found */
	uint64_t funcdata;   /* moduledata.gofunc likewise */
	uint64_t decoded;    /* bytes of tables of values, in all */
	struct gl_pclntab_expected expected[GL_PCLNTAB_MAX_TOGETHER];
	size_t expected_count;
};

/* A _func. */
struct gl_func {
	uint64_t index; /* in the functab */
	uint64_t entry, end;
	uint64_t record; /* the _func itself */
	uint32_t name, pcsp, pcfile, pcln, npcdata, unit;
	uint8_t nfuncdata;
	uint8_t id; /* FuncID (internal/abi/symtab.go); 0: an ordinary function */
};

/* -- pclntab_find.c -- */

enum gl_pclntab_presence {
	GL_PCLNTAB_ABSENT,
	GL_PCLNTAB_PRESENT,
	GL_PCLNTAB_DISGUISED, /* well-formed but for the magic */
	GL_PCLNTAB_UNDECIDED, /* not found within the limit */
};

/* Asked of each place in the file where a table could start: 3: this is it, 0: look on, or -errno. */
typedef int (*gl_pclntab_accept_fn)(const struct gl_image *image, uint64_t offset, void *arg);

/* By section name, or by scanning at most `budget` bytes.  Return 0 and the answer, or -errno. */
int gl_pclntab_by_section(const struct gl_image *image, uint64_t budget, gl_pclntab_accept_fn accept,
			  void *arg, enum gl_pclntab_presence *ret) GL_MUST_CHECK;
int gl_pclntab_by_scan(const struct gl_image *image, uint64_t budget, gl_pclntab_accept_fn accept, void *arg,
		       enum gl_pclntab_presence *ret) GL_MUST_CHECK;
/* Accepts the first of them. */
int gl_pclntab_any(const struct gl_image *image, uint64_t offset, void *arg);

/* -- pclntab_read.c: bytes of the table -- */

/* Return 0, 1 or -errno. */
int gl_pclntab_read(const struct gl_pclntab *t, uint64_t at, void *bytes, size_t len) GL_MUST_CHECK;
int gl_pclntab_word(const struct gl_pclntab *t, uint64_t at, size_t size, uint64_t *ret) GL_MUST_CHECK;
int gl_pclntab_u32(const struct gl_pclntab *t, uint64_t at, uint32_t *ret) GL_MUST_CHECK;
/* The string at that offset of a part; cut if longer than room - 1.  1: not terminated within the part. */
int gl_pclntab_string(const struct gl_pclntab *t, const struct gl_pclntab_part *part, uint64_t at, char *text,
		      size_t room) GL_MUST_CHECK;
/* As many bytes of a part as there are, at most len, starting `at` within it; *ret_len may become 0. */
int gl_pclntab_some(const struct gl_pclntab *t, const struct gl_pclntab_part *part, uint64_t at, void *bytes,
		    size_t len, size_t *ret_len) GL_MUST_CHECK;

/* -- pointers.c -- */

/* Reads where the sorted relocations are.  Returns 0 or -errno. */
int gl_relocations_read(const struct gl_image *image, struct gl_relocations *ret) GL_MUST_CHECK;

/*
 * The pointer that lies at an address of the program when it runs unmoved.
 * Returns 0 (0 is a value like any other), 1: not in the file, or -errno.
 */
int gl_gobin_pointer(const struct gl_pclntab *t, uint64_t vaddr, uint64_t *ret) GL_MUST_CHECK;
/* Is it in a PT_LOAD with these flags (PF_X, PF_W or 0)? */
bool gl_gobin_mapped(const struct gl_image *image, uint64_t vaddr, uint32_t flags);

/* -- functab.c -- */

/* The pc that entry `index` starts at; index == count: the end of the last one.  Returns 0, 1 or -errno. */
int gl_functab_pc(const struct gl_pclntab *t, uint64_t index, uint64_t *ret) GL_MUST_CHECK;
/* The _func of an entry, or of the function that holds pc.  Return 0, 1 or -errno. */
int gl_functab_func(const struct gl_pclntab *t, uint64_t index, struct gl_func *ret) GL_MUST_CHECK;
int gl_functab_at(const struct gl_pclntab *t, uint64_t pc, struct gl_func *ret) GL_MUST_CHECK;

/*
 * The value that a table of (value, pc) pairs has at pc (runtime/symtab.go,
 * pcvalue): table is its offset among the values, 0 for none.  Returns 0, 1 or -errno.
 */
int gl_pcvalue(struct gl_pclntab *t, uint32_t table, const struct gl_func *func, uint64_t pc,
	       int32_t *ret) GL_MUST_CHECK;

/* -- position.c -- */

/* The file that a function's pc is of.  Returns 0, 1: unknown, or -errno. */
int gl_pclntab_file(struct gl_pclntab *t, const struct gl_func *func, uint64_t pc,
		    char file[GL_PCLNTAB_NAME]) GL_MUST_CHECK;

/* -- moduledata.c -- */

/* The address of runtime.firstmoduledata, looked for once.  Returns 0, 1 or -errno. */
int gl_moduledata(struct gl_pclntab *t, uint64_t *ret) GL_MUST_CHECK;
/* moduledata.text, and moduledata.gofunc (Go 1.18 on).  Return 0, 1 or -errno. */
int gl_moduledata_text(struct gl_pclntab *t, uint64_t *ret) GL_MUST_CHECK;
int gl_moduledata_funcdata(struct gl_pclntab *t, uint64_t *ret) GL_MUST_CHECK;
