/*
 * Fuzzes what is read of a Go program while its start is watched: damaged programs
 * are searched for their pclntab, functions, source positions, the end of init and
 * init tasks; then a stack is unwound through them that is as hostile as they are.
 * Seeds: small programs of every layout (seeds/pclntab/make.c), and real ones.
 *
 * What must hold of every answer is checked besides.  A query that takes long is
 * told as a hang, as the supervisor asks some of them in its loop.
 */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>

#include "gobin/goroutine.h"
#include "gobin/inittasks.h"
#include "gobin/insn.h"
#include "gobin/pclntab.h"
#include "gobin/starter.h"
#include "gobin/unwind.h"

#define TEXT	      0x401000 /* where the seeds' functions are */
#define STACK	      0x7f0000001000
#define FUNCTIONS_MAX 64   /* asked about in one round */
#define QUERY_SECONDS 2.0  /* under sanitizers */
#define UNREADABLE    1021 /* so many words of memory, one cannot be read */

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz: does not hold: %s\n", what);
	abort();
}

/* -- the program -- */

struct program {
	struct gl_image *image;
	struct gl_pclntab *table;
	const unsigned char *bytes;
	size_t len;
	uint64_t functions[FUNCTIONS_MAX]; /* entries that were met */
	size_t count;
};

static void keep_function(struct program *p, uint64_t entry)
{
	if (p->count < FUNCTIONS_MAX)
		p->functions[p->count++] = entry;
}

static bool ends(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

static void ask_positions(struct program *p, uint64_t pc)
{
	struct gl_position_walk walk = gl_position_walk_at(pc);
	struct gl_position at;
	unsigned depth = 0;

	while (gl_position_next(p->table, &walk, &at) == 0) {
		must(ends(at.function, sizeof(at.function)) && ends(at.file, sizeof(at.file)),
		     "names of positions end");
		must(++depth <= GL_PCLNTAB_MAX_DEPTH + 1, "inlining ends");
	}
}

static void ask_address(struct program *p, uint64_t pc)
{
	char name[GL_PCLNTAB_NAME];
	uint64_t entry, end, delta;

	if (gl_pclntab_bounds(p->table, pc, &entry, &end) == 0) {
		must(entry <= pc && pc < end, "a function holds the address it was asked for");
		keep_function(p, entry);
	}
	if (gl_pclntab_name(p->table, pc, name) == 0)
		must(ends(name, sizeof(name)), "names of functions end");
	(void)!gl_pclntab_sp_delta(p->table, pc, &delta);
	ask_positions(p, pc);
}

static int count_entries(const struct gl_pclntab_entry *entry, void *arg)
{
	keep_function(arg, entry->entry);
	return 0;
}

static void ask_names(struct program *p)
{
	static const char *const names[] = {"main.main", "runtime.closechan", "runtime.exit",
					    "conf.init", "conf.check",	      "nowhere"};
	uint64_t entry;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)!gl_pclntab_find_each(p->table, names[i], count_entries, p);
		if (gl_pclntab_find(p->table, names[i], &entry) == 0)
			ask_address(p, entry);
	}
}

static void ask_code(struct program *p)
{
	uint64_t addresses[8], address;
	size_t count;

	(void)!gl_starter_is_main_thread(p->table);
	(void)!gl_insn_init_end(p->table, &address);
	for (size_t i = 0; i < p->count && i < 4; i++)
		if (gl_insn_references(p->table, p->functions[i], addresses, 8, &count) == 0)
			must(count <= 8, "references fit");
}

static void ask_inits(struct program *p)
{
	struct gl_inittasks tasks = GL_INITTASKS_INIT;
	struct gl_err err = GL_ERR_INIT;
	char name[GL_PCLNTAB_NAME];
	uint64_t pc;

	if (gl_inittasks_read(p->table, &tasks, &err) != 0)
		return;
	must(tasks.count > 0 && tasks.count <= GL_INITTASKS_MAX, "there are not too many tasks");
	for (size_t i = 0; i < tasks.count && i < FUNCTIONS_MAX; i++) {
		must(tasks.items[i].count <= GL_INITTASKS_MAX_FUNCTIONS, "a task has not too many functions");
		if (gl_inittask_package(p->table, &tasks.items[i], name) == 0)
			must(ends(name, sizeof(name)), "names of packages end");
		(void)!gl_inittask_function(p->table, &tasks.items[i], tasks.items[i].count - 1, &pc);
	}
	gl_inittasks_done(&tasks);
}

/* -- its memory -- */

/* A word of the stack: an address in a function, of the stack, or anything. */
static uint64_t stack_word(const struct program *p, uint64_t address)
{
	uint64_t state = address ^ p->len << 48, random = fuzz_random(&state);

	if (random % 4 == 0 || !p->count)
		return random % 8 ? STACK + random % 4096 / 8 * 8 : random;
	if (random % 4 == 1)
		return address + random % 256 / 8 * 8;
	return p->functions[random % p->count] + random % 40;
}

/* What the file has there, else a stack without end. */
static int read_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct program *p = arg;
	unsigned char *to = bytes;

	if (address / 8 % UNREADABLE == 0)
		return -1;
	if (gl_image_read_vaddr(p->image, address, bytes, len) == 0)
		return 0;
	for (size_t i = 0; i < len; i++, address++) {
		uint64_t word = stack_word(p, address / 8 * 8);

		to[i] = (unsigned char)(word >> address % 8 * 8);
	}
	return 0;
}

static void check_stack(const struct gl_unwind *stack)
{
	must(stack->count <= GL_UNWIND_INNER + GL_UNWIND_OUTER, "frames fit");
	must(stack->count + stack->left_out <= GL_UNWIND_MAX, "they end");
	must((unsigned)stack->end < GL_UNWIND_END_MAX, "for a reason");
}

static void ask_stack(struct program *p, const struct gl_unwind_registers *regs)
{
	static struct gl_unwind stack;
	struct gl_unwind_memory memory = {.read = read_memory, .arg = p};

	if (gl_unwind(p->table, regs, &memory, &stack) != 0)
		return;
	check_stack(&stack);
	for (size_t i = 0; i < stack.count; i += 16)
		ask_positions(p, stack.frames[i].place);
}

static void ask_stacks(struct program *p)
{
	struct gl_unwind_memory memory = {.read = read_memory, .arg = p};
	struct gl_unwind_registers regs;

	for (size_t i = 0; i < p->count && i < 4; i++) {
		regs = (struct gl_unwind_registers){.pc = p->functions[i] + 4 * i,
						    .sp = STACK,
						    .fp = STACK + 8 * i,
						    .lr = p->functions[0] + 5,
						    .saved = i % 2};
		ask_stack(p, &regs);
	}
	if (gl_goroutine_main(p->table, &memory, STACK, &regs) == GL_GOROUTINE_SAVED)
		ask_stack(p, &regs);
}

/* -- one round -- */

static void timed(void (*ask)(struct program *), struct program *p, const char *what)
{
	double begin = fuzz_clock();

	ask(p);
	must(fuzz_clock() - begin < QUERY_SECONDS, what);
}

static void ask_addresses(struct program *p)
{
	for (uint64_t pc = TEXT - 1; pc < TEXT + 160; pc += 3)
		ask_address(p, pc);
	ask_address(p, gl_image_header(p->image)->entry);
}

static void ask(struct program *p)
{
	timed(ask_addresses, p, "positions are found in time");
	timed(ask_names, p, "names are found in time");
	timed(ask_code, p, "code is read in time");
	timed(ask_inits, p, "init tasks are read in time");
	timed(ask_stacks, p, "stacks are unwound in time");
}

static int file_of(const unsigned char *bytes, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len, "a file can be made");
	return fd;
}

static bool one(const unsigned char *bytes, size_t len)
{
	struct program p = {.bytes = bytes, .len = len};
	struct gl_err err = GL_ERR_INIT;
	int fd = file_of(bytes, len);
	bool accepted;

	accepted = gl_image_open(fd, &p.image, &err) == 0 &&
		   gl_pclntab_open(p.image, &p.table, &err) == GL_PCLNTAB_OPEN;
	if (accepted)
		ask(&p);
	gl_pclntab_free(p.table);
	gl_image_free(p.image);
	close(fd);
	return accepted;
}

int main(int argc, char **argv)
{
	static const struct fuzz fuzz = {.name = "pclntab", .one = one};

	return fuzz_main(&fuzz, argc, argv);
}
