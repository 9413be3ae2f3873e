/*
 * The findings about deaths before main.main, as the start watch saw them: GL6001
 * to GL6006, GL6102 and GL3002.  Depends on: diag, proc.
 */
#pragma once

#include "report/cause.h"

/*
 * cause has phase, witness and, where they agree, the words.  NULL: out of
 * memory, the list knows.
 */
const struct gl_finding *gl_findings_add_start(struct gl_findings *list, enum gl_code code,
					       const struct gl_cause *cause,
					       const struct gl_evidence *evidence) GL_NONNULL;
