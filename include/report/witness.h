/*
 * A death before main.main as the start watch saw it: how it ended, and where.
 *
 * All of it comes from registers, memory and wait statuses; no word of the
 * program's is in it.  How the end came about is told from the functions on top
 * of the stack that ended it:
 *
 *	ended by          on top of the stack                    how
 *	exit_group        os.Exit, syscall.Exit                  EXIT
 *	                  C code                                 EXIT_IN_C
 *	                  the dynamic loader, status 1 or 127    LOADER
 *	                  runtime.fatalpanic                     PANIC
 *	                  runtime.throw, .fatal                  THROW
 *	                  runtime.sighandler, .sigpanic + throw  FAULT
 *	                  runtime.sighandler, after a SIGQUIT    SENT
 *	                  runtime.rt0_go                         CPU_LEVEL
 *	                  it was another thread                  ELSEWHERE
 *	SIGABRT           as for PANIC, THROW, FAULT             the same: GOTRACEBACK=crash
 *	a fault's signal                                         SIGNAL
 *	SIGPIPE                                                  UNKNOWN
 *	another signal                                           SENT
 *
 * (runtime/panic.go, signal_unix.go, proc.go, asm_amd64.s of Go 1.15 to 1.27.)
 * Depends on: gobin, proc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gobin/pclntab.h"
#include "proc/supervise.h"
#include "proc/watch.h"
#include "report/frames.h"
#include "report/trace.h"

#define GL_WITNESS_MAX_SYMBOL 128 /* bytes of a C function's name with its NUL */

enum gl_how {
	GL_HOW_UNKNOWN,
	GL_HOW_EXIT,	  /* Go code asked for it */
	GL_HOW_EXIT_IN_C, /* C code did */
	GL_HOW_LOADER,	  /* the dynamic loader did */
	GL_HOW_PANIC,
	GL_HOW_THROW,	  /* the runtime's fatal error */
	GL_HOW_FAULT,	  /* a fault that the runtime met and gave up on */
	GL_HOW_CPU_LEVEL, /* the runtime's check of the CPU, its first act */
	GL_HOW_ELSEWHERE, /* another thread ended it: what that one did was not seen */
	GL_HOW_SIGNAL,	  /* a fault killed it */
	GL_HOW_SENT,	  /* a signal from outside killed it */
	GL_HOW_MAX
};

struct gl_witness {
	enum gl_how how;
	enum gl_phase phase; /* LOADER, RUNTIME, INIT or UNKNOWN */
	/*
	 * Of the main goroutine, led by the frame to blame: without the runtime's
	 * frames, unless there are no others.  With ELSEWHERE it only shows where init was.
	 */
	bool has_trace;
	struct gl_trace trace;
	struct gl_slice
		call; /* EXIT, SENT, ELSEWHERE: what the first frame was calling ("os.Exit", "net.Dial"); empty: unknown */
	struct gl_frame init;	 /* the init function that ran; function empty: not on the stack */
	struct gl_slice package; /* that was being initialised; empty: unknown */
	bool has_count;
	size_t done, total; /* packages */
	uint64_t since_ns;  /* from the program's execve */
	int signo;	    /* FAULT, SIGNAL, SENT: which; 0: unknown */
	bool in_c;	    /* the innermost code was not Go's */
	bool has_fault;	    /* fault was raised by the kernel or the program, and belongs to the end */
	siginfo_t fault;
	struct gl_watch_mapping where;	    /* of the innermost code */
	char symbol[GL_WITNESS_MAX_SYMBOL]; /* in_c: the C function there, hostile; "": unknown */
	uint64_t symbol_distance;	    /* bytes from its start */
	bool has_asker;
	siginfo_t asker; /* SENT: the signal as it arrived */
	/* At the moment that counts; the record's, which must outlive it. */
	const struct gl_watch_wait *wait;

	struct gl_frames frames; /* owned */
	char package_name[GL_PCLNTAB_NAME];
};

/* What is known, and how names are found. */
struct gl_witness_source {
	const struct gl_watch_record *record;
	/* As gl_frames_read(). */
	int (*name)(void *arg, const struct gl_unwind *stack, struct gl_frames *ret);
	/* The import path of package number index of record->inits.  Returns 0, or 1: unknown. */
	int (*package)(void *arg, size_t index, char name[GL_PCLNTAB_NAME]);
	/* The C function at a place, as gl_image_symbol_at(). */
	int (*symbol)(void *arg, const struct gl_watch_mapping *where, char name[GL_WITNESS_MAX_SYMBOL],
		      uint64_t *ret_distance);
	void *arg;
};

/*
 * Returns 0 with *ret (gl_witness_done() it; it stays where it is: slices point
 * into it), 1: the end was not seen, or came after init, or -errno.
 */
int gl_witness_read(const struct gl_witness_source *source, const struct gl_death *death,
		    struct gl_witness *ret) GL_MUST_CHECK GL_NONNULL;
/* The same for what a watch saw. */
int gl_witness_of_watch(const struct gl_watch *watch, const struct gl_death *death,
			struct gl_witness *ret) GL_MUST_CHECK GL_NONNULL;
void gl_witness_done(struct gl_witness *witness) GL_NONNULL;

#define GL_WITNESS_INIT ((struct gl_witness){.how = GL_HOW_UNKNOWN})
