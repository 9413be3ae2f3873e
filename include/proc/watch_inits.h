/*
 * What the start watch records for golaunch trace: when each phase of the start
 * began, and when each init function was called.
 *
 * Phases are seen at stops of the program.  For the functions there is none: the
 * words through which the runtime calls them are led through a piece of code that
 * notes the time (arch/stamp.h, launcher/proc/watch_stamps.c), so a trace costs a
 * start no more than a few stops.
 *
 * All times are the program's own: nanoseconds since the watch began, less what it
 * stood still at stops.  That is measured where golaunch can see it; what a stop costs
 * beside that, on the way into it and out of it, is told from the shortest time
 * between two stops of an injected system call, and from how long before golaunch the
 * program itself knew of its last stop.
 *
 * Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* Init functions that are looked after. */
#define GL_START_MAX_CALLS ((size_t)100000)

struct gl_watch;

enum gl_start_mark {
	GL_START_EXEC,	    /* the Go program's execve, or that of the stub that brings it, has succeeded */
	GL_START_ENTRY,	    /* the loader jumps to the program's entry */
	GL_START_SCHEDINIT, /* runtime.schedinit */
	GL_START_MAIN,	    /* runtime.main */
	GL_START_GCENABLE,  /* the runtime's own packages are done; it has work before the others */
	GL_START_END,	    /* the last init function has returned: main.main is next */
	GL_START_EXIT,	    /* the program's end, where it ended before that */
	GL_START_MARK_MAX
};

struct gl_start_call {
	uint64_t function; /* its address in the file */
	uint64_t at_ns;
};

/* Are the calls of init functions known? */
enum gl_start_answer {
	GL_START_NOT_REACHED, /* the program did not come to runtime.main */
	GL_START_SEEN,
	GL_START_NO_TASKS, /* no init functions, or no room for the code, were found in the file */
	GL_START_OTHER,	   /* what is in memory is not what the file has */
	GL_START_REFUSED,  /* the kernel, or a filter, does not give the memory for it, or to it: errnum */
	GL_START_ANSWER_MAX
};

struct gl_start {
	enum gl_start_answer answer;
	int errnum;
	bool abandoned; /* golaunch had to kill the program: see launcher/proc/watch_inits.c */
	uint64_t marks[GL_START_MARK_MAX]; /* 0: not reached, or not seen */
	const struct gl_start_call *calls; /* in order; each ends where the next begins, or at END */
	size_t count, expected;		   /* of calls; of init functions in the file */
	size_t left_out;		   /* functions over the limit */
	uint64_t stops, stopped_ns,
		round_ns; /* how often and how long in all it stood still; what one stop costs beside that */
};

/* Valid while the watch is; NULL: it was not made for a trace. */
const struct gl_start *gl_watch_start(const struct gl_watch *watch) GL_NONNULL;

/* "the program's memory is closed" ...: after "packages are not shown: ". */
const char *gl_start_answer_text(enum gl_start_answer answer);
