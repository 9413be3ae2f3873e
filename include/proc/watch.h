/*
 * The start watch: by ptrace, on the main thread alone, from execve to the end of
 * the last init function; then golaunch lets go for good.
 *
 *	exec     the image is looked at; a Go program gets one breakpoint, on the
 *	         call of runtime.closechan in runtime.main (gobin/insn.h)
 *	hit      the instruction is put back, and the thread is let go of: main.main
 *	         runs untraced, on the text that its file has
 *	exit     a death before that: registers, stack, where it was
 *
 * Two stops in a healthy start (a trace has more: proc/watch_inits.h).  During init the goroutine that runs it is bound
 * to the main thread, so other threads need not be traced.  Scripts and wrappers
 * (sh, env, su-exec) are followed from image to image, at most GL_WATCH_MAX_EXECS,
 * to the first Go program.  Into memory golaunch writes only a breakpoint where
 * the expected call is, and a flag of its own loader stub (a trace writes more:
 * launcher/proc/watch_stamps.c).  A child that the program
 * forks gets the instruction back and is let go of.  Should golaunch die while a
 * breakpoint stands, the kernel kills the program (PTRACE_O_EXITKILL).  Nobody tells
 * of a child made with CLONE_UNTRACED or with another signal than SIGCHLD: it keeps
 * the breakpoint.
 *
 * Where ptrace is not to be had nothing is watched and all else goes on.
 * Depends on: base, arch, elf, gobin.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "arch/registers.h"
#include "base/err.h"
#include "elf/image.h"
#include "gobin/inittasks.h"
#include "gobin/pclntab.h"
#include "gobin/unwind.h"
#include "proc/phase.h"
#include "proc/watch_wait.h"

#define GL_WATCH_MAX_EXECS   16
#define GL_WATCH_PATIENCE_MS 120000 /* for a program that is not Go to execute one that is */
#define GL_WATCH_MAX_PATH    4096
#define GL_WATCH_MAX_NAME    512 /* of a mapping; what is longer is cut */

struct gl_capture; /* proc/capture.h */
struct gl_watch;   /* opaque */

/* What the watch is made for; all borrowed, and to outlive it. */
struct gl_watch_config {
	/* The program's examined image and the file it came from (NULL: looked at when it runs). */
	const struct gl_image *image;
	const struct stat *file;
	const char *path; /* what is executed, for deaths in places where /proc does not tell; NULL: unknown */
	/* Images that are not Go may be traced for the one they will execute: see gl_watch_may_follow(). */
	bool follow;
	int filters;	 /* how many of seccomp golaunch puts on the program */
	int patience_ms; /* instead of GL_WATCH_PATIENCE_MS, if not 0 */
	/*
	 * Is the image the loader stub?  Then 0 with the address (in the file) of its
	 * 32-bit flags, in which stub_flag asks it to stop once it has mapped the
	 * program: parameters of a call (psABI) then are the program's load bias and
	 * path.  1: no.  NULL: there is no stub.
	 */
	int (*find_stub)(const struct gl_image *image, uint64_t *ret_flags);
	uint32_t stub_flag;
	bool trace; /* record what proc/watch_inits.h has */
};

/* Why nothing is watched, or not to the end. */
enum gl_watch_answer {
	GL_WATCH_ON,	     /* it is, or was to the end */
	GL_WATCH_NO_MACHINE, /* not supported on this machine, or for 32-bit programs */
	GL_WATCH_DENIED, /* the kernel, Yama, a tracer that is there already, or a filter says no: errnum */
	GL_WATCH_DEADLY, /* an outer filter kills for the attempt */
	GL_WATCH_NOT_GO, /* what ran is no Go program (or packed), and is not followed */
	GL_WATCH_OBFUSCATED,  /* its names are no names */
	GL_WATCH_NO_INIT_END, /* its end of init was not found in the code */
	GL_WATCH_ARCHIVE,     /* a C program with a Go archive in it: its init runs on another thread */
	GL_WATCH_UNREADABLE,  /* the program's file or memory could not be read: errnum */
	GL_WATCH_OTHER_CODE,  /* what is in memory is not what the file has */
	GL_WATCH_TOO_MANY,    /* images */
	GL_WATCH_ANSWER_MAX
};

enum gl_watch_place {
	GL_WATCH_PLACE_UNKNOWN,
	GL_WATCH_PLACE_PROGRAM,
	GL_WATCH_PLACE_INTERPRETER, /* the dynamic loader (musl's is libc too) */
	GL_WATCH_PLACE_FILE,	    /* a library, another file */
	GL_WATCH_PLACE_KERNEL,	    /* [vdso], [vsyscall] */
	GL_WATCH_PLACE_NOWHERE,	    /* no mapping has it */
	GL_WATCH_PLACE_MAX
};

/* The mapping that an address is in. */
struct gl_watch_mapping {
	enum gl_watch_place place;
	uint64_t offset;	      /* of the address, in the file */
	char path[GL_WATCH_MAX_NAME]; /* hostile; "" without a name */
};

/* The main thread at one moment. */
struct gl_watch_moment {
	bool seen;
	uint64_t at_ns; /* since the watch began */
	int signo;	/* the signal it was for, or 0 */
	siginfo_t info; /* of that signal */
	struct gl_registers registers;
	bool in_syscall;
	uint64_t syscall; /* its number, if in_syscall */
	bool has_stack, has_goroutine;
	struct gl_unwind stack;	       /* of the thread */
	struct gl_unwind goroutine;    /* of the main goroutine, if it was not on that thread */
	struct gl_watch_mapping where; /* of the innermost pc */
	struct gl_watch_wait wait;     /* in the kernel, or parked */
};

/* How far the packages' initialisation was. */
struct gl_watch_inits {
	bool known;
	size_t count;	    /* of gl_watch_tasks() */
	size_t total, done; /* packages with something to do; those of them that had finished */
	size_t current;	    /* the task that was running, or count */
};

/* Whether the program has its real stderr back, or why not: then it stays captured. */
enum gl_handback {
	GL_HANDBACK_NONE, /* not asked for, or init did not come to its end */
	GL_HANDBACK_DONE,
	GL_HANDBACK_REPLACED, /* fd 2 is closed, or something that the program has put there */
	GL_HANDBACK_LOST,    /* the program has closed, or replaced, the descriptor that was to be put back */
	GL_HANDBACK_REFUSED, /* the kernel, or a filter, says no: errno */
	GL_HANDBACK_FILTERED, /* a seccomp filter that golaunch does not know might kill for it */
	GL_HANDBACK_SLOW,     /* the real stderr did not take at once what had been written */
	GL_HANDBACK_MAX
};

struct gl_watch_record {
	enum gl_watch_answer answer;
	int errnum;
	enum gl_phase phase; /* how far it came */
	unsigned execs;
	bool is_stub;				/* the Go program was brought by the loader stub */
	bool has_image;				/* of a Go program: bias, path, and gl_watch_table() */
	uint64_t bias;				/* what was added to the file's addresses */
	uint64_t interpreter;			/* AT_BASE, 0: none or unknown */
	uint64_t exec_ns, init_end_ns, exit_ns; /* since the watch began; 0: not reached */
	int exit_status;			/* as wait(2) has it, at the exit stop; -1: none was seen */
	bool own_exit;				/* the main thread itself asked for the end (exit_group) */
	struct gl_watch_inits inits;		/* at the exit stop */
	enum gl_handback handback;
	int handback_errno; /* REFUSED: what was answered */
	/* From here on what is large and seldom needed: pages that a healthy start never touches. */
	char path[GL_WATCH_MAX_PATH]; /* hostile */
	struct gl_watch_moment exit;  /* at the exit stop, before the end of init */
	struct gl_watch_moment fault; /* the last fault or abort; it counts only if the process died of it */
	struct gl_watch_moment asked; /* the last signal from outside while init ran */
};

/*
 * Everything that can be had before there is a process.  Returns 0 (also where
 * nothing can be watched: the record says why) or -errno.
 */
int gl_watch_new(const struct gl_watch_config *config, struct gl_watch **ret,
		 struct gl_err *err) GL_MUST_CHECK;
void gl_watch_free(struct gl_watch *watch);
GL_DEFINE_CLEANUP(struct gl_watch, gl_watch_free);
#define gl_autowatch GL_CLEANUP(gl_watch_free_p)

/*
 * Does it lose nothing to trace images that may execute a setuid program?  Where
 * no_new_privs is (to be) set they gain nothing anyway; a tracer with
 * CAP_SYS_PTRACE takes nothing away, nor does one of a process that has every
 * capability it could gain (security/commoncap.c, cap_bprm_creds_from_file).
 */
bool gl_watch_may_follow(bool no_new_privs, bool program_is_root);

/*
 * Before the start: the program's stderr is the capture's pipe, and is to be, when
 * init is over, the real one, which it has at saved_fd (gl_spawn.saved_fd).
 */
void gl_watch_hand_back(struct gl_watch *watch, struct gl_capture *capture, int saved_fd) GL_NONNULL;

/* For gl_spawn_start(): the child is there and waits; it has our memory and our ids. */
void gl_watch_attach(struct gl_watch *watch, pid_t pid) GL_NONNULL;
/*
 * It stopped before execve while it had our memory: goes on, with its signal.
 * Returns false if there is nothing to do for it.
 */
bool gl_watch_before_exec(struct gl_watch *watch) GL_NONNULL;
/* It has left our memory: finds the place of the breakpoint while execve goes on. */
void gl_watch_prepare(struct gl_watch *watch) GL_NONNULL;

/*
 * For the supervisor: what waitid(2) said with CLD_TRAPPED, of the program or of a
 * child it forked.  Returns 0, or the signal by which job control has stopped the
 * program (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU): it then stays stopped until a SIGCONT.
 */
int gl_watch_trapped(struct gl_watch *watch, const siginfo_t *info) GL_NONNULL;
/*
 * For poll(2): milliseconds until gl_watch_tick() has something to do, -1: never.
 * A program that is not Go and goes on without execve is let go of then.
 */
int gl_watch_timeout(const struct gl_watch *watch) GL_NONNULL;
void gl_watch_tick(struct gl_watch *watch) GL_NONNULL;
/* Does a Go program run, and is it certain that its initialisation goes on? */
bool gl_watch_is_starting(const struct gl_watch *watch) GL_NONNULL;
/* Stopped by job control, as far as the watch knows. */
bool gl_watch_is_stopped(const struct gl_watch *watch) GL_NONNULL;
/* What waitid(2) said of the program's death. */
void gl_watch_ended(struct gl_watch *watch, const siginfo_t *info) GL_NONNULL;
/* The supervisor gives up: lets go of the program, so that it runs on without golaunch. */
void gl_watch_abandon(struct gl_watch *watch) GL_NONNULL;

/* Valid while the watch is. */
const struct gl_watch_record *gl_watch_result(const struct gl_watch *watch) GL_NONNULL;
/* The Go program's pclntab, or NULL; with it frames are named (gl_position_next(), frame.place). */
struct gl_pclntab *gl_watch_table(const struct gl_watch *watch) GL_NONNULL;
/* Its init tasks in order, for record.inits; NULL: not known. */
const struct gl_inittasks *gl_watch_tasks(const struct gl_watch *watch) GL_NONNULL;

/* "not a Go program", "no permission" ...: after "the start is not watched: ". */
const char *gl_watch_answer_text(enum gl_watch_answer answer);
/* "a reader is slow" ...: after "stderr stays captured: ". */
const char *gl_handback_text(enum gl_handback handback);
