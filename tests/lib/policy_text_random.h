/*
 * Policies as text, made up at random: every statement, condition and kind of
 * setting, includes, names from all tables.
 */
#pragma once

#include "base/buf.h"
#include "tests/lib/policy_random.h"

/*
 * Appends a text that is right (gl_policy_parse() accepts it, with the reader
 * below) with up to max_statements beside "default" and includes.
 */
void gl_policy_text_random(const struct gl_machine_calls *machine, struct gl_random *random,
			   size_t max_statements, struct gl_buf *text);

/*
 * A gl_policy_reader of what such texts include, made up too: the name says of
 * which seed.  arg: the machine, struct gl_machine_calls.
 */
int gl_policy_text_random_include(void *arg, const char *from, const char *name, char **ret_name,
				  char **ret_text, struct gl_err *err) GL_MUST_CHECK;
