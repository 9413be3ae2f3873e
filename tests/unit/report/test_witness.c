/*
 * The start watch's evidence: how a death came about and where, from stacks given
 * by name, and the cause and the words that follow.
 */
#include <signal.h>

#include "report/cause.h"
#include "report/fingerprint.h"
#include "report/json.h"
#include "report/phases.h"
#include "report/text.h"
#include "report/witness.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define MAX_FRAMES 16

/* A stack by name: "function file:line", innermost first, NULL-terminated; "C" is foreign code. */
typedef const char *const named_stack[MAX_FRAMES];

#define TOP "runtime.doInit1 /go/src/runtime/proc.go:7", "runtime.main /go/src/runtime/proc.go:2"
#define CONF_UP                                                                                              \
	"example.com/app/conf.load /src/conf/conf.go:6", "example.com/app/conf.init.0 /src/conf/conf.go:5",  \
		TOP
#define CHECK "example.com/app/conf.check /src/conf/conf.go:8"
#define EXIT  "runtime.exit /go/src/runtime/sys.s:1"

static named_stack os_exit = {EXIT, "syscall.Exit /go/src/runtime/runtime.go:1",
			      "os.Exit /go/src/os/proc.go:1", CHECK, CONF_UP};
static named_stack log_fatal = {EXIT,
				"syscall.Exit /go/src/runtime/runtime.go:1",
				"os.Exit /go/src/os/proc.go:1",
				"log.Fatalf /go/src/log/log.go:1",
				CHECK,
				CONF_UP};
static named_stack deferred_exit = {EXIT,
				    "os.Exit /go/src/os/proc.go:1",
				    "example.com/app/conf.check.func1 /src/conf/conf.go:9",
				    "runtime.gopanic /go/src/runtime/panic.go:1",
				    CHECK,
				    CONF_UP};
static named_stack panicked = {EXIT,
			       "runtime.fatalpanic.func2 /go/src/runtime/panic.go:1",
			       "runtime.systemstack /go/src/runtime/asm.s:1",
			       "runtime.gopanic /go/src/runtime/panic.go:1",
			       CHECK,
			       CONF_UP};
static named_stack panicked_in_defer = {EXIT,
					"runtime.fatalpanic.func2 /go/src/runtime/panic.go:1",
					"runtime.gopanic /go/src/runtime/panic.go:1",
					"example.com/app/conf.cleanup /src/conf/conf.go:20",
					"runtime.gopanic /go/src/runtime/panic.go:1",
					"runtime.sigpanic /go/src/runtime/signal.go:1",
					CHECK,
					CONF_UP};
static named_stack threw = {EXIT,
			    "runtime.fatalthrow.func1 /go/src/runtime/panic.go:1",
			    "runtime.throw /go/src/runtime/panic.go:1",
			    "runtime.mapassign /go/src/runtime/map.go:1",
			    CHECK,
			    CONF_UP};
static named_stack threw_for_fault = {EXIT, "runtime.throw /go/src/runtime/panic.go:1",
				      "runtime.sigpanic /go/src/runtime/signal.go:1", CHECK, CONF_UP};
static named_stack dumped = {EXIT, "runtime.sighandler /go/src/runtime/signal.go:1",
			     "runtime.sigtramp /go/src/runtime/sys.s:2", "C"};
static named_stack crashed = {"runtime.raise /go/src/runtime/sys.s:1",
			      "runtime.dieFromSignal /go/src/runtime/signal.go:1",
			      "runtime.crash /go/src/runtime/signal.go:2",
			      "runtime.fatalpanic.func2 /go/src/runtime/panic.go:1",
			      "runtime.gopanic /go/src/runtime/panic.go:1",
			      CHECK,
			      CONF_UP};
static named_stack thread_start = {EXIT, "runtime.fatalthrow.func1 /go/src/runtime/panic.go:1",
				   "runtime.throw /go/src/runtime/panic.go:1",
				   "runtime.newosproc /go/src/runtime/os_linux.go:1",
				   "runtime.rt0_go /go/src/runtime/asm.s:9"};
static named_stack bad_cpu = {EXIT, "runtime.rt0_go /go/src/runtime/asm.s:9"};
static named_stack in_c = {"C"};
static named_stack calls_c = {"runtime.asmcgocall /go/src/runtime/asm.s:5",
			      "runtime.cgocall /go/src/runtime/cgocall.go:1",
			      "example.com/app/conf._Cfunc_open _cgo_gotypes.go:1", CHECK, CONF_UP};
static named_stack scheduler = {"runtime.futex /go/src/runtime/sys.s:1",
				"runtime.schedule /go/src/runtime/proc.go:1",
				"runtime.mcall /go/src/runtime/asm.s:1"};
static named_stack dials = {"runtime.gopark /go/src/runtime/proc.go:9",
			    "internal/poll.runtime_pollWait /go/src/runtime/netpoll.go:1",
			    "net.(*netFD).connect /go/src/net/fd.go:1",
			    "net.Dial /go/src/net/dial.go:1",
			    CHECK,
			    CONF_UP};
static named_stack selects = {"runtime.gopark /go/src/runtime/proc.go:9",
			      "runtime.block /go/src/runtime/select.go:1", CHECK, CONF_UP};
static named_stack trimmed_dials = {"runtime.gopark runtime/proc.go:9", "net.Dial net/dial.go:1",
				    "example.com/app/conf.check example.com/app/conf/conf.go:8",
				    "example.com/app/conf.init.0 example.com/app/conf/conf.go:5",
				    "runtime.main runtime/proc.go:2"};

/* What the record says of one death, and what must come of it. */
static const struct scene {
	const char *name;
	bool by_signal;
	int status;
	enum gl_phase phase;
	named_stack *end, *goroutine, *fault, *asked;
	int fault_signo, asked_signo;
	bool elsewhere;
	enum gl_watch_place place;
	const char *path;
	/* expected */
	enum gl_how how;
	enum gl_code code;
	const char *lead, *call, *init;
	enum gl_phase told;
} scenes[] = {
#define INIT	  GL_PHASE_INIT
#define RUNTIME	  GL_PHASE_RUNTIME
#define HERE	  .place = GL_WATCH_PLACE_PROGRAM
#define LIBC	  .place = GL_WATCH_PLACE_FILE, .path = "/lib/libc.so.6"
#define CONF_INIT .init = "example.com/app/conf.init.0"
	{"os.Exit", false, 3, INIT, &os_exit, HERE, .how = GL_HOW_EXIT, .code = GL_CODE_INIT_EXIT,
	 .lead = "example.com/app/conf.check", .call = "os.Exit", CONF_INIT, .told = INIT},
	{"os.Exit(0)", false, 0, INIT, &os_exit, HERE, .how = GL_HOW_EXIT,
	 .lead = "example.com/app/conf.check", .call = "os.Exit", CONF_INIT, .told = INIT},
	{"log.Fatalf", false, 1, INIT, &log_fatal, HERE, .how = GL_HOW_EXIT, .code = GL_CODE_INIT_EXIT,
	 .lead = "example.com/app/conf.check", .call = "log.Fatalf", CONF_INIT, .told = INIT},
	{"exit by a deferred function", false, 3, INIT, &deferred_exit, HERE, .how = GL_HOW_EXIT,
	 .code = GL_CODE_INIT_EXIT, .lead = "example.com/app/conf.check.func1", .call = "os.Exit", CONF_INIT,
	 .told = INIT},
	{"panic", false, 2, INIT, &panicked, HERE, .how = GL_HOW_PANIC, .code = GL_CODE_INIT_PANIC,
	 .lead = "example.com/app/conf.check", CONF_INIT, .told = INIT},
	{"panic in a deferred function", false, 2, INIT, &panicked_in_defer, HERE, .how = GL_HOW_PANIC,
	 .code = GL_CODE_INIT_PANIC, .lead = "example.com/app/conf.check", CONF_INIT, .told = INIT},
	{"GOTRACEBACK=crash", true, SIGABRT, INIT, &crashed, .fault = &crashed, .fault_signo = SIGABRT, HERE,
	 .how = GL_HOW_PANIC, .code = GL_CODE_INIT_PANIC, .lead = "example.com/app/conf.check", CONF_INIT,
	 .told = INIT},
	{"throw", false, 2, INIT, &threw, HERE, .how = GL_HOW_THROW, .code = GL_CODE_FATAL_ERROR,
	 .lead = "example.com/app/conf.check", CONF_INIT, .told = INIT},
	{"fault in Go", false, 2, INIT, &threw_for_fault, .fault = &os_exit, .fault_signo = SIGSEGV, HERE,
	 .how = GL_HOW_FAULT, .code = GL_CODE_INIT_SIGNAL, .lead = "example.com/app/conf.check", CONF_INIT,
	 .told = INIT},
	{"fault in C", false, 2, INIT, &dumped, .goroutine = &calls_c, .fault = &in_c, .fault_signo = SIGSEGV,
	 LIBC, .how = GL_HOW_FAULT, .code = GL_CODE_INIT_SIGNAL, .lead = "example.com/app/conf.check",
	 CONF_INIT, .told = INIT},
	{"SIGQUIT", false, 2, INIT, &dumped, .goroutine = &dials, .asked = &scheduler, .asked_signo = SIGQUIT,
	 HERE, .how = GL_HOW_SENT, .code = GL_CODE_INIT_TIMEOUT, .lead = "example.com/app/conf.check",
	 .call = "net.Dial", CONF_INIT, .told = INIT},
	{"C's exit", false, 9, INIT, &in_c, .goroutine = &calls_c, LIBC, .how = GL_HOW_EXIT_IN_C,
	 .code = GL_CODE_INIT_EXIT, .lead = "example.com/app/conf.check", CONF_INIT, .told = INIT},
	{"exit of a constructor", false, 9, RUNTIME, &in_c, LIBC, .how = GL_HOW_EXIT_IN_C,
	 .code = GL_CODE_INIT_EXIT, .told = RUNTIME},
	{"fault of a constructor", true, SIGSEGV, RUNTIME, &in_c, .fault = &in_c, .fault_signo = SIGSEGV,
	 LIBC, .how = GL_HOW_SIGNAL, .code = GL_CODE_INIT_SIGNAL, .told = RUNTIME},
	{"loader", false, 127, GL_PHASE_LOADER, &in_c, .place = GL_WATCH_PLACE_INTERPRETER,
	 .path = "/lib/ld.so", .how = GL_HOW_LOADER, .code = GL_CODE_LOADER_FAILED, .told = GL_PHASE_LOADER},
	{"a bundle's loader", false, 1, RUNTIME, &in_c, .place = GL_WATCH_PLACE_FILE,
	 .path = "/b/lib/ld-linux-x86-64.so.2", .how = GL_HOW_LOADER, .code = GL_CODE_LOADER_FAILED,
	 .told = RUNTIME},
	{"musl's constructor", false, 9, GL_PHASE_LOADER, &in_c, .place = GL_WATCH_PLACE_INTERPRETER,
	 .path = "/lib/ld-musl.so", .how = GL_HOW_EXIT_IN_C, .code = GL_CODE_INIT_EXIT,
	 .told = GL_PHASE_LOADER},
	{"no thread", false, 2, RUNTIME, &thread_start, HERE, .how = GL_HOW_THROW,
	 .code = GL_CODE_RUNTIME_START_FAILED, .lead = "runtime.newosproc", .told = RUNTIME},
	{"CPU level", false, 1, RUNTIME, &bad_cpu, HERE, .how = GL_HOW_CPU_LEVEL,
	 .code = GL_CODE_CPU_LEVEL_TOO_LOW, .lead = "runtime.rt0_go", .told = RUNTIME},
	{"fault of the runtime", true, SIGSEGV, RUNTIME, &bad_cpu, .fault = &bad_cpu, .fault_signo = SIGSEGV,
	 HERE, .how = GL_HOW_SIGNAL, .code = GL_CODE_RUNTIME_START_FAILED, .lead = "runtime.rt0_go",
	 .told = RUNTIME},
	{"another thread", false, 5, INIT, &scheduler, .goroutine = &selects, .elsewhere = true, HERE,
	 .how = GL_HOW_ELSEWHERE, .code = GL_CODE_INIT_EXIT, .lead = "example.com/app/conf.check",
	 .call = "select {}", CONF_INIT, .told = INIT},
	{"SIGTERM handled by another", false, 128 + SIGTERM, INIT, &scheduler, .goroutine = &dials,
	 .elsewhere = true, .asked = &scheduler, .asked_signo = SIGTERM, HERE, .how = GL_HOW_SENT,
	 .code = GL_CODE_INIT_TIMEOUT, .lead = "example.com/app/conf.check", .call = "net.Dial", CONF_INIT,
	 .told = INIT},
	{"SIGHUP handled before", false, 5, INIT, &scheduler, .goroutine = &selects, .elsewhere = true,
	 .asked = &scheduler, .asked_signo = SIGHUP, HERE, .how = GL_HOW_ELSEWHERE, .code = GL_CODE_INIT_EXIT,
	 .lead = "example.com/app/conf.check", .call = "select {}", CONF_INIT, .told = INIT},
	{"goroutine gone", false, 2, INIT, &scheduler, .elsewhere = true, HERE, .how = GL_HOW_ELSEWHERE,
	 .code = GL_CODE_INIT_EXIT, .told = INIT},
	{"SIGTERM", true, SIGTERM, INIT, &scheduler, .goroutine = &dials, .asked = &scheduler,
	 .asked_signo = SIGTERM, HERE, .how = GL_HOW_SENT, .code = GL_CODE_INIT_TIMEOUT,
	 .lead = "example.com/app/conf.check", .call = "net.Dial", CONF_INIT, .told = INIT},
	{"SIGTERM, -trimpath", true, SIGTERM, INIT, &trimmed_dials, HERE, .how = GL_HOW_SENT,
	 .code = GL_CODE_INIT_TIMEOUT, .lead = "example.com/app/conf.check", .call = "net.Dial", CONF_INIT,
	 .told = INIT},
	{"SIGKILL", true, SIGKILL, INIT, &selects, HERE, .how = GL_HOW_SENT, .code = GL_CODE_INIT_TIMEOUT,
	 .lead = "example.com/app/conf.check", .call = "select {}", CONF_INIT, .told = INIT},
	{"SIGPIPE", true, SIGPIPE, INIT, &selects, HERE, .how = GL_HOW_UNKNOWN,
	 .lead = "example.com/app/conf.check", CONF_INIT, .told = INIT},
	{"init unknown", false, 3, GL_PHASE_UNKNOWN, &os_exit, HERE, .how = GL_HOW_EXIT,
	 .code = GL_CODE_INIT_EXIT, .lead = "example.com/app/conf.check", .call = "os.Exit", CONF_INIT,
	 .told = INIT},
};

/* -- a record out of a scene: the unwound pc is a pointer to the frame's text -- */

static void push(struct gl_unwind *u, named_stack *stack)
{
	for (size_t i = 0; i < MAX_FRAMES && (*stack)[i]; i++)
		u->frames[u->count++] = (struct gl_unwind_frame){
			.place = (uintptr_t)(*stack)[i],
			.foreign = strcmp((*stack)[i], "C") == 0,
		};
}

static void make_moment(const struct scene *s, struct gl_watch_moment *m, named_stack *stack, int signo)
{
	m->seen = true;
	m->signo = signo;
	m->info = (siginfo_t){.si_signo = signo, .si_code = SI_USER, .si_pid = 77, .si_uid = 1000};
	m->at_ns = 1700000;
	m->has_stack = true;
	push(&m->stack, stack);
	m->where.place = s->place;
	m->where.offset = 0x1234;
	snprintf(m->where.path, sizeof(m->where.path), "%s", s->path ? s->path : "/app");
	if (s->goroutine) {
		m->has_goroutine = true;
		push(&m->goroutine, s->goroutine);
	}
}

static struct gl_watch_record *make_record(const struct scene *s)
{
	struct gl_watch_record *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->phase = s->phase;
	r->own_exit = !s->by_signal && !s->elsewhere;
	r->exec_ns = 1000000;
	r->exit_ns = 2000000;
	make_moment(s, &r->exit, s->end, 0);
	if (s->fault) {
		make_moment(s, &r->fault, s->fault, s->fault_signo);
		r->fault.info.si_code = SEGV_MAPERR;
		r->fault.info.si_addr = (void *)16;
	}
	if (s->asked)
		make_moment(s, &r->asked, s->asked, s->asked_signo);
	if (s->phase == GL_PHASE_INIT)
		r->inits = (struct gl_watch_inits){
			.known = true, .count = 44, .total = 44, .done = 30, .current = 30};
	return r;
}

/* "function file:line" */
static struct gl_frame frame_of(const char *text)
{
	const char *blank = strchr(text, ' '), *colon = strrchr(text, ':');

	return (struct gl_frame){
		.function = {.text = text, .len = (size_t)(blank - text)},
		.file = {.text = blank + 1, .len = (size_t)(colon - blank - 1)},
		.line = strtoul(colon + 1, NULL, 10),
	};
}

static int name_frames(void *arg, const struct gl_unwind *stack, struct gl_frames *ret)
{
	(void)arg;
	ret->items = calloc(MAX_FRAMES, sizeof(*ret->items));
	ck_assert_ptr_nonnull(ret->items);
	for (size_t i = 0; i < stack->count; i++)
		if (!stack->frames[i].foreign)
			ret->items[ret->count++] = frame_of((const char *)(uintptr_t)stack->frames[i].place);
	return 0;
}

static int name_package(void *arg, size_t index, char name[GL_PCLNTAB_NAME])
{
	(void)arg;
	ck_assert_uint_eq(index, 30);
	snprintf(name, GL_PCLNTAB_NAME, "example.com/app/conf");
	return 0;
}

static int name_symbol(void *arg, const struct gl_watch_mapping *where, char name[GL_WITNESS_MAX_SYMBOL],
		       uint64_t *ret_distance)
{
	(void)arg;
	ck_assert_uint_eq(where->offset, 0x1234);
	snprintf(name, GL_WITNESS_MAX_SYMBOL, "c_function");
	*ret_distance = 4;
	return 0;
}

/* All that is made for one scene. */
struct played {
	struct gl_watch_record *record;
	struct gl_death death;
	struct gl_witness witness;
	struct gl_findings list;
	struct gl_cause cause;
};

static void play(const struct scene *s, struct played *p, const struct gl_capture_text *text)
{
	struct gl_witness_source source = {
		.name = name_frames, .package = name_package, .symbol = name_symbol};
	struct gl_evidence evidence = {
		.death = &p->death, .program = "app", .witness = &p->witness, .text = text};
	struct gl_err err = GL_ERR_INIT;

	*p = (struct played){.record = make_record(s), .list = GL_FINDINGS_INIT, .cause = GL_CAUSE_INIT};
	p->death = (struct gl_death){.by_signal = s->by_signal, .status = s->status};
	source.record = p->record;
	ck_assert_msg(gl_witness_read(&source, &p->death, &p->witness) == 0, "%s", s->name);
	evidence.phase = p->witness.phase;
	ck_assert_int_eq(gl_cause_decide(&evidence, &p->list, &p->cause, &err), 0);
}

static void played_done(struct played *p)
{
	gl_cause_done(&p->cause);
	gl_findings_done(&p->list);
	gl_witness_done(&p->witness);
	free(p->record);
}

START_TEST(sees)
{
	const struct scene *s = &scenes[_i];
	const struct gl_frame *culprit;
	struct played p;

	play(s, &p, NULL);
	ck_assert_msg(p.witness.how == s->how, "%s: %d", s->name, p.witness.how);
	ck_assert_msg(p.cause.code == s->code, "%s: %s", s->name,
		      p.cause.code ? gl_code_info(p.cause.code)->code : "none");
	ck_assert_msg(p.cause.phase == s->told, "%s: %s", s->name, gl_phase_name(p.cause.phase));
	culprit = gl_cause_culprit(&p.cause);
	kit_assert_slice(culprit ? culprit->function : GL_SLICE_NONE, s->lead, s->name);
	kit_assert_slice(p.witness.call, s->call, s->name);
	kit_assert_slice(p.witness.init.function, s->init, s->name);
	kit_assert_slice(gl_cause_package(&p.cause), s->told == GL_PHASE_INIT ? "example.com/app/conf" : NULL,
			 s->name);
	ck_assert_ptr_eq(p.cause.finding, gl_findings_find(&p.list, s->code));
	played_done(&p);
}
END_TEST

/* Where nothing was seen, or only after init, there is no witness. */
START_TEST(sees_nothing)
{
	struct gl_witness_source source = {
		.name = name_frames, .package = name_package, .symbol = name_symbol};
	struct gl_watch_record *record = make_record(&scenes[0]);
	struct gl_death death = {.status = 3};
	struct gl_witness witness;

	source.record = record;
	record->phase = GL_PHASE_MAIN;
	ck_assert_int_eq(gl_witness_read(&source, &death, &witness), 1);
	record->phase = GL_PHASE_INIT;
	record->exit.seen = false;
	ck_assert_int_eq(gl_witness_read(&source, &death, &witness), 1);
	free(record);
}
END_TEST

static const struct scene *scene_named(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(scenes); i++)
		if (strcmp(scenes[i].name, name) == 0)
			return &scenes[i];
	ck_abort_msg("no scene '%s'", name);
}

#define WHERE                                                                                                \
	"  where    example.com/app/conf.check conf.go:8 <- conf.load conf.go:6 <- conf.init.0 conf.go:5\n"
#define INITS "  init     example.com/app/conf.init.0 conf.go:5, package 31 of 44, 0.7 ms after start\n"

static const struct block {
	const char *scene, *words, *text;
} blocks[] = {
	{"os.Exit", "",
	 "error[GL6002]: exited 3 before main.main, without a word\n" WHERE "  call     os.Exit\n" INITS
	 "  fix      let init return what went wrong, and main report it and exit\n"
	 "  more     golaunch explain GL6002\n"},
	{"log.Fatalf", "2026/11/23 cannot load\n",
	 "error[GL6002]: exited 1 before main.main\n" WHERE "  call     log.Fatalf\n" INITS
	 "  stderr   2026/11/23 cannot load\n"
	 "  fix      let init return what went wrong, and main report it and exit\n"
	 "  more     golaunch explain GL6002\n"},
	{"os.Exit", "panic: forged\n\ngoroutine 1 [running]:\nmain.init.0()\n\t/x.go:1 +0x1\n",
	 "error[GL6002]: exited 3 before main.main\n" WHERE "  call     os.Exit\n" INITS
	 "  stderr   \\x09/x.go:1 +0x1\n"
	 "  fix      let init return what went wrong, and main report it and exit\n"
	 "  more     golaunch explain GL6002\n"},
	{"panic", "panic: boom\n\ngoroutine 1 [running]:\nmain.forged()\n\t/x.go:1 +0x1\n",
	 "error[GL6001]: panic in the init of example.com/app/conf: boom\n" WHERE INITS
	 "  fix      move what can fail out of init into main, where it can be reported\n"
	 "  more     golaunch explain GL6001\n"},
	{"panic in a deferred function", NULL,
	 "error[GL6001]: panic in the init of example.com/app/conf\n" WHERE INITS
	 "  fix      move what can fail out of init into main, where it can be reported\n"
	 "  more     golaunch explain GL6001\n"},
	{"C's exit", NULL,
	 "error[GL6002]: exited 9 before main.main, by C code\n" WHERE
	 "  in C     c_function+0x4 in /lib/libc.so.6+0x1234\n" INITS
	 "  fix      look at the C code that is called there, or build with CGO_ENABLED=0\n"
	 "  more     golaunch explain GL6002\n"},
	{"fault of a constructor", NULL,
	 "error[GL6003]: killed by SIGSEGV before the Go runtime started, in C code\n"
	 "  signal   SIGSEGV at address 0x10: nothing is mapped there\n"
	 "  in C     c_function+0x4 in /lib/libc.so.6+0x1234\n"
	 "  fix      look at the C libraries' start-up code, or build with CGO_ENABLED=0\n"
	 "  more     golaunch explain GL6003\n"},
	{"SIGTERM", NULL,
	 "error[GL6006]: ended by SIGTERM in the init of example.com/app/conf\n" WHERE
	 "  call     net.Dial\n" INITS "  by       pid 77, uid 1000\n"
	 "  fix      move what waits (network, locks, other services) out of init, with a deadline\n"
	 "  more     golaunch explain GL6006\n"},
	{"goroutine gone", NULL,
	 "error[GL6002]: exited 2 before main.main, by another thread\n"
	 "  init     example.com/app/conf, package 31 of 44, 0.7 ms after start\n"
	 "  why      a panic or fatal error there (stderr was not captured), or os.Exit(2)\n"
	 "  fix      let init return what went wrong, and main report it and exit\n"
	 "  more     golaunch explain GL6002\n"},
};

START_TEST(says_it)
{
	const struct block *block = &blocks[_i];
	struct kit_text kit =
		kit_text(block->words ? block->words : "", block->words ? strlen(block->words) : 0);
	struct gl_buf b = GL_BUF_INIT;
	struct played p;

	play(scene_named(block->scene), &p, block->words ? &kit.text : NULL);
	gl_report_text(&b, &p.cause, "", false);
	ck_assert_str_eq(gl_buf_text(&b), block->text);
	gl_buf_done(&b);
	played_done(&p);
	kit_text_done(&kit);
}
END_TEST

/* The same death is the same whether the stack or the words told of it. */
START_TEST(fingerprint_is_that_of_the_words)
{
	static const char words[] =
		"panic: boom\n\ngoroutine 1 [running]:\nexample.com/app/conf.check()\n\t/c.go:1 +0x1\n"
		"example.com/app/conf.load()\n\t/c.go:1 +0x1\n"
		"example.com/app/conf.init.0()\n\t/c.go:1 +0x1\n";
	struct kit_text kit = kit_text(words, sizeof(words) - 1);
	struct gl_evidence evidence = {.program = "app", .text = &kit.text};
	struct gl_outcome outcome = {.kind = GL_OUTCOME_EXIT, .status = 2};
	char seen[GL_FINGERPRINT_SIZE], told[GL_FINGERPRINT_SIZE];
	struct gl_cause cause = GL_CAUSE_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct played p;

	play(scene_named("panic"), &p, NULL);
	gl_fingerprint(&outcome, &p.cause, seen);
	evidence.death = &p.death;
	ck_assert_int_eq(gl_cause_decide(&evidence, &p.list, &cause, &err), 0);
	ck_assert_int_eq(cause.code, GL_CODE_INIT_PANIC);
	gl_fingerprint(&outcome, &cause, told);
	ck_assert_str_eq(seen, told);
	gl_cause_done(&cause);
	played_done(&p);
	kit_text_done(&kit);
}
END_TEST

static json_t *report_of(const struct played *p, const char *key)
{
	struct gl_report report = {.program = "app", .cause = &p->cause};
	json_t *document, *value;
	size_t len;
	char *line;

	report.outcome = gl_outcome_of_death(&p->death);
	line = gl_report_json(&report, &len);
	document = json_loads(line, 0, NULL);
	value = json_incref(json_object_get(document, key));
	json_decref(document);
	free(line);
	return value;
}

START_TEST(writes_json)
{
	static const struct {
		const char *scene, *key, *value;
	} rows[] = {
		{"panic", "panic",
		 "{\"kind\":\"panic\",\"message\":null,\"goroutine\":1,\"source\":\"stack\"}"},
		{"os.Exit", "panic", "null"},
		{"os.Exit", "phase", "\"init\""},
		{"goroutine gone", "init",
		 "{\"package\":\"example.com/app/conf\",\"function\":null,\"file\":null,\"line\":null,\"done\":30,\"total\":44}"},
		{"os.Exit", "init",
		 "{\"package\":\"example.com/app/conf\",\"function\":\"example.com/app/conf.init.0\","
		 "\"file\":\"/src/conf/conf.go\",\"line\":5,\"done\":30,\"total\":44}"},
		{"goroutine gone", "frames", "[]"},
		{"log.Fatalf", "frames",
		 "[{\"function\":\"example.com/app/conf.check\",\"file\":\"/src/conf/conf.go\",\"line\":8},"
		 "{\"function\":\"example.com/app/conf.load\",\"file\":\"/src/conf/conf.go\",\"line\":6},"
		 "{\"function\":\"example.com/app/conf.init.0\",\"file\":\"/src/conf/conf.go\",\"line\":5}]"},
		{"no thread", "init", "null"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		struct played p;
		json_t *value;
		char *text;

		play(scene_named(rows[i].scene), &p, NULL);
		value = report_of(&p, rows[i].key);
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		ck_assert_str_eq(text, rows[i].value);
		free(text);
		json_decref(value);
		played_done(&p);
	}
}
END_TEST

START_TEST(phases)
{
	struct gl_watch_record *record = make_record(&scenes[0]);
	struct gl_death death = {.wall_ns = 9000000};
	static const char *const expected[] = {"{\"exec\": 1.0, \"init\": 1.0}",
					       "{\"exec\": 1.0, \"init\": 0.5, \"main\": 8.5}", "{}"};
	json_t *json;
	char *text;

	for (size_t i = 0; i < GL_ARRAY_SIZE(expected); i++) {
		if (i == 1)
			record->init_end_ns = 1500000;
		if (i == 2)
			record->exec_ns = 0;
		json = gl_phases_json(record, NULL, &death);
		text = json_dumps(json, 0);
		ck_assert_str_eq(text, expected[i]);
		free(text);
		json_decref(json);
	}
	free(record);
}
END_TEST

static Suite *witness_suite(void)
{
	Suite *suite = suite_create("witness");
	TCase *tcase = tcase_create("witness");

	tcase_add_loop_test(tcase, sees, 0, GL_ARRAY_SIZE(scenes));
	tcase_add_test(tcase, sees_nothing);
	tcase_add_loop_test(tcase, says_it, 0, GL_ARRAY_SIZE(blocks));
	tcase_add_test(tcase, fingerprint_is_that_of_the_words);
	tcase_add_test(tcase, writes_json);
	tcase_add_test(tcase, phases);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(witness_suite());
}
