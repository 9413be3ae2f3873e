/*
 * The main goroutine: see gobin/goroutine.h.
 *
 * The first fields of a g are the same in Go 1.15 to 1.27, as assembly knows
 * them; those of an m are not, but for the first, its g0.  So m0 is known by its
 * g0 that leads back to it, and a g by its own address in its saved state: of all
 * words of m0, curg and lockedg are the ones that lead to the main goroutine.
 */
#include "gobin/goroutine.h"

#include <elf.h>
#include <errno.h>

#include "gobin/insn.h"
#include "gobin/pclntab_private.h"

#define REFERENCES_MAX 512
#define M_BYTES	       1024 /* of m0 that are looked at: curg is at about 190, lockedg at about 500 */

/* Fields of a g (runtime/runtime2.go): words. */
enum { G_STACK_LO = 0, G_STACK_HI = 1, G_M = 6, G_SCHED_SP = 7, G_SCHED_PC = 8, G_SCHED_G = 9, G_WORDS };

struct process {
	struct gl_pclntab *table;
	const struct gl_unwind_memory *memory;
};

static bool read_words(const struct process *p, uint64_t address, uint64_t *words, size_t count)
{
	if (address == 0 || address % 8 != 0 ||
	    p->memory->read(p->memory->arg, address, words, 8 * count) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		words[i] = gl_image_value(p->table->image, (unsigned char *)&words[i], 8);
	return true;
}

/* Is an m at that address, the first word of which is its g0? */
static bool is_m(const struct process *p, uint64_t m)
{
	uint64_t g0, g[G_WORDS];

	return read_words(p, m, &g0, 1) && read_words(p, g0, g, G_WORDS) && g[G_M] == m;
}

/* Returns 0, 1: not found, or -errno. */
static int find_m0(const struct process *p, uint64_t *ret)
{
	uint64_t runtime_main, references[REFERENCES_MAX];
	size_t count;
	int r = gl_pclntab_find(p->table, "runtime.main", &runtime_main);

	if (!r)
		r = gl_insn_references(p->table, runtime_main, references, REFERENCES_MAX, &count);
	for (size_t i = 0; !r && i < count; i++) {
		*ret = references[i] + p->memory->bias;
		if (gl_gobin_mapped(p->table->image, references[i], PF_W) && is_m(p, *ret))
			return 0;
	}
	return r ? r : 1;
}

/* Is it a goroutine with a saved state, other than those of the thread itself? */
static bool is_goroutine(const struct process *p, uint64_t address, uint64_t g[G_WORDS])
{
	return read_words(p, address, g, G_WORDS) && g[G_SCHED_G] == address && g[G_STACK_LO] < g[G_STACK_HI];
}

static bool has_stack_pointer(const uint64_t g[G_WORDS], uint64_t sp)
{
	return sp >= g[G_STACK_LO] && sp < g[G_STACK_HI];
}

int gl_goroutine_main(struct gl_pclntab *table, const struct gl_unwind_memory *memory, uint64_t sp,
		      struct gl_unwind_registers *ret)
{
	const struct process p = {table, memory};
	uint64_t m0, m[M_BYTES / 8], g[G_WORDS];
	int r = find_m0(&p, &m0);

	if (r)
		return r < 0 ? r : GL_GOROUTINE_UNKNOWN;
	if (!read_words(&p, m0, m, GL_ARRAY_SIZE(m)))
		return GL_GOROUTINE_UNKNOWN;
	for (size_t i = 1; i < GL_ARRAY_SIZE(m); i++) {
		if (m[i] == m[0] || !is_goroutine(&p, m[i], g))
			continue;
		if (has_stack_pointer(g, sp))
			return GL_GOROUTINE_RUNNING;
		if (!has_stack_pointer(g, g[G_SCHED_SP]))
			continue;
		*ret = (struct gl_unwind_registers){.pc = g[G_SCHED_PC], .sp = g[G_SCHED_SP], .saved = true};
		return GL_GOROUTINE_SAVED;
	}
	return GL_GOROUTINE_UNKNOWN;
}
