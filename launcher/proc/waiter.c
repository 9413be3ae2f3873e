/*
 * Reading a thread that waits: see proc/waiter.h.
 *
 * Memory comes by process_vm_readv(2), one call, or by /proc/TID/mem; the kernel's
 * conditions are the same for both (ptrace_may_access).  Where they are not met (a
 * program of another user, whose golaunch has no CAP_SYS_PTRACE) nothing is known.
 */
#include "proc/waiter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

#define PAGE	  ((uint64_t)4096) /* the smallest of any machine: reads are cut there */
#define PROC_PATH 48
#define PROC_TEXT 1024
#define TRIES	  100	 /* until a thread sleeps; half of them at once ... */
#define PAUSE_NS  200000 /* ... the others after such a pause: 10 ms at most */

bool gl_waiter_is_valid(const struct gl_waiter *w)
{
	uint64_t id = w->id;

	return ioctl(w->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int open_proc(const struct gl_waiter *w, const char *name)
{
	char path[PROC_PATH];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)w->tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A short file of the thread, as text.  Returns its bytes or -errno. */
static ssize_t read_proc(const struct gl_waiter *w, const char *name, char text[PROC_TEXT])
{
	gl_autoclose int fd = open_proc(w, name);
	ssize_t n = fd < 0 ? -errno : gl_file_pread(fd, text, PROC_TEXT - 1, 0);

	if (n >= 0 && !gl_waiter_is_valid(w))
		n = -ESRCH;
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* -- memory -- */

/* Up to len bytes, fewer at the end of what is mapped.  Returns how many, or -errno. */
static ssize_t read_by_call(const struct gl_waiter *w, uint64_t address, void *bytes, size_t len)
{
	/* A piece for each side of a page's end: an element is read whole or not at all. */
	size_t first = (size_t)GL_MIN((uint64_t)len, PAGE - address % PAGE);
	struct iovec to = {.iov_base = bytes, .iov_len = len};
	struct iovec from[] = {
		{.iov_base = (void *)(uintptr_t)address, .iov_len = first},
		{.iov_base = (void *)(uintptr_t)(address + first), .iov_len = len - first},
	};
	ssize_t n = process_vm_readv(w->tid, &to, 1, from, first < len ? 2 : 1, 0);

	return n < 0 ? -errno : n;
}

static ssize_t read_by_file(const struct gl_waiter *w, uint64_t address, void *bytes, size_t len)
{
	gl_autoclose int fd = open_proc(w, "mem");

	return fd < 0 ? -errno : gl_file_pread(fd, bytes, len, address);
}

static ssize_t read_some(const struct gl_waiter *w, uint64_t address, void *bytes, size_t len)
{
	ssize_t n = w->by_file ? read_by_file(w, address, bytes, len) : read_by_call(w, address, bytes, len);

	return n >= 0 && !gl_waiter_is_valid(w) ? -ESRCH : n;
}

static bool is_in_stack(const struct gl_stack *stack, uint64_t address, size_t len)
{
	return address >= stack->sp && len <= stack->len && address - stack->sp <= stack->len - len;
}

int gl_waiter_read(void *waiter, uint64_t address, void *bytes, size_t len)
{
	const struct gl_waiter *w = waiter;
	ssize_t n;

	if (is_in_stack(&w->stack, address, len)) {
		memcpy(bytes, w->stack.bytes + (address - w->stack.sp), len);
		return 0;
	}
	/* at most two pages at once */
	if (len > PAGE)
		return -E2BIG;
	n = read_some(w, address, bytes, len);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EFAULT;
}

/* -- the stack -- */

/* The last two words of /proc/TID/syscall (proc_pid_syscall(5)) are stack pointer and program counter. */
static uint64_t parse_stack_pointer(char *text, uint64_t pc)
{
	char *last = strrchr(text, ' '), *word;

	if (!last)
		return 0;
	*last = '\0';
	word = strrchr(text, ' ');
	return word && strtoull(last + 1, NULL, 16) == pc ? strtoull(word + 1, NULL, 16) : 0;
}

/*
 * A signal wakes the thread for a moment, so that it begins its wait anew: it is then
 * "running", and nothing is told of it.  On a busy machine that moment lasts until
 * it gets a processor; ours is offered, but there is an end to it.
 */
static uint64_t stack_pointer(const struct gl_waiter *w)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	char text[PROC_TEXT];

	for (int i = 0; i < TRIES && read_proc(w, "syscall", text) > 0; i++) {
		if (strncmp(text, "running", strlen("running")) != 0)
			return parse_stack_pointer(text, w->stack.pc);
		if (i < TRIES / 2)
			sched_yield();
		else
			nanosleep(&pause, NULL);
	}
	return 0;
}

void gl_waiter_look(struct gl_waiter *w)
{
	struct gl_stack *stack = &w->stack;
	ssize_t n;

	stack->sp = stack_pointer(w);
	stack->len = 0;
	if (stack->sp == 0 || stack->sp % sizeof(uint64_t) != 0)
		return;
	n = read_some(w, stack->sp, stack->bytes, sizeof(stack->bytes));
	stack->len = n > 0 ? (size_t)n : 0;
}

/* -- names -- */

pid_t gl_waiter_process(const struct gl_waiter *w)
{
	static const char label[] = "\nTgid:";
	char text[PROC_TEXT];
	const char *line = read_proc(w, "status", text) > 0 ? strstr(text, label) : NULL;

	return line ? (pid_t)strtol(line + strlen(label), NULL, 10) : 0;
}

void gl_waiter_name(const struct gl_waiter *w, char name[GL_DENIAL_THREAD])
{
	char text[PROC_TEXT];

	name[0] = '\0';
	if (read_proc(w, "comm", text) > 0)
		snprintf(name, GL_DENIAL_THREAD, "%.*s", (int)strcspn(text, "\n"), text);
}
