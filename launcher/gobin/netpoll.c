/*
 * The descriptor a goroutine waits for: see gobin/netpoll.h.
 *
 * Nothing says where on the stack the pointer to the internal/poll.FD lies, so every
 * word of the innermost frames is tried as one.  Three things must agree: the word
 * leads to what looks like an FD; that leads to a pollDesc of the same descriptor; and
 * in that, as the one to be woken, stands the goroutine itself, known by its saved
 * state and by its own address in it (the same fields in Go 1.15 to 1.27, see
 * gobin/goroutine.c).
 */
#include "gobin/netpoll.h"

#include <string.h>

#define POLLER	     "internal/poll.runtime_pollWait" /* runtime/netpoll.go, poll_runtime_pollWait */
#define POLLER_DEPTH 8
#define STACK_WORDS  512 /* of the goroutine's stack: the poller's, internal/poll's and net's frames */
#define PIECE	     32	 /* words that are read at once */

/*
 * internal/poll.FD (words): the lock's state and semaphores, the descriptor, then the
 * poller's record, behind a pointer since Go 1.21.
 */
enum { FD_LOCK, FD_SEMAPHORES, FD_DESCRIPTOR, FD_RECORD, FD_RECORD_1_21, FD_WORDS };
#define MAX_DESCRIPTOR (1u << 22) /* what a kernel gives is far below (fs.nr_open) */

/*
 * runtime.pollDesc (words): the descriptor comes before the two goroutines, of which
 * the second is number 17 in Go 1.15, where a timer lies between, else far before.
 */
enum { RECORD_DESCRIPTOR = 1, RECORD_DESCRIPTOR_1_15 = 2, RECORD_WORDS = 20 };

/* Fields of a g (runtime/runtime2.go): words. */
enum { G_SCHED_SP = 7, G_SCHED_PC = 8, G_SCHED_G = 9, G_WORDS };

struct search {
	const struct gl_unwind_memory *memory;
	const struct gl_unwind_registers *goroutine;
};

static bool read_words(const struct gl_unwind_memory *memory, uint64_t address, uint64_t *words, size_t count)
{
	return address >= 4096 && address % sizeof(*words) == 0 &&
	       memory->read(memory->arg, address, words, count * sizeof(*words)) >= 0;
}

/* The saved stack pointer first: it differs in nearly all that is tried. */
static bool is_goroutine(const struct search *s, uint64_t address)
{
	uint64_t sp, g[G_WORDS];

	return read_words(s->memory, address + G_SCHED_SP * sizeof(sp), &sp, 1) && sp == s->goroutine->sp &&
	       read_words(s->memory, address, g, G_WORDS) && g[G_SCHED_PC] == s->goroutine->pc &&
	       g[G_SCHED_G] == address;
}

/* What the poller knows is shared with it, so never on a stack; there copies of the pointers lie. */
static bool is_on_stack(const struct search *s, uint64_t address)
{
	return address - s->goroutine->sp < STACK_WORDS * sizeof(address);
}

/* Is that a pollDesc of this descriptor, for which the goroutine waits? */
static bool wakes(const struct search *s, uint64_t record, uint64_t descriptor)
{
	uint64_t words[RECORD_WORDS];

	if (is_on_stack(s, record) || !read_words(s->memory, record, words, RECORD_WORDS) ||
	    (words[RECORD_DESCRIPTOR] != descriptor && words[RECORD_DESCRIPTOR_1_15] != descriptor))
		return false;
	for (size_t i = RECORD_DESCRIPTOR + 1; i < RECORD_WORDS; i++)
		if (is_goroutine(s, words[i]))
			return true;
	return false;
}

static bool is_awaited(const struct search *s, uint64_t address, int *ret_fd)
{
	uint64_t fd[FD_WORDS];

	if (is_on_stack(s, address) || !read_words(s->memory, address, fd, FD_WORDS) ||
	    fd[FD_DESCRIPTOR] >= MAX_DESCRIPTOR ||
	    (!wakes(s, fd[FD_RECORD], fd[FD_DESCRIPTOR]) && !wakes(s, fd[FD_RECORD_1_21], fd[FD_DESCRIPTOR])))
		return false;
	*ret_fd = (int)fd[FD_DESCRIPTOR];
	return true;
}

/* The poller's frame is among the innermost: below it are only the runtime's own. */
static bool is_polling(struct gl_pclntab *table, const struct gl_unwind *stack)
{
	char name[GL_PCLNTAB_NAME];

	for (size_t i = 0; i < GL_MIN(stack->count, (size_t)POLLER_DEPTH); i++)
		if (gl_pclntab_name(table, stack->frames[i].place, name) == 0 && !strcmp(name, POLLER))
			return true;
	return false;
}

int gl_netpoll_descriptor(struct gl_pclntab *table, const struct gl_unwind_memory *memory,
			  const struct gl_unwind_registers *goroutine, const struct gl_unwind *stack,
			  int *ret_fd)
{
	const struct search s = {memory, goroutine};
	uint64_t words[PIECE];

	if (!is_polling(table, stack))
		return 1;
	for (size_t done = 0; done < STACK_WORDS; done += PIECE) {
		if (!read_words(memory, goroutine->sp + done * sizeof(*words), words, PIECE))
			break;
		for (size_t i = 0; i < PIECE; i++)
			if (is_awaited(&s, words[i], ret_fd))
				return 0;
	}
	return 1;
}
