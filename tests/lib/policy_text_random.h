/*
 * Policies as text, made up at random: every statement, condition and kind of
 * setting, names from all tables.
 */
#pragma once

#include "base/buf.h"
#include "tests/lib/policy_random.h"

/* Appends a text that is right (gl_policy_parse() accepts it) with up to max_statements beside "default". */
void gl_policy_text_random(const struct gl_machine_calls *machine, struct gl_random *random,
			   size_t max_statements, struct gl_buf *text);
