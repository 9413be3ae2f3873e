/*
 * What the kernel left on the stack: argc, argv, envp and the auxiliary vector,
 * one after the other (System V ABI; fs/binfmt_elf.c create_elf_tables()).
 *
 * The stub gives the same vector, in the same place, to the loader: entries are
 * changed where they stand, so [stack], the strings, __libc_stack_end and what
 * Go's cgo start makes of them are what they would be after execve.  Only what
 * must be added moves the vector down, by at most GL_LD_VECTOR_ROOM bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/room.h"

struct gl_ld_aux {
	uint64_t type, value;
};

struct gl_ld_vector {
	uint64_t *stack; /* argc */
	char **argv;	 /* NULL-terminated; argc strings */
	char **envp;	 /* NULL-terminated; envc strings */
	struct gl_ld_aux *aux;
	size_t argc, envc, auxc; /* auxc with AT_NULL */
	/* Where the kernel put the strings, all of argv's before all of envp's; 0: there are none. */
	uint64_t args, args_end, env_end;
};

/* Reads the vector that starts at stack. */
void gl_ld_vector_read(uint64_t *stack, struct gl_ld_vector *ret);

/* The value of the first entry of a type, or what stands for none. */
uint64_t gl_ld_vector_aux(const struct gl_ld_vector *vector, uint64_t type, uint64_t none);

/* Is the variable of that name ("GCONV_PATH") in the environment? */
bool gl_ld_vector_has_env(const struct gl_ld_vector *vector, const char *name);

#define GL_LD_CHANGES_MAX 7

/* Auxiliary entries to set, and a string to append to the environment, or NULL. */
struct gl_ld_change {
	struct gl_ld_aux aux[GL_LD_CHANGES_MAX];
	size_t count;
	char *env;
};

/*
 * Makes the changes.  An entry that the kernel did not give is added, which
 * moves the vector down the stack: GL_LD_VECTOR_ROOM bytes below it must be free.
 */
void gl_ld_vector_change(struct gl_ld_vector *vector, const struct gl_ld_change *change);
