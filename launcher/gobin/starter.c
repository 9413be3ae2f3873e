/*
 * Who starts the Go runtime: see gobin/starter.h.
 *
 * The linker keeps what can be reached from the one entry that a build mode has:
 * _rt0_amd64_linux, main, or _rt0_amd64_linux_lib.  So it is enough to ask
 * whether one of the first two is there, and no list of build modes is needed.
 */
#include "gobin/starter.h"

#define C_ENTRY "main" /* written in assembly, in place of C's main() */

int gl_starter_is_main_thread(struct gl_pclntab *table)
{
	uint64_t entry = gl_image_header(gl_pclntab_image(table))->entry, start;
	int r = gl_pclntab_bounds(table, entry, &start, NULL);

	if (r == 0 && start == entry)
		return 0;
	return r < 0 ? r : gl_pclntab_find(table, C_ENTRY, &start);
}
