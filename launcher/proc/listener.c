/*
 * Listening: see proc/listener.h.
 *
 * Nobody else reads the listener, so when poll(2) has told of a notification,
 * receiving it does not wait (kernel/seccomp.c: each one counts the semaphore up
 * once, also one that is withdrawn meanwhile, which answers ENOENT).
 */
#include "proc/listener.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "arch/syscall.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "proc/caller.h"
#include "proc/descriptor.h"
#include "proc/probe.h"
#include "sandbox/answer.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1
#endif

#define NS_PER_LOOK	 (UINT64_C(1000000000) / GL_LISTENER_RATE)
#define ERRNO_OF(answer) ((int)((answer)&SECCOMP_RET_DATA))

struct gl_listener {
	struct gl_supervise_source source;
	const struct gl_plan *plan;
	void (*say)(void *context, struct gl_denial *denial);
	void *context;
	bool by_file;
	pid_t program;
	struct seccomp_notif *notif; /* of the sizes that the kernel has, which may be more than ours */
	struct seccomp_notif_resp *response;
	struct seccomp_notif_sizes sizes;
	uint64_t looks, looks_at_ns; /* that are left, and when they were counted */
	struct gl_waiter waiter;
	struct gl_callers callers;
	struct gl_learn *learn; /* NULL: nobody learns */
	struct gl_denials denials;
};

/* -- the table -- */

static bool may_look(struct gl_listener *l)
{
	uint64_t now, more;

	if (l->looks == 0) {
		now = gl_clock_now_ns();
		more = (now - l->looks_at_ns) / NS_PER_LOOK;
		l->looks = GL_MIN(more, (uint64_t)GL_LISTENER_BURST);
		l->looks_at_ns += more * NS_PER_LOOK;
	}
	if (l->looks == 0)
		return false;
	l->looks--;
	return true;
}

static void describe(void *arg, int fd, struct gl_buf *b)
{
	const struct gl_waiter *w = arg;
	struct gl_descriptor descriptor;

	if (gl_descriptor_read(w->tid, fd, &descriptor) == 0 && gl_waiter_is_valid(w))
		gl_descriptor_put(b, &descriptor);
}

static void decode(struct gl_waiter *w, struct gl_denial *d)
{
	const struct gl_call_source source = {.read = gl_waiter_read, .describe = describe, .arg = w};

	d->thread = w->tid;
	d->process = gl_waiter_process(w);
	gl_waiter_name(w, d->thread_name);
	gl_call_name(d->call.arch, d->call.number, d->name);
	gl_call_text(&d->call, &source, d->text);
}

/* By the way the waiter came.  NULL: the table is full. */
static struct gl_denial *look_up(struct gl_listener *l, const struct gl_call *call)
{
	struct gl_denial *d;
	struct gl_caller caller;
	struct gl_trail trail;

	gl_waiter_look(&l->waiter);
	d = gl_denials_on_trail(&l->denials, call, &l->waiter.stack);
	if (d)
		return d;
	gl_callers_find(&l->callers, &l->waiter, &caller, &trail);
	d = gl_denials_of_caller(&l->denials, call, &caller);
	/* What was withdrawn meanwhile may have been read of anybody. */
	if (!d && gl_waiter_is_valid(&l->waiter)) {
		d = gl_denials_add(&l->denials, call);
		if (!d)
			return NULL;
		d->caller = caller;
		decode(&l->waiter, d);
	}
	if (d && trail.known)
		d->trail = trail;
	return d;
}

/* NULL: the table is full, or the call was withdrawn. */
static struct gl_denial *record_for(struct gl_listener *l, const struct gl_call *call, uint64_t pc)
{
	struct gl_denial *d = may_look(l) ? NULL : gl_denials_recent(&l->denials, call, pc);

	if (d) {
		l->denials.attributed++;
		return d;
	}
	d = look_up(l, call);
	if (d)
		gl_denials_remember(&l->denials, call, pc, d);
	return d;
}

/* -- one notification -- */

/* Returns false if it was withdrawn: a signal came first, and the call may be made again. */
static bool answer_it(struct gl_listener *l, int errnum, uint32_t flags)
{
	memset(l->response, 0, l->sizes.seccomp_notif_resp);
	l->response->id = l->notif->id;
	l->response->error = -errnum;
	l->response->flags = flags;
	return ioctl(l->source.fd, SECCOMP_IOCTL_NOTIF_SEND, l->response) == 0;
}

static bool respond(struct gl_listener *l, int errnum)
{
	return answer_it(l, errnum, 0);
}

/* For a plan that observes, and no other. */
static bool let_go_on(struct gl_listener *l)
{
	return answer_it(l, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static bool is_kill(uint32_t answer)
{
	uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD;
}

/*
 * A thread's number stands for its process here (kernel/signal.c, kill_pid_info).  It
 * waits for us, so the number is its own.
 */
static bool kill_process(struct gl_listener *l, struct gl_denial *d)
{
	pid_t process = d && d->process ? d->process : gl_waiter_process(&l->waiter);

	if (l->waiter.tid <= 0 || !gl_waiter_is_valid(&l->waiter) || kill(l->waiter.tid, SIGKILL) < 0)
		return false;
	if (d)
		d->killed = true;
	/* Without /proc it is not known whose thread it was. */
	if (process == l->program || process == 0) {
		l->denials.killed_program = true;
		l->denials.killer = d;
	}
	return true;
}

/* Counted is what was answered, so that a call that signals interrupt counts once. */
static void count(struct gl_listener *l, struct gl_denial *d)
{
	if (!d) {
		l->denials.unlisted++;
		return;
	}
	d->count++;
	if (d->count == 1)
		l->say(l->context, d);
}

static struct gl_call call_of(const struct seccomp_data *data)
{
	struct gl_call call = {.arch = data->arch, .number = (uint32_t)data->nr};

	memcpy(call.arguments, data->args, sizeof(call.arguments));
	return call;
}

/* Of a dry run: it passes, and is recorded as what it would have been. */
static bool let_pass(struct gl_listener *l, struct gl_denial *d, bool killed)
{
	if (d) {
		d->killed = killed;
		d->passed = true;
	}
	return let_go_on(l);
}

static void deny(struct gl_listener *l)
{
	const struct seccomp_data *data = &l->notif->data;
	uint32_t answer = gl_filter_answer(l->plan->filter, l->plan->filter_count, data);
	int errnum = (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? ERRNO_OF(answer) : EPERM;
	struct gl_call call = call_of(data);
	struct gl_denial *d = record_for(l, &call, data->instruction_pointer);

	if (d && d->count == 0)
		d->errnum = errnum;
	if (l->plan->observe == GL_OBSERVE_DRY ? let_pass(l, d, is_kill(answer))
	    : is_kill(answer)		       ? kill_process(l, d)
					       : respond(l, errnum))
		count(l, d);
}

/* The registers that a call was decided by are those it goes on with; its memory decides nothing. */
static void learn(struct gl_listener *l)
{
	struct gl_call call = call_of(&l->notif->data);
	struct gl_learn_record *record = gl_learn_see(l->learn, &call, &l->waiter, &l->callers);

	if (let_go_on(l))
		gl_learn_count(l->learn, record);
}

static void drop(struct gl_listener *l)
{
	gl_fd_close(&l->source.fd);
}

/* Where an LSM keeps us from receiving, nobody must wait for an answer that never comes. */
static bool receive(struct gl_listener *l)
{
	memset(l->notif, 0, l->sizes.seccomp_notif);
	if (ioctl(l->source.fd, SECCOMP_IOCTL_NOTIF_RECV, l->notif) < 0) {
		if (errno != ENOENT && errno != EINTR && errno != EAGAIN)
			drop(l);
		return false;
	}
	l->waiter.listener = l->source.fd;
	l->waiter.id = l->notif->id;
	l->waiter.tid = (pid_t)l->notif->pid;
	l->waiter.by_file = l->by_file;
	l->waiter.stack.sp = 0;
	l->waiter.stack.len = 0;
	l->waiter.stack.pc = l->notif->data.instruction_pointer;
	return true;
}

static void handle(struct gl_listener *l)
{
	if (l->learn)
		learn(l);
	else
		deny(l);
}

static void ready(void *context)
{
	struct gl_listener *l = context;

	/* Without a notification it tells that no process has the filter any more. */
	if (!(l->source.came & POLLIN))
		drop(l);
	else if (receive(l))
		handle(l);
}

/* -- the launch -- */

static bool has_come(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLIN);
}

void gl_listener_launch(struct gl_listener *l, int fd, pid_t pid, const atomic_int *present)
{
	l->source.fd = fd;
	while (has_come(fd) && receive(l)) {
		/* Before execve the child has our memory, and does what we do: that is not recorded. */
		if (l->plan->observe && l->waiter.tid == pid && atomic_load(present))
			let_go_on(l);
		else
			handle(l);
	}
	l->source.fd = -1;
}

/*
 * Each call waits for us and we for the next one: to be woken on the caller's processor
 * saves the other one's wake-up (Linux 6.6; before, EINVAL).
 */
static void wake_in_place(struct gl_listener *l)
{
	ioctl(l->source.fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

void gl_listener_take(struct gl_listener *l, int fd, pid_t pid)
{
	struct gl_err err = GL_ERR_INIT;

	if (fd <= 0)
		return;
	l->source.fd = fd;
	l->program = pid;
	if (l->learn)
		wake_in_place(l);
	/* Where it cannot be moved it stays: the program does not see it. */
	if (pid <= 0 || (gl_fd_raise(&l->source.fd, &err) < 0 && l->source.fd != fd))
		drop(l);
}

void gl_listener_learn(struct gl_listener *l, struct gl_learn *learn)
{
	l->learn = learn;
}

/* -- life -- */

/* Another filter may deny seccomp(2), or kill for it; the kernel may not have it. */
static int check_kernel(struct gl_listener *l, struct gl_err *err)
{
	int errnum = 0, r = 0;
	long sizes;

	l->by_file = gl_probe_is_needed();
	if (l->by_file)
		r = gl_probe_call(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, (long)(uintptr_t)&l->sizes, 0,
				  &errnum);
	if (r > 0)
		return gl_err_set(err, EPERM, "an outer filter kills for seccomp(2)");
	sizes = r < 0	 ? r
		: errnum ? -errnum
			 : gl_syscall3(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &l->sizes);
	return sizes < 0 ? gl_err_sys(err, (int)-sizes, "the kernel has no listeners for us") : 0;
}

static int allocate(struct gl_listener *l, struct gl_err *err)
{
	l->sizes.seccomp_notif = (uint16_t)GL_MAX(l->sizes.seccomp_notif, sizeof(*l->notif));
	l->sizes.seccomp_notif_resp = (uint16_t)GL_MAX(l->sizes.seccomp_notif_resp, sizeof(*l->response));
	l->notif = calloc(1, l->sizes.seccomp_notif);
	l->response = calloc(1, l->sizes.seccomp_notif_resp);
	return l->notif && l->response ? 0 : gl_err_sys(err, ENOMEM, "cannot listen to the filter");
}

int gl_listener_new(const struct gl_plan *plan, void (*say)(void *context, struct gl_denial *denial),
		    void *context, struct gl_listener **ret, struct gl_err *err)
{
	struct gl_listener *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return gl_err_sys(err, ENOMEM, "cannot listen to the filter");
	gl_callers_init(&l->callers);
	l->source = (struct gl_supervise_source){.fd = -1, .events = POLLIN, .ready = ready, .context = l};
	l->plan = plan;
	l->say = say;
	l->context = context;
	l->looks = GL_LISTENER_BURST;
	l->looks_at_ns = gl_clock_now_ns();
	r = check_kernel(l, err) < 0 ? 1 : allocate(l, err);
	if (r == 0)
		*ret = l;
	else
		gl_listener_free(l);
	return r;
}

void gl_listener_free(struct gl_listener *l)
{
	if (!l)
		return;
	drop(l);
	gl_callers_done(&l->callers);
	free(l->notif);
	free(l->response);
	free(l);
}

struct gl_supervise_source *gl_listener_source(struct gl_listener *l)
{
	return &l->source;
}

struct gl_denials *gl_listener_denials(struct gl_listener *l)
{
	return &l->denials;
}
