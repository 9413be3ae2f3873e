/*
 * Where in a text a death is told: the first half of report/panic.h.
 * Depends on: base.
 */
#pragma once

#include <stdbool.h>

#include "report/panic.h"

/* A program that wrote more lines than this after the trace has lived on. */
#define GL_PANIC_MAX_AFTER_TRACE 100
/* Without a trace there is only the header to go by, so it has to be nearly the last. */
#define GL_PANIC_MAX_AFTER_HEADER 16

struct gl_panic_place {
	enum gl_panic_kind kind;
	const char *words;	 /* behind "panic: "; the whole line for a signal dump */
	const char *trace;	 /* the header line of the goroutine that died; NULL: none */
	struct gl_slice context; /* see struct gl_panic */
};

/* Finds the last death in [text, end).  Returns false if there is none. */
bool gl_panic_place(const char *text, const char *end, struct gl_panic_place *ret);
