/*
 * The findings about deaths: message, rows for people, evidence for machines.
 * report/cause.h decides which; here it is put into words.  Depends on: diag,
 * proc.
 */
#pragma once

#include "diag/finding.h"
#include "proc/supervise.h"
#include "report/cause.h"
#include "report/loader_words.h"

/*
 * GL6001, GL6003, GL6005, GL6101, GL6102, GL3002: cause->panic has the program's
 * own words.  NULL: out of memory, the list knows.
 */
const struct gl_finding *gl_findings_add_panic(struct gl_findings *list, enum gl_code code,
					       const struct gl_cause *cause);

/* GL6004. */
const struct gl_finding *gl_findings_add_loader(struct gl_findings *list,
						const struct gl_loader_words *words);

/* GL6103; text may be NULL. */
const struct gl_finding *gl_findings_add_signal(struct gl_findings *list, const struct gl_death *death,
						const struct gl_capture_text *text);

/*
 * GL5102; cause has phase and, for a death before main.main, witness.  The call is
 * known where golaunch's listener killed for it, or the start watch saw it.
 */
const struct gl_finding *gl_findings_add_policy_kill(struct gl_findings *list, const struct gl_cause *cause,
						     const struct gl_evidence *evidence);
