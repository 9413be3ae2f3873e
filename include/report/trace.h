/*
 * The stack traces that the Go runtime prints on a death: "goroutine 1
 * [running]:" and what follows (runtime/traceback.go of Go 1.15 to 1.27).
 *
 *	goroutine 1 gp=0xc0000061c0 m=0 mp=0x54e1e0 [running, locked to thread]:
 *	example.com/app/conf.load(...)
 *		/src/conf/conf.go:6 +0x25 fp=0xc00007e698 sp=0xc00007e5b0 pc=0x456b8d
 *	created by main.start in goroutine 1
 *		/src/main.go:9 +0x3c
 *
 * A frame is two lines.  By default the runtime leaves its own frames out, so
 * the outermost frame of goroutine 1 is main.main, or the init function that
 * was running; with GOTRACEBACK=system runtime.doInit, runtime.main and
 * runtime.goexit follow.  Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "report/lines.h"
#include "proc/phase.h"

/* Frames kept (the runtime itself prints at most 100), and bytes of one name or path; what is longer is cut. */
#define GL_TRACE_MAX_FRAMES 64
#define GL_TRACE_MAX_NAME   512

struct gl_frame {
	struct gl_slice function; /* "example.com/app/conf.load", "main.(*T).get[...]": without arguments */
	struct gl_slice file;	  /* empty if the line was missing */
	unsigned long line;	  /* 0: unknown */
};

struct gl_trace {
	unsigned long goroutine;
	struct gl_slice state;			     /* "running", "chan receive, 5 minutes" */
	struct gl_frame frames[GL_TRACE_MAX_FRAMES]; /* innermost first */
	size_t frame_count;
	size_t frames_left_out;	    /* those beyond the limit */
	bool elided;		    /* the runtime itself left some out */
	struct gl_frame created_by; /* function empty: goroutine 1, or not said */
	/*
	 * The outermost frame outside of the runtime, whether kept in frames or
	 * not; function empty if there is none.  It tells init from main.
	 */
	struct gl_frame root;
};

#define GL_TRACE_INIT                                                                                        \
	((struct gl_trace){.state = GL_SLICE_NONE,                                                           \
			   .created_by = {.function = GL_SLICE_NONE, .file = GL_SLICE_NONE},                 \
			   .root = {.function = GL_SLICE_NONE, .file = GL_SLICE_NONE}})

/* Appends a frame, names and paths bounded; beyond the limit it is only counted. */
void gl_trace_add(struct gl_trace *trace, struct gl_frame frame);

/* Is this line the head of a goroutine's trace?  Then its number and state are stored. */
bool gl_trace_header(struct gl_slice line, unsigned long *ret_goroutine, struct gl_slice *ret_state);

/*
 * Reads the trace that starts with the header line at *at; *at moves to the
 * first line that does not belong to it.  Returns false if there is no header.
 */
bool gl_trace_read(const char **at, const char *end, struct gl_trace *ret);

/*
 * The phase that the trace of goroutine 1 shows: the main goroutine runs the
 * runtime's start, then every init, then main.main.  Another goroutine's trace
 * shows nothing: GL_PHASE_UNKNOWN.
 */
enum gl_phase gl_trace_phase(const struct gl_trace *trace);

/*
 * Is this a function that the compiler or the linker made of a package's
 * initialisation?  "P.init" (variables), "P.init.0" (func init), "P.map.init.0"
 * (large maps), "P.init.func1", "P.init.0.func2", "P.glob..func1" (closures in
 * them).  A method called init is none.
 */
bool gl_trace_is_init(struct gl_slice function);

/*
 * The frame to blame: the innermost one that belongs neither to the runtime
 * nor to what merely carries a death (sync, log, os, syscall, cgo glue, made
 * wrappers).  Deferred functions run on top of the stack that panicked, so with
 * of_panic it is looked for below the outermost frame of panic itself: where
 * the first of nested panics came from.  NULL if there is none.
 */
const struct gl_frame *gl_trace_culprit(const struct gl_trace *trace, bool of_panic);
/* The same in any list of frames, innermost first. */
const struct gl_frame *gl_trace_find_culprit(const struct gl_frame *frames, size_t count, bool of_panic);

/* Does the frame belong to what merely carries a death, or to the runtime? */
bool gl_trace_is_carrier(const struct gl_frame *frame);

/* Does the function belong to the Go runtime ("runtime.gopark", "panic", "internal/runtime/maps.fatal")? */
bool gl_trace_is_runtime(struct gl_slice function);

/* The package of a function: "example.com/app/conf" of "example.com/app/conf.(*T).load". */
struct gl_slice gl_trace_package(struct gl_slice function);
