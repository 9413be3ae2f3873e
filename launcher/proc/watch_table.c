/*
 * The start watch as a table: what is done at which stop in which state.
 *
 * Which state follows is decided by what the doing finds (watch*.c).  Cells left
 * out go on: a stop that nobody has foreseen must never hold a program.
 */
#include <sys/ptrace.h>

#include "proc/watch_private.h"

/* Every traced state has these in common. */
#define COMMON                                                                                               \
	[GL_TRACEE_EXEC] = GL_WATCH_LOOK, [GL_TRACEE_GROUP] = GL_WATCH_LISTEN,                               \
	[GL_TRACEE_SIGNAL] = GL_WATCH_DELIVER, [GL_TRACEE_CHILD] = GL_WATCH_FREE

static const enum gl_watch_act table[GL_WATCH_STATE_MAX][GL_TRACEE_EVENT_MAX] = {
	[GL_WATCH_LAUNCH] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_DELIVER},
	[GL_WATCH_CHAIN] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_DELIVER},
	[GL_WATCH_STUB] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_MEET, [GL_TRACEE_EXIT] = GL_WATCH_KEEP},
	[GL_WATCH_INIT] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_HIT, [GL_TRACEE_EXIT] = GL_WATCH_KEEP},
	[GL_WATCH_INJECT] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_DELIVER,
			     [GL_TRACEE_SYSCALL] = GL_WATCH_INJECTED, [GL_TRACEE_EXIT] = GL_WATCH_KEEP},
	/* Another thread executes a program: what comes is not traced, the main thread only leaves. */
	[GL_WATCH_EXITING] = {COMMON, [GL_TRACEE_TRAP] = GL_WATCH_DELIVER},
	[GL_WATCH_OVER] = {[GL_TRACEE_EXEC] = GL_WATCH_LET_GO,
			   [GL_TRACEE_EXIT] = GL_WATCH_LET_GO,
			   [GL_TRACEE_CHILD] = GL_WATCH_LET_GO,
			   [GL_TRACEE_GROUP] = GL_WATCH_LET_GO,
			   [GL_TRACEE_NOTICE] = GL_WATCH_LET_GO,
			   [GL_TRACEE_SYSCALL] = GL_WATCH_LET_GO,
			   [GL_TRACEE_TRAP] = GL_WATCH_LET_GO,
			   [GL_TRACEE_SIGNAL] = GL_WATCH_LET_GO},
};

enum gl_watch_act gl_watch_act_for(enum gl_watch_state state, enum gl_tracee_event event)
{
	if (state >= GL_WATCH_STATE_MAX || event >= GL_TRACEE_EVENT_MAX)
		return GL_WATCH_GO_ON;
	return table[state][event];
}

/*
 * Before an image was looked at, and in one that is not Go, nothing of ours is in
 * its memory: it may outlive golaunch and have children.
 */
unsigned long gl_watch_options_for(enum gl_watch_state state)
{
	static const unsigned long full = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK |
					  PTRACE_O_TRACEVFORK | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;

	return state == GL_WATCH_LAUNCH || state == GL_WATCH_CHAIN ? PTRACE_O_TRACEEXEC : full;
}
