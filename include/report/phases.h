/*
 * How long each phase of a run took: "phases_ms" of golaunch.report/1.
 *
 *	exec  until the program's execve had succeeded (of scripts and wrappers, the
 *	      last one that the start watch followed)
 *	init  from there to the end of the last init function, or to the program's end:
 *	      the loader, the runtime's start and all packages
 *	main  from there to the end
 *
 * Of a run that was traced (start is not NULL) also the parts of init: loader, up to the
 * program's entry; runtime, up to runtime.main; packages, what runtime.main does up to
 * the end of init.  They are less than init by what the trace itself took.
 *
 * Milliseconds, to the microsecond.  A phase that was not reached is not there.
 * Depends on: proc.
 */
#pragma once

#include <jansson.h>

#include "proc/supervise.h"
#include "proc/watch.h"
#include "proc/watch_inits.h"

/* An object, {} where nothing was watched; NULL: out of memory. */
json_t *gl_phases_json(const struct gl_watch_record *record, const struct gl_start *start,
		       const struct gl_death *death);
