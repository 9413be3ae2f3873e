/*
 * The packages that a Go program initialises before main.main, in order.
 *
 * For each package that has something to do the linker keeps a task: a word that
 * the runtime sets to GL_INITTASK_RUNNING and _DONE, and the functions it calls
 * (package variables, then each func init()).  Reading the state words of a
 * process tells which package it is at (runtime/proc.go, doInit and doInit1).
 *
 *	until 1.20   {u64 state, u64 dependencies, u64 functions, tasks..., pcs...}: a
 *	             graph that runtime.doInit walks from runtime..inittask, then from
 *	             main..inittask
 *	since 1.21   {u32 state, u32 functions, pcs...}: two lists in the order of
 *	             running, the runtime's own and moduledata.inittasks
 *
 * Neither needs a symbol: the lists are told from what they hold, and what belongs
 * to the runtime is found by the code of runtime.main, which uses it.
 * Depends on: base, arch, elf.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gobin/pclntab.h"

/* Limits: tasks, functions of one of them, dependencies followed in all. */
#define GL_INITTASKS_MAX	   16384
#define GL_INITTASKS_MAX_FUNCTIONS 65536
#define GL_INITTASKS_MAX_EDGES	   ((uint32_t)1 << 20)

/* The first 4 bytes of a task in the process (little byte order; before 1.21 the low half of 8). */
enum gl_inittask_state {
	GL_INITTASK_WAITING,
	GL_INITTASK_RUNNING,
	GL_INITTASK_DONE,
};

struct gl_inittask {
	uint64_t address;   /* of the state */
	uint64_t functions; /* of the pcs it calls, 8 bytes each */
	uint32_t count;	    /* of them; 0 only before 1.21: dependencies alone, nothing to do */
};

struct gl_inittasks {
	struct gl_inittask *items; /* in the order in which they are done */
	size_t count;
};

#define GL_INITTASKS_INIT ((struct gl_inittasks){.items = NULL})

/* Returns 0 (gl_inittasks_done() it), 1: none were found, or -errno. */
int gl_inittasks_read(struct gl_pclntab *table, struct gl_inittasks *ret, struct gl_err *err) GL_MUST_CHECK;
void gl_inittasks_done(struct gl_inittasks *tasks) GL_NONNULL;
#define gl_autoinittasks GL_CLEANUP(gl_inittasks_done)

/* The address of its function number `index`.  Returns 0, 1: none, or -errno. */
int gl_inittask_function(struct gl_pclntab *table, const struct gl_inittask *task, uint32_t index,
			 uint64_t *ret_pc) GL_MUST_CHECK;

/*
 * The import path of the task's package, as the linker writes it (dots in the
 * last element as %2e).  Returns 0, 1: unknown, as it is for a task without
 * functions, or -errno.
 */
int gl_inittask_package(struct gl_pclntab *table, const struct gl_inittask *task,
			char name[GL_PCLNTAB_NAME]) GL_MUST_CHECK;

/*
 * Bytes of the import path in the name of a function that initialises a package:
 * "P.init", "P.init.0" or "P.map.init.0"; 0 if it is none.
 */
size_t gl_inittask_package_length(const char *function) GL_NONNULL;
