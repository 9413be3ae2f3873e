/*
 * Capture: the program's fd 2 is a pipe; golaunch records what comes and writes
 * it on to the real stderr.
 *
 * Promises.  Every byte is written on, in order.  The program blocks when
 * stderr itself would, only one fixed buffer (GL_CAPTURE_RING and
 * GL_CAPTURE_PIPE) later.  golaunch never blocks on it: an inherited descriptor is never made
 * non-blocking (others share its open file description), so a pipe or terminal
 * is opened once more, non-blocking, where /proc and its mode allow, a socket
 * is asked call by call, and for the rest POLLOUT and at most PIPE_BUF bytes
 * have to do (another writer may then still fill a pipe in between, and another
 * user's terminal, once stopped, may hold golaunch).
 *
 * When the real stderr is gone (EPIPE), the pipe is closed, so that the program
 * meets EPIPE and SIGPIPE as it would without golaunch.  Another error of the
 * real stderr (ENOSPC, EIO) cannot be handed to the program: the bytes are
 * dropped there, kept in the record and counted, and the next ones are tried.
 *
 * The relay ends with the run: a process that outlives the program and still
 * writes to the pipe gets EPIPE when golaunch has left.
 *
 * The real stderr may be handed back to the program (launcher/proc/watch_end.c);
 * then the relay goes on for those who still have the pipe.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proc/record.h"

#define GL_CAPTURE_RING	 ((size_t)256 << 10)
#define GL_CAPTURE_PIPE	 ((size_t)512 << 10) /* where the kernel grants it, else 64 KiB */
#define GL_CAPTURE_POLLS 2
/* How long bytes may wait in the pipe behind others that were just written on. */
#define GL_CAPTURE_REST_MS 1

struct gl_capture; /* one mapping, touched at open: nothing is allocated while the program runs */

/*
 * Makes the pipe and the buffers.  target is the real stderr (usually 2; it is
 * duplicated, the caller keeps its own), or -1 where there is none: then bytes
 * are recorded only.  Call it before gl_spawn_start().  Returns 0 or -errno.
 */
int gl_capture_open(int target, struct gl_capture **ret_capture, struct gl_err *err) GL_MUST_CHECK;
void gl_capture_free(struct gl_capture *capture);
GL_DEFINE_CLEANUP(struct gl_capture, gl_capture_free);
#define gl_autocapture GL_CLEANUP(gl_capture_free_p)

/* Which file it is, as fstat(2) says (st_dev, st_ino): the pipe, and the real stderr. */
struct gl_capture_file {
	uint64_t dev, ino;
};
const struct gl_capture_file *gl_capture_pipe(const struct gl_capture *capture) GL_NONNULL;
const struct gl_capture_file *gl_capture_target(const struct gl_capture *capture) GL_NONNULL;

/* The end the program writes to, for gl_spawn.stderr_fd; owned by the capture. */
int gl_capture_write_end(const struct gl_capture *capture) GL_NONNULL;

/* What was kept; valid until the next step or the free. */
void gl_capture_text(const struct gl_capture *capture, struct gl_capture_text *ret_text) GL_NONNULL;

/* Bytes the real stderr refused (ENOSPC, EIO ...), and the last such errno (positive; 0: none). */
uint64_t gl_capture_lost(const struct gl_capture *capture, int *ret_errno) GL_NONNULL;

/* For the supervisor's loop only. */

/* The program has its end: closes ours, else the end of the stream would never show. */
void gl_capture_begin(struct gl_capture *capture) GL_NONNULL;
/* Fills GL_CAPTURE_POLLS entries (fd -1 where nothing is awaited). */
void gl_capture_want(const struct gl_capture *capture, struct pollfd *polls) GL_NONNULL;
/* For poll(): GL_CAPTURE_REST_MS or -1, for ever. */
int gl_capture_timeout(const struct gl_capture *capture) GL_NONNULL;
/* Reads and writes what poll() said is possible; never blocks. */
void gl_capture_step(struct gl_capture *capture, const struct pollfd *polls) GL_NONNULL;
/*
 * Reads and writes on what is in the pipe at this moment, as far as that can be
 * done at once.  Returns true if the real stderr has all of it (or is gone).
 */
bool gl_capture_drain(struct gl_capture *capture) GL_MUST_CHECK GL_NONNULL;
/* The program is dead: read only what it has left in the pipe (others may go on writing for ever). */
void gl_capture_finish(struct gl_capture *capture) GL_NONNULL;
/* After finish: is there still something to write on? */
bool gl_capture_busy(const struct gl_capture *capture) GL_NONNULL;
