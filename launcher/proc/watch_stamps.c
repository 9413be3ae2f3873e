/*
 * Noting when init functions are called: see arch/stamp.h.
 *
 * The runtime calls them through words of the init tasks (gobin/inittasks.h), which
 * lie in the program's data.  Each is made to lead to the code instead; the code
 * puts the function's own address back as it passes, so that nobody else ever finds
 * a changed word: the runtime reads the first one of a task once more when it names
 * the package (GODEBUG=inittrace=1).  The words hold their final values once
 * runtime.main runs, whoever has relocated the program.
 *
 * No new executable memory is asked for, which hardened hosts deny: the code takes
 * the place of runtime.rt0_go, the first instructions of the runtime, which have run
 * for good by then.  The calls in runtime.main that separate the phases are led
 * through it as well, and the one at the end of init goes on to a breakpoint.  All is changed only where the memory has what the file has.  A
 * child that the program forks has its own copy, which works there as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "proc/probe.h"
#include "proc/watch_private.h"

#define PROC_PATH 40
#define TAKEN	  ((size_t)72 << 10)
#define ZEROS	  1024
#define AT_ONCE	  64 /* words, entries */

/* -- of the file -- */

static size_t count_functions(const struct gl_inittasks *tasks)
{
	size_t count = 0;

	for (size_t i = 0; i < tasks->count; i++)
		count += tasks->items[i].count;
	return count;
}

/* Returns 0, 1: a function is not there, or -errno. */
static int read_task(struct gl_watch_target *t, const struct gl_inittask *task)
{
	struct gl_watch_stamps *s = &t->stamps;
	uint64_t function;
	int r = 0;

	for (uint32_t i = 0; !r && i < task->count; i++) {
		if (s->count == GL_START_MAX_CALLS) {
			s->left_out += task->count - i;
			break;
		}
		r = gl_inittask_function(t->table, task, i, &function);
		s->entries[s->count++] = (struct gl_stamp_entry){
			.word = task->functions + i * sizeof(uint64_t), .function = function};
	}
	return r;
}

static int read_tasks(struct gl_watch_target *t, struct gl_err *err)
{
	struct gl_watch_stamps *s = &t->stamps;
	size_t room;
	int r = gl_inittasks_read(t->table, &t->tasks, err);

	if (r)
		return r;
	room = GL_MIN(count_functions(&t->tasks), GL_START_MAX_CALLS);
	s->entries = calloc(room + 1, sizeof(*s->entries));
	s->calls = calloc(room + 1, sizeof(*s->calls));
	if (!s->entries || !s->calls)
		return gl_err_sys(err, ENOMEM, "cannot trace the start");
	for (size_t i = 0; !r && i < t->tasks.count; i++)
		r = read_task(t, &t->tasks.items[i]);
	return r;
}

/* Half of it is enough: at its end the main thread's stack has a return address into it. */
static int find_place(struct gl_watch_target *t)
{
	uint64_t entry, end;
	size_t size = gl_stamp_code().size;
	int r = gl_pclntab_find(t->table, GL_WATCH_STAMPS_PLACE, &entry);

	if (!r)
		r = gl_pclntab_bounds(t->table, entry, &entry, &end);
	if (!r && (size > GL_STAMP_MAX_CODE || end - entry < 2 * size))
		r = 1;
	if (!r)
		r = gl_image_read_vaddr(t->image, entry, t->stamps.original, size);
	if (!r)
		t->stamps.code = entry;
	return r == -ERANGE ? 1 : r;
}

int gl_watch_stamps_find(struct gl_watch_target *t, struct gl_err *err)
{
	int r = read_tasks(t, err);

	if (!r)
		r = find_place(t);
	if (r)
		t->stamps.code = 0;
	return GL_MIN(r, 0);
}

void gl_watch_stamps_done(struct gl_watch_stamps *s)
{
	free(s->entries);
	free(s->calls);
}

/* -- of the process -- */

/* Ways to its memory that move more at once than ptrace does; what neither gives, ptrace may. */
struct way {
	pid_t pid;
	bool vectors; /* process_vm_readv(2) and _writev(2): only what the program itself may write */
	int memory;   /* /proc/PID/mem; -1: not open */
};

#define gl_autoway GL_CLEANUP(end_way)

static void end_way(struct way *way)
{
	gl_fd_close(&way->memory);
}

/* A filter that golaunch itself is under might kill for the calls that are not tried elsewhere. */
static struct way way_to(const struct gl_watch *w)
{
	return (struct way){.pid = w->pid, .vectors = !gl_probe_is_needed(), .memory = -1};
}

static int open_memory(struct way *way)
{
	char path[PROC_PATH];

	if (way->memory < 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", (int)way->pid);
		way->memory = open(path, O_RDWR | O_CLOEXEC);
	}
	return way->memory;
}

/* Pieces of its memory from or to bytes of ours, which follow each other.  Returns 0, 1: not this way. */
static int move_vectors(const struct way *way, bool out, void *bytes, const struct iovec *pieces,
			size_t count)
{
	struct iovec ours = {.iov_base = bytes};
	ssize_t n = -1;

	for (size_t i = 0; i < count; i++)
		ours.iov_len += pieces[i].iov_len;
	if (way->vectors)
		n = out ? process_vm_writev(way->pid, &ours, 1, pieces, count, 0)
			: process_vm_readv(way->pid, &ours, 1, pieces, count, 0);
	return n != (ssize_t)ours.iov_len;
}

static int load(struct way *way, uint64_t at, void *bytes, size_t len)
{
	struct iovec piece = {.iov_base = (void *)(uintptr_t)at, .iov_len = len};

	if (!move_vectors(way, false, bytes, &piece, 1))
		return 0;
	if (open_memory(way) >= 0 && pread(way->memory, bytes, len, (off_t)at) == (ssize_t)len)
		return 0;
	return gl_tracee_read(way->pid, at, bytes, len);
}

/* Also where the program itself may not write: its code. */
static int store(struct way *way, uint64_t at, const void *bytes, size_t len)
{
	if (open_memory(way) >= 0 && pwrite(way->memory, bytes, len, (off_t)at) == (ssize_t)len)
		return 0;
	return gl_tracee_write(way->pid, at, bytes, len);
}

static uint64_t code_address(const struct gl_watch *w)
{
	return w->record.bias + w->target->stamps.code;
}

/* The next words from the i-th on, at most AT_ONCE: neighbours are one piece.  Returns how many words. */
static size_t gather(const struct gl_watch *w, size_t i, struct iovec pieces[AT_ONCE], size_t *ret_pieces)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	size_t n = GL_MIN(s->count - i, (size_t)AT_ONCE), pieces_count = 0;

	for (size_t k = 0; k < n; k++) {
		uint64_t at = w->record.bias + s->entries[i + k].word;
		struct iovec *last = pieces_count ? &pieces[pieces_count - 1] : NULL;

		if (last && (uintptr_t)last->iov_base + last->iov_len == at)
			last->iov_len += sizeof(uint64_t);
		else
			pieces[pieces_count++] = (struct iovec){(void *)(uintptr_t)at, sizeof(uint64_t)};
	}
	*ret_pieces = pieces_count;
	return n;
}

static int move_words(struct way *way, bool out, uint64_t *words, const struct iovec *pieces, size_t count)
{
	int r = move_vectors(way, out, words, pieces, count) ? 0 : 1;

	for (size_t i = 0; !r && i < count; i++) {
		uint64_t at = (uintptr_t)pieces[i].iov_base;

		r = out ? store(way, at, words, pieces[i].iov_len) : load(way, at, words, pieces[i].iov_len);
		words += pieces[i].iov_len / sizeof(*words);
	}
	return GL_MIN(r, 0);
}

static int compare_words(const struct gl_watch *w, struct way *way)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	struct iovec pieces[AT_ONCE];
	uint64_t words[AT_ONCE];
	size_t count, n;
	int r = 0;

	for (size_t i = 0; !r && i < s->count; i += n) {
		n = gather(w, i, pieces, &count);
		r = move_words(way, false, words, pieces, count);
		for (size_t k = 0; !r && k < n; k++)
			r = words[k] != w->record.bias + s->entries[i + k].function;
	}
	return r;
}

/* Is all as the file has it?  Returns 0, 1: no, or -errno. */
static int compare(const struct gl_watch *w, struct way *way)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	uint8_t there[GL_STAMP_MAX_CODE];
	size_t size = gl_stamp_code().size;
	int r = load(way, code_address(w), there, size);

	if (!r)
		r = memcmp(there, s->original, size) != 0;
	return r ? r : compare_words(w, way);
}

static const enum gl_watch_site_kind led_sites[GL_WATCH_LED_MAX] = {
	[GL_WATCH_LED_MAIN] = GL_WATCH_SITE_MAIN,
	[GL_WATCH_LED_GCENABLE] = GL_WATCH_SITE_GCENABLE,
	[GL_WATCH_LED_END] = GL_WATCH_SITE_END,
};
_Static_assert(GL_ARRAY_SIZE(led_sites) <= GL_STAMP_CALLS, "each has a place in the code");

/* The last of them ends at a breakpoint. */
static struct gl_stamp_table make_table(const struct gl_watch *w, uint64_t at)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	struct gl_stamp_table table = {
		.next = at + sizeof(table),
		.first = at + sizeof(table),
		.end = at + gl_watch_stamps_size(s),
		.count = s->count,
	};

	for (size_t i = 0; i < GL_WATCH_LED_MAX; i++)
		table.targets[i] = w->record.bias + s->targets[i];
	table.targets[GL_WATCH_LED_END] = code_address(w) + gl_stamp_code().trap;
	return table;
}

static int store_table(const struct gl_watch *w, struct way *way, uint64_t at)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	struct gl_stamp_table table = make_table(w, at);
	struct gl_stamp_entry entries[AT_ONCE];
	int r = store(way, at, &table, sizeof(table));

	for (size_t i = 0, n; !r && i < s->count; i += n) {
		n = GL_MIN(s->count - i, (size_t)AT_ONCE);
		for (size_t k = 0; k < n; k++)
			entries[k] = (struct gl_stamp_entry){
				.word = w->record.bias + s->entries[i + k].word,
				.function = w->record.bias + s->entries[i + k].function,
			};
		r = store(way, table.first + i * sizeof(*entries), entries, n * sizeof(*entries));
	}
	return r;
}

static int store_code(const struct gl_watch *w, struct way *way, uint64_t table)
{
	struct gl_stamp_code code = gl_stamp_code();
	uint8_t bytes[GL_STAMP_MAX_CODE];

	memcpy(bytes, code.bytes, code.size);
	for (size_t i = 0; i < GL_ARRAY_SIZE(code.tables); i++)
		memcpy(bytes + code.tables[i], &table, sizeof(table));
	return store(way, code_address(w), bytes, code.size);
}

static int store_words(const struct gl_watch *w, struct way *way)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	struct iovec pieces[AT_ONCE];
	uint64_t words[AT_ONCE];
	size_t count;
	int r = 0;

	for (size_t k = 0; k < AT_ONCE; k++)
		words[k] = code_address(w);
	for (size_t i = 0; !r && i < s->count;) {
		i += gather(w, i, pieces, &count);
		r = move_words(way, true, words, pieces, count);
	}
	return r;
}

static int lead_calls(struct gl_watch *w)
{
	struct gl_stamp_code code = gl_stamp_code();
	uint8_t call[GL_STAMP_MAX_CALL];
	int r = 0;

	for (size_t i = 0; !r && i < GL_WATCH_LED_MAX; i++) {
		uint64_t from = w->record.bias + w->target->sites[led_sites[i]].address;

		if (gl_stamp_call(from, code_address(w) + code.calls[i], call) == 0)
			return 1;
		r = gl_watch_break_lead(w, led_sites[i], call);
	}
	return r;
}

/*
 * The runtime takes the first 64 KiB of the main thread's stack (runtime/asm_amd64.s
 * and its like, rt0_go) and never more: it has no other use for that stack, and without
 * C nobody has.  The kernel has made it 128 KiB larger than what lies on it
 * (fs/exec.c, setup_arg_pages), and keeps other mappings away from it.
 */
uint64_t gl_watch_stamps_place(const struct gl_watch *w, uint64_t sp)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	uint64_t at = (sp - TAKEN - gl_watch_stamps_size(s)) & ~UINT64_C(15), word;

	if (!s->no_c || gl_watch_stamps_size(s) > TAKEN || gl_tracee_peek(w->pid, at, &word))
		return 0;
	return at;
}

/* Last of all what leads there: the code is complete by then. */
int gl_watch_stamps_put(struct gl_watch *w, uint64_t table)
{
	gl_autoway struct way way = way_to(w);
	int r = compare(w, &way);

	if (!r)
		r = store_table(w, &way, table);
	if (!r)
		r = store_code(w, &way, table);
	if (!r)
		r = lead_calls(w);
	if (!r)
		r = store_words(w, &way);
	return r;
}

/* Behind the call: where calls push, its return address lies on the stack. */
bool gl_watch_stamps_at_end(const struct gl_watch *w, struct gl_registers *registers)
{
	const struct gl_register_layout *l = w->layout;

	if (!w->trace || !w->trace->table ||
	    gl_register(registers, l->pc) != code_address(w) + gl_stamp_code().trap)
		return false;
	registers->words[l->pc] = w->record.bias + w->target->sites[GL_WATCH_SITE_END].address;
	if (l->lr == GL_REGISTER_NONE)
		registers->words[l->sp] += sizeof(uint64_t);
	return true;
}

size_t gl_watch_stamps_size(const struct gl_watch_stamps *s)
{
	return sizeof(struct gl_stamp_table) + s->count * sizeof(struct gl_stamp_entry);
}

int gl_watch_stamps_read(struct gl_watch *w, uint64_t table, uint64_t led[GL_WATCH_LED_MAX])
{
	struct gl_watch_stamps *s = &w->target->stamps;
	gl_autoway struct way way = way_to(w);
	struct gl_stamp_entry entries[AT_ONCE];
	struct gl_stamp_table head;
	int r = load(&way, table, &head, sizeof(head));

	if (!r)
		memcpy(led, head.ticks, GL_WATCH_LED_MAX * sizeof(*led));
	for (size_t i = 0, n; !r && i < s->count; i += n) {
		n = GL_MIN(s->count - i, (size_t)AT_ONCE);
		r = load(&way, table + sizeof(head) + i * sizeof(*entries), entries, n * sizeof(*entries));
		for (size_t k = 0; !r && k < n; k++)
			s->entries[i + k].ticks = entries[k].ticks;
	}
	return r;
}

void gl_watch_stamps_take_out(struct gl_watch *w)
{
	gl_autoway struct way way = way_to(w);

	const uint8_t zeros[ZEROS] = {0};
	size_t size = w->trace->mapped ? 0 : gl_watch_stamps_size(&w->target->stamps);
	int r = store(&way, code_address(w), w->target->stamps.original, gl_stamp_code().size);

	for (size_t at = 0; !r && at < size; at += ZEROS)
		r = store(&way, w->trace->table + at, zeros, GL_MIN(size - at, (size_t)ZEROS));
	(void)r; /* it is dead, or its memory is closed: nobody comes there */
}
