/*
 * ptrace requests: see proc/tracee.h.
 *
 * Raw system calls: the C library's ptrace() returns a word of memory and an
 * error by the same value, and sets errno for the latter.
 */
#include "proc/tracee.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "arch/arch.h"
#include "arch/syscall.h"
#include "proc/probe.h"

#define EVENT_STOP   128 /* PTRACE_EVENT_STOP, which not every <sys/ptrace.h> has */
#define SYSCALL_STOP 0x80

static struct gl_tracee_stop event_stop(int event, int signo)
{
	switch (event) {
	case PTRACE_EVENT_EXEC:
		return (struct gl_tracee_stop){.event = GL_TRACEE_EXEC};
	case PTRACE_EVENT_EXIT:
		return (struct gl_tracee_stop){.event = GL_TRACEE_EXIT};
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		return (struct gl_tracee_stop){.event = GL_TRACEE_CHILD};
	case EVENT_STOP:
		if (signo != SIGTRAP)
			return (struct gl_tracee_stop){.event = GL_TRACEE_GROUP, .signo = signo};
		return (struct gl_tracee_stop){.event = GL_TRACEE_NOTICE};
	default:
		return (struct gl_tracee_stop){.event = GL_TRACEE_NOTICE};
	}
}

struct gl_tracee_stop gl_tracee_stop_of(int status)
{
	int signo = status & 0xff, event = status >> 8;

	if (event)
		return event_stop(event, signo);
	if (signo == (SIGTRAP | SYSCALL_STOP))
		return (struct gl_tracee_stop){.event = GL_TRACEE_SYSCALL};
	return (struct gl_tracee_stop){.event = signo == SIGTRAP ? GL_TRACEE_TRAP : GL_TRACEE_SIGNAL,
				       .signo = signo};
}

enum gl_tracee_permission gl_tracee_permission(int *ret_errno)
{
	int r;

	*ret_errno = 0;
	if (!gl_probe_is_needed())
		return GL_TRACEE_ALLOWED;
	/* No such process can be traced (ESRCH), unless a filter is first. */
	r = gl_probe_call(SYS_ptrace, PTRACE_SEIZE, 0, 0, 0, ret_errno);
	if (r > 0)
		return GL_TRACEE_DEADLY;
	if (*ret_errno == ESRCH) {
		*ret_errno = 0;
		return GL_TRACEE_ALLOWED;
	}
	if (r < 0)
		*ret_errno = -r;
	return GL_TRACEE_DENIED;
}

static int request(long what, pid_t pid, uint64_t address, uint64_t data)
{
	return (int)gl_syscall4(SYS_ptrace, what, pid, address, data);
}

int gl_tracee_seize(pid_t pid, unsigned long options)
{
	return request(PTRACE_SEIZE, pid, 0, options);
}

int gl_tracee_options(pid_t pid, unsigned long options)
{
	return request(PTRACE_SETOPTIONS, pid, 0, options);
}

int gl_tracee_peek(pid_t pid, uint64_t address, uint64_t *ret_word)
{
	uint64_t word = 0;
	int r = request(PTRACE_PEEKDATA, pid, address, (uint64_t)(uintptr_t)&word);

	if (!r)
		*ret_word = word;
	return r;
}

int gl_tracee_poke(pid_t pid, uint64_t address, uint64_t word)
{
	return request(PTRACE_POKEDATA, pid, address, word);
}

/* Aligned words never reach into a page that nobody asked for. */
int gl_tracee_read(pid_t pid, uint64_t address, void *bytes, size_t len)
{
	unsigned char *to = bytes;

	while (len > 0) {
		size_t skip = address % sizeof(uint64_t);
		size_t part = GL_MIN(len, sizeof(uint64_t) - skip);
		uint64_t word;
		int r = gl_tracee_peek(pid, address - skip, &word);

		if (r)
			return r;
		memcpy(to, (const char *)&word + skip, part);
		to += part;
		address += part;
		len -= part;
	}
	return 0;
}

int gl_tracee_replace(pid_t pid, uint64_t address, const void *expected, const void *bytes, size_t len)
{
	const size_t skip = address % sizeof(uint64_t), count = skip + len > sizeof(uint64_t) ? 2 : 1;
	const uint64_t start = address - skip;
	uint64_t words[2];
	char *there = (char *)words + skip;
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = gl_tracee_peek(pid, start + i * sizeof(words[0]), &words[i]);
	if (!r && memcmp(there, expected, len) != 0)
		return 1;
	memcpy(there, bytes, len);
	for (size_t i = 0; !r && i < count; i++)
		r = gl_tracee_poke(pid, start + i * sizeof(words[0]), words[i]);
	return r;
}

int gl_tracee_write(pid_t pid, uint64_t address, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	while (len > 0) {
		size_t skip = address % sizeof(uint64_t);
		size_t part = GL_MIN(len, sizeof(uint64_t) - skip);
		uint64_t word;
		int r = gl_tracee_peek(pid, address - skip, &word);

		if (r)
			return r;
		memcpy((char *)&word + skip, from, part);
		r = gl_tracee_poke(pid, address - skip, word);
		if (r)
			return r;
		from += part;
		address += part;
		len -= part;
	}
	return 0;
}

int gl_tracee_registers(pid_t pid, struct gl_registers *ret)
{
	struct gl_registers registers;
	const struct gl_register_layout *layout = gl_arch_native()->registers;
	struct iovec room = {.iov_base = registers.words, .iov_len = sizeof(registers.words)};
	int r = request(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uint64_t)(uintptr_t)&room);

	if (r)
		return r;
	if (!layout || room.iov_len != layout->count * sizeof(uint64_t))
		return -ENOEXEC;
	*ret = registers;
	return 0;
}

int gl_tracee_set_registers(pid_t pid, const struct gl_registers *registers)
{
	struct gl_registers copy = *registers;
	struct iovec bytes = {.iov_base = copy.words,
			      .iov_len = gl_arch_native()->registers->count * sizeof(uint64_t)};

	return request(PTRACE_SETREGSET, pid, NT_PRSTATUS, (uint64_t)(uintptr_t)&bytes);
}

int gl_tracee_message(pid_t pid, unsigned long *ret)
{
	return request(PTRACE_GETEVENTMSG, pid, 0, (uint64_t)(uintptr_t)ret);
}

int gl_tracee_siginfo(pid_t pid, siginfo_t *ret)
{
	return request(PTRACE_GETSIGINFO, pid, 0, (uint64_t)(uintptr_t)ret);
}

int gl_tracee_continue(pid_t pid, int signo)
{
	return request(PTRACE_CONT, pid, 0, (uint64_t)signo);
}

int gl_tracee_syscall(pid_t pid, int signo)
{
	return request(PTRACE_SYSCALL, pid, 0, (uint64_t)signo);
}

int gl_tracee_listen(pid_t pid)
{
	return request(PTRACE_LISTEN, pid, 0, 0);
}

int gl_tracee_detach(pid_t pid, int signo)
{
	return request(PTRACE_DETACH, pid, 0, (uint64_t)signo);
}

int gl_tracee_interrupt(pid_t pid)
{
	return request(PTRACE_INTERRUPT, pid, 0, 0);
}
