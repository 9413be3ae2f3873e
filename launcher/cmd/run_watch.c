/*
 * The start watch of a run: whether there is one, and what it saw.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/log.h"
#include "bundle/stub.h"
#include "cmd/run.h"

#define FRAMES_SAID 24

/*
 * The image of the examination, where it is one to be watched.  A file that was
 * not examined, and one that is not Go, is looked at when it runs.
 */
static const struct gl_image *known_image(const struct gl_run *run)
{
	const struct gl_gobin *go = &run->x.gobin;

	if (!run->examined || !run->x.image || go->packed)
		return NULL;
	return go->kind == GL_GOBIN_YES || go->kind == GL_GOBIN_BARE ? run->x.image : NULL;
}

/* Being traced costs a setuid program, or one with file capabilities, what it would gain. */
static bool loses_nothing(const struct gl_run *run)
{
	uid_t uid = run->plan.change_ids ? run->plan.user.uid : geteuid();

	return gl_watch_may_follow(run->plan.no_new_privs, uid == 0);
}

/* Those that golaunch puts on it; what looks on to learn is one beside the policy's. */
static int count_filters(const struct gl_plan *plan)
{
	return (plan->filter != NULL) + (plan->observe == GL_OBSERVE_LEARN) + (plan->repair.filter != NULL) +
	       (plan->landlock.filter != NULL);
}

int gl_run_make_watch(struct gl_run *run, struct gl_err *err)
{
	bool harmless = loses_nothing(run);
	struct gl_watch_config config = {
		.image = known_image(run),
		.file = &run->x.st,
		.path = run->choice.path ? run->choice.path : run->path,
		/* Under "exec deny" nothing will be executed that is worth waiting for. */
		.follow = harmless && !run->plan.exec_denied,
		.filters = count_filters(&run->plan),
		.find_stub = gl_stub_flags_address,
		.stub_flag = GL_STUB_TRACED,
		.trace = run->o.trace_init,
	};

	if (run->gains_privileges && !harmless) {
		gl_log(GL_LOG_NOTE, "the start is not watched: the program would lose its privileges");
		return 0;
	}
	return gl_watch_new(&config, &run->watch, err);
}

static void say_positions(const struct gl_watch *watch, const struct gl_unwind_frame *frame, size_t index)
{
	struct gl_position_walk walk = gl_position_walk_at(frame->place);
	struct gl_position position;
	bool said = false;

	while (!frame->foreign && gl_position_next(gl_watch_table(watch), &walk, &position) == 0) {
		gl_log(GL_LOG_DEBUG, "watch: %s%zu %s %s:%" PRIu32 "%s", said ? "  " : "", index,
		       position.function, position.file, position.line, position.inlined ? " (inlined)" : "");
		said = true;
	}
	if (!said)
		gl_log(GL_LOG_DEBUG, "watch: %zu 0x%" PRIx64, index, frame->pc);
}

static void say_stack(const struct gl_watch *watch, const char *what, const struct gl_unwind *stack)
{
	gl_log(GL_LOG_DEBUG, "watch: %s: %zu frames, %zu left out, end %d", what, stack->count,
	       stack->left_out, (int)stack->end);
	for (size_t i = 0; i < stack->count && i < FRAMES_SAID; i++)
		say_positions(watch, &stack->frames[i], i);
}

static void say_moment(const struct gl_watch *watch, const char *what, const struct gl_watch_moment *m)
{
	if (!m->seen)
		return;
	gl_log(GL_LOG_DEBUG, "watch: %s at %" PRIu64 " us: signal %d, place %d '%s', system call %d", what,
	       m->at_ns / 1000, m->signo, (int)m->where.place, m->where.path,
	       m->in_syscall ? (int)m->syscall : -1);
	if (m->has_stack && gl_watch_table(watch))
		say_stack(watch, "stack", &m->stack);
	if (m->has_goroutine && gl_watch_table(watch))
		say_stack(watch, "goroutine 1", &m->goroutine);
}

static void say_inits(const struct gl_watch *watch, const struct gl_watch_inits *inits)
{
	const struct gl_inittasks *tasks = gl_watch_tasks(watch);
	char name[GL_PCLNTAB_NAME] = "";

	if (!inits->known || !tasks)
		return;
	if (inits->current < inits->count &&
	    gl_inittask_package(gl_watch_table(watch), &tasks->items[inits->current], name) != 0)
		snprintf(name, sizeof(name), "unknown");
	gl_log(GL_LOG_DEBUG, "watch: %zu of %zu packages done, running '%s'", inits->done, inits->total,
	       name);
}

/* Only where init has ended: before it there was nothing to hand back. */
static void say_handback(const struct gl_run *run)
{
	const struct gl_watch_record *record = gl_watch_result(run->watch);
	const char *why =
		run->saved_fd < 0 ? "no descriptor is free for it" : gl_handback_text(record->handback);
	int errnum = record->handback_errno;

	if (run->o.capture != GL_CAPTURE_INIT || gl_run_handed_back(run) || record->phase != GL_PHASE_MAIN)
		return;
	gl_log(GL_LOG_NOTE, "stderr stays captured: %s%s%s", why, errnum ? ": " : "",
	       errnum ? strerror(errnum) : "");
}

void gl_run_say_watch(const struct gl_run *run)
{
	const struct gl_watch_record *record = run->watch ? gl_watch_result(run->watch) : NULL;

	if (!record)
		return;
	say_handback(run);
	if (record->answer != GL_WATCH_ON)
		gl_log(GL_LOG_NOTE, "the start is not watched: %s%s%s", gl_watch_answer_text(record->answer),
		       record->errnum ? ": " : "", record->errnum ? strerror(record->errnum) : "");
	if (!gl_log_enabled(GL_LOG_DEBUG))
		return;
	gl_log(GL_LOG_DEBUG,
	       "watch: phase %s, %u images%s, exec %" PRIu64 " us, end of init %" PRIu64 " us, exit %" PRIu64
	       " us, status 0x%x%s, bias 0x%" PRIx64 ", '%s'",
	       gl_phase_name(record->phase), record->execs, record->is_stub ? " (stub)" : "",
	       record->exec_ns / 1000, record->init_end_ns / 1000, record->exit_ns / 1000,
	       (unsigned)record->exit_status, record->own_exit ? " by itself" : "", record->bias,
	       record->path);
	say_inits(run->watch, &record->inits);
	say_moment(run->watch, "exit", &record->exit);
	say_moment(run->watch, "last fault", &record->fault);
	say_moment(run->watch, "last signal", &record->asked);
}
