/*
 * The #! line of a script, as the kernel reads it (fs/binfmt_script.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define GL_SCRIPT_LINE_MAX 255 /* BINPRM_BUF_SIZE - 1; 127 before Linux 5.1 */

/* The interpreter that a line names which begins with "#!".  Returns false where it names none. */
bool gl_script_interpreter(const char *line, size_t len, char ret_interpreter[GL_SCRIPT_LINE_MAX + 1]);
