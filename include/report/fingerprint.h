/*
 * One short name for deaths that are the same to a person, so that a log store
 * can count them.  Depends on: report/cause.h.
 */
#pragma once

#include "base/macros.h"
#include "report/cause.h"

#define GL_FINGERPRINT_SIZE 17
/* Functions that enter it, from the culprit outwards. */
#define GL_FINGERPRINT_FRAMES 5

/*
 * 16 hex digits: FNV-1a, 64 bits, over the code, the outcome and the functions
 * outside of the runtime; no addresses, lines, paths or messages, so the next
 * build and the next Go version keep it.
 */
void gl_fingerprint(const struct gl_outcome *outcome, const struct gl_cause *cause,
		    char ret[GL_FINGERPRINT_SIZE]) GL_NONNULL;
