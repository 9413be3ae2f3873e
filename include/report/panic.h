/*
 * What a program said of its own death: the panic, fatal error or signal dump
 * that the Go runtime wrote to stderr.
 *
 * These are the program's words: anybody can print "panic:".  They are read
 * here and believed in report/cause.h only where the kernel's facts agree.  Of
 * several headers the last one counts that a goroutine's trace follows, and
 * what was written long after that trace takes its credit away: then the
 * program lived on.
 *
 * Source of the formats: runtime/panic.go, print.go, signal_unix.go,
 * asm_amd64.s of Go 1.15 to 1.27.  Depends on: base, proc (the captured text).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "proc/record.h"
#include "report/trace.h"

/* Most bytes of a message that are kept. */
#define GL_PANIC_MAX_MESSAGE 2048

enum gl_panic_kind {
	GL_PANIC_NONE,
	GL_PANIC_PANIC,	      /* "panic: ..." */
	GL_PANIC_FATAL_ERROR, /* "fatal error: ..." */
	GL_PANIC_SIGNAL,      /* "SIGSEGV: segmentation violation" and "PC=..." */
	GL_PANIC_CPU_LEVEL,   /* "This program can only be run on AMD64 processors with v3 ..." */
	GL_PANIC_KIND_MAX
};

struct gl_panic {
	enum gl_panic_kind kind;
	/*
	 * Without the header word, lines joined by '\n', the runtime's indent
	 * taken away; still hostile.  Of nested panics the first: it is what went
	 * wrong, the others came of it.
	 */
	char message[GL_PANIC_MAX_MESSAGE + 1];
	size_t message_len;
	struct gl_slice last; /* of nested panics the last one's first line; empty if there was one only */
	struct gl_slice
		signal; /* "SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x456b8d"; empty if none */
	struct gl_slice
		context; /* the runtime's line before the header: "runtime: goroutine stack exceeds ..." */
	bool in_c;	 /* "signal arrived during cgo execution" */
	bool has_trace;	 /* trace is filled; never with GOTRACEBACK=none */
	struct gl_trace trace; /* the goroutine that died */
	enum gl_phase phase;   /* by the trace, or by goroutine 1's where that was printed too */
	struct gl_frame init;  /* the init function that was running; function empty unless phase is init */
	char *text;	       /* owned: what all slices point into */
};

#define GL_PANIC_INIT ((struct gl_panic){.kind = GL_PANIC_NONE})

/*
 * Reads the last death out of the text.  Returns 0, 1 if there is none (*ret is
 * not touched), or -ENOMEM.  Time is linear in the windows' size.
 */
int gl_panic_parse(const struct gl_capture_text *text, struct gl_panic *ret) GL_MUST_CHECK GL_NONNULL;
void gl_panic_done(struct gl_panic *panic) GL_NONNULL;

/* "panic", "fatal-error", ... as the JSON contract spells them. */
const char *gl_panic_kind_name(enum gl_panic_kind kind);
