/*
 * Common rows: see report/finding_rows.h.
 */
#include "report/finding_rows.h"

#include <inttypes.h>
#include <signal.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "report/frame_text.h"
#include "report/source_link.h"

#define MAX_TAIL_SCAN 4096 /* bytes of stderr searched for its last line */
#define NS_PER_MS     1000000u
#define MS_PER_S      1000u

char *gl_rows_escaped(struct gl_slice s, size_t max)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_escape_text(&b, s.text, s.len, max);
	return gl_buf_take(&b);
}

char *gl_rows_name(struct gl_slice name)
{
	gl_autofree char *plain = gl_frame_name(name);

	return plain ? gl_escape_dup(plain, GL_ROWS_MAX_MESSAGE) : NULL;
}

void gl_rows_text(struct gl_finding *f, const char *label, struct gl_slice s)
{
	gl_autofree char *text = s.len ? gl_rows_escaped(s, GL_ROWS_MAX_WORDS) : NULL;

	if (text)
		gl_finding_row(f, label, "%s", text);
}

static void add_evidence(struct gl_finding *f, const char *key, struct gl_slice s)
{
	gl_autofree char *text = s.len ? gl_frame_name(s) : NULL;

	gl_finding_evidence(f, key, text);
}

/* Of the innermost frame that has one: what a library does is the fault of its caller. */
static void add_link(struct gl_finding *f, const struct gl_cause *cause)
{
	const struct gl_trace *trace = gl_cause_trace(cause);
	const struct gl_frame *frame = gl_cause_culprit(cause);
	gl_autobuf struct gl_buf link = GL_BUF_INIT;

	for (; cause->gobin && frame && frame < trace->frames + trace->frame_count; frame++) {
		if (!gl_source_link(&link, cause->gobin, frame))
			continue;
		gl_finding_row(f, "source", "%s", gl_buf_text(&link));
		gl_finding_evidence(f, "source_url", gl_buf_text(&link));
		return;
	}
}

void gl_rows_where(struct gl_finding *f, const char *label, const struct gl_cause *cause)
{
	static const struct gl_frame nobody = {.line = 0};
	const struct gl_frame *culprit = gl_cause_culprit(cause);
	gl_autobuf struct gl_buf where = GL_BUF_INIT;

	if (culprit) {
		gl_frame_where(&where, gl_cause_trace(cause), culprit);
		gl_finding_row(f, label, "%s", gl_buf_text(&where));
	} else {
		culprit = &nobody;
	}
	add_evidence(f, "package",
		     culprit->function.len ? gl_trace_package(culprit->function) : GL_SLICE_NONE);
	add_evidence(f, "function", culprit->function);
	add_evidence(f, "file", culprit->file);
	if (culprit->file.len)
		gl_finding_evidence_int(f, "line", (long long)culprit->line);
	else
		gl_finding_evidence(f, "line", NULL);
	add_link(f, cause);
}

/* "0.7 ms", "350 ms", "2.3 s" */
static void put_time(struct gl_buf *b, uint64_t ns)
{
	uint64_t ms = ns / NS_PER_MS;

	if (ms < 10)
		gl_buf_printf(b, "%" PRIu64 ".%" PRIu64 " ms", ms, ns / (NS_PER_MS / 10) % 10);
	else if (ms < MS_PER_S)
		gl_buf_printf(b, "%" PRIu64 " ms", ms);
	else
		gl_buf_printf(b, "%" PRIu64 ".%" PRIu64 " s", ms / MS_PER_S, ms / (MS_PER_S / 10) % 10);
}

static void put_separator(struct gl_buf *b)
{
	if (b->len)
		gl_buf_puts(b, ", ");
}

void gl_rows_init(struct gl_finding *f, const struct gl_cause *cause)
{
	const struct gl_witness *w = cause->witness;
	const struct gl_frame *init = gl_cause_init(cause);
	gl_autofree char *package = gl_rows_name(gl_cause_package(cause));
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (cause->phase != GL_PHASE_INIT)
		return;
	if (init)
		gl_frame_text(&b, init, true);
	else if (package)
		gl_buf_puts(&b, package);
	if (w && w->has_count) {
		put_separator(&b);
		gl_buf_printf(&b, "package %zu of %zu", GL_MIN(w->done + 1, w->total), w->total);
	}
	if (w && w->since_ns) {
		put_separator(&b);
		put_time(&b, w->since_ns);
		gl_buf_puts(&b, " after start");
	}
	if (b.len)
		gl_finding_row(f, "init", "%s", gl_buf_text(&b));
}

void gl_rows_put_phase(struct gl_buf *b, const struct gl_cause *cause)
{
	gl_autofree char *package = gl_rows_name(gl_cause_package(cause));

	if (cause->phase == GL_PHASE_INIT)
		gl_buf_printf(b, " in the init of %s", package && *package ? package : "a package");
	else if (cause->phase == GL_PHASE_RUNTIME && (!cause->witness || !cause->witness->in_c))
		gl_buf_puts(b, " while the Go runtime started");
	else if (cause->phase == GL_PHASE_RUNTIME || cause->phase == GL_PHASE_LOADER)
		gl_buf_puts(b, " before the Go runtime started");
}

/* -- faults -- */

static bool has_address(const siginfo_t *info)
{
	return info->si_code > 0 && (info->si_signo == SIGSEGV || info->si_signo == SIGBUS ||
				     info->si_signo == SIGFPE || info->si_signo == SIGILL);
}

/* What the kernel's code means to a person (sigaction(2)); "": nothing more. */
static const char *meaning_of(const siginfo_t *info)
{
	static const struct {
		int signo, code;
		const char *meaning;
	} meanings[] = {
		{SIGSEGV, SEGV_MAPERR, ": nothing is mapped there"},
		{SIGSEGV, SEGV_ACCERR, ": it may not be accessed so"},
		{SIGBUS, BUS_ADRALN, ": not aligned"},
		{SIGBUS, BUS_ADRERR, ": behind the end of a file"},
		{SIGFPE, FPE_INTDIV, ": a division by zero"},
		{SIGILL, ILL_ILLOPN, ": no instruction of this CPU"},
		{SIGILL, ILL_ILLOPC, ": no instruction of this CPU"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(meanings); i++)
		if (info->si_signo == meanings[i].signo && info->si_code == meanings[i].code)
			return meanings[i].meaning;
	return "";
}

static void add_address(struct gl_finding *f, const siginfo_t *info)
{
	char room[GL_SIGNAL_NAME_ROOM];
	const char *name = gl_signals_name(info->si_signo, room);
	char address[32];

	snprintf(address, sizeof(address), "0x%" PRIxPTR, (uintptr_t)info->si_addr);
	if (has_address(info)) {
		gl_finding_row(f, "signal", "%s at address %s%s", name, address, meaning_of(info));
		gl_finding_evidence(f, "address", address);
	} else if (info->si_code == SI_TKILL) {
		gl_finding_row(f, "signal", "%s, by abort() or raise()", name);
	} else if (info->si_code <= 0) {
		gl_finding_row(f, "signal", "%s, sent by pid %d, uid %u", name, (int)info->si_pid,
			       (unsigned)info->si_uid);
	}
}

/* A place outside of Go: "/lib/libc.so.6+0x9a409", "abort+0xd3 in /lib/libc.so.6+0x9a409". */
static void add_mapping(struct gl_finding *f, const struct gl_witness *w)
{
	gl_autofree char *path = gl_escape_dup(w->where.path, GL_ROWS_MAX_WORDS);
	gl_autofree char *symbol = gl_escape_dup(w->symbol, 0);
	gl_autobuf struct gl_buf b = GL_BUF_INIT;
	char offset[32];

	snprintf(offset, sizeof(offset), "0x%" PRIx64, w->where.offset);
	gl_finding_evidence(f, "mapping", *w->where.path ? w->where.path : NULL);
	gl_finding_evidence(f, "offset", *w->where.path ? offset : NULL);
	gl_finding_evidence(f, "symbol", *w->symbol ? w->symbol : NULL);
	if (!*w->where.path || !path || !symbol)
		return;
	if (*symbol)
		gl_buf_printf(&b, "%s+0x%" PRIx64 " in ", symbol, w->symbol_distance);
	gl_buf_printf(&b, "%s+%s", path, offset);
	gl_finding_row(f, "in C", "%s", gl_buf_text(&b));
}

bool gl_rows_refused(struct gl_finding *f, const char *label, const struct gl_witness *witness)
{
	bool refused = witness && witness->wait && witness->wait->refused;

	if (!refused)
		return false;
	gl_finding_row(f, label, "%s", witness->wait->call);
	gl_finding_evidence(f, "syscall", witness->wait->name);
	gl_finding_evidence(f, "call", witness->wait->call);
	return true;
}

void gl_rows_fault(struct gl_finding *f, const struct gl_witness *witness)
{
	if (!gl_rows_refused(f, "filtered", witness) && witness->has_fault)
		add_address(f, &witness->fault);
	if (witness->in_c)
		add_mapping(f, witness);
}

/* -- others -- */

/* The signal came by way of golaunch; a process that sends one has si_code <= 0 (sigaction(2)). */
void gl_rows_forwarded(struct gl_finding *f, const struct gl_signal_origin *origin)
{
	gl_finding_row(f, "sent", "to golaunch, which passed it on");
	if (origin->code > 0)
		return;
	gl_finding_row(f, "by", "pid %d, uid %u", (int)origin->pid, (unsigned)origin->uid);
	gl_finding_evidence_int(f, "sender_pid", origin->pid);
	gl_finding_evidence_int(f, "sender_uid", origin->uid);
}

void gl_rows_last_words(struct gl_finding *f, const struct gl_capture_text *text)
{
	struct gl_slice line, last = GL_SLICE_NONE;
	const char *at, *end;

	if (!text || !text->tail_len)
		return;
	end = text->tail + text->tail_len;
	at = end - GL_MIN(text->tail_len, (size_t)MAX_TAIL_SCAN);
	while (gl_lines_next(&at, end, &line))
		if (line.len)
			last = line;
	gl_rows_text(f, "stderr", last);
}
