/*
 * What the parts of the reader of OCI profiles share: oci_json.c (bytes to JSON,
 * and where things stand), oci_entry.c (JSON to entries), oci_names.c (names),
 * oci_read.c (the whole) and oci_rules.c (entries to statements).  Nobody else
 * includes this.
 */
#pragma once

#include <jansson.h>

#include "policy/oci.h"

struct gl_oci_test {
	uint8_t argument;
	enum gl_policy_op op; /* IN, NOT_IN and MASKED_EQUAL of one value, comparisons */
	uint64_t mask, value;
};

/* An element of "syscalls". */
struct gl_oci_entry {
	unsigned line;
	struct gl_policy_answer answer;
	struct gl_oci_test *tests; /* owned */
	size_t test_count;
	bool any;			    /* one test is enough; else all must hold */
	uint64_t needs_caps, unless_caps;   /* all of the first, none of the second */
	uint32_t kernel_from, kernel_below; /* 0: any */
	bool selected;			    /* for this machine and some kernel, and does something */
	const char *comment;		    /* in the document; NULL: none */
};

/* A call that an entry names. */
struct gl_oci_named {
	uint16_t call;
	bool tests; /* the entry has some */
	uint16_t entry;
};

struct gl_oci {
	const struct gl_machine_calls *machine;
	const char *name;
	json_t *document;
	unsigned *lines; /* owned; of the elements of "syscalls" */
	size_t line_count;
	struct gl_policy_answer fallback;
	bool foreign_abis_killed;
	struct gl_oci_entry *entries; /* owned */
	size_t entry_count;
	struct gl_oci_named *named; /* owned */
	size_t named_count, named_room;
	struct gl_converted *converted;
	struct gl_err *err;
	size_t entry; /* which one is being read; entry_count: none */
};

/* --- oci_json.c ------------------------------------------------------------------------- */

/*
 * Reads the JSON into oci->document and the lines of the entries into oci->lines.
 * Integers too big for jansson (above INT64_MAX) become strings "#NUMBER".
 */
int gl_oci_load(struct gl_oci *oci, const char *json) GL_MUST_CHECK;
/* An integer from 0 to most, in either form. */
bool gl_oci_number(const json_t *value, uint64_t most, uint64_t *ret_number) GL_MUST_CHECK;

/* Fills err with "NAME:LINE: syscalls[N].FIELD: WHAT" (FIELD may be NULL).  Returns -errnum. */
int gl_oci_complain(const struct gl_oci *oci, int errnum, const char *field, const char *fmt, ...)
	GL_PRINTF(4, 5);

/* --- fields ------------------------------------------------------------------------------- */

/* A field of a JSON object, and who takes its value; into is theirs. */
struct gl_oci_field {
	const char *name;
	int (*take)(struct gl_oci *oci, const json_t *value, void *into);
};

/* Hands every field of the object to its taker; an unknown one is an error, null is no field. */
int gl_oci_fields(struct gl_oci *oci, const json_t *object, const char *what,
		  const struct gl_oci_field *fields, size_t count, void *into) GL_MUST_CHECK;
/* Every element of an array of strings; what is the field's name. */
int gl_oci_strings(struct gl_oci *oci, const json_t *array, const char *what,
		   int (*take)(struct gl_oci *oci, const char *text, void *into), void *into) GL_MUST_CHECK;

/* --- oci_names.c ---------------------------------------------------------------------------- */

/* An action and its errno (0: not said) as an answer. */
int gl_oci_answer(const struct gl_oci *oci, const char *action, const char *field, int errnum,
		  struct gl_policy_answer *ret_answer) GL_MUST_CHECK;
/* "EPERM" to its number. */
int gl_oci_errno(const struct gl_oci *oci, const char *name, const char *field,
		 int *ret_errnum) GL_MUST_CHECK;
/* A call by name.  *ret_call is GL_CALL_NONE where it is passed over, with a warning or for a reason. */
int gl_oci_call(const struct gl_oci *oci, const char *name, uint16_t *ret_call) GL_MUST_CHECK;
/* "CAP_X": its bit; 0 where none is known. */
int gl_oci_capability(const struct gl_oci *oci, const char *name, uint64_t *ret_bit) GL_MUST_CHECK;
/* Is this GOARCH, or this SCMP_ARCH_*, one that there is?  An error where it is near one; else a note. */
int gl_oci_goarch(const struct gl_oci *oci, const char *name) GL_MUST_CHECK;
int gl_oci_arch(const struct gl_oci *oci, const char *name) GL_MUST_CHECK;
/* The machine's own: as GOARCH, as SCMP_ARCH_*, and its second ABI. */
const char *gl_oci_own_goarch(const struct gl_machine_calls *machine) GL_NONNULL;
const char *gl_oci_own_arch(const struct gl_machine_calls *machine) GL_NONNULL;
const char *gl_oci_second_arch(const struct gl_machine_calls *machine) GL_NONNULL;

/* --- oci_entry.c, oci_rules.c ------------------------------------------------------------------ */

/* All elements of "syscalls". */
int gl_oci_entries(struct gl_oci *oci, const json_t *array, void *into) GL_MUST_CHECK;
/* The entries as statements. */
int gl_oci_rules(struct gl_oci *oci) GL_MUST_CHECK;
