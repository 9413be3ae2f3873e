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
 * for good by then.  All is changed only where the memory has what the file has.  A
 * child that the program forks has its own copy, which works there as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "proc/watch_private.h"

#define PROC_PATH 40
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

/* Its memory in larger pieces than ptrace moves; -1 where only ptrace may. */
static int open_memory(const struct gl_watch *w)
{
	char path[PROC_PATH];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)w->pid);
	return open(path, O_RDWR | O_CLOEXEC);
}

static int load(const struct gl_watch *w, int memory, uint64_t at, void *bytes, size_t len)
{
	if (memory >= 0 && pread(memory, bytes, len, (off_t)at) == (ssize_t)len)
		return 0;
	return gl_tracee_read(w->pid, at, bytes, len);
}

static int store(const struct gl_watch *w, int memory, uint64_t at, const void *bytes, size_t len)
{
	if (memory >= 0 && pwrite(memory, bytes, len, (off_t)at) == (ssize_t)len)
		return 0;
	return gl_tracee_write(w->pid, at, bytes, len);
}

static uint64_t code_address(const struct gl_watch *w)
{
	return w->record.bias + w->target->stamps.code;
}

/* How many words from the i-th on are neighbours, at most AT_ONCE. */
static size_t neighbours(const struct gl_watch_stamps *s, size_t i)
{
	size_t n = 1;

	while (n < AT_ONCE && i + n < s->count && s->entries[i + n].word == s->entries[i].word + 8 * n)
		n++;
	return n;
}

static int compare_words(const struct gl_watch *w, int memory, size_t i, size_t n)
{
	const struct gl_stamp_entry *e = &w->target->stamps.entries[i];
	uint64_t words[AT_ONCE];
	int r = load(w, memory, w->record.bias + e->word, words, n * sizeof(*words));

	for (size_t k = 0; !r && k < n; k++)
		r = words[k] != w->record.bias + e[k].function;
	return r;
}

/* Is all as the file has it?  Returns 0, 1: no, or -errno. */
static int compare(const struct gl_watch *w, int memory)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	uint8_t there[GL_STAMP_MAX_CODE];
	size_t size = gl_stamp_code().size, n;
	int r = load(w, memory, code_address(w), there, size);

	if (!r)
		r = memcmp(there, s->original, size) != 0;
	for (size_t i = 0; !r && i < s->count; i += n) {
		n = neighbours(s, i);
		r = compare_words(w, memory, i, n);
	}
	return r;
}

static int store_table(const struct gl_watch *w, int memory, uint64_t at)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	uint64_t first = at + sizeof(struct gl_stamp_table);
	struct gl_stamp_table table = {
		.next = first,
		.first = first,
		.end = first + s->count * sizeof(struct gl_stamp_entry),
		.count = s->count,
	};
	struct gl_stamp_entry entries[AT_ONCE];
	int r = store(w, memory, at, &table, sizeof(table));

	for (size_t i = 0, n; !r && i < s->count; i += n) {
		n = GL_MIN(s->count - i, (size_t)AT_ONCE);
		for (size_t k = 0; k < n; k++)
			entries[k] = (struct gl_stamp_entry){
				.word = w->record.bias + s->entries[i + k].word,
				.function = w->record.bias + s->entries[i + k].function,
			};
		r = store(w, memory, first + i * sizeof(*entries), entries, n * sizeof(*entries));
	}
	return r;
}

static int store_code(const struct gl_watch *w, int memory, uint64_t table)
{
	struct gl_stamp_code code = gl_stamp_code();
	uint8_t bytes[GL_STAMP_MAX_CODE];

	memcpy(bytes, code.bytes, code.size);
	memcpy(bytes + code.table, &table, sizeof(table));
	return store(w, memory, code_address(w), bytes, code.size);
}

static int store_words(const struct gl_watch *w, int memory)
{
	const struct gl_watch_stamps *s = &w->target->stamps;
	uint64_t words[AT_ONCE];
	int r = 0;

	for (size_t k = 0; k < AT_ONCE; k++)
		words[k] = code_address(w);
	for (size_t i = 0, n; !r && i < s->count; i += n) {
		n = neighbours(s, i);
		r = store(w, memory, w->record.bias + s->entries[i].word, words, n * sizeof(*words));
	}
	return r;
}

/* Last of all the words: each of them leads to code that is complete. */
int gl_watch_stamps_put(struct gl_watch *w, uint64_t mapping)
{
	gl_autoclose int memory = open_memory(w);
	int r = compare(w, memory);

	if (!r)
		r = store_table(w, memory, mapping);
	if (!r)
		r = store_code(w, memory, mapping);
	if (!r)
		r = store_words(w, memory);
	return r;
}

size_t gl_watch_stamps_size(const struct gl_watch_stamps *s)
{
	return sizeof(struct gl_stamp_table) + s->count * sizeof(struct gl_stamp_entry);
}

int gl_watch_stamps_read(struct gl_watch *w, uint64_t mapping)
{
	struct gl_watch_stamps *s = &w->target->stamps;
	gl_autoclose int memory = open_memory(w);
	struct gl_stamp_entry entries[AT_ONCE];
	uint64_t first = mapping + sizeof(struct gl_stamp_table);
	int r = 0;

	for (size_t i = 0, n; !r && i < s->count; i += n) {
		n = GL_MIN(s->count - i, (size_t)AT_ONCE);
		r = load(w, memory, first + i * sizeof(*entries), entries, n * sizeof(*entries));
		for (size_t k = 0; !r && k < n; k++)
			s->entries[i + k].ticks = entries[k].ticks;
	}
	return r;
}

void gl_watch_stamps_take_out(struct gl_watch *w)
{
	gl_autoclose int memory = open_memory(w);

	if (store(w, memory, code_address(w), w->target->stamps.original, gl_stamp_code().size))
		return; /* it is dead, or its memory is closed: nobody comes there */
}
