/*
 * A system call in words: its name, and its arguments as a person reads them.
 *
 *	connect(3 <TCP>, 10.0.0.5:5432)
 *	openat(AT_FDCWD, "/run/app.fifo", O_RDONLY|O_CLOEXEC)
 *	bpf(BPF_PROG_LOAD, ..., 144)
 *
 * The model is strace, without what only a debugger wants: an address in memory is
 * "..." where what is there is not told.  Calls without a row of their own (see
 * launcher/proc/call_table.c) have their arguments in hexadecimal.
 *
 * Arguments and memory are hostile, and may change while they are read: what is told
 * is for people, nothing may be decided by it.  All text is escaped and bounded;
 * what cannot be read is "...".  Depends on: base, policy (names).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/macros.h"

#define GL_CALL_ARGUMENTS 6
#define GL_CALL_NAME	  48  /* bytes of a name with its NUL */
#define GL_CALL_TEXT	  512 /* of a whole call */
#define GL_CALL_OBJECT	  256 /* of what it is about */

/* As seccomp has it (struct seccomp_data), or a stopped thread's registers. */
struct gl_call {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint64_t number;
	uint64_t arguments[GL_CALL_ARGUMENTS];
};

/* The process that makes the call. */
struct gl_call_source {
	/* Its memory: 0, or a negative value where it cannot be read.  NULL: none of it. */
	int (*read)(void *arg, uint64_t address, void *bytes, size_t len);
	/* Appends what a descriptor is, escaped, or nothing.  NULL: numbers alone. */
	void (*describe)(void *arg, int fd, struct gl_buf *b);
	void *arg;
};

/* "connect"; "system call 451" where golaunch knows none of that number. */
void gl_call_name(uint32_t arch, uint64_t number, char name[GL_CALL_NAME]) GL_NONNULL;

/* The whole call; what does not fit is cut between two arguments and ends in "...". */
void gl_call_text(const struct gl_call *call, const struct gl_call_source *source,
		  char text[GL_CALL_TEXT]) GL_NONNULL;

/*
 * What the call is about: the address of a connect, the path of an open, else what
 * its first descriptor is; "" where there is none of these.
 */
void gl_call_object(const struct gl_call *call, const struct gl_call_source *source,
		    char object[GL_CALL_OBJECT]) GL_NONNULL;

/*
 * A socket's address (struct sockaddr_*, in network byte order where that has it):
 * "10.0.0.5:5432", "[::1]:80", "unix:/run/x.sock", "unix:@abstract", "netlink:0",
 * "vsock:2:1024", "AF_PACKET", "family 77".
 */
void gl_call_put_address(struct gl_buf *b, const void *address, size_t len) GL_NONNULL;
