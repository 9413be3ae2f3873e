/*
 * Finding the caller: see proc/caller.h.
 */
#include "proc/caller.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "elf/symbol_at.h"
#include "gobin/unwind.h"
#include "proc/caller_program.h"

#define READS_KEPT 256

/* -- who is to blame -- */

/* Packages, whole or (with '/' at the end) with all below them. */
static const char *const carriers[] = {
	"runtime", "runtime/", "internal/", "syscall", "vendor/", "golang.org/x/sys/",
	"os",	   "os/",      "net",	    "io",      "io/",	  "sync",
};

/* What the cgo tool makes of "C.f()". */
#define CGO_FILE "_cgo_gotypes.go"

/* "golang.org/x/sys/unix" of "golang.org/x/sys/unix.(*T).f": up to the first dot behind the last slash. */
static size_t package_len(const char *function)
{
	const char *paren = strchr(function, '('), *slash = NULL;

	for (const char *p = function; *p && p != paren; p++)
		if (*p == '/')
			slash = p;
	return (size_t)((slash ? slash : function) - function) + strcspn(slash ? slash : function, ".");
}

bool gl_caller_is_carrier(const char *function, const char *file)
{
	size_t len = package_len(function), file_len = strlen(file);

	if (file_len >= strlen(CGO_FILE) && !strcmp(file + file_len - strlen(CGO_FILE), CGO_FILE))
		return true;
	for (size_t i = 0; i < GL_ARRAY_SIZE(carriers); i++) {
		size_t carrier_len = strlen(carriers[i]);
		bool below = carriers[i][carrier_len - 1] == '/';

		if (len >= carrier_len && !strncmp(function, carriers[i], carrier_len) &&
		    (below || len == carrier_len))
			return true;
	}
	return false;
}

/* -- Go -- */

/* The words that the unwinder reads, to find out where a return address lay. */
struct reads {
	struct gl_waiter *waiter;
	size_t count;
	struct {
		uint64_t address, word;
	} words[READS_KEPT];
};

static int read_kept(void *arg, uint64_t address, void *bytes, size_t len)
{
	struct reads *reads = arg;
	int r = gl_waiter_read(reads->waiter, address, bytes, len);

	if (r == 0 && len == sizeof(uint64_t) && reads->count < READS_KEPT) {
		reads->words[reads->count].address = address;
		memcpy(&reads->words[reads->count].word, bytes, len);
		reads->count++;
	}
	return r;
}

struct search {
	struct gl_waiter *waiter;
	const struct gl_caller_place *where; /* of the call */
	struct gl_caller *ret;
	struct gl_trail *trail;
};

static void take_position(struct search *s, const struct gl_position *position, uint64_t place)
{
	struct gl_caller *c = s->ret;

	c->kind = GL_CALLER_GO;
	memcpy(c->function, position->function, sizeof(c->function));
	memcpy(c->file, position->file, sizeof(c->file));
	c->line = position->line;
	c->dev = s->where->program->dev;
	c->ino = s->where->program->ino;
	c->place = place;
}

/* The innermost of the functions at this place that is to blame; fallback: any, if none was found so far. */
static bool blame_place(struct search *s, uint64_t place)
{
	struct gl_position_walk walk = gl_position_walk_at(place);
	struct gl_position position;

	while (gl_position_next(s->where->program->table, &walk, &position) == 0) {
		bool carries = gl_caller_is_carrier(position.function, position.file);

		if (!carries || s->ret->kind == GL_CALLER_UNKNOWN)
			take_position(s, &position, place);
		if (!carries)
			return true;
	}
	return false;
}

/* The frame to blame; stack->count: none is. */
static size_t blame(struct search *s, const struct gl_unwind *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (!stack->frames[i].foreign && blame_place(s, stack->frames[i].place))
			return i;
	return stack->count;
}

/* The return addresses up to the blamed frame, in the order in which they were read. */
static void mark_trail(struct search *s, const struct gl_unwind *stack, size_t blamed,
		       const struct reads *reads)
{
	size_t at = 0;

	for (size_t i = 1; i <= blamed; i++, at++) {
		while (at < reads->count && reads->words[at].word != stack->frames[i].pc)
			at++;
		if (at == reads->count || !gl_trail_add(s->trail, &s->waiter->stack, reads->words[at].address,
							reads->words[at].word))
			return;
	}
	s->trail->known = true;
}

/*
 * Of a thread in a system call only these two are known.  amd64 needs no more; where
 * calls do not push, a function without a frame (the one that calls the kernel) has its
 * return address in a register: its caller, which is of the same package, is passed
 * over by the frame record that lies below the stack pointer (Go's arm64 layout).
 */
static int begin_registers(struct search *s, struct reads *reads, struct gl_unwind_registers *ret)
{
	const struct gl_stack *stack = &s->waiter->stack;
	const struct gl_register_layout *layout = gl_arch_native()->registers;
	uint64_t delta, record[2];

	*ret = (struct gl_unwind_registers){.pc = stack->pc, .sp = stack->sp};
	if (!layout || layout->lr == GL_REGISTER_NONE ||
	    gl_pclntab_sp_delta(s->where->program->table, stack->pc - s->where->bias, &delta) != 0 ||
	    delta != 0)
		return 0;
	if (read_kept(reads, stack->sp - 8, record, sizeof(record)) < 0)
		return -EFAULT;
	*ret = (struct gl_unwind_registers){
		.pc = record[1], .sp = record[0] + 8, .fp = record[0], .saved = true};
	return 0;
}

/* Returns false if no Go function is on the stack, as far as it can be seen. */
static bool find_in_go(struct search *s)
{
	struct reads reads = {.waiter = s->waiter};
	struct gl_unwind_memory memory = {.read = read_kept, .arg = &reads, .bias = s->where->bias};
	struct gl_unwind_registers registers;
	struct gl_unwind stack;
	size_t blamed;

	if (!s->where->program || !s->where->program->table || s->waiter->stack.len == 0 ||
	    begin_registers(s, &reads, &registers) < 0 ||
	    gl_unwind(s->where->program->table, &registers, &memory, &stack) != 0)
		return false;
	blamed = blame(s, &stack);
	if (blamed < stack.count)
		mark_trail(s, &stack, blamed, &reads);
	return s->ret->kind != GL_CALLER_UNKNOWN;
}

/* -- other code -- */

static void take_foreign(struct gl_caller *c, const struct gl_caller_place *where)
{
	uint64_t distance;

	c->kind = GL_CALLER_FOREIGN;
	snprintf(c->file, sizeof(c->file), "%.*s", (int)sizeof(c->file) - 1, where->path);
	c->offset = c->place = where->offset;
	if (!where->program)
		return;
	c->dev = where->program->dev;
	c->ino = where->program->ino;
	if (gl_image_symbol_at(where->program->image, where->offset, c->function, sizeof(c->function),
			       &distance) != 0)
		c->function[0] = '\0';
}

/*
 * A wrapper of libc has no frame: on top of the stack lies where it returns to.  Where
 * that is no code it was none.
 */
static void find_in_c(struct search *s, struct gl_callers *callers)
{
	const struct gl_stack *stack = &s->waiter->stack;
	struct gl_caller_place behind;
	uint64_t word;

	s->trail->known = stack->len > 0;
	if (gl_arch_native()->registers && gl_arch_native()->registers->lr == GL_REGISTER_NONE &&
	    stack->len >= sizeof(word)) {
		memcpy(&word, stack->bytes, sizeof(word));
		if (gl_caller_place_find(callers, s->waiter, word, &behind) && behind.executable &&
		    gl_trail_add(s->trail, stack, stack->sp, word)) {
			take_foreign(s->ret, &behind);
			return;
		}
	}
	take_foreign(s->ret, s->where);
}

static bool is_go(const struct gl_caller_place *where, uint64_t pc)
{
	uint64_t entry;

	return where->program && where->program->table &&
	       gl_pclntab_bounds(where->program->table, pc - where->bias, &entry, NULL) == 0;
}

void gl_callers_find(struct gl_callers *callers, struct gl_waiter *waiter, struct gl_caller *ret_caller,
		     struct gl_trail *ret_trail)
{
	struct gl_caller_place where;
	struct search s = {.waiter = waiter, .where = &where, .ret = ret_caller, .trail = ret_trail};

	*ret_caller = (struct gl_caller){.kind = GL_CALLER_UNKNOWN};
	*ret_trail = (struct gl_trail){.pc = waiter->stack.pc};
	if (!gl_caller_place_find(callers, waiter, waiter->stack.pc, &where) || find_in_go(&s))
		return;
	/* Of Go code whose stack is not to be had, nothing is known. */
	if (!is_go(&where, waiter->stack.pc))
		find_in_c(&s, callers);
}
