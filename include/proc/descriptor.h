/*
 * What the descriptors of another process are: files, pipes, sockets with the
 * addresses of both ends.
 *
 * From /proc/PID/fd and /proc/PID/net (proc_pid_fd(5), proc_pid_net(5)), which
 * the process's own user and who may trace it can read; elsewhere nothing is known.
 * For words in reports: what is said may be another descriptor by the time it is
 * read.  Texts are escaped.  Depends on: base.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

#define GL_DESCRIPTOR_NAME    200 /* bytes of a path, cut, with its NUL */
#define GL_DESCRIPTOR_ADDRESS 128 /* of a socket's address */
#define GL_DESCRIPTOR_SOCKETS 64  /* sockets of a process that are looked at, of its first 4096 descriptors */

enum gl_descriptor_kind {
	GL_DESCRIPTOR_FILE,   /* has a path; anonymous inodes too */
	GL_DESCRIPTOR_PIPE,   /* name is empty, or that of a FIFO */
	GL_DESCRIPTOR_SOCKET, /* of another kind, or of another network namespace */
	GL_DESCRIPTOR_TCP,
	GL_DESCRIPTOR_UDP,
	GL_DESCRIPTOR_UNIX,
	GL_DESCRIPTOR_KIND_MAX
};

enum gl_socket_state {
	GL_SOCKET_OTHER,
	GL_SOCKET_CONNECTING, /* asks, and has no answer yet */
	GL_SOCKET_CONNECTED,
	GL_SOCKET_LISTENING,
	GL_SOCKET_STATE_MAX
};

struct gl_descriptor {
	int fd;
	enum gl_descriptor_kind kind;
	char name[GL_DESCRIPTOR_NAME]; /* FILE, PIPE */
	enum gl_socket_state state;
	bool unread;			   /* TCP, UDP: something has come that nobody has read */
	unsigned peer_port;		   /* TCP, UDP; 0: none */
	char local[GL_DESCRIPTOR_ADDRESS]; /* TCP, UDP; UNIX: the path it is bound to */
	char peer[GL_DESCRIPTOR_ADDRESS];  /* TCP, UDP; "": none */
};

/* Returns 0, or -errno: there is none, or it may not be looked at. */
int gl_descriptor_read(pid_t pid, int fd, struct gl_descriptor *ret) GL_MUST_CHECK GL_NONNULL;

/* The TCP and UDP sockets of a process that have a peer, by descriptor; returns how many, at most room. */
size_t gl_descriptor_connections(pid_t pid, struct gl_descriptor *list, size_t room) GL_NONNULL;

/* "/etc/app.conf", "FIFO /run/x", "pipe", "TCP to 10.0.0.5:5432", "TCP on 0.0.0.0:80", "unix /run/x.sock", "socket". */
void gl_descriptor_put(struct gl_buf *b, const struct gl_descriptor *descriptor) GL_NONNULL;
