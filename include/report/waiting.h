/*
 * What a program that was ended during its start was waiting for: "connect to
 * 10.0.0.5:5432", "read from FIFO /run/app", "flock(3 </var/lock/app>, LOCK_EX)".
 *
 * The thread's own system call says so itself.  Where the main goroutine was parked,
 * its frames say what it was about, and the descriptor it was parked for, or those of
 * the process's connections that fit, say with whom.  Depends on: proc.
 */
#pragma once

#include "base/buf.h"
#include "report/witness.h"

/*
 * Appends what it was waiting for; several that it may have been are joined by
 * "or".  Returns false, and appends nothing, if that is not known, or is said by
 * witness->call alone (a lock, a channel).
 */
bool gl_waiting_put(struct gl_buf *b, const struct gl_witness *witness) GL_NONNULL;

/*
 * Appends what other goroutines may have been waiting for meanwhile, where the main
 * one waited for them.  Returns false if there is nothing.
 */
bool gl_waiting_put_others(struct gl_buf *b, const struct gl_witness *witness) GL_NONNULL;
