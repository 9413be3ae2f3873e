/*
 * What a dynamic loader said when it gave up.
 *
 * The loader runs before anything of the program, so only the very first
 * lines of stderr count.  glibc (elf/dl-error.c, dl-version.c, dl-lookup.c)
 * names argv[0] first and says "error while loading shared libraries: ...",
 * "symbol lookup error: ..." (status 127), or "LIBRARY: version `V' not found
 * (required by F)" once per version (status 1).  musl (ldso/dynlink.c) says
 * "Error loading shared library ..." and "Error relocating ...", one line for
 * each (status 127).  Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "report/lines.h"

#define GL_LOADER_MAX_LINES 16

struct gl_loader_words {
	struct gl_slice lines[GL_LOADER_MAX_LINES]; /* without glibc's "ARGV0: " */
	size_t line_count;
	size_t lines_left_out;
	int status; /* that the loader exits with after such words: 1 or 127 */
};

/*
 * Reads the start of the stream.  program is the path that was executed:
 * glibc's words must name it, or one with the same last component, since a
 * program may pass on the words of a child's loader.  Returns false if the
 * loader did not speak.
 */
bool gl_loader_words_parse(const char *head, size_t len, const char *program,
			   struct gl_loader_words *ret) GL_MUST_CHECK;
