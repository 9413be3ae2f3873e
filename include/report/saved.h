/*
 * A record that was saved: reading a line of golaunch.report/1 back, and the text
 * block of it.
 *
 * The line may come from anywhere, so nothing in it is believed: its size is
 * bounded, fields have the types that the contract gives them or the line is
 * refused with the place, fields that are not known are passed over (later versions
 * add some), and every text is escaped on its way out.  Depends on: diag.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Most bytes of a line: golaunch itself writes less than 64 KiB. */
#define GL_SAVED_MAX_LINE ((size_t)1 << 20)

/*
 * Parses and checks a line; json_decref() the result.  Returns 0 or -EINVAL with
 * err saying what is wrong, and where in the record ("'cause.fixes[2]' must be a string").
 */
int gl_saved_parse(const char *line, size_t len, json_t **ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * The block, as the run that wrote the record said it, with what else there is to know;
 * behind it the record's other findings, where the block does not tell them.  record was
 * checked.
 */
void gl_saved_text(struct gl_buf *b, const json_t *record, const char *prefix, bool color);
