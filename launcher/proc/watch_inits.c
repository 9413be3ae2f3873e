/*
 * A trace of the start: see proc/watch_inits.h.
 *
 * One breakpoint each, met once, at the entry (where there is a loader) and in
 * runtime.schedinit; at the latter the program maps memory for the table of its
 * init functions (watch_stamps.c), and then runs to the end of init as it does
 * without a trace: it notes itself when it comes to runtime.main, its call of
 * runtime.gcenable and the end.  Where it cannot, the first two get breakpoints, too.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "proc/watch_private.h"

/* Between an idle processor and the next; measured: 10 to 40 us. */
#define ROUND_MAX_NS UINT64_C(50000)

static const enum gl_start_mark marks[GL_WATCH_SITE_MAX] = {
	[GL_WATCH_SITE_END] = GL_START_END,
	[GL_WATCH_SITE_ENTRY] = GL_START_ENTRY,
	[GL_WATCH_SITE_SCHEDINIT] = GL_START_SCHEDINIT,
	[GL_WATCH_SITE_MAIN] = GL_START_MAIN,
	[GL_WATCH_SITE_GCENABLE] = GL_START_GCENABLE,
};

const struct gl_start *gl_watch_start(const struct gl_watch *w)
{
	return w->trace ? &w->trace->start : NULL;
}

/* -- the program's time -- */

static struct gl_watch_time now(const struct gl_watch *w)
{
	return (struct gl_watch_time){gl_watch_now(w), gl_stamp_ticks()};
}

/* What a stop costs beside that which can be seen: the shortest there was. */
static void learn_round(struct gl_watch_trace *t, uint64_t ns)
{
	t->start.round_ns = GL_MIN(t->start.round_ns, ns);
}

void gl_watch_inits_begin_stop(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;

	t->seen = now(w);
	/* Nearly nothing happens between those of an injected call. */
	if (!t->start.stops++)
		t->start.round_ns = UINT64_MAX;
	else if (w->state == GL_WATCH_INJECT)
		learn_round(t, t->seen.ns - t->ended.ns);
}

static void keep_pause(struct gl_watch_trace *t)
{
	if (t->pause_count < GL_WATCH_PAUSES_MAX)
		t->pauses[t->pause_count++] = (struct gl_watch_pause){t->seen, t->ended};
}

void gl_watch_inits_resuming(struct gl_watch *w)
{
	if (w->trace)
		w->trace->ended = now(w);
}

void gl_watch_inits_end_stop(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;

	if (t->ended.ns < t->seen.ns)
		t->ended = now(w);
	t->start.stopped_ns += t->ended.ns - t->seen.ns;
	if (!t->running)
		return;
	if (t->resumed.ns) {
		keep_pause(t);
		return;
	}
	t->resumed = t->ended;
	t->resumed_at_ns = t->ended.ns - t->start.stopped_ns;
	t->resumed_stops = t->start.stops;
}

static void mark(struct gl_watch_trace *t, enum gl_start_mark which)
{
	t->start.marks[which] = t->seen.ns - t->start.stopped_ns;
	t->stops_at[which] = t->start.stops;
	t->ticks_at[which] = t->seen.ticks;
}

/* Every stop since execve has cost that much more than could be seen. */
static uint64_t less_rounds(const struct gl_watch_trace *t, uint64_t at_ns, uint64_t stops)
{
	uint64_t hidden = t->start.round_ns * (stops - t->stops_at[GL_START_EXEC]);

	return at_ns > hidden ? at_ns - hidden : 0;
}

/* Nanoseconds since schedinit went on, as the clock has it. */
static uint64_t since_resumed(const struct gl_watch_trace *t, uint64_t ticks)
{
	double ns = (double)(t->seen.ns - t->resumed.ns), all = (double)(t->seen.ticks - t->resumed.ticks);

	return all > 0 ? (uint64_t)((double)(ticks - t->resumed.ticks) * ns / all) : 0;
}

static uint64_t paused_before(const struct gl_watch_trace *t, uint64_t ticks)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->pause_count && t->pauses[i].from.ticks < ticks; i++)
		sum += t->pauses[i].to.ns - t->pauses[i].from.ns + t->start.round_ns;
	return sum;
}

/* The time of a moment since then. */
static uint64_t time_at(const struct gl_watch_trace *t, uint64_t ticks)
{
	uint64_t ran = since_resumed(t, ticks), paused = paused_before(t, ticks);

	return less_rounds(t, t->resumed_at_ns, t->resumed_stops) + (ran > paused ? ran - paused : 0);
}

/* -- what was noted -- */

static int by_time(const void *a, const void *b)
{
	const struct gl_stamp_entry *x = a, *y = b;

	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

/* The program could have written anything there: times that cannot be are left out. */
static bool is_possible(const struct gl_watch_trace *t, uint64_t ticks)
{
	return ticks >= t->resumed.ticks && ticks <= t->seen.ticks;
}

static void take_calls(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;
	struct gl_watch_stamps *s = &w->target->stamps;
	uint64_t at = 0;

	qsort(s->entries, s->count, sizeof(*s->entries), by_time);
	t->start.calls = s->calls;
	for (size_t i = 0; i < s->count; i++) {
		const struct gl_stamp_entry *e = &s->entries[i];

		if (!is_possible(t, e->ticks))
			continue;
		at = GL_MAX(at, time_at(t, e->ticks));
		s->calls[t->start.count++] = (struct gl_start_call){e->function, at};
	}
}

static const enum gl_start_mark led_marks[GL_WATCH_LED_MAX] = {
	[GL_WATCH_LED_MAIN] = GL_START_MAIN,
	[GL_WATCH_LED_GCENABLE] = GL_START_GCENABLE,
	[GL_WATCH_LED_END] = GL_START_END,
};

/*
 * The program knew of its last stop before we did; the way out of it is about as long.
 * That is one stop: where golaunch had to wait for a processor it says nothing of others.
 */
static void learn_way_in(struct gl_watch_trace *t, uint64_t ticks)
{
	if (is_possible(t, ticks))
		learn_round(t,
			    GL_MIN(2 * (t->seen.ns - t->resumed.ns - since_resumed(t, ticks)), ROUND_MAX_NS));
	if (t->start.round_ns == UINT64_MAX)
		t->start.round_ns = 0;
}

static void take_note(struct gl_watch_trace *t, enum gl_start_mark which, uint64_t ticks)
{
	/* the end of init is what golaunch has seen; the program tells only when */
	if (!is_possible(t, ticks) || (which == GL_START_END && !t->start.marks[which]))
		return;
	t->start.marks[which] = time_at(t, ticks);
	t->noted |= 1u << which;
}

static void read_calls(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;
	uint64_t led[GL_WATCH_LED_MAX];
	int r;

	if (t->start.answer != GL_START_SEEN)
		return;
	r = gl_watch_stamps_read(w, t->table, led);
	if (!r) {
		learn_way_in(t, led[GL_WATCH_LED_END]);
		for (size_t i = 0; i < GL_WATCH_LED_MAX; i++)
			take_note(t, led_marks[i], led[i]);
		take_calls(w);
		return;
	}
	t->start.answer = GL_START_REFUSED;
	t->start.errnum = -r;
}

/* Of its own stop only the way into it is part of its time. */
static uint64_t settled(const struct gl_watch_trace *t, enum gl_start_mark which)
{
	if (t->noted & 1u << which)
		return t->start.marks[which];
	if (which <= GL_START_SCHEDINIT || !t->resumed.ns)
		return less_rounds(t, t->start.marks[which], t->stops_at[which]);
	return time_at(t, t->ticks_at[which]) - t->start.round_ns / 2;
}

static void settle_marks(struct gl_watch_trace *t)
{
	for (unsigned i = 0; i < GL_START_MARK_MAX; i++)
		if (t->start.marks[i])
			t->start.marks[i] = settled(t, i);
}

void gl_watch_inits_end(struct gl_watch *w, enum gl_start_mark which)
{
	struct gl_watch_trace *t = w->trace;

	if (!t || t->start.marks[GL_START_END])
		return;
	mark(t, which);
	if (w->target)
		read_calls(w);
	if (t->start.round_ns == UINT64_MAX)
		t->start.round_ns = 0;
	settle_marks(t);
}

void gl_watch_inits_image(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;

	if (!t)
		return;
	*t = (struct gl_watch_trace){.seen = t->seen,
				     .start = {.stops = t->start.stops,
					       .stopped_ns = t->start.stopped_ns,
					       .round_ns = t->start.round_ns}};
	mark(t, GL_START_EXEC);
}

void gl_watch_inits_entered(struct gl_watch *w)
{
	struct gl_watch_trace *t = w->trace;

	if (!t)
		return;
	t->start.marks[GL_START_ENTRY] = t->start.marks[GL_START_EXEC];
	t->stops_at[GL_START_ENTRY] = t->stops_at[GL_START_EXEC];
}

/* -- at the breakpoints -- */

/* Nothing is noted: stops tell the phases. */
static void give_up(struct gl_watch *w, enum gl_start_answer answer, int64_t result)
{
	int r = gl_watch_break_add(w, GL_WATCH_SITE_MAIN);

	if (!r)
		r = gl_watch_break_add(w, GL_WATCH_SITE_GCENABLE);
	(void)r; /* without them the phases are not told apart */
	w->trace->start.answer = answer;
	w->trace->start.errnum = result < 0 ? (int)-result : 0;
}

/* What runs before runtime.main may have closed its memory to us: see watch_end.c. */
static enum gl_watch_make make_open(struct gl_watch *w, struct gl_watch_call *call)
{
	return w->trace->taken ? GL_WATCH_SKIP : gl_watch_make_dumpable(w, call, true);
}

static void took_open(struct gl_watch *w, int64_t result)
{
	w->trace->opened = result == 0;
	w->trace->taken = w->trace->opened && gl_watch_break_take(w, w->trace->site) == 0;
}

static void note(struct gl_watch *w)
{
	int r = gl_watch_stamps_put(w, w->trace->table);

	if (r)
		give_up(w, r < 0 ? GL_START_REFUSED : GL_START_OTHER, r);
	else
		w->trace->start.answer = GL_START_SEEN;
}

static enum gl_watch_make make_map(struct gl_watch *w, struct gl_watch_call *call)
{
	const struct gl_watch_stamps *s = &w->target->stamps;

	if (w->trace->site != GL_WATCH_SITE_SCHEDINIT || !w->trace->taken)
		return GL_WATCH_SKIP;
	if (!s->code) {
		give_up(w, GL_START_NO_TASKS, 0);
		return GL_WATCH_SKIP;
	}
	w->trace->start.expected = s->count + s->left_out;
	w->trace->start.left_out = s->left_out;
	w->trace->table = gl_watch_stamps_place(w, gl_register(&w->inject.before, w->layout->sp));
	if (w->trace->table) {
		note(w);
		return GL_WATCH_SKIP;
	}
	*call = (struct gl_watch_call){
		.number = SYS_mmap,
		.arguments = {0, gl_watch_stamps_size(s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      ~UINT64_C(0), 0},
	};
	return GL_WATCH_CALL;
}

static void took_map(struct gl_watch *w, int64_t result)
{
	if (result <= 0) {
		give_up(w, GL_START_REFUSED, result);
		return;
	}
	w->trace->table = (uint64_t)result;
	w->trace->mapped = true;
	note(w);
}

static enum gl_watch_make make_close(struct gl_watch *w, struct gl_watch_call *call)
{
	return w->trace->opened ? gl_watch_make_dumpable(w, call, false) : GL_WATCH_SKIP;
}

static void on(struct gl_watch *w, const struct gl_registers *registers)
{
	/* A breakpoint that nobody can take out, and none can pass: a filter denies prctl. */
	if (!w->trace->taken) {
		w->trace->start.abandoned = true;
		kill(w->pid, SIGKILL);
		return;
	}
	if (gl_watch_enter(w, GL_WATCH_INIT) || gl_tracee_set_registers(w->pid, registers))
		return; /* it is dead */
	w->trace->running |= w->trace->site == GL_WATCH_SITE_SCHEDINIT;
	gl_watch_inits_resuming(w);
	gl_tracee_continue(w->pid, 0);
}

static const struct gl_watch_step steps[] = {
	{make_open, took_open},
	{make_map, took_map},
	{make_close, NULL},
};
static const struct gl_watch_list list = {steps, GL_ARRAY_SIZE(steps), on};

void gl_watch_inits_stop(struct gl_watch *w, enum gl_watch_site_kind kind,
			 const struct gl_registers *registers)
{
	int r = gl_watch_break_take(w, kind);

	mark(w->trace, marks[kind]);
	w->trace->site = kind;
	w->trace->opened = false;
	w->trace->taken = r == 0;
	if (r != -ESRCH)
		gl_watch_inject_begin(w, &list, registers);
}

/* Whether it succeeds does not matter; a filter that is not known might kill for it. */
enum gl_watch_make gl_watch_inits_make_unmap(struct gl_watch *w, struct gl_watch_call *call)
{
	if (!w->trace)
		return GL_WATCH_SKIP;
	gl_watch_inits_end(w, GL_START_END);
	if (!w->trace->table)
		return GL_WATCH_SKIP;
	gl_watch_stamps_take_out(w);
	if (!w->trace->mapped || !gl_watch_knows_filters(w))
		return GL_WATCH_SKIP;
	*call = (struct gl_watch_call){
		.number = SYS_munmap,
		.arguments = {w->trace->table, gl_watch_stamps_size(&w->target->stamps)},
	};
	return GL_WATCH_CALL;
}

const char *gl_start_answer_text(enum gl_start_answer answer)
{
	static const char *const texts[GL_START_ANSWER_MAX] = {
		[GL_START_NOT_REACHED] = "runtime.main was not reached",
		[GL_START_SEEN] = "seen",
		[GL_START_NO_TASKS] = "no init functions were found in the program",
		[GL_START_OTHER] = "what runs is not what the file has",
		[GL_START_REFUSED] = "its memory cannot be had",
	};

	return answer < GL_START_ANSWER_MAX && texts[answer] ? texts[answer] : "unknown";
}
