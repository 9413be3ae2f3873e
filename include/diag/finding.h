/*
 * Findings: what is wrong with the examined program or its host, never with
 * golaunch (that is base/err.h).
 *
 * All codes stand in one table, diag/findings.def.  A finding carries a
 * message (one line), rows for people ("needs", "host", "why"), evidence for
 * machines (JSON), and fixes, best first.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum gl_severity { GL_SEVERITY_NOTE, GL_SEVERITY_WARNING, GL_SEVERITY_ERROR, GL_SEVERITY_MAX };

enum gl_code {
	GL_CODE_NONE,
#define GL_FINDING(number, id, name, severity, title, why, fix) GL_CODE_##id,
#include "diag/findings.def"
#undef GL_FINDING
	GL_CODE_MAX
};

/* One row of the table. */
struct gl_code_info {
	const char *code; /* "GL2001" */
	const char *name; /* "interpreter-missing" */
	enum gl_severity severity;
	const char *title; /* one line */
	const char *why;   /* what happens and which rule of the kernel, glibc, musl or Go is behind it */
	const char *fix;   /* what helps, for explain; lines separated by '\n' */
};

#define GL_FINDING_MAX_ROWS  12
#define GL_FINDING_MAX_FIXES 4
#define GL_FINDINGS_MAX	     4096

struct gl_finding_row {
	const char *label; /* static: "needs" */
	char *text;
};

struct gl_finding {
	enum gl_code code;
	enum gl_severity severity; /* the table's, unless lowered */
	char *message;
	struct gl_finding_row rows[GL_FINDING_MAX_ROWS];
	size_t row_count;
	char *fixes[GL_FINDING_MAX_FIXES];
	size_t fix_count;
	json_t *evidence; /* object or NULL */
	bool told;	  /* an earlier finding's rows say it too: not repeated to people */
};

struct gl_findings {
	struct gl_finding **items;
	size_t count, room;
	bool incomplete; /* one could not be added: an empty list then proves nothing */
};
#define GL_FINDINGS_INIT ((struct gl_findings){.items = NULL})

const struct gl_code_info *gl_code_info(enum gl_code code);
/* By "GL2001" or by "interpreter-missing"; GL_CODE_NONE if there is none. */
enum gl_code gl_code_find(const char *code_or_name);
const char *gl_severity_name(enum gl_severity severity);

/*
 * A new finding at the end of the list, or NULL when out of memory (then the
 * adders below, given NULL, do nothing, and list->incomplete tells).  The
 * message is golaunch's own text; hostile parts must be escaped by the caller
 * (gl_escape_dup).
 */
struct gl_finding *gl_findings_add(struct gl_findings *list, enum gl_code code, const char *fmt, ...)
	GL_PRINTF(3, 4);
void gl_findings_done(struct gl_findings *list) GL_NONNULL;
/* Moves those that are wanted, in their order, to the end of list; the others stay. */
void gl_findings_move(struct gl_findings *list, struct gl_findings *from,
		      bool (*wanted)(const struct gl_finding *)) GL_NONNULL;
/* The worst severity in the list; GL_SEVERITY_NOTE if empty. */
enum gl_severity gl_findings_worst(const struct gl_findings *list) GL_NONNULL;
const struct gl_finding *gl_findings_find(const struct gl_findings *list, enum gl_code code) GL_NONNULL;

void gl_finding_row(struct gl_finding *f, const char *label, const char *fmt, ...) GL_PRINTF(3, 4);
void gl_finding_fix(struct gl_finding *f, const char *fmt, ...) GL_PRINTF(2, 3);
/* Evidence; strings are cleaned to valid UTF-8.  value may be NULL: JSON null. */
void gl_finding_evidence(struct gl_finding *f, const char *key, const char *value);
void gl_finding_evidence_int(struct gl_finding *f, const char *key, long long value);
void gl_finding_evidence_list(struct gl_finding *f, const char *key, char *const *values, size_t count);

/* A JSON string of any bytes (invalid UTF-8 replaced); json null for NULL. */
json_t *gl_json_text(const char *text);
/* F of the JSON contract: {"code","name","severity","message","evidence":{},"fixes":[]}. */
json_t *gl_finding_json(const struct gl_finding *f) GL_NONNULL;
/* An array of them all. */
json_t *gl_findings_json(const struct gl_findings *list) GL_NONNULL;

/*
 * The text block, "golaunch: error[GL2001]: message" first.  prefix is
 * "golaunch: " or "".  exit_status < 0: no "exit" row.
 */
void gl_finding_text(struct gl_buf *b, const struct gl_finding *f, const char *prefix, bool color,
		     int exit_status);
/* The same under a code in words: one that a later version's record has. */
void gl_finding_text_as(struct gl_buf *b, const struct gl_finding *f, const char *code, const char *prefix,
			bool color, int exit_status);
