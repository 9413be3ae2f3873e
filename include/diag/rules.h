/*
 * The stages of an examination, for diag/examine.c and diag/execve.c only.
 * Each returns 0 (go on), GL_RULES_STOP (nothing further can be judged) or
 * -errno.
 */
#pragma once

#include "diag/examine.h"

#define GL_RULES_STOP 1

/* rules_path.c: 1001, 1005, 1006; opens nothing. */
int gl_rules_path(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_file.c: 1002-1004, 1007-1009; opens the file. */
int gl_rules_file(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
int gl_rules_open(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_format.c: 1101-1109; makes the ELF image. */
int gl_rules_format(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_script.c: 1103-1105, for rules_format.c. */
int gl_rules_script(struct gl_examination *x, const char *line, size_t len, struct gl_err *err) GL_MUST_CHECK;
/* rules_elf.c: 1201-1205. */
int gl_rules_elf(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_go.c: 4001-4005; reads the build information. */
int gl_rules_go(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_loader.c: 2001-2004. */
int gl_rules_interpreter(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_libraries.c: 2101-2103, 2201. */
int gl_rules_libraries(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;
/* rules_machine.c: 3001, 3002. */
int gl_rules_machine(struct gl_examination *x, struct gl_err *err) GL_MUST_CHECK;

/* Examines the interpreter of a script by the same stages; for rules_script.c. */
int gl_examine_at_depth(struct gl_host *host, const char *file, unsigned depth, struct gl_examination *ret,
			struct gl_err *err) GL_MUST_CHECK;

/* Rows that several rules share. */
void gl_rules_row_program(const struct gl_examination *x, struct gl_finding *f);
void gl_rules_row_host(const struct gl_examination *x, struct gl_finding *f);
/* The remedy of a bundle, unless it is a bundle that is judged. */
void gl_rules_fix_bundle(const struct gl_examination *x, struct gl_finding *f);
