/*
 * Denials in words: the finding GL5101, its rows in GL5102, and "denials" in the
 * report.  Depends on: diag, report/denial_rule.h.
 */
#pragma once

#include <jansson.h>

#include "diag/finding.h"
#include "report/denial_rule.h"

/* GL5101; NULL: out of memory.  program: the supervised one. */
const struct gl_finding *gl_findings_add_denial(struct gl_findings *list, struct gl_denial_judge *judge,
						const struct gl_denial *denial, pid_t program) GL_NONNULL;

/* Rows and evidence of a call and its caller: call, by, rule, allow. */
void gl_denial_rows(struct gl_finding *f, struct gl_denial_judge *judge,
		    const struct gl_denial *denial) GL_NONNULL;

/* "bpf() denied, 3 times, by example.com/app.load prog.go:212" */
void gl_denial_put_summary(struct gl_buf *b, const struct gl_denial *denial) GL_NONNULL;

/* [{"syscall","args","function","file","line","rule","count"}] */
json_t *gl_denials_json(const struct gl_denials *denials, struct gl_denial_judge *judge) GL_NONNULL;
