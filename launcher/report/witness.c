/*
 * Telling how a program ended from its last moment: see report/witness.h.
 *
 * The stack that ended it is named once to tell how; the stack that counts (that
 * of the fault, where there was one) is named to tell where.
 */
#include "report/witness.h"

#include <errno.h>
#include <signal.h>

#include "base/exitcode.h"
#include "base/macros.h"

#define LOADER_FAILED_VERSION 1	  /* glibc, elf/dl-version.c */
#define LOADER_FAILED	      127 /* glibc and musl */
#define CPU_LEVEL_STATUS      1	  /* runtime/asm_amd64.s */

struct reading {
	const struct gl_witness_source *source;
	const struct gl_watch_record *record;
	const struct gl_death *death;
	const struct gl_watch_moment *moment; /* the one that counts */
	struct gl_witness *ret;
};

/* -- how -- */

/* Functions by which the runtime ends a program; a closure of one is ".func1" behind it. */
static const struct {
	const char *function;
	enum gl_how how;
} signs[] = {
	{"os.Exit", GL_HOW_EXIT},
	{"syscall.Exit", GL_HOW_EXIT},
	{"runtime.fatalpanic", GL_HOW_PANIC},
	{"runtime.fatalthrow", GL_HOW_THROW},
	{"runtime.throw", GL_HOW_THROW},
	{"runtime.fatal", GL_HOW_THROW},
	{"runtime.sighandler", GL_HOW_FAULT},
	{"runtime.rt0_go", GL_HOW_CPU_LEVEL},
};

static bool is_of(struct gl_slice function, const char *name)
{
	return gl_slice_starts(function, name) &&
	       (function.len == strlen(name) || function.text[strlen(name)] == '.');
}

static enum gl_how sign_of(struct gl_slice function)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(signs); i++)
		if (is_of(function, signs[i].function))
			return signs[i].how;
	return GL_HOW_UNKNOWN;
}

/* Did the throw come out of a fault?  sigpanic is then the runtime's outermost frame of it. */
static bool threw_for_fault(const struct gl_frames *frames, size_t from)
{
	for (; from < frames->count && gl_trace_is_runtime(frames->items[from].function); from++)
		if (gl_slice_equals(frames->items[from].function, "runtime.sigpanic"))
			return true;
	return false;
}

/* The first sign from the inside, before the program's own code. */
static enum gl_how how_by_frames(const struct gl_frames *frames)
{
	enum gl_how how;

	for (size_t i = 0; i < frames->count; i++) {
		how = sign_of(frames->items[i].function);
		if (how == GL_HOW_THROW && threw_for_fault(frames, i))
			return GL_HOW_FAULT;
		if (how != GL_HOW_UNKNOWN)
			return how;
		if (!gl_trace_is_runtime(frames->items[i].function))
			break;
	}
	return GL_HOW_UNKNOWN;
}

static bool is_foreign(const struct gl_watch_moment *m)
{
	if (m->has_stack && m->stack.count)
		return m->stack.frames[0].foreign;
	return m->where.place != GL_WATCH_PLACE_PROGRAM && m->where.place != GL_WATCH_PLACE_UNKNOWN;
}

/* A bundle's loader is not the interpreter of what was executed; it is known by its name. */
static bool is_loader(const struct gl_watch_mapping *where)
{
	const char *slash = strrchr(where->path, '/');

	return where->place == GL_WATCH_PLACE_INTERPRETER ||
	       (where->place == GL_WATCH_PLACE_FILE &&
		strncmp(slash ? slash + 1 : where->path, "ld-", 3) == 0);
}

/* The runtime answers SIGQUIT with a dump, by the same way as a fault. */
static bool quit_was_last(const struct gl_watch_record *record)
{
	return record->asked.seen && record->asked.signo == SIGQUIT &&
	       (!record->fault.seen || record->fault.at_ns < record->asked.at_ns);
}

/* A goroutine that handles signals has ended it as a shell would tell of that signal. */
static bool request_was_met(const struct reading *r)
{
	const struct gl_watch_moment *asked = &r->record->asked;

	return asked->seen && r->death->status == GL_EXIT_SIGNAL_BASE + asked->signo;
}

static enum gl_how how_by_exit(const struct reading *r, const struct gl_frames *end)
{
	const struct gl_watch_moment *exit = &r->record->exit;
	int status = r->death->status;
	enum gl_how how;

	if (!r->record->own_exit)
		return request_was_met(r) ? GL_HOW_SENT : GL_HOW_ELSEWHERE;
	if (is_foreign(exit)) {
		if (r->record->phase != GL_PHASE_INIT && !exit->has_goroutine && is_loader(&exit->where) &&
		    (status == LOADER_FAILED || status == LOADER_FAILED_VERSION))
			return GL_HOW_LOADER;
		return GL_HOW_EXIT_IN_C;
	}
	how = how_by_frames(end);
	if (how == GL_HOW_FAULT && quit_was_last(r->record))
		return GL_HOW_SENT;
	return how == GL_HOW_CPU_LEVEL && status != CPU_LEVEL_STATUS ? GL_HOW_UNKNOWN : how;
}

/* Signals that code brings on itself. */
static bool is_fault(int signo)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

	for (size_t i = 0; i < GL_ARRAY_SIZE(signals); i++)
		if (signo == signals[i])
			return true;
	return false;
}

static enum gl_how how_by_signal(const struct reading *r, const struct gl_frames *end)
{
	int signo = r->death->status;
	enum gl_how how = how_by_frames(end);

	if (signo == SIGABRT && (how == GL_HOW_PANIC || how == GL_HOW_THROW || how == GL_HOW_FAULT))
		return how;
	if (is_fault(signo))
		return GL_HOW_SIGNAL;
	return signo == SIGPIPE ? GL_HOW_UNKNOWN : GL_HOW_SENT;
}

/* The signal that it is about: where the runtime made an exit of it, the one that came last. */
static int signo_of(const struct reading *r)
{
	if (r->ret->how == GL_HOW_FAULT)
		return r->record->fault.seen ? r->record->fault.signo : 0;
	if (r->ret->how == GL_HOW_SENT && !r->death->by_signal)
		return r->record->asked.signo;
	return r->death->by_signal ? r->death->status : 0;
}

/* -- where -- */

static bool matches(const struct gl_watch_moment *m, int signo)
{
	return m->seen && m->signo == signo;
}

/* The registers of a fault are those of the code that faulted, not of what the runtime did about it. */
static const struct gl_watch_moment *moment_of(const struct reading *r)
{
	const struct gl_watch_record *record = r->record;
	const struct gl_witness *w = r->ret;

	if ((w->how == GL_HOW_FAULT || w->how == GL_HOW_SIGNAL) && matches(&record->fault, w->signo))
		return &record->fault;
	if (w->how == GL_HOW_SENT && matches(&record->asked, w->signo))
		return &record->asked;
	return &record->exit;
}

/* The outermost frame outside of the runtime, or NULL. */
static const struct gl_frame *root_of(const struct gl_frames *frames)
{
	for (size_t i = frames->count; i > 0; i--)
		if (!gl_trace_is_runtime(frames->items[i - 1].function))
			return &frames->items[i - 1];
	return NULL;
}

static bool reaches_init(const struct gl_frames *frames)
{
	const struct gl_frame *root = root_of(frames);

	return root && gl_trace_is_init(root->function);
}

static void use(struct gl_frames *to, struct gl_frames *from)
{
	gl_frames_done(to);
	*to = *from;
	*from = GL_FRAMES_INIT;
}

/*
 * The goroutine's own stack where it leads to the init function: between it and the
 * thread's stands a change of stacks, across which frames may be missed.
 */
static int read_frames(struct reading *r)
{
	const struct gl_watch_moment *m = r->moment;
	gl_autoframes struct gl_frames thread = GL_FRAMES_INIT;
	struct gl_frames *frames = &r->ret->frames;
	int e = 0;

	if (m->has_goroutine)
		e = r->source->name(r->source->arg, &m->goroutine, frames);
	if (e || !m->has_stack || reaches_init(frames))
		return e;
	e = r->source->name(r->source->arg, &m->stack, &thread);
	if (!e && (reaches_init(&thread) || !root_of(frames)))
		use(frames, &thread);
	return e;
}

/* Where the standard library's sources are: "" if that was trimmed away or is unknown. */
static struct gl_slice goroot_of(const struct gl_frames *frames)
{
	static const char *const file = "runtime/proc.go";
	struct gl_slice path;

	for (size_t i = frames->count; i > 0; i--) {
		path = frames->items[i - 1].file;
		if (gl_slice_ends(path, file) && gl_trace_is_runtime(frames->items[i - 1].function)) {
			path.len -= strlen(file);
			return path;
		}
	}
	return GL_SLICE_NONE;
}

/* Is it the standard library's?  Import paths outside of it have a dot in their first element, as a rule. */
static bool is_standard(const struct gl_frame *frame, struct gl_slice goroot)
{
	struct gl_slice package = gl_trace_package(frame->function);
	const char *slash = memchr(package.text, '/', package.len);
	size_t first = slash ? (size_t)(slash - package.text) : package.len;

	if (goroot.len)
		return frame->file.len >= goroot.len &&
		       memcmp(frame->file.text, goroot.text, goroot.len) == 0;
	return !gl_slice_equals(package, "main") && !memchr(package.text, '.', first);
}

/* Waiting is never the fault of the library that waits. */
static const struct gl_frame *first_own(const struct gl_frames *frames)
{
	struct gl_slice goroot = goroot_of(frames);

	for (size_t i = 0; i < frames->count; i++)
		if (!gl_trace_is_carrier(&frames->items[i]) && !is_standard(&frames->items[i], goroot))
			return &frames->items[i];
	return NULL;
}

/* In the runtime itself: the one that called for the end. */
static const struct gl_frame *behind_signs(const struct gl_frames *frames)
{
	size_t lead = frames->count && gl_slice_equals(frames->items[0].function, "runtime.exit");

	for (size_t i = 0; i < frames->count; i++) {
		enum gl_how how = sign_of(frames->items[i].function);

		if (how != GL_HOW_UNKNOWN && how != GL_HOW_CPU_LEVEL)
			lead = i + 1;
	}
	return lead < frames->count ? &frames->items[lead] : NULL;
}

static const struct gl_frame *lead_of(const struct reading *r)
{
	const struct gl_frames *frames = &r->ret->frames;
	const struct gl_frame *lead = NULL;

	if (r->ret->how == GL_HOW_SENT || r->ret->how == GL_HOW_ELSEWHERE)
		lead = first_own(frames);
	if (!lead)
		lead = gl_trace_find_culprit(frames->items, frames->count, r->ret->how == GL_HOW_PANIC);
	return lead ? lead : behind_signs(frames);
}

/* What the compiler makes of statements that wait. */
static struct gl_slice wait_of(struct gl_slice function)
{
	static const struct {
		const char *function, *statement;
	} waits[] = {
		{"runtime.block", "select {}"},
		{"runtime.selectgo", "select"},
		{"runtime.chanrecv1", "receive from a channel"},
		{"runtime.chanrecv2", "receive from a channel"},
		{"runtime.chansend1", "send to a channel"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(waits); i++)
		if (gl_slice_equals(function, waits[i].function))
			return (struct gl_slice){.text = waits[i].statement,
						 .len = strlen(waits[i].statement)};
	return GL_SLICE_NONE;
}

static struct gl_slice call_of(const struct gl_frames *frames, const struct gl_frame *lead)
{
	if (lead == frames->items)
		return GL_SLICE_NONE;
	if (gl_trace_is_runtime(lead[-1].function))
		return wait_of(lead[-1].function);
	return lead[-1].function;
}

static void fill_trace(struct reading *r)
{
	struct gl_witness *w = r->ret;
	const struct gl_frames *frames = &w->frames;
	const struct gl_frame *lead = lead_of(r), *root = root_of(frames);

	w->trace = GL_TRACE_INIT;
	w->trace.goroutine = 1;
	w->trace.elided = r->moment->stack.left_out > 0;
	/* a thread's stack in which init does not show is not that of what ended */
	if (!root && (w->how == GL_HOW_ELSEWHERE || w->phase == GL_PHASE_INIT))
		return;
	w->has_trace = frames->count > 0;
	if (lead && (w->how == GL_HOW_EXIT || w->how == GL_HOW_SENT || w->how == GL_HOW_ELSEWHERE))
		w->call = call_of(frames, lead);
	for (const struct gl_frame *f = lead ? lead : frames->items; f < frames->items + frames->count; f++)
		if (!root || !gl_trace_is_runtime(f->function))
			gl_trace_add(&w->trace, *f);
}

static void fill_package(struct reading *r)
{
	const struct gl_watch_inits *inits = &r->record->inits;
	struct gl_witness *w = r->ret;

	if (inits->known) {
		w->has_count = true;
		w->done = inits->done;
		w->total = inits->total;
	}
	if (w->init.function.len) {
		w->package = gl_trace_package(w->init.function);
	} else if (inits->known && inits->current < inits->count &&
		   r->source->package(r->source->arg, inits->current, w->package_name) == 0) {
		w->package = (struct gl_slice){.text = w->package_name, .len = strlen(w->package_name)};
	}
}

/* A recovered fault is over and done with; the one that a panic or a throw is about is on its stack. */
static bool fault_counts(const struct gl_witness *w)
{
	if (w->how == GL_HOW_FAULT || w->how == GL_HOW_SIGNAL)
		return true;
	for (size_t i = 0; w->how == GL_HOW_PANIC && i < w->frames.count; i++)
		if (gl_slice_equals(w->frames.items[i].function, "runtime.sigpanic"))
			return true;
	return false;
}

static void fill_signals(struct reading *r)
{
	const struct gl_watch_record *record = r->record;
	struct gl_witness *w = r->ret;

	if (fault_counts(w) && record->fault.seen &&
	    (w->how != GL_HOW_SIGNAL || r->moment == &record->fault)) {
		w->has_fault = true;
		w->fault = record->fault.info;
	}
	if (w->how == GL_HOW_SENT && r->moment == &record->asked) {
		w->has_asker = true;
		w->asker = record->asked.info;
	}
}

/* The runtime's own packages are initialised with the others; between two of them only the runtime runs. */
static enum gl_phase phase_of(const struct reading *r)
{
	const struct gl_watch_inits *inits = &r->record->inits;
	enum gl_phase phase = r->record->phase;

	if (phase == GL_PHASE_UNKNOWN && r->ret->init.function.len)
		return GL_PHASE_INIT;
	if (phase == GL_PHASE_INIT && inits->known && inits->current == inits->count &&
	    !root_of(&r->ret->frames))
		return GL_PHASE_RUNTIME;
	return phase;
}

static void fill(struct reading *r)
{
	const struct gl_watch_record *record = r->record;
	struct gl_witness *w = r->ret;

	if (reaches_init(&w->frames))
		w->init = *root_of(&w->frames);
	w->phase = phase_of(r);
	fill_trace(r);
	fill_package(r);
	fill_signals(r);
	w->in_c = is_foreign(r->moment);
	w->where = r->moment->where;
	w->wait = &r->moment->wait;
	if (w->in_c && r->source->symbol(r->source->arg, &w->where, w->symbol, &w->symbol_distance) != 0)
		w->symbol[0] = '\0';
	if (r->moment->at_ns > record->exec_ns)
		w->since_ns = r->moment->at_ns - record->exec_ns;
}

static int read_how(struct reading *r)
{
	gl_autoframes struct gl_frames end = GL_FRAMES_INIT;
	int e = 0;

	if (r->record->exit.has_stack)
		e = r->source->name(r->source->arg, &r->record->exit.stack, &end);
	if (e)
		return e;
	r->ret->how = r->death->by_signal ? how_by_signal(r, &end) : how_by_exit(r, &end);
	r->ret->signo = signo_of(r);
	return 0;
}

int gl_witness_read(const struct gl_witness_source *source, const struct gl_death *death,
		    struct gl_witness *ret)
{
	struct reading r = {.source = source, .record = source->record, .death = death, .ret = ret};
	int e;

	if (!r.record->exit.seen || r.record->phase == GL_PHASE_MAIN)
		return 1;
	*ret = GL_WITNESS_INIT;
	ret->call = ret->package = GL_SLICE_NONE;
	ret->init.function = ret->init.file = GL_SLICE_NONE;
	e = read_how(&r);
	if (!e) {
		r.moment = moment_of(&r);
		e = read_frames(&r);
	}
	if (e) {
		gl_witness_done(ret);
		return e;
	}
	fill(&r);
	return 0;
}

void gl_witness_done(struct gl_witness *witness)
{
	gl_frames_done(&witness->frames);
	*witness = GL_WITNESS_INIT;
}
