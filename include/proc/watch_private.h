/*
 * What the files of the start watch (launcher/proc/watch*.c) share.
 */
#pragma once

#include "arch/arch.h"
#include "arch/stamp.h"
#include "proc/tracee.h"
#include "proc/watch.h"
#include "proc/watch_inits.h"
#include "proc/watch_inject.h"

/* Where the watch is.  OVER is for good: whatever is traced then is let go of. */
enum gl_watch_state {
	GL_WATCH_LAUNCH, /* before the first execve */
	GL_WATCH_CHAIN,	 /* an image that is not Go: only an execve is awaited */
	GL_WATCH_STUB,	 /* the loader stub: it will stop when the program is mapped */
	GL_WATCH_INIT,	 /* a Go program, its breakpoint set */
	GL_WATCH_INJECT, /* it is made to do system calls */
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
	GL_WATCH_HIT,	   /* a breakpoint may have been hit */
	GL_WATCH_KEEP,	   /* evidence of the end */
	GL_WATCH_FREE,	   /* a child was forked */
	GL_WATCH_INJECTED, /* a system call begins or ends */
	GL_WATCH_LET_GO,
	GL_WATCH_ACT_MAX
};

/* Pure: by the table in launcher/proc/watch_table.c. */
enum gl_watch_act gl_watch_act_for(enum gl_watch_state state, enum gl_tracee_event event);
/* Which PTRACE_O_* a state needs. */
unsigned long gl_watch_options_for(enum gl_watch_state state);

/* Where the program is stopped. */
enum gl_watch_site_kind {
	GL_WATCH_SITE_END, /* the call of runtime.closechan, or the next one: init is over (gobin/insn.h) */
	/* for a trace only */
	GL_WATCH_SITE_ENTRY,	 /* the program's entry, where a loader jumps to it */
	GL_WATCH_SITE_SCHEDINIT, /* runtime.schedinit */
	GL_WATCH_SITE_MAIN,	 /* the first call in runtime.main */
	GL_WATCH_SITE_GCENABLE,	 /* its call of runtime.gcenable */
	GL_WATCH_SITE_MAX
};

/* Those that are calls: a trace leads them through the code of stamps, in that order (struct gl_stamp_table). */
enum gl_watch_led { GL_WATCH_LED_MAIN, GL_WATCH_LED_GCENABLE, GL_WATCH_LED_END, GL_WATCH_LED_MAX };

/* A place in the code of a Go program's file. */
struct gl_watch_site {
	uint64_t address;
	uint8_t size; /* of the code that must be there; 0: there is no such place */
	uint8_t code[GL_REGISTERS_INSTRUCTION];
	/* What was put there last, a breakpoint or another call, and how much of it; 0: nothing. */
	uint8_t there[GL_REGISTERS_INSTRUCTION], there_size;
};

/* The runtime's functions that the code of a trace is put into, and whose system call is used. */
#define GL_WATCH_STAMPS_PLACE "runtime.rt0_go"
#define GL_WATCH_CALLS_KERNEL "runtime.futex" /* assembly in every version; the call is near its start */

/* For a trace: the init functions, and where the code goes that notes when they are called. */
struct gl_watch_stamps {
	uint64_t code; /* in the file; 0: nothing was found */
	uint8_t original[GL_STAMP_MAX_CODE];
	uint64_t targets[GL_WATCH_LED_MAX]; /* of those calls; END's is not needed */
	struct gl_stamp_entry *entries;	    /* in the order of the tasks, addresses as in the file */
	struct gl_start_call *calls;	    /* room for as many */
	size_t count, left_out;
	bool no_c; /* static, and entered by the runtime: there is no C in it */
};

/* One aligned word from the end of Go's build id, which is a hash of the file, in a static program that is not moved. */
struct gl_watch_id {
	uint64_t address; /* 0: there is none */
	uint64_t word;	  /* 48 bits of it, in base64 */
};

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
	uint64_t kernel_call; /* where its code calls the kernel; 0: not looked for, or not found */
	struct gl_inittasks tasks;
	struct gl_watch_id id;
	struct gl_watch_site sites[GL_WATCH_SITE_MAX];
	struct gl_watch_stamps stamps;
};
#define GL_WATCH_TARGET_INIT ((struct gl_watch_target){.fd = -1, .tasks = {.items = NULL}})

/* Finds its pclntab, the end of init and what else a trace needs, once; the result is target->answer. */
void gl_watch_target_search(struct gl_watch_target *target, bool trace) GL_NONNULL;
void gl_watch_target_done(struct gl_watch_target *target) GL_NONNULL;

/* From the auxiliary vector of the image that was executed last. */
struct gl_watch_vector {
	bool tried, known;
	uint64_t entry, base, execfn;
};

/* What gl_watch_hand_back() was told. */
struct gl_watch_stderr {
	struct gl_capture *capture; /* NULL: nothing is to be handed back */
	int saved_fd;
};

/* What is done at the end of init, see watch_end.c. */
struct gl_watch_end {
	bool opened;	    /* its memory, by us */
	bool handing_back;  /* its stderr, still */
	bool looked;	    /* at its fd 2 */
	bool saved;	    /* it still has the real stderr at the number that was agreed */
	bool close_on_exec; /* its fd 2 */
	uint64_t until_ns;  /* so long a slow reader of stderr may hold it */
};

/* Of /proc/PID/status; -1: not known. */
struct gl_watch_filters {
	int mode;   /* 0: none, 2: filters */
	int count;  /* of them */
	int tracer; /* process id; 0: none */
};

/* A moment, by both clocks. */
struct gl_watch_time {
	uint64_t ns;	/* since the watch began */
	uint64_t ticks; /* gl_stamp_ticks() */
};

struct gl_watch_pause {
	struct gl_watch_time from, to;
};

#define GL_WATCH_PAUSES_MAX 256

/* A trace of the start, see watch_inits.c. */
struct gl_watch_trace {
	struct gl_start start;
	struct gl_watch_time seen;  /* the stop we are at */
	struct gl_watch_time ended; /* the last stop, when it was over */
	uint64_t stops_at[GL_START_MARK_MAX], ticks_at[GL_START_MARK_MAX];
	uint64_t table; /* the program's memory with it; 0: none */
	bool mapped;	/* it was got for that */
	unsigned noted; /* marks that the program has noted itself, as bits 1 << enum gl_start_mark */
	/* the breakpoint that was hit: has it been taken out, was memory opened for that */
	enum gl_watch_site_kind site;
	bool taken, opened;
	bool running;		      /* behind the stop in schedinit */
	struct gl_watch_time resumed; /* from it, and its time and stops then */
	uint64_t resumed_at_ns, resumed_stops;
	struct gl_watch_pause pauses[GL_WATCH_PAUSES_MAX]; /* since then */
	size_t pause_count;
};

struct gl_watch {
	struct gl_watch_config config;
	const struct gl_register_layout *layout;
	pid_t pid;
	enum gl_watch_state state;
	unsigned long options; /* PTRACE_O_* that are set */
	bool stopped;	       /* by job control */
	pid_t newborn;	       /* a child that has been let go of before the program told of it, or 0 */
	pid_t awaited; /* one that it told of and that is still to stop, or 0: so long it stays stopped */
	uint64_t began_ns;
	struct gl_watch_target known;	/* config.image */
	struct gl_watch_target other;	/* found at an exec */
	struct gl_watch_target *target; /* the one that runs, or NULL */
	struct gl_watch_vector vector;
	unsigned breakpoint; /* those that are set, as bits 1 << enum gl_watch_site_kind */
	uint64_t looked_ns;  /* after the breakpoint, while the program ran */
	unsigned faults;
	struct gl_watch_trace *trace; /* NULL: none was asked for */
	struct gl_watch_inject inject;
	struct gl_watch_stderr real; /* the program's own stderr */
	struct gl_watch_end end;
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
/* A string of the process; false: unreadable, empty, or too long for text. */
bool gl_watch_string(const struct gl_watch *watch, uint64_t at, char *text, size_t room);
/* Reads the auxiliary vector, if it has not been. */
const struct gl_watch_vector *gl_watch_vector(struct gl_watch *watch);

/* -- watch_break.c -- */
/* Sets them if the memory has what the target has, and enters INIT; else leaves. */
void gl_watch_break_set(struct gl_watch *watch);
/* At which is the thread?  Then *ret has its registers, with pc on the instruction; MAX: at none. */
enum gl_watch_site_kind gl_watch_break_hit(const struct gl_watch *watch, struct gl_registers *ret);
/*
 * Sets one more breakpoint, or another call in the place of a call; what the file has
 * must be there, or a breakpoint of ours.  Return 0 (also without such a place), 1:
 * the memory has something else there, or -errno.
 */
int gl_watch_break_add(struct gl_watch *watch, enum gl_watch_site_kind kind) GL_MUST_CHECK;
int gl_watch_break_lead(struct gl_watch *watch, enum gl_watch_site_kind kind,
			const uint8_t *call) GL_MUST_CHECK;
/* Puts one instruction back.  Returns 0 or -errno. */
int gl_watch_break_take(struct gl_watch *watch, enum gl_watch_site_kind kind) GL_MUST_CHECK;
/* Puts all back.  Returns 0 or -errno. */
int gl_watch_break_clear(struct gl_watch *watch) GL_MUST_CHECK;
/* While the program runs: is there the file's code in place of the one that ends init?  False: it cannot be told. */
bool gl_watch_break_is_lost(const struct gl_watch *watch);
/* A child of the program, stopped or dead, gets its memory as the file has it, and goes its own way. */
void gl_watch_break_free(struct gl_watch *watch, pid_t child);
/* The program, stopped, has such a child: if they share their memory, the breakpoints are set again. */
void gl_watch_break_restore(struct gl_watch *watch);

/* -- watch_inits.c -- */
/* Around what is done at a stop of a program that is traced. */
void gl_watch_inits_begin_stop(struct gl_watch *watch);
void gl_watch_inits_end_stop(struct gl_watch *watch);
/* The last thing before the program goes on: what golaunch does then does not hold it.  Nothing without a trace. */
void gl_watch_inits_resuming(struct gl_watch *watch);
/* The breakpoints are set in a Go program that no loader starts. */
void gl_watch_inits_entered(struct gl_watch *watch);
/* Another image: what was recorded is of no interest. */
void gl_watch_inits_image(struct gl_watch *watch);
/* A breakpoint other than END was hit: records it and goes on; registers has pc on it. */
void gl_watch_inits_stop(struct gl_watch *watch, enum gl_watch_site_kind kind,
			 const struct gl_registers *registers);
/* At the end of init, or of the program: nothing without a trace.  mark is END or EXIT. */
void gl_watch_inits_end(struct gl_watch *watch, enum gl_start_mark mark);
/* A step at the end of init: reads what has been noted, and takes the memory away. */
enum gl_watch_make gl_watch_inits_make_unmap(struct gl_watch *watch, struct gl_watch_call *call);

/* -- watch_stamps.c -- */
/* What it needs of the file.  Returns 0 (also where there is nothing) or -errno. */
int gl_watch_stamps_find(struct gl_watch_target *target, struct gl_err *err) GL_MUST_CHECK;
void gl_watch_stamps_done(struct gl_watch_stamps *stamps);
/* Bytes of the program's memory that it needs. */
size_t gl_watch_stamps_size(const struct gl_watch_stamps *stamps);
/*
 * Where in a program without C the table may lie, for which sp is the main thread's
 * in schedinit; 0: nowhere.
 */
uint64_t gl_watch_stamps_place(const struct gl_watch *watch, uint64_t sp);
/* Leads the calls through the code.  Returns 0, 1: the memory is not as the file, or -errno. */
int gl_watch_stamps_put(struct gl_watch *watch, uint64_t table) GL_MUST_CHECK;
/* Reads the times into the entries, and of the direct calls into led.  Returns 0 or -errno. */
int gl_watch_stamps_read(struct gl_watch *watch, uint64_t table,
			 uint64_t led[GL_WATCH_LED_MAX]) GL_MUST_CHECK;
/* Is the thread where the last direct call has ended up?  Then *registers become those of the call. */
bool gl_watch_stamps_at_end(const struct gl_watch *watch, struct gl_registers *registers);
/* Puts back the code that was there, and clears the table where it was not mapped. */
void gl_watch_stamps_take_out(struct gl_watch *watch);

/* -- watch_end.c -- */
/* prctl(PR_SET_DUMPABLE): whether the program's memory is open to us. */
enum gl_watch_make gl_watch_make_dumpable(const struct gl_watch *watch, struct gl_watch_call *call,
					  bool dumpable);
/* The breakpoint is set: goes on, from the exec stop or the stub's. */
void gl_watch_begin_init(struct gl_watch *watch);
/* The breakpoint was hit; registers has pc on it.  Takes it out, hands stderr back, lets go. */
void gl_watch_end_init(struct gl_watch *watch, const struct gl_registers *registers);
/* Milliseconds that a step of it may still wait. */
int gl_watch_end_timeout(const struct gl_watch *watch);

/* -- watch_filters.c -- */
/* Can none of the program's seccomp filters kill for a call that golaunch does itself, as far as can be told? */
bool gl_watch_knows_filters(const struct gl_watch *watch);
/* Is /proc/PID the traced program?  Not where /proc is that of another pid namespace. */
bool gl_watch_in_proc(const struct gl_watch *watch);
/* Pure.  status is the text of /proc/PID/status. */
struct gl_watch_filters gl_watch_filters_parse(const char *status);
/* Pure.  Are theirs ours and at most added more? */
bool gl_watch_filters_known(const struct gl_watch_filters *ours, const struct gl_watch_filters *theirs,
			    int added);

/* -- watch_wait.c -- */
/*
 * Fills moment->wait, which is empty; the moment's registers and stacks are known.
 * goroutine: the main goroutine's saved state, NULL if it was running, or is not known.
 */
void gl_watch_keep_wait(struct gl_watch *watch, struct gl_watch_moment *moment,
			const struct gl_unwind_registers *goroutine);

/* -- watch_links.c -- */
/* Like gl_mapping_find(), of a library or the loader, by the loader's own list.  False: not known. */
bool gl_watch_links_find(const struct gl_watch *watch, uint64_t address, struct gl_watch_mapping *ret);

/* -- watch_evidence.c -- */
/* The stopped program's memory, as struct gl_unwind_memory and gl_call_source want it; arg is the watch. */
int gl_watch_memory(void *arg, uint64_t address, void *bytes, size_t len);
/* At a stop for a signal that may become the end of it. */
void gl_watch_keep_signal(struct gl_watch *watch, int signo);
/* At the exit stop. */
void gl_watch_keep_exit(struct gl_watch *watch);
