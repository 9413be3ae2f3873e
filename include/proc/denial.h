/*
 * What a run's listener has denied: one record for each distinct (call, caller), in
 * a table of a fixed size, with how often it happened.
 *
 * The caller is the line of source that is to blame (proc/caller.h).  Finding it
 * takes an unwound stack, so each record keeps a trail: the few words of the stack
 * that led to it.  Another call that stands on the same trail has the same caller.
 * Depends on: gobin, proc/call.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gobin/pclntab.h"
#include "proc/call.h"

#define GL_DENIALS_MAX	  64 /* records; what is beyond them is only counted */
#define GL_DENIAL_THREAD  16 /* a thread's name with its NUL (TASK_COMM_LEN) */
#define GL_TRAIL_WORDS	  24 /* return addresses between the call and its caller */
#define GL_TRAIL_STACK	  4096
#define GL_DENIAL_RECENTS 64 /* calls remembered by their arguments; a power of two */

enum gl_caller_kind {
	GL_CALLER_UNKNOWN, /* its memory may not be read, or nothing is known of what is there */
	GL_CALLER_GO,	   /* function, file, line */
	GL_CALLER_FOREIGN, /* other code: a place in a mapped file */
	GL_CALLER_KIND_MAX
};

/* Who made a call.  Texts are hostile. */
struct gl_caller {
	enum gl_caller_kind kind;
	char function[GL_PCLNTAB_NAME]; /* FOREIGN: its symbol, "" if there is none */
	char file[GL_PCLNTAB_NAME];	/* GO: of source; FOREIGN: what is mapped */
	uint32_t line;			/* GO; 0: unknown */
	uint64_t offset;		/* FOREIGN: in that file */
	dev_t dev;			/* of the program or library */
	ino_t ino;
	uint64_t place; /* address in it: with dev and ino the identity of the caller */
};

/* The stack of a thread in a call, from its stack pointer up. */
struct gl_stack {
	uint64_t pc, sp; /* sp 0: unknown */
	size_t len;	 /* bytes that could be read */
	unsigned char bytes[GL_TRAIL_STACK];
};

/* Words of a stack by which it is known again. */
struct gl_trail {
	bool known;
	uint64_t pc;
	size_t count;
	struct {
		uint32_t offset; /* from the stack pointer */
		uint64_t word;
	} words[GL_TRAIL_WORDS];
};

struct gl_denial {
	struct gl_call call; /* the first of them, as are errnum to text */
	int errnum;	     /* what it was answered; with killed: nothing */
	bool killed;
	bool passed;	       /* a dry run: it was let through, and would have been answered so, or killed */
	pid_t thread, process; /* 0: unknown */
	char thread_name[GL_DENIAL_THREAD];
	char name[GL_CALL_NAME];
	char text[GL_CALL_TEXT]; /* gl_call_text() */
	struct gl_caller caller;
	struct gl_trail trail; /* the last that led to it */
	uint64_t count;
	bool said; /* for who explains */
};

struct gl_denials {
	size_t count;
	uint64_t unlisted;   /* denials of those that found no room */
	uint64_t attributed; /* of all, those whose caller was not looked for: gl_denials_recent() */
	bool killed_program; /* the program itself, not a child of it ... */
	const struct gl_denial *killer;	     /* ... for this; NULL: it found no room */
	uint16_t recents[GL_DENIAL_RECENTS]; /* by gl_denials_hash(): index of a record + 1; 0: none */
	uint64_t recent_hashes[GL_DENIAL_RECENTS];
	struct gl_denial items[GL_DENIALS_MAX];
};

/* Does the stack stand on this trail? */
bool gl_trail_fits(const struct gl_trail *trail, const struct gl_stack *stack) GL_NONNULL;
/* The next word of a trail; false: it is not within what was read of the stack, or there is no more room. */
bool gl_trail_add(struct gl_trail *trail, const struct gl_stack *stack, uint64_t address,
		  uint64_t word) GL_MUST_CHECK GL_NONNULL;

bool gl_caller_equal(const struct gl_caller *a, const struct gl_caller *b) GL_NONNULL;

/* The record of this call by its stack, or by its caller; NULL: there is none. */
struct gl_denial *gl_denials_on_trail(struct gl_denials *denials, const struct gl_call *call,
				      const struct gl_stack *stack) GL_NONNULL;
struct gl_denial *gl_denials_of_caller(struct gl_denials *denials, const struct gl_call *call,
				       const struct gl_caller *caller) GL_NONNULL;
/* A new record, zeroed but for the call; NULL: no room. */
struct gl_denial *gl_denials_add(struct gl_denials *denials, const struct gl_call *call) GL_NONNULL;

/*
 * The record that the same call from the same place was counted on last, with the
 * same arguments if there is one; NULL: not known.  Two callers can only be told by their
 * stacks: this is for calls that come too often to look at each.
 */
struct gl_denial *gl_denials_recent(struct gl_denials *denials, const struct gl_call *call,
				    uint64_t pc) GL_NONNULL;
void gl_denials_remember(struct gl_denials *denials, const struct gl_call *call, uint64_t pc,
			 const struct gl_denial *denial) GL_NONNULL;
