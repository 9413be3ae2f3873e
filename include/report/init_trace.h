/*
 * A trace of a start, in packages: what golaunch trace --init shows.
 *
 *	struct gl_init_trace trace = GL_INIT_TRACE_INIT;
 *	r = gl_init_trace_read(watch, &trace);
 *	gl_init_trace_text(&buf, &trace, &end, true);
 *
 * Names are the program's and hostile; they are escaped where they are shown.
 * Depends on: base, gobin, proc.
 */
#pragma once

#include <jansson.h>
#include <time.h>

#include "base/buf.h"
#include "proc/supervise.h"
#include "proc/watch.h"
#include "proc/watch_inits.h"
#include "report/cause.h"

#define GL_INIT_TRACE_SCHEMA "golaunch.trace/1"
/* Bytes of all names that are kept; what is over it is nameless. */
#define GL_INIT_TRACE_MAX_NAMES ((size_t)16 << 20)

/* What the start consists of, in order. */
enum gl_init_phase {
	GL_INIT_PHASE_EXEC,	 /* golaunch's child, execve */
	GL_INIT_PHASE_LOADER,	 /* the kernel's and the dynamic loader's, to the program's entry */
	GL_INIT_PHASE_ENTRY,	 /* C's start-up code, to runtime.schedinit */
	GL_INIT_PHASE_SCHEDINIT, /* to runtime.main */
	GL_INIT_PHASE_MAIN, /* runtime.main's own: before the packages, and between its own and the others */
	GL_INIT_PHASE_PACKAGES,	 /* from the first init function to the return of the last one */
	GL_INIT_PHASE_MAIN_MAIN, /* to the program's end */
	GL_INIT_PHASE_MAX
};

struct gl_init_span {
	uint64_t at_ns, ns; /* at_ns: since the watch began */
};

struct gl_init_function {
	uint64_t pc;
	char *name; /* as the linker writes it */
	struct gl_init_span span;
};

struct gl_init_package {
	char *name; /* an import path */
	struct gl_init_span span;
	size_t first, count; /* of functions; those of one that was not begun are not there */
};

struct gl_init_trace {
	const struct gl_start *start;
	struct gl_pclntab *table;
	bool reached[GL_INIT_PHASE_MAX]; /* else the phase is not there */
	struct gl_init_span phases[GL_INIT_PHASE_MAX];
	struct gl_init_function *functions;
	size_t function_count;
	struct gl_init_package *packages; /* in order */
	size_t package_count;
	char **waiting; /* packages that were not begun, in order */
	size_t waiting_count;
	bool ended;   /* init came to its end; else the last package ran when the program ended */
	size_t names; /* bytes of them */
};

#define GL_INIT_TRACE_INIT ((struct gl_init_trace){.start = NULL})

/* How the program ended, and what else is said of it; all borrowed. */
struct gl_init_trace_end {
	struct timespec time; /* CLOCK_REALTIME */
	const char *program;
	struct gl_outcome outcome;
	const char *go; /* its version; NULL: unknown */
};

/*
 * From a watch that was made for a trace, after the death.  Valid while the watch
 * is.  Returns 0 (gl_init_trace_done() it), 1: no Go program was watched, or it came
 * to main.main without golaunch's seeing it (its code was put back in memory), or -ENOMEM.
 */
int gl_init_trace_read(const struct gl_watch *watch, const struct gl_death *death,
		       struct gl_init_trace *ret) GL_MUST_CHECK;
void gl_init_trace_done(struct gl_init_trace *trace) GL_NONNULL;
#define gl_autoinittrace GL_CLEANUP(gl_init_trace_done)

/* "exec", "schedinit", "main.main". */
const char *gl_init_phase_name(enum gl_init_phase phase);

/* Where a function is in the source; false: not known. */
bool gl_init_trace_place(const struct gl_init_trace *trace, const struct gl_init_function *function,
			 struct gl_position *ret);

/* For people; all: every package in its order. */
void gl_init_trace_text(struct gl_buf *b, const struct gl_init_trace *trace,
			const struct gl_init_trace_end *end, const char *prefix, bool all);
/* One document of the schema; NULL: out of memory. */
json_t *gl_init_trace_json(const struct gl_init_trace *trace, const struct gl_init_trace_end *end);
