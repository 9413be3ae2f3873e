/*
 * What an ELF file holds as constants: for facts about a loader that stand in no
 * table of it (its version, its directories), only in its strings.
 */
#pragma once

#include "elf/image.h"

#define GL_RODATA_MAX_BYTES   ((size_t)8 << 20) /* of one file, over all its segments */
#define GL_RODATA_CHUNK	      ((size_t)32 << 10)
#define GL_RODATA_CHUNK_SHARE ((size_t)1 << 10) /* bytes that neighbouring chunks have in common */

/*
 * Calls each(bytes, len, arg) with the loaded, not writable segments, those
 * without code first, the last ones first, until it returns non-zero, which is
 * then returned; 0 at the end.  With chunk 0 a call gets a whole segment; else
 * pieces of about that size from the segment's end to its start, where linkers
 * put tables first and strings last: what is searched for is then seen whole if
 * it is no longer than GL_RODATA_CHUNK_SHARE.  Behind the bytes stands a NUL (not
 * counted).  -ENOMEM.  What cannot be read is left out.
 */
typedef int (*gl_rodata_fn)(const char *bytes, size_t len, void *arg);
int gl_rodata_each(const struct gl_image *image, size_t chunk, gl_rodata_fn each, void *arg) GL_MUST_CHECK;
