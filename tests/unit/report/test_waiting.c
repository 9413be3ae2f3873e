/*
 * What a program was waiting for, and deaths of which the kernel's side is told: by a
 * filter, for want of memory, by the start timeout.
 */
#include "report/waiting.h"

#include <signal.h>

#include "report/cause.h"
#include "report/text.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define MAX_FRAMES 8

#define SLICE(literal) ((struct gl_slice){.text = (literal), .len = strlen(literal)})

/* Functions from the inside; the last is the one to blame. */
typedef const char *const stack[MAX_FRAMES];

#define OWN "example.com/app/conf.load"
static stack dials = {"runtime.gopark", "internal/poll.(*FD).WaitWrite", "net.(*netFD).connect", "net.Dial",
		      OWN};
static stack reads = {"runtime.gopark", "internal/poll.(*FD).Read", "net.(*conn).Read", OWN};
static stack writes = {"runtime.gopark", "internal/poll.(*FD).Write", "os.(*File).Write", OWN};
static stack accepts = {"runtime.gopark", "internal/poll.(*FD).Accept", "net.(*TCPListener).Accept", OWN};
static stack gets = {"runtime.gopark", "runtime.selectgo", "net/http.(*persistConn).roundTrip",
		     "net/http.Get", OWN};
static stack looks_up = {"runtime.gopark", "runtime.selectgo", "net.(*Resolver).lookupIPAddr",
			 "net.LookupHost", OWN};
static stack asks = {"internal/poll.(*FD).Read", "net.dnsPacketRoundTrip", "net.(*Resolver).exchange", OWN};
static stack channel = {"runtime.gopark", "runtime.chanrecv1", OWN};
static stack scheduler = {"runtime.futex", "runtime.schedule", "runtime.mcall"};
static stack flocks = {"internal/runtime/syscall.Syscall6", "syscall.Flock", OWN};
static stack calls_c = {"runtime.asmcgocall", "runtime.cgocall", "conf._Cfunc_dial", OWN};

#define TCP(s, p)                                                                                            \
	{                                                                                                    \
		.kind = GL_DESCRIPTOR_TCP, .state = (s), .peer = (p), .local = "127.0.0.1:9",                \
		.peer_port = 5432                                                                            \
	}
#define UDP(p, port)                                                                                         \
	{                                                                                                    \
		.kind = GL_DESCRIPTOR_UDP, .state = GL_SOCKET_CONNECTED, .peer = (p), .peer_port = (port)    \
	}
#define CONNECTING(p) TCP(GL_SOCKET_CONNECTING, p)
#define CONNECTED(p)  TCP(GL_SOCKET_CONNECTED, p)
#define LISTENING                                                                                            \
	{                                                                                                    \
		.kind = GL_DESCRIPTOR_TCP, .state = GL_SOCKET_LISTENING, .local = "0.0.0.0:80"               \
	}
#define FIFO                                                                                                 \
	{                                                                                                    \
		.kind = GL_DESCRIPTOR_PIPE, .name = "/run/x"                                                 \
	}
#define UNREAD                                                                                               \
	{                                                                                                    \
		.kind = GL_DESCRIPTOR_TCP, .state = GL_SOCKET_CONNECTED, .peer = "u:1", .peer_port = 1,      \
		.unread = true                                                                               \
	}
#define ON(...)	 .parked = true, .has_descriptor = true, .descriptor = __VA_ARGS__
#define ONE(...) .parked = true, .connection_count = 1, .connections = {__VA_ARGS__}
#define TWO(...) .parked = true, .connection_count = 2, .connections = {__VA_ARGS__}

static const struct row {
	stack *frames;
	bool in_c;
	struct gl_watch_wait wait;
	const char *text, *others; /* NULL: nothing is said */
} rows[] = {
	/* the very descriptor */
	{&dials, false, {ON(CONNECTING("10.0.0.5:5432"))}, "connect to 10.0.0.5:5432", NULL},
	{&reads, false, {ON(CONNECTED("10.0.0.5:5432"))}, "read from 10.0.0.5:5432", NULL},
	{&reads, false, {ON(FIFO)}, "read from FIFO /run/x", NULL},
	{&writes, false, {ON(FIFO)}, "write to FIFO /run/x", NULL},
	{&accepts, false, {ON(LISTENING)}, "accept on 0.0.0.0:80", NULL},
	{&asks, false, {ON(UDP("10.0.0.2:5353", 5353))}, "answer of 10.0.0.2:5353 (DNS)", NULL},
	{&reads, false, {ON(UDP("10.0.0.2:53", 53))}, "answer of 10.0.0.2:53 (DNS)", NULL},
	{&reads, false, {ON(UDP("10.0.0.2:5353", 5353))}, "read from 10.0.0.2:5353", NULL},
	/* the process's connections */
	{&gets, false, {ONE(CONNECTING("a:1"))}, "connect to a:1", NULL},
	{&gets, false, {ONE(CONNECTED("a:1"))}, "answer of a:1", NULL},
	{&gets, false, {TWO(CONNECTED("a:1"), CONNECTING("b:1"))}, "connect to b:1 or answer of a:1", NULL},
	{&gets, false, {TWO(CONNECTED("a:1"), CONNECTED("a:1"))}, "answer of a:1", NULL},
	{&gets, false, {TWO(UNREAD, CONNECTED("a:1"))}, "answer of a:1", NULL},
	{&gets, false, {ONE(UNREAD)}, NULL, NULL},
	{&gets, false, {TWO(UNREAD, CONNECTED("u:1"))}, "answer of u:1", NULL},
	{&gets, false, {ONE(UDP("10.0.0.2:53", 53))}, "answer of 10.0.0.2:53 (DNS)", NULL},
	{&looks_up, false, {TWO(CONNECTED("a:1"), UDP("n:5353", 5353))}, "answer of n:5353 (DNS)", NULL},
	{&looks_up, false, {ONE(CONNECTING("a:1"))}, "connect to a:1", NULL},
	{&channel, false, {ONE(CONNECTING("a:1"))}, NULL, "connect to a:1"},
	{&channel, false, {.parked = true}, NULL, NULL},
	{&gets, false, {.parked = true}, NULL, NULL},
	/* the thread's own call */
	{&flocks,
	 false,
	 {.blocked = true, .name = "flock", .call = "flock(3, LOCK_EX)"},
	 "flock(3, LOCK_EX)",
	 NULL},
	{&flocks, false, {.name = "flock", .call = "flock(3, LOCK_EX)"}, NULL, NULL},
	{&calls_c,
	 true,
	 {.blocked = true, .name = "connect", .call = "connect(3, a:1)", .object = "a:1"},
	 "connect to a:1",
	 NULL},
	{&scheduler, false, {.blocked = true, .name = "futex", .call = "futex(...)"}, NULL, NULL},
	{&scheduler, true, {.blocked = true, .name = "futex", .call = "futex(...)"}, "futex(...)", NULL},
};

/* A witness that owns its frames; the innermost outside of the standard library, the last, is to blame. */
static void make(const struct row *row, struct gl_witness *w)
{
	*w = GL_WITNESS_INIT;
	w->how = GL_HOW_SENT;
	w->phase = GL_PHASE_INIT;
	w->in_c = row->in_c;
	w->wait = &row->wait;
	w->trace = GL_TRACE_INIT;
	w->frames.items = calloc(MAX_FRAMES, sizeof(*w->frames.items));
	ck_assert_ptr_nonnull(w->frames.items);
	for (size_t i = 0; i < MAX_FRAMES && (*row->frames)[i]; i++) {
		w->frames.items[i].function = SLICE((*row->frames)[i]);
		w->frames.items[i].file = GL_SLICE_NONE;
		w->frames.count++;
	}
	if (row->frames != &scheduler)
		gl_trace_add(&w->trace, w->frames.items[w->frames.count - 1]);
	w->has_trace = w->trace.frame_count > 0;
}

static void check_said(bool said, const struct gl_buf *b, const char *expected)
{
	ck_assert_int_eq(said, expected != NULL);
	ck_assert_str_eq(gl_buf_text(b), expected ? expected : "");
}

START_TEST(says)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT, others = GL_BUF_INIT;
	struct gl_witness w;

	make(&rows[_i], &w);
	check_said(gl_waiting_put(&b, &w), &b, rows[_i].text);
	check_said(gl_waiting_put_others(&others, &w), &others, rows[_i].others);
	gl_witness_done(&w);
}
END_TEST

START_TEST(says_nothing_unseen)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	struct gl_witness w = GL_WITNESS_INIT;

	ck_assert(!gl_waiting_put(&b, &w) && !gl_waiting_put_others(&b, &w));
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

/* -- the findings -- */

static const struct row mounting = {
	&flocks, false, {.refused = true, .name = "mount", .call = "mount(\"/a\")"}, NULL, NULL};
static const struct row killed = {&gets, false, {ONE(CONNECTING("10.0.0.5:80"))}, NULL, NULL};
static const struct row behind = {&channel, false, {ONE(CONNECTING("10.0.0.5:80"))}, NULL, NULL};

/* A group that is the program's own, in which the kernel killed one. */
static const struct gl_cgroup deadly = {
	.place = {.version = GL_CGROUP_V2, .name = "/g"},
	.hits_before = GL_CGROUP_UNKNOWN,
	.level_count = 1,
	.levels = {{.name_len = 2,
		    .figures = {.kills = 1, .hits = 4, .limit = 64 << 20, .peak = GL_CGROUP_UNKNOWN}}},
};

#define PLACE "  where    example.com/app/conf.load\n"
#define INIT  "  init     example.com/app/conf\n"
#define WAITS                                                                                                \
	"  fix      move what waits (network, locks, other services) out of init, with a deadline\n  more     golaunch explain GL6006\n"

static const struct ending {
	const char *name;
	const struct row *row;
	enum gl_how how;
	bool filtered;
	const struct gl_cgroup *cgroup;
	unsigned timeout_ms;
	int signo;
	const char *text;
} endings[] = {
	{"our filter", &mounting, GL_HOW_SIGNAL, true, NULL, 0, SIGSYS,
	 "error[GL5102]: killed by golaunch's policy in the init of example.com/app/conf\n"
	 "  call     mount(\"/a\")\n" PLACE INIT
	 "  fix      allow it in the policy, or deny it with an errno\n"
	 "  more     golaunch explain GL5102\n"},
	{"our filter, another thread", &behind, GL_HOW_SIGNAL, true, NULL, 0, SIGSYS,
	 "error[GL5102]: killed by golaunch's policy in the init of example.com/app/conf\n"
	 "  call     unknown: the kernel does not say which\n" PLACE INIT
	 "  fix      find the call (strace -f, or the audit log) and allow it in the policy\n"
	 "  more     golaunch explain GL5102\n"},
	{"another filter", &mounting, GL_HOW_SIGNAL, false, NULL, 0, SIGSYS,
	 "error[GL6003]: killed by SIGSYS in the init of example.com/app/conf\n" PLACE
	 "  filtered mount(\"/a\")\n" INIT
	 "  fix      allow the call in the sandbox around golaunch, or do without it\n"
	 "  more     golaunch explain GL6003\n"},
	{"memory", &killed, GL_HOW_SENT, false, &deadly, 0, SIGKILL,
	 "error[GL6104]: killed by the kernel, out of memory: the limit is 64 MiB\n"
	 "  limit    64 MiB (memory.max of /g)\n"
	 "  used     0 bytes in the program itself\n" PLACE INIT
	 "  fix      raise the limit: docker run -m, resources.limits.memory, MemoryMax=\n"
	 "  fix      let the collector keep below it: GOMEMLIMIT=57MiB (Go 1.19 and later)\n"
	 "  fix      look at what it holds: net/http/pprof, /debug/pprof/heap\n"
	 "  more     golaunch explain GL6104\n"},
	{"a timeout", &killed, GL_HOW_SENT, false, NULL, 2500, SIGKILL,
	 "error[GL6006]: ended after 2.5 s of starting (--start-timeout) in the init of example.com/app/conf\n" PLACE
	 "  call     net/http.Get: connect to 10.0.0.5:80\n" INIT WAITS},
	{"a timeout, behind a channel", &behind, GL_HOW_SENT, false, NULL, 2500, SIGKILL,
	 "error[GL6006]: ended after 2.5 s of starting (--start-timeout) in the init of example.com/app/conf\n" PLACE
	 "  call     net/http.Get\n  sockets  connect to 10.0.0.5:80\n" INIT WAITS},
	{"a timeout, and memory", &behind, GL_HOW_SENT, false, &deadly, 2500, SIGKILL,
	 "error[GL6006]: ended after 2.5 s of starting (--start-timeout) in the init of example.com/app/conf\n" PLACE
	 "  call     net/http.Get\n  sockets  connect to 10.0.0.5:80\n" INIT
	 "  likely   out of memory: the kernel killed 1 in the group /g meanwhile\n" WAITS},
	{"a timeout that came too late", &killed, GL_HOW_SENT, false, NULL, 2500, SIGTERM,
	 "error[GL6006]: ended by SIGTERM in the init of example.com/app/conf\n" PLACE
	 "  call     net/http.Get: connect to 10.0.0.5:80\n" INIT WAITS},
	{"a timeout, unseen", NULL, GL_HOW_UNKNOWN, false, NULL, 2500, SIGKILL,
	 "error[GL6006]: ended after 2.5 s of starting (--start-timeout)\n  more     golaunch explain GL6006\n"},
	{"a timeout, unseen, and memory", NULL, GL_HOW_UNKNOWN, false, &deadly, 2500, SIGKILL,
	 "error[GL6006]: ended after 2.5 s of starting (--start-timeout)\n"
	 "  likely   out of memory: the kernel killed 1 in the group /g meanwhile\n"
	 "  more     golaunch explain GL6006\n"},
	{"a timeout that came too late, unseen", NULL, GL_HOW_UNKNOWN, false, NULL, 2500, SIGTERM, ""},
};

START_TEST(explains)
{
	const struct ending *e = &endings[_i];
	struct gl_death death = {.by_signal = true, .status = e->signo};
	struct gl_witness w = GL_WITNESS_INIT;
	struct gl_evidence evidence = {.death = &death,
				       .program = "app",
				       .filtered = e->filtered,
				       .cgroup = e->cgroup,
				       .timeout_ms = e->timeout_ms};
	struct gl_findings list = GL_FINDINGS_INIT;
	struct gl_cause cause = GL_CAUSE_INIT;
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	if (e->row) {
		make(e->row, &w);
		w.how = e->how;
		w.signo = e->signo;
		w.package = SLICE("example.com/app/conf");
		w.call = e->how == GL_HOW_SENT ? SLICE("net/http.Get") : GL_SLICE_NONE;
		w.init.function = GL_SLICE_NONE;
		evidence.witness = &w;
		evidence.phase = GL_PHASE_INIT;
	}
	ck_assert_int_eq(gl_cause_decide(&evidence, &list, &cause, &err), 0);
	gl_report_text(&b, &cause, "", false);
	ck_assert_msg(!strcmp(gl_buf_text(&b), e->text), "%s:\n%s", e->name, gl_buf_text(&b));
	gl_cause_done(&cause);
	gl_findings_done(&list);
	gl_witness_done(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("waiting");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, says, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, says_nothing_unseen);
	tcase_add_loop_test(c, explains, 0, (int)GL_ARRAY_SIZE(endings));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
