/*
 * The repair of an outer filter in words: GL5005.  Depends on: diag, sandbox/repair.h.
 */
#pragma once

#include "diag/finding.h"
#include "sandbox/repair.h"

/*
 * A note where it was repaired; a warning where it was not and harms the program.  NULL:
 * there is nothing to say, or no memory.
 */
const struct gl_finding *gl_findings_add_repair(struct gl_findings *list,
						const struct gl_repair *repair) GL_NONNULL;
