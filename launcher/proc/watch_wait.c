/*
 * What a stopped thread waits for: see proc/watch_wait.h.
 *
 * Whether a system call was interrupted in its sleep stands in its result, which the
 * kernel sets aside before it looks at the signal (include/linux/errno.h): one of
 * the codes for "once more", or EINTR.  A call that seccomp answered by SIGSYS has its
 * own number there instead (kernel/seccomp.c, syscall_rollback()).
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "gobin/netpoll.h"
#include "proc/watch_private.h"

/* include/linux/errno.h: never seen by the program. */
enum { ERESTARTSYS = 512, ERESTARTNOINTR = 513, ERESTARTNOHAND = 514, ERESTART_RESTARTBLOCK = 516 };

/* Call and object name the same descriptor, and to look it up among many sockets takes long. */
struct looked {
	struct gl_watch *watch;
	bool known;
	int answer; /* of gl_descriptor_read() */
	struct gl_descriptor descriptor;
};

static void describe(void *arg, int fd, struct gl_buf *b)
{
	struct looked *l = arg;

	if (!l->known || l->descriptor.fd != fd) {
		l->descriptor.fd = fd;
		l->answer = gl_descriptor_read(l->watch->pid, fd, &l->descriptor);
		l->known = true;
	}
	if (l->answer == 0)
		gl_descriptor_put(b, &l->descriptor);
}

static int read_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	struct looked *l = arg;

	return gl_watch_memory(l->watch, address, bytes, len);
}

static bool was_interrupted(uint64_t result)
{
	switch (-(int64_t)result) {
	case EINTR:
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		return true;
	default:
		return false;
	}
}

/* The kernel's word on a SIGSYS of its own; a thread that it kills at once has only its registers. */
static bool was_refused(const struct gl_watch *w, const struct gl_watch_moment *m)
{
	if (m->signo)
		return m->signo == SIGSYS && m->info.si_code > 0;
	return m->in_syscall && gl_register(&m->registers, w->layout->result) == m->syscall;
}

static struct gl_call call_of(const struct gl_watch *w, const struct gl_watch_moment *m)
{
	struct gl_call call = {.arch = gl_arch_native()->audit_arch, .number = m->syscall};

	for (unsigned i = 0; i < GL_CALL_ARGUMENTS; i++)
		call.arguments[i] = gl_register(&m->registers, w->layout->arguments[i]);
	return call;
}

/* A call by another machine's rules (32 bits) has its arguments elsewhere: then its name must do. */
static void keep_foreign_call(struct gl_watch_wait *wait, uint32_t arch, uint64_t number)
{
	gl_call_name(arch, number, wait->name);
	gl_call_name(arch, number, wait->call);
}

/*
 * Whose numbers?  In a program of 64 bits int 0x80 calls by those of 32 (x86): the
 * instruction before pc tells.  On machines without such pc is behind the native one.
 */
static uint32_t arch_of_call(struct gl_watch *w, const struct gl_watch_moment *m)
{
	const struct gl_arch *native = gl_arch_native();
	const struct gl_arch *other = gl_arch_find(native->compat_machine, ELFCLASS32);
	uint8_t code[sizeof(w->layout->compat_syscall)];
	uint64_t pc = gl_register(&m->registers, w->layout->pc);
	size_t size = w->layout->compat_syscall_size;

	if (!size || !other || gl_tracee_read(w->pid, pc - size, code, size) ||
	    memcmp(code, w->layout->compat_syscall, size) != 0)
		return native->audit_arch;
	return other->audit_arch;
}

static void keep_call(struct gl_watch *w, struct gl_watch_moment *m)
{
	struct looked looked = {.watch = w};
	const struct gl_call_source source = {
		.read = read_memory, .describe = gl_watch_in_proc(w) ? describe : NULL, .arg = &looked};
	struct gl_watch_wait *wait = &m->wait;
	struct gl_call call = call_of(w, m);
	uint32_t arch;

	wait->refused = was_refused(w, m);
	if (wait->refused && m->signo && m->info.si_arch != call.arch) {
		keep_foreign_call(wait, m->info.si_arch, (unsigned)m->info.si_syscall);
		return;
	}
	wait->blocked = was_interrupted(gl_register(&m->registers, w->layout->result));
	arch = arch_of_call(w, m);
	if (arch != call.arch) {
		keep_foreign_call(wait, arch, m->syscall);
		return;
	}
	gl_call_name(call.arch, call.number, wait->name);
	gl_call_text(&call, &source, wait->call);
	gl_call_object(&call, &source, wait->object);
}

/* C code that the goroutine has called runs on the thread, as the scheduler does once it is parked. */
static bool is_parked(const struct gl_watch_moment *m)
{
	return m->has_stack && m->stack.count && !m->stack.frames[0].foreign;
}

static void keep_parked(struct gl_watch *w, struct gl_watch_moment *m,
			const struct gl_unwind_registers *goroutine)
{
	struct gl_watch_wait *wait = &m->wait;
	const struct gl_unwind_memory memory = {.read = gl_watch_memory, .arg = w, .bias = w->record.bias};
	int fd;

	if (!gl_watch_in_proc(w))
		return;
	if (m->has_goroutine &&
	    gl_netpoll_descriptor(w->target->table, &memory, goroutine, &m->goroutine, &fd) == 0)
		wait->has_descriptor = gl_descriptor_read(w->pid, fd, &wait->descriptor) == 0;
	else
		wait->connection_count =
			gl_descriptor_connections(w->pid, wait->connections, GL_WATCH_CONNECTIONS);
}

void gl_watch_keep_wait(struct gl_watch *w, struct gl_watch_moment *m,
			const struct gl_unwind_registers *goroutine)
{
	if (m->in_syscall)
		keep_call(w, m);
	m->wait.parked = goroutine && is_parked(m);
	if (m->wait.parked)
		keep_parked(w, m, goroutine);
}
