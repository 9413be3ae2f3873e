/*
 * What the files of the call decoder (launcher/proc/call*.c) share.
 */
#pragma once

#include <stdbool.h>

#include "proc/call.h"

/* What an argument is.  How each is told: put_by_kind in call.c, or a set of words in call_words.c. */
enum gl_call_kind {
	GL_CALL_END, /* no more arguments */
	/* numbers */
	GL_CALL_INT,
	GL_CALL_UNSIGNED,
	GL_CALL_LONG,
	GL_CALL_HEX,
	GL_CALL_MODE,	   /* of a file: octal */
	GL_CALL_OPEN_MODE, /* the same, if the flags before it create one */
	GL_CALL_FD,
	GL_CALL_DIRECTORY, /* a descriptor, or AT_FDCWD */
	GL_CALL_SIGNAL,
	/* addresses in memory */
	GL_CALL_POINTER,  /* "..." or NULL */
	GL_CALL_PATH,	  /* a string; so are names */
	GL_CALL_BYTES,	  /* what is written; the next argument says how much */
	GL_CALL_ADDRESS,  /* of a socket; the next argument says how long */
	GL_CALL_MESSAGE,  /* struct msghdr: its address */
	GL_CALL_TIMESPEC, /* a time */
	GL_CALL_FUTEX_TIMESPEC,
	GL_CALL_POLLFDS, /* the next argument says how many */
	GL_CALL_STRINGS, /* argv */
	GL_CALL_CLONE_ARGS,
	GL_CALL_LENGTH, /* of the argument before it: not told */
	/* words */
	GL_CALL_WORDS,
	GL_CALL_OPEN_FLAGS = GL_CALL_WORDS,
	GL_CALL_FAMILY,
	GL_CALL_SOCKET_TYPE,
	GL_CALL_PROTOCOL,
	GL_CALL_LEVEL,
	GL_CALL_MESSAGE_FLAGS,
	GL_CALL_PROTECTION,
	GL_CALL_MAP_FLAGS,
	GL_CALL_CLONE_FLAGS,
	GL_CALL_PRCTL,
	GL_CALL_FCNTL,
	GL_CALL_IOCTL,
	GL_CALL_BPF,
	GL_CALL_PTRACE,
	GL_CALL_FUTEX,
	GL_CALL_WHENCE,
	GL_CALL_LOCK,
	GL_CALL_WAIT,
	GL_CALL_EPOLL,
	GL_CALL_AT_FLAGS,
	GL_CALL_ACCESS,
	GL_CALL_CLOCK,
	GL_CALL_ID_TYPE,
	GL_CALL_MOUNT_FLAGS,
	GL_CALL_UNMOUNT_FLAGS,
	GL_CALL_SECCOMP,
	GL_CALL_KEYCTL,
	GL_CALL_RESOURCE,
	GL_CALL_KIND_MAX
};

/* One call: the same on all machines, for it is found by name. */
struct gl_call_row {
	const char *name;
	uint8_t kinds[GL_CALL_ARGUMENTS]; /* enum gl_call_kind */
};

/* NULL: there is none. */
const struct gl_call_row *gl_call_row(const char *name) GL_NONNULL;

/* A value in words: "O_RDONLY|O_CLOEXEC", what has no name in hexadecimal. */
void gl_call_put_words(struct gl_buf *b, enum gl_call_kind kind, uint64_t value) GL_NONNULL;

/* A call that is being told. */
struct gl_call_decoding {
	const struct gl_call *call;
	const struct gl_call_source *source;
	const struct gl_call_row *row; /* NULL: none */
	struct gl_buf *b;
};

/* Words of the process have 8 bytes, not 4. */
bool gl_call_is_wide(const struct gl_call *call) GL_NONNULL;
/* An argument, cut to a word of the process. */
uint64_t gl_call_argument(const struct gl_call_decoding *d, unsigned index) GL_NONNULL;
/* Returns false where the process's memory cannot be read. */
bool gl_call_read(const struct gl_call_decoding *d, uint64_t address, void *bytes, size_t len) GL_NONNULL;

/* -- call_memory.c: what is in memory -- */
void gl_call_put_pointer(struct gl_call_decoding *d, unsigned index);
void gl_call_put_path(struct gl_call_decoding *d, unsigned index);
void gl_call_put_bytes(struct gl_call_decoding *d, unsigned index);
void gl_call_put_sockaddr(struct gl_call_decoding *d, unsigned index);
void gl_call_put_message(struct gl_call_decoding *d, unsigned index);
void gl_call_put_timespec(struct gl_call_decoding *d, unsigned index);
void gl_call_put_futex_timespec(struct gl_call_decoding *d, unsigned index);
void gl_call_put_pollfds(struct gl_call_decoding *d, unsigned index);
void gl_call_put_strings(struct gl_call_decoding *d, unsigned index);
void gl_call_put_clone_args(struct gl_call_decoding *d, unsigned index);
/* A string of the process, escaped, in quotes, without them if plain; cut after max bytes. */
void gl_call_put_string(const struct gl_call_decoding *d, struct gl_buf *b, uint64_t address, size_t max,
			bool plain);
/* -- call.c -- */
void gl_call_put_fd(struct gl_call_decoding *d, int fd);
