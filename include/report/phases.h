/*
 * How long each phase of a run took: "phases_ms" of golaunch.report/1.
 *
 *	exec  until the program's execve had succeeded (of scripts and wrappers, the
 *	      last one that the start watch followed)
 *	init  from there to the end of the last init function, or to the program's end:
 *	      the loader, the runtime's start and all packages
 *	main  from there to the end
 *
 * Milliseconds, to the microsecond.  A phase that was not reached is not there.
 * Depends on: proc.
 */
#pragma once

#include <jansson.h>

#include "proc/supervise.h"
#include "proc/watch.h"

/* An object, {} where nothing was watched; NULL: out of memory. */
json_t *gl_phases_json(const struct gl_watch_record *record, const struct gl_death *death) GL_NONNULL;
