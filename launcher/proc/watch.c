/*
 * The start watch: see proc/watch.h.
 *
 * Everything it may need while the program runs is in struct gl_watch; what is
 * allocated later (the tables of an image that only an exec brought, evidence of a
 * death) may fail, and then there is less to tell.  A request that fails because
 * the thread is gone is passed over: waitid() will say so.
 */
#include "proc/watch_private.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arch/syscall.h"
#include "base/fd.h"
#include "base/mem.h"

#define CHILD_LOOK_MS 10 /* where no SIGCHLD tells of a child */
#define BREAK_LOOK_NS UINT64_C(1000000000)

static uint64_t clock_ns(void)
{
	struct timespec now = {.tv_sec = 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t gl_watch_now(const struct gl_watch *watch)
{
	return clock_ns() - watch->began_ns;
}

static void ask_permission(struct gl_watch_record *record)
{
	enum gl_tracee_permission permission = gl_tracee_permission(&record->errnum);

	if (permission == GL_TRACEE_DENIED)
		record->answer = GL_WATCH_DENIED;
	else if (permission == GL_TRACEE_DEADLY)
		record->answer = GL_WATCH_DEADLY;
}

int gl_watch_new(const struct gl_watch_config *config, struct gl_watch **ret, struct gl_err *err)
{
	/* Not calloc(), which would touch what a healthy start never does. */
	void *memory = mmap(NULL, sizeof(struct gl_watch), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	gl_autowatch struct gl_watch *w = memory == MAP_FAILED ? NULL : memory;

	if (!w)
		return gl_err_sys(err, errno, "cannot watch the start");
	w->trace = config->trace ? calloc(1, sizeof(*w->trace)) : NULL;
	if (config->trace && !w->trace)
		return gl_err_sys(err, ENOMEM, "cannot trace the start");
	w->config = *config;
	w->layout = gl_arch_native()->registers;
	w->state = GL_WATCH_OVER;
	w->known = GL_WATCH_TARGET_INIT;
	w->other = GL_WATCH_TARGET_INIT;
	w->known.image = config->image;
	if (config->image) {
		w->known.dev = config->file->st_dev;
		w->known.ino = config->file->st_ino;
	}
	w->record.exit_status = -1;
	if (!w->layout || !w->layout->watched)
		w->record.answer = GL_WATCH_NO_MACHINE;
	else
		ask_permission(&w->record);
	*ret = GL_TAKE_PTR(w);
	return 0;
}

void gl_watch_free(struct gl_watch *watch)
{
	if (!watch)
		return;
	gl_watch_target_done(&watch->known);
	gl_watch_target_done(&watch->other);
	free(watch->trace);
	munmap(watch, sizeof(*watch));
}

/* capget(2) for ourselves; without it: no. */
static bool have_cap_sys_ptrace(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[0].effective & 1u << CAP_SYS_PTRACE;
}

bool gl_watch_may_follow(bool no_new_privs, bool program_is_root)
{
	return no_new_privs || program_is_root || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	       have_cap_sys_ptrace();
}

void gl_watch_attach(struct gl_watch *w, pid_t pid)
{
	int r;

	w->began_ns = clock_ns();
	w->pid = pid;
	if (w->record.answer != GL_WATCH_ON)
		return;
	w->options = gl_watch_options_for(GL_WATCH_LAUNCH);
	r = gl_tracee_seize(pid, w->options);
	if (r) {
		w->record.answer = GL_WATCH_DENIED;
		w->record.errnum = -r;
		return;
	}
	w->state = GL_WATCH_LAUNCH;
	w->record.phase = GL_PHASE_EXEC;
}

/* Its group may be stopped by a Ctrl-Z: with our memory in its hands it would hold us as well. */
bool gl_watch_before_exec(struct gl_watch *w)
{
	siginfo_t info = {.si_signo = 0};
	struct gl_tracee_stop stop;

	if (w->state != GL_WATCH_LAUNCH)
		return false;
	if (waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) || info.si_code != CLD_TRAPPED)
		return false;
	stop = gl_tracee_stop_of(info.si_status);
	if (stop.event == GL_TRACEE_EXEC)
		return false;
	if (waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG))
		return false;
	if (stop.event == GL_TRACEE_GROUP)
		kill(w->pid, SIGCONT);
	gl_tracee_continue(w->pid, stop.event == GL_TRACEE_GROUP ? 0 : stop.signo);
	return true;
}

void gl_watch_prepare(struct gl_watch *w)
{
	if (w->state != GL_WATCH_OVER && w->known.image)
		gl_watch_target_search(&w->known, w->trace != NULL);
	if (w->known.table && w->real.capture)
		gl_watch_inject_search(&w->known);
}

int gl_watch_enter(struct gl_watch *w, enum gl_watch_state state)
{
	unsigned long options = gl_watch_options_for(state);
	int r = options == w->options ? 0 : gl_tracee_options(w->pid, options);

	if (r)
		return r;
	w->options = options;
	w->state = state;
	return 0;
}

void gl_watch_leave(struct gl_watch *w, enum gl_watch_answer answer, int errnum)
{
	w->state = GL_WATCH_OVER;
	w->record.answer = answer;
	w->record.errnum = errnum;
	if (w->record.phase != GL_PHASE_MAIN)
		w->record.phase = GL_PHASE_UNKNOWN;
	gl_tracee_detach(w->pid, 0);
	/* Only what was traced is left to be named. */
	if (w->trace && answer == GL_WATCH_ON)
		return;
	w->target = NULL;
	gl_watch_target_done(&w->known);
	gl_watch_target_done(&w->other);
}

/* Both stops were seen. */
static void child_is_free(struct gl_watch *w)
{
	w->newborn = w->awaited = 0;
	gl_watch_break_restore(w);
	gl_watch_inits_resuming(w);
	gl_tracee_continue(w->pid, 0);
}

/* By wait4(2): before Linux 4.7 waitid(2) cannot see a child whose end sends another signal than SIGCHLD. */
static void look_for_child(struct gl_watch *w)
{
	int status;

	if (waitpid(w->awaited, &status, __WALL | WNOHANG) == 0)
		return;
	gl_watch_break_free(w, w->awaited);
	child_is_free(w);
}

/* The child is traced because the program was; its first stop may be seen before the program's own. */
static void free_child(struct gl_watch *w)
{
	unsigned long child = 0;

	if (gl_tracee_message(w->pid, &child) != 0)
		return; /* it died */
	w->awaited = (pid_t)child;
	if (!child || w->newborn == w->awaited)
		child_is_free(w);
	else
		look_for_child(w);
}

/* In the midst of a system call of ours it must stop at its end, whatever comes between (SIGSTOP cannot be blocked). */
static void resume(struct gl_watch *w, int signo)
{
	gl_watch_inits_resuming(w);
	if (w->state == GL_WATCH_INJECT)
		gl_tracee_syscall(w->pid, signo);
	else
		gl_tracee_continue(w->pid, signo);
}

static void deliver(struct gl_watch *w, int signo)
{
	gl_watch_keep_signal(w, signo);
	resume(w, signo);
}

void gl_watch_reached_main(struct gl_watch *w, const struct gl_registers *registers)
{
	int r = gl_tracee_set_registers(w->pid, registers);

	w->record.init_end_ns = gl_watch_now(w);
	w->record.phase = GL_PHASE_MAIN;
	gl_watch_leave(w, GL_WATCH_ON, -r);
}

static void trap(struct gl_watch *w, int signo)
{
	struct gl_registers registers;
	enum gl_watch_site_kind kind = gl_watch_break_hit(w, &registers);

	if (kind == GL_WATCH_SITE_MAX)
		deliver(w, signo);
	else if (kind == GL_WATCH_SITE_END)
		gl_watch_end_init(w, &registers);
	else
		gl_watch_inits_stop(w, kind, &registers);
}

static void meet(struct gl_watch *w, int signo)
{
	if (!gl_watch_meet(w))
		gl_tracee_continue(w->pid, signo);
}

static void keep(struct gl_watch *w)
{
	if (w->state == GL_WATCH_INJECT)
		gl_watch_inject_undo(w);
	gl_watch_inits_end(w, GL_START_EXIT);
	gl_watch_keep_exit(w);
	w->state = GL_WATCH_EXITING;
	gl_tracee_continue(w->pid, 0);
}

static void do_act(struct gl_watch *w, enum gl_watch_act act, const struct gl_tracee_stop *stop)
{
	switch (act) {
	case GL_WATCH_DELIVER:
		deliver(w, stop->signo);
		break;
	case GL_WATCH_LISTEN:
		gl_tracee_listen(w->pid);
		break;
	case GL_WATCH_LOOK:
		gl_watch_look(w);
		break;
	case GL_WATCH_MEET:
		meet(w, stop->signo);
		break;
	case GL_WATCH_HIT:
		trap(w, stop->signo);
		break;
	case GL_WATCH_KEEP:
		keep(w);
		break;
	case GL_WATCH_FREE:
		free_child(w);
		break;
	case GL_WATCH_INJECTED:
		gl_watch_inject_step(w);
		break;
	case GL_WATCH_LET_GO:
		gl_tracee_detach(w->pid, stop->signo);
		break;
	case GL_WATCH_GO_ON:
	case GL_WATCH_ACT_MAX:
		resume(w, 0);
		break;
	}
}

/*
 * A stranger's stop, which is a child's first: no other is traced.  The program
 * tells of it before or afterwards, or never (CLONE_PTRACE; or it died).
 */
static void newborn_stopped(struct gl_watch *w, pid_t child)
{
	gl_watch_break_free(w, child);
	if (child == w->awaited)
		child_is_free(w);
	else
		w->newborn = child;
}

int gl_watch_trapped(struct gl_watch *w, const siginfo_t *info)
{
	struct gl_tracee_stop stop = gl_tracee_stop_of(info->si_status);
	enum gl_watch_act act = gl_watch_act_for(w->state, stop.event);

	if (info->si_pid != w->pid) {
		newborn_stopped(w, info->si_pid);
		return 0;
	}
	w->stopped = act == GL_WATCH_LISTEN;
	if (w->trace)
		gl_watch_inits_begin_stop(w);
	do_act(w, act, &stop);
	if (w->trace)
		gl_watch_inits_end_stop(w);
	return w->stopped ? stop.signo : 0;
}

/* Since the last execve. */
static uint64_t patience_ns(const struct gl_watch *w)
{
	int ms = w->config.patience_ms ? w->config.patience_ms : GL_WATCH_PATIENCE_MS;

	return (uint64_t)ms * 1000000u;
}

/* Until then, for poll(2). */
static int ms_until(const struct gl_watch *w, uint64_t end)
{
	uint64_t now = gl_watch_now(w);

	return now >= end ? 0 : (int)((end - now) / 1000000u) + 1;
}

int gl_watch_timeout(const struct gl_watch *w)
{
	if (w->awaited)
		return CHILD_LOOK_MS;
	if (w->state == GL_WATCH_INJECT && w->inject.waiting)
		return gl_watch_end_timeout(w);
	if (w->state == GL_WATCH_INIT && w->breakpoint)
		return ms_until(w, GL_MAX(w->looked_ns, w->record.exec_ns) + BREAK_LOOK_NS);
	if (w->state == GL_WATCH_CHAIN)
		return ms_until(w, w->record.exec_ns + patience_ns(w));
	return -1;
}

/* Whatever it stops for next, it is let go of. */
static void let_go(struct gl_watch *w, enum gl_watch_answer answer)
{
	w->record.answer = answer;
	w->record.phase = GL_PHASE_UNKNOWN;
	w->state = GL_WATCH_OVER;
	gl_tracee_interrupt(w->pid);
}

/* A program that throws the pages of its code away (madvise(2)) passes the end of init unseen. */
static void look_for_break(struct gl_watch *w)
{
	w->looked_ns = gl_watch_now(w);
	if (!w->newborn && !w->stopped && gl_watch_break_is_lost(w))
		let_go(w, GL_WATCH_OTHER_CODE);
}

void gl_watch_tick(struct gl_watch *w)
{
	if (w->awaited)
		look_for_child(w);
	if (w->state == GL_WATCH_INJECT && w->inject.waiting)
		gl_watch_inject_again(w);
	if (w->awaited || gl_watch_timeout(w) != 0)
		return;
	if (w->state == GL_WATCH_INIT)
		look_for_break(w);
	else if (w->state == GL_WATCH_CHAIN)
		let_go(w, GL_WATCH_NOT_GO);
}

bool gl_watch_is_starting(const struct gl_watch *watch)
{
	return watch->state == GL_WATCH_STUB || watch->state == GL_WATCH_INIT ||
	       watch->state == GL_WATCH_INJECT;
}

bool gl_watch_is_stopped(const struct gl_watch *watch)
{
	return watch->stopped;
}

/* As wait(2) has it. */
static int wait_status(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return info->si_status << 8;
	return info->si_status;
}

/*
 * The exit stop of a main thread whose process then ran another program says
 * nothing: another thread called execve, and the main thread left with status 0.
 */
static bool exit_counts(const struct gl_watch_record *record, const siginfo_t *info)
{
	if (!record->own_exit && record->exit_status == 0)
		return false;
	return (record->exit_status & ~WCOREFLAG) == wait_status(info);
}

void gl_watch_ended(struct gl_watch *w, const siginfo_t *info)
{
	struct gl_watch_record *record = &w->record;

	w->newborn = w->awaited = 0;
	if (w->state == GL_WATCH_CHAIN)
		record->answer = GL_WATCH_NOT_GO;
	if (record->exit_ns > 0 && !exit_counts(record, info))
		record->exit.seen = false;
	if (w->state != GL_WATCH_OVER && !record->exit.seen)
		record->phase = GL_PHASE_UNKNOWN;
	w->state = GL_WATCH_OVER;
	w->stopped = false;
}

/* Is it in a stop that was seen, and stays there for now? */
static bool is_held(const struct gl_watch *w)
{
	return w->awaited || (w->state == GL_WATCH_INJECT && w->inject.waiting);
}

static bool stop_it(const struct gl_watch *w)
{
	int status;

	if (gl_tracee_interrupt(w->pid))
		return false;
	while (waitpid(w->pid, &status, __WALL) != w->pid)
		if (errno != EINTR)
			return false;
	return WIFSTOPPED(status);
}

void gl_watch_abandon(struct gl_watch *w)
{
	struct gl_registers registers;
	bool hit;

	if (w->state == GL_WATCH_OVER || (!is_held(w) && !stop_it(w)))
		return;
	if (w->state == GL_WATCH_INJECT)
		gl_watch_inject_undo(w);
	hit = gl_watch_break_hit(w, &registers) != GL_WATCH_SITE_MAX;
	if (w->breakpoint && gl_watch_break_clear(w))
		return;
	if (hit && gl_tracee_set_registers(w->pid, &registers))
		return;
	gl_watch_leave(w, w->record.answer, w->record.errnum);
}

const struct gl_watch_record *gl_watch_result(const struct gl_watch *watch)
{
	return &watch->record;
}

struct gl_pclntab *gl_watch_table(const struct gl_watch *watch)
{
	return watch->target ? watch->target->table : NULL;
}

const struct gl_inittasks *gl_watch_tasks(const struct gl_watch *watch)
{
	return watch->target && watch->target->tasks.items ? &watch->target->tasks : NULL;
}

const char *gl_watch_answer_text(enum gl_watch_answer answer)
{
	static const char *const texts[GL_WATCH_ANSWER_MAX] = {
		[GL_WATCH_ON] = "watched",
		[GL_WATCH_NO_MACHINE] = "not supported on this machine",
		[GL_WATCH_DENIED] = "ptrace is denied",
		[GL_WATCH_DEADLY] = "an outer filter kills for ptrace",
		[GL_WATCH_NOT_GO] = "not a Go program",
		[GL_WATCH_OBFUSCATED] = "the program is obfuscated",
		[GL_WATCH_NO_INIT_END] = "the end of init was not found in its code",
		[GL_WATCH_ARCHIVE] = "a C program with Go code in it",
		[GL_WATCH_UNREADABLE] = "the program cannot be read",
		[GL_WATCH_OTHER_CODE] = "what runs is not what the file has",
		[GL_WATCH_TOO_MANY] = "too many programs execute each other",
	};

	return answer < GL_WATCH_ANSWER_MAX && texts[answer] ? texts[answer] : "unknown";
}

const char *gl_handback_text(enum gl_handback handback)
{
	static const char *const texts[GL_HANDBACK_MAX] = {
		[GL_HANDBACK_NONE] = "init did not come to its end",
		[GL_HANDBACK_DONE] = "handed back",
		[GL_HANDBACK_REPLACED] = "the program has replaced it",
		[GL_HANDBACK_LOST] = "the program has closed the one to be handed back",
		[GL_HANDBACK_REFUSED] = "a system call was denied",
		[GL_HANDBACK_FILTERED] = "a seccomp filter might kill the program for it",
		[GL_HANDBACK_SLOW] = "its reader is slow",
	};

	return handback < GL_HANDBACK_MAX && texts[handback] ? texts[handback] : "unknown";
}
