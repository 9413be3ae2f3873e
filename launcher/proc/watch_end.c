/*
 * The end of init: what the program is made to do before it is let go of.
 *
 * Its memory may have to be opened.  A program that changes its ids before main
 * is no longer dumpable (kernel cred.c, commit_creds), and then its tracer may not
 * touch its memory without CAP_SYS_PTRACE (ptrace_access_vm), which root in a
 * container lacks: then the breakpoint cannot be taken out.  Registers are still
 * ours, so the thread calls prctl(PR_SET_DUMPABLE, 1), the breakpoint is taken
 * out, and the flag is put back.  Where that cannot be (a filter denies prctl, or is
 * the program's own and might kill for it) the call is passed over: main_init_done
 * is then never closed, for which only a thread of C that calls into Go for the
 * first time would wait (runtime/cgocall.go, cgocallbackg1).
 *
 * Its stderr is handed back (--capture init).  Until now fd 2 is the capture's
 * pipe, and the real stderr is another descriptor of the program, which dup3() now
 * puts in the pipe's place.  But the program may have changed either of them, so
 * each is looked at first, by fstat() into free stack: /proc/PID/fd is closed to
 * a tracer without CAP_SYS_PTRACE whose program is another user's.  What was
 * written to the pipe must have reached the real stderr before: a reader that is
 * slow gets a moment, and if that will not do the pipe stays for good.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/capture.h"
#include "proc/watch_private.h"

#define PATIENCE_NS UINT64_C(100000000) /* for a slow reader of stderr */
/*
 * Below the stack pointer of runtime.main, which is about to make a call: its
 * prologue has left at least 800 bytes for such (runtime/stack.go, StackGuard -
 * StackSmall), Go code keeps nothing there, and a struct stat has 144.
 */
#define SCRATCH 256

/* -- memory -- */

enum gl_watch_make gl_watch_make_dumpable(const struct gl_watch *w, struct gl_watch_call *call, bool dumpable)
{
	/* what has been opened can be closed in the same way */
	if (dumpable && !gl_watch_knows_filters(w))
		return GL_WATCH_SKIP;
	*call = (struct gl_watch_call){.number = SYS_prctl, .arguments = {PR_SET_DUMPABLE, dumpable}};
	return GL_WATCH_CALL;
}

static enum gl_watch_make make_open(struct gl_watch *w, struct gl_watch_call *call)
{
	return w->breakpoint ? gl_watch_make_dumpable(w, call, true) : GL_WATCH_SKIP;
}

static void took_open(struct gl_watch *w, int64_t result)
{
	w->end.opened = result == 0;
	if (w->end.opened && gl_watch_break_clear(w) == 0)
		w->breakpoint = 0; /* else the call is passed over */
}

static enum gl_watch_make make_close_memory(struct gl_watch *w, struct gl_watch_call *call)
{
	return w->end.opened ? gl_watch_make_dumpable(w, call, false) : GL_WATCH_SKIP;
}

/* -- stderr -- */

void gl_watch_hand_back(struct gl_watch *w, struct gl_capture *capture, int saved_fd)
{
	w->real = (struct gl_watch_stderr){.capture = capture, .saved_fd = saved_fd};
}

static void settle(struct gl_watch *w, enum gl_handback answer, int64_t result)
{
	if (!w->end.handing_back)
		return;
	w->end.handing_back = false;
	w->record.handback = answer;
	w->record.handback_errno = result < 0 ? (int)-result : 0;
}

static uint64_t scratch(const struct gl_watch *w)
{
	return (gl_register(&w->inject.before, w->layout->sp) - SCRATCH) & ~UINT64_C(15);
}

static void look_at(const struct gl_watch *w, struct gl_watch_call *call, int fd)
{
	*call = (struct gl_watch_call){.number = SYS_fstat, .arguments = {(uint64_t)fd, scratch(w)}};
}

/* The kernel's struct stat begins with st_dev and st_ino, 64 bits each (asm/stat.h of x86-64, asm-generic). */
static int read_file(const struct gl_watch *w, struct gl_capture_file *ret)
{
	uint64_t words[2];
	int r = gl_tracee_read(w->pid, scratch(w), words, sizeof(words));

	if (!r)
		*ret = (struct gl_capture_file){.dev = words[0], .ino = words[1]};
	return r;
}

static bool is_same(const struct gl_capture_file *a, const struct gl_capture_file *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* What fstat() has said of a descriptor.  Returns 1: it is that file, 0: it is not, or -errno. */
static int judge(const struct gl_watch *w, int64_t result, const struct gl_capture_file *wanted)
{
	struct gl_capture_file seen;
	int r = (int)result;

	if (r == -EBADF)
		return 0;
	if (!r)
		r = read_file(w, &seen);
	return r ? r : is_same(&seen, wanted);
}

static enum gl_watch_make make_look_at_pipe(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->end.handing_back)
		return GL_WATCH_SKIP;
	look_at(w, call, STDERR_FILENO);
	return GL_WATCH_CALL;
}

static void took_look_at_pipe(struct gl_watch *w, int64_t result)
{
	int r = judge(w, result, gl_capture_pipe(w->real.capture));

	w->end.looked = true;
	if (r <= 0)
		settle(w, r ? GL_HANDBACK_REFUSED : GL_HANDBACK_REPLACED, r);
}

static enum gl_watch_make make_look_at_saved(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->end.looked)
		return GL_WATCH_SKIP;
	look_at(w, call, w->real.saved_fd);
	return GL_WATCH_CALL;
}

static void took_look_at_saved(struct gl_watch *w, int64_t result)
{
	int r = judge(w, result, gl_capture_target(w->real.capture));

	w->end.saved = r > 0;
	if (r <= 0)
		settle(w, r ? GL_HANDBACK_REFUSED : GL_HANDBACK_LOST, r);
}

/* Whatever the program has made of fd 2, it stays close-on-exec or not. */
static enum gl_watch_make make_ask_flags(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->end.handing_back)
		return GL_WATCH_SKIP;
	*call = (struct gl_watch_call){.number = SYS_fcntl, .arguments = {STDERR_FILENO, F_GETFD}};
	return GL_WATCH_CALL;
}

static void took_ask_flags(struct gl_watch *w, int64_t result)
{
	w->end.close_on_exec = result > 0 && (result & FD_CLOEXEC);
	if (result < 0)
		settle(w, GL_HANDBACK_REFUSED, result);
}

static enum gl_watch_make make_hand_back(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->end.handing_back)
		return GL_WATCH_SKIP;
	if (!gl_capture_drain(w->real.capture)) {
		if (gl_watch_now(w) < w->end.until_ns)
			return GL_WATCH_WAIT;
		settle(w, GL_HANDBACK_SLOW, 0);
		return GL_WATCH_SKIP;
	}
	*call = (struct gl_watch_call){.number = SYS_dup3,
				       .arguments = {(uint64_t)w->real.saved_fd, STDERR_FILENO,
						     w->end.close_on_exec ? O_CLOEXEC : 0}};
	return GL_WATCH_CALL;
}

static void took_hand_back(struct gl_watch *w, int64_t result)
{
	settle(w, result == STDERR_FILENO ? GL_HANDBACK_DONE : GL_HANDBACK_REFUSED, result);
}

static enum gl_watch_make make_close_saved(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->end.saved)
		return GL_WATCH_SKIP;
	*call = (struct gl_watch_call){.number = SYS_close, .arguments = {(uint64_t)w->real.saved_fd}};
	return GL_WATCH_CALL;
}

/* -- the lists -- */

static void ended(struct gl_watch *w, const struct gl_registers *registers)
{
	struct gl_registers on = *registers;

	settle(w, GL_HANDBACK_REFUSED, -ENOEXEC); /* if no system call could be made at all */
	if (w->breakpoint)
		on.words[w->layout->pc] += w->layout->call_size;
	gl_watch_reached_main(w, &on);
}

static const struct gl_watch_step end_steps[] = {
	{make_open, took_open},
	{gl_watch_inits_make_unmap, NULL},
	{make_look_at_pipe, took_look_at_pipe},
	{make_look_at_saved, took_look_at_saved},
	{make_ask_flags, took_ask_flags},
	{make_hand_back, took_hand_back},
	{make_close_saved, NULL},
	{make_close_memory, NULL},
};
static const struct gl_watch_list end_list = {end_steps, GL_ARRAY_SIZE(end_steps), ended};

void gl_watch_end_init(struct gl_watch *w, const struct gl_registers *registers)
{
	int r = gl_watch_break_clear(w);

	w->end = (struct gl_watch_end){.until_ns = gl_watch_now(w) + PATIENCE_NS};
	if (r == -ESRCH) {
		gl_watch_reached_main(w, registers);
		return;
	}
	w->end.handing_back = w->real.capture != NULL;
	if (w->end.handing_back && !gl_watch_knows_filters(w))
		settle(w, GL_HANDBACK_FILTERED, 0);
	gl_watch_inject_begin(w, &end_list, registers);
}

int gl_watch_end_timeout(const struct gl_watch *w)
{
	uint64_t now = gl_watch_now(w);

	return now >= w->end.until_ns ? 0 : (int)((w->end.until_ns - now) / 1000000u) + 1;
}

/* -- and the begin -- */

/* What init starts shall not keep the real stderr open. */
static enum gl_watch_make make_close_on_exec(struct gl_watch *w, struct gl_watch_call *call)
{
	*call = (struct gl_watch_call){.number = SYS_fcntl,
				       .arguments = {(uint64_t)w->real.saved_fd, F_SETFD, FD_CLOEXEC}};
	return GL_WATCH_CALL;
}

static void begun(struct gl_watch *w, const struct gl_registers *registers)
{
	(void)registers; /* it has them */
	if (gl_watch_enter(w, GL_WATCH_INIT) == 0)
		gl_tracee_continue(w->pid, 0);
}

static const struct gl_watch_step begin_steps[] = {{make_close_on_exec, NULL}};
static const struct gl_watch_list begin_list = {begin_steps, GL_ARRAY_SIZE(begin_steps), begun};

void gl_watch_begin_init(struct gl_watch *w)
{
	struct gl_registers registers;
	bool wrapped = w->record.execs > 1;

	gl_watch_inits_resuming(w);
	if (!w->real.capture || (wrapped && !gl_watch_knows_filters(w)))
		gl_tracee_continue(w->pid, 0);
	else if (!w->record.is_stub)
		gl_watch_inject_begin_at_exec(w, &begin_list);
	else if (gl_tracee_registers(w->pid, &registers) == 0)
		gl_watch_inject_begin(w, &begin_list, &registers);
}
