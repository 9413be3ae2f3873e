/*
 * What the files of the start watch (launcher/proc/watch*.c) share.
 */
#pragma once

#include "arch/arch.h"
#include "proc/tracee.h"
#include "proc/watch.h"

/* Where the watch is.  OVER is for good: whatever is traced then is let go of. */
enum gl_watch_state {
	GL_WATCH_LAUNCH, /* before the first execve */
	GL_WATCH_CHAIN,	 /* an image that is not Go: only an execve is awaited */
	GL_WATCH_STUB,	 /* the loader stub: it will stop when the program is mapped */
	GL_WATCH_INIT,	 /* a Go program, its breakpoint set */
	GL_WATCH_REPAIR, /* the breakpoint was hit, but its memory has been closed to us */
	GL_WATCH_EXITING,
	GL_WATCH_OVER,
	GL_WATCH_STATE_MAX
};

/* What is done at a stop. */
enum gl_watch_act {
	GL_WATCH_GO_ON,	   /* nothing but continue */
	GL_WATCH_DELIVER,  /* continue with the signal */
	GL_WATCH_LISTEN,   /* stay stopped until job control says otherwise */
	GL_WATCH_LOOK,	   /* at the new image */
	GL_WATCH_MEET,	   /* the stub may have stopped for us */
	GL_WATCH_END_INIT, /* the breakpoint may have been hit */
	GL_WATCH_KEEP,	   /* evidence of the end */
	GL_WATCH_FREE,	   /* a child was forked */
	GL_WATCH_REPAIRED, /* one more step of it */
	GL_WATCH_LET_GO,
	GL_WATCH_ACT_MAX
};

/* Pure: by the table in launcher/proc/watch_table.c. */
enum gl_watch_act gl_watch_act_for(enum gl_watch_state state, enum gl_tracee_event event);
/* Which PTRACE_O_* a state needs. */
unsigned long gl_watch_options_for(enum gl_watch_state state);

/* A Go program's file and what was found in it. */
struct gl_watch_target {
	const struct gl_image *image; /* NULL: none */
	struct gl_image *own;	      /* the same, to be freed, on fd; else NULL, -1 */
	int fd;
	dev_t dev;
	ino_t ino;
	bool searched;
	enum gl_watch_answer answer; /* ON: it can be watched; once searched */
	int errnum;
	struct gl_pclntab *table;
	struct gl_inittasks tasks;
	uint64_t address; /* of the call at the end of init, in the file */
	uint8_t call[GL_REGISTERS_INSTRUCTION];
};
#define GL_WATCH_TARGET_INIT ((struct gl_watch_target){.fd = -1, .tasks = {.items = NULL}})

/* Finds its pclntab and the end of init, once; the result is target->answer. */
void gl_watch_target_search(struct gl_watch_target *target) GL_NONNULL;
void gl_watch_target_done(struct gl_watch_target *target) GL_NONNULL;

/* From the auxiliary vector of the image that was executed last. */
struct gl_watch_vector {
	bool tried, known;
	uint64_t entry, base, execfn;
};

/* A system call that the program is made to do, see watch_repair.c. */
struct gl_watch_repair {
	struct gl_registers before; /* what the thread goes on with */
	uint64_t mask;		    /* its blocked signals */
	uint64_t instruction;	    /* where its code calls the kernel */
	unsigned step;
};

struct gl_watch {
	struct gl_watch_config config;
	const struct gl_register_layout *layout;
	pid_t pid;
	enum gl_watch_state state;
	unsigned long options; /* PTRACE_O_* that are set */
	bool stopped;	       /* by job control */
	pid_t newborn;	       /* a forked child that stopped before we were told of it, or 0 */
	uint64_t began_ns;
	struct gl_watch_target known;	/* config.image */
	struct gl_watch_target other;	/* found at an exec */
	struct gl_watch_target *target; /* the one that runs, or NULL */
	struct gl_watch_vector vector;
	uint64_t breakpoint; /* its address, 0: none is set */
	unsigned faults;
	struct gl_watch_repair repair;
	struct gl_watch_record record;
};

uint64_t gl_watch_now(const struct gl_watch *watch);

/* -- watch.c -- */
/* Sets the options of that state and enters it.  Returns 0 or -errno. */
int gl_watch_enter(struct gl_watch *watch, enum gl_watch_state state) GL_MUST_CHECK;
/* Init is over: goes on with these registers, untraced. */
void gl_watch_reached_main(struct gl_watch *watch, const struct gl_registers *registers);
/* Detaches for good; answer says why, ON: it has seen what there was to see. */
void gl_watch_leave(struct gl_watch *watch, enum gl_watch_answer answer, int errnum);

/* -- watch_image.c -- */
void gl_watch_look(struct gl_watch *watch);
/* At the stub's stop.  Returns false if it is none: the trap is the program's own. */
bool gl_watch_meet(struct gl_watch *watch);
/* Reads the auxiliary vector, if it has not been. */
const struct gl_watch_vector *gl_watch_vector(struct gl_watch *watch);

/* -- watch_break.c -- */
/* Sets it if the memory has what the target has, and enters INIT; else leaves. */
void gl_watch_break_set(struct gl_watch *watch);
/* Is the thread at the breakpoint?  Then *ret has its registers, with pc on the instruction. */
bool gl_watch_break_hit(const struct gl_watch *watch, struct gl_registers *ret);
/* Puts the instruction back.  Returns 0 or -errno. */
int gl_watch_break_clear(struct gl_watch *watch) GL_MUST_CHECK;
/* The program, stopped, has forked child, which is stopped or dead: it goes its own way. */
void gl_watch_break_free(struct gl_watch *watch, pid_t child);

/* -- watch_repair.c -- */
/* The breakpoint was hit, and its memory cannot be written any more; registers has pc on it. */
void gl_watch_repair_begin(struct gl_watch *watch, const struct gl_registers *registers);
/* At the begin or end of a system call that it made the program do. */
void gl_watch_repair_step(struct gl_watch *watch);

/* -- watch_evidence.c -- */
/* At a stop for a signal that may become the end of it. */
void gl_watch_keep_signal(struct gl_watch *watch, int signo);
/* At the exit stop. */
void gl_watch_keep_exit(struct gl_watch *watch);
