/*
 * "golaunch explain": the table of findings, for people.
 */
#pragma once

#include "base/buf.h"
#include "diag/finding.h"

/* One code in full. */
void gl_explain_code(struct gl_buf *b, enum gl_code code);
/* All codes, a line each. */
void gl_explain_list(struct gl_buf *b);
/* All codes as a JSON array of {"code","name","severity","title","why","fixes"}. */
json_t *gl_explain_json(enum gl_code only);
